/* Prototxt → the nets of a training: retrained, frozen, made a recipe of, its
 * losses changed, measured, and its deploy nets built. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "recipe/nets/freeze.h"
#include "recipe/recipe.h"
#include "recipe/nets/surgery_loss.h"
#include "train/session.h"
#include "../recipe/use.h"
#include "../record/make.h"
#include "fuzz.h"

enum { SIDE = 12, RECORDS = 4, CLASSES = 3, LAYERS_MAX = 100 };

static struct device *device;
static char db[64];

static void
remove_db(void)
{
	(void)!file_remove_tree(db);
}

/* Once: a small database, and the device that plans are measured for. */
static void
begin(void)
{
	if (device != NULL)
		return;
	log_init("fuzz", -1);
	snprintf(db, sizeof(db), "/tmp/fuzz-setup-XXXXXX");
	if (mkdtemp(db) == NULL || make_lmdb(db, RECORDS, SIDE, 0) < 0 ||
	    device_open(&device, "ref", NULL) < 0)
		abort();
	atexit(remove_db);
}

static void
try_net(Caffe__NetParameter *np, size_t turn)
{
	static const char *const patterns[] = { "*", "c*" };
	static const float weights[CLASSES] = { 1, 2, 3 };
	char path[] = "dset", task[] = "classification", none[] = "";
	char a[] = "a", b[] = "b", c[] = "c";
	char *labels[CLASSES] = { a, b, c };
	struct dset d = { .path = path,
		.task = task,
		.channels = 1,
		.height = SIDE,
		.width = SIDE,
		.encoding = none,
		.resize_mode = none,
		.labels = labels,
		.nlabels = CLASSES };
	const struct recipe_opts o = { .epochs = 1,
		.accumulate = 1,
		.lr = 0.01,
		.policy = RECIPE_FIXED,
		.mean = RECIPE_MEAN_NONE,
		.val_interval = 1,
		.crop = turn % 5 == 0 ? 8 : 0 };
	const struct train_job job = { .classes = CLASSES };
	struct inputs *in = inputs_new();
	struct recipe r;

	d.db_path[DSET_TRAIN] = d.db_path[DSET_VAL] = db;
	if (recipe_make(&r, np, &d, in, &o) < 0)
		goto done;
	if (turn % 3 == 0)
		(void)freeze_layers(
		    r.train_val, &job, NULL, &patterns[turn % 2], 1);
	(void)surgery_loss(r.train_val, 0.1, weights, CLASSES * (turn % 2));
	(void)use_nets(&r, CLASSES, SIDE, device);
	recipe_clear(&r);
done:
	inputs_free(in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Caffe__NetParameter *np;

	begin();
	if (caffe_net_parse(&np, (const char *)data, size, "input") < 0)
		return 0;
	if (np->n_layer <= LAYERS_MAX)
		try_net(np, size);
	caffe_msg_free(np);
	return 0;
}

static const char small[] =
    "name: 's' layer { name: 'd' type: 'Data' top: 'data' top: 'label'"
    " data_param { batch_size: 2 } transform_param { scale: 0.1 } } "
    "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c'"
    " convolution_param { num_output: 4 kernel_size: 3 } } "
    "layer { name: 'r' type: 'ReLU' bottom: 'c' top: 'c' } "
    "layer { name: 'ip' type: 'InnerProduct' bottom: 'c' top: 'ip'"
    " inner_product_param { } } "
    "layer { name: 'l' type: 'SoftmaxWithLoss' bottom: 'ip' bottom: 'label'"
    " top: 'loss' exclude { stage: 'deploy' } } "
    "layer { name: 'a' type: 'Accuracy' bottom: 'ip' bottom: 'label'"
    " top: 'a' include { stage: 'val' } } "
    "layer { name: 'p' type: 'Softmax' bottom: 'ip' top: 'p'"
    " include { stage: 'deploy' } } ";

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	add(small, sizeof(small) - 1);
	add("layer { }", 9);
	add("layer { top: 'x' type: 'Data' } layer { }", 41);
}
