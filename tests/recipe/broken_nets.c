/*
 * Nets with fields dropped, doubled and mixed up: whatever is read, setting up a
 * training of it ends in a training or in a sentence.  Usage: broken_nets
 * [CASES].
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"
#include "caffe/text.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "nn/nets.h"
#include "recipe/nets/freeze.h"
#include "recipe/recipe.h"
#include "recipe/nets/surgery.h"
#include "recipe/nets/surgery_loss.h"
#include "train/session.h"
#include "../record/make.h"
#include "../tmp.h"
#include "use.h"

enum { SIDE = 16, RECORDS = 4, FIELDS_MAX = 4096, CLASSES = 4 };

static long cases = 1500;
static long built; /* cases that are a training after all */
static struct device *device;
static char *weights_path;

static const char small[] =
    "name: 'small' "
    "layer { name: 'd' type: 'Data' top: 'data' top: 'label'"
    " data_param { batch_size: 2 } transform_param { scale: 0.1 } } "
    "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c'"
    " param { lr_mult: 1 } convolution_param { num_output: 4 kernel_size: 3"
    " bias_term: false weight_filler { type: 'xavier' } } } "
    "layer { name: 'bn' type: 'BatchNorm' bottom: 'c' top: 'c' } "
    "layer { name: 's' type: 'Scale' bottom: 'c' top: 'c'"
    " scale_param { bias_term: true } } "
    "layer { name: 'r' type: 'PReLU' bottom: 'c' top: 'c' } "
    "layer { name: 'h' type: 'InnerProduct' bottom: 'c' top: 'h'"
    " inner_product_param { num_output: 5 } } "
    "layer { name: 'a' type: 'Split' bottom: 'h' top: 'h1' top: 'h2' } "
    "layer { name: 'e' type: 'Eltwise' bottom: 'h1' bottom: 'h2' top: 'e'"
    " eltwise_param { operation: SUM coeff: 1 coeff: -2 } } "
    "layer { name: 'o' type: 'Slice' bottom: 'e' top: 'o1' top: 'o2'"
    " slice_param { axis: 1 slice_point: 2 } } "
    "layer { name: 'k' type: 'Concat' bottom: 'o2' bottom: 'o1' top: 'k' } "
    "layer { name: 'q' type: 'InnerProduct' bottom: 'k' top: 'q'"
    " param { name: 'w' } param { name: 'b' lr_mult: 2 } } "
    "layer { name: 'l' type: 'SoftmaxWithLoss' bottom: 'q' bottom: 'label'"
    " top: 'l' loss_weight: 1 exclude { stage: 'deploy' } } "
    "layer { name: 't' type: 'Accuracy' bottom: 'q' bottom: 'label' top: 't'"
    " accuracy_param { top_k: 2 } include { phase: TEST stage: 'val' } } "
    "layer { name: 'p' type: 'Softmax' bottom: 'q' top: 'p'"
    " include { stage: 'deploy' } } ";

/* A field of a message that is there. */
struct place {
	ProtobufCMessage *m;
	const ProtobufCFieldDescriptor *f;
};

static void
find_fields(struct place *v, size_t *n, ProtobufCMessage *m)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		const size_t count = caffe_msg_count(m, f);

		if (count == 0 || *n == FIELDS_MAX)
			continue;
		v[(*n)++] = (struct place){ m, f };
		for (size_t k = 0;
		     f->type == PROTOBUF_C_TYPE_MESSAGE && k < count; k++)
			find_fields(v, n,
			    *(ProtobufCMessage **)caffe_field_value(m, f, k));
	}
}

/* One value of a repeated field goes, or comes twice. */
static void
change_repeated(const struct place *p, struct rng *r)
{
	const size_t size = caffe_elem_size(p->f->type);
	size_t *n = caffe_field_n(p->m, p->f);
	size_t at = rng_below(r, *n);
	char **v = caffe_field_at(p->m, p->f);
	const bool pointers = p->f->type == PROTOBUF_C_TYPE_STRING ||
	    p->f->type == PROTOBUF_C_TYPE_MESSAGE;
	void *one = *v + at * size;

	if (rng_below(r, 2) == 0) {
		if (p->f->type == PROTOBUF_C_TYPE_STRING)
			free(*(char **)one);
		else if (pointers)
			caffe_msg_free(*(void **)one);
		memmove(one, (char *)one + size, (--*n - at) * size);
		return;
	}
	*v = mem_realloc(*v, *n + 1, size);
	one = *v + at * size;
	memcpy(*v + *n * size, one, size);
	if (p->f->type == PROTOBUF_C_TYPE_STRING)
		*(char **)(*v + *n * size) = mem_strdup(*(char **)one);
	else if (pointers)
		*(void **)(*v + *n * size) = caffe_msg_copy(*(void **)one);
	++*n;
}

/* It is taken away; a text may become another text of the net, or empty. */
static void
change_single(
    const struct place *v, size_t n, const struct place *p, struct rng *r)
{
	void *at = caffe_field_at(p->m, p->f);

	if (p->f->type == PROTOBUF_C_TYPE_STRING) {
		const struct place *q = &v[rng_below(r, n)];
		char *other = NULL;

		if (q->f->type == PROTOBUF_C_TYPE_STRING)
			other = mem_strdup(
			    *(char **)caffe_field_value(q->m, q->f, 0));
		else if (rng_below(r, 2) == 0)
			other = mem_strdup("");
		caffe_set_str(p->m, p->f->name, other);
		mem_free(other);
	} else if (p->f->type == PROTOBUF_C_TYPE_MESSAGE) {
		caffe_msg_free(*(void **)at);
		*(void **)at = NULL;
	} else {
		*(protobuf_c_boolean *)((char *)p->m +
		    p->f->quantifier_offset) = 0;
	}
}

/* The text of the net with a few changes. */
static void
mutate(struct buf *out, const Caffe__NetParameter *net, struct rng *r)
{
	Caffe__NetParameter *copy = caffe_msg_copy(net);
	struct place *v = mem_array(struct place, FIELDS_MAX);

	for (uint64_t i = rng_below(r, 3) + 1; i > 0; i--) {
		const struct place *p;
		size_t n = 0;

		find_fields(v, &n, &copy->base);
		p = &v[rng_below(r, n)];
		if (p->f->label == PROTOBUF_C_LABEL_REPEATED)
			change_repeated(p, r);
		else
			change_single(v, n, p, r);
	}
	buf_reset(out);
	if (caffe_text_add(out, copy) < 0)
		fail_msg("%s", err_text());
	mem_free(v);
	caffe_msg_free(copy);
}

static void
feed(const Caffe__NetParameter *np, Caffe__Phase phase)
{
	const struct feed_opts fo = { .train = true, .threads = 1 };
	struct net_opts no = { .phase = phase, .feed_shape = feeds_shape };
	struct feeder *feeder = NULL;
	struct feeds feeds;
	struct net *n;

	feeds_init(&feeds, &fo);
	no.feed_ctx = &feeds;
	if (net_new(&n, np, &no) >= 0 &&
	    feeder_new(&feeder, n, &feeds, NULL) >= 0)
		feeder_free(feeder);
	net_free(n);
	feeds_clear(&feeds);
}

static void
try_text(const struct buf *text, const struct dset *d, uint64_t turn)
{
	static const char *const patterns[] = { "*", "c*" };
	const char *const weights[] = { weights_path };
	const float class_weights[CLASSES] = { 1, 2, 3, 4 };
	const struct recipe_opts o = { .epochs = 1,
		.accumulate = 1,
		.lr = 0.01,
		.policy = RECIPE_FIXED,
		.mean = RECIPE_MEAN_NONE,
		.val_interval = 1 };
	struct inputs *in = inputs_new();
	const struct train_job job = { .classes = CLASSES };
	Caffe__NetParameter *np = NULL;
	struct recipe r;
	int rc;

	if (caffe_net_parse(&np, buf_str(text), text->len, "net") < 0)
		goto done;
	rc = surgery_retrain(np, weights, turn % 2, CLASSES, turn % 4 == 1);
	if (rc >= 0 && recipe_make(&r, np, d, in, &o) >= 0) {
		if (turn % 3 == 0)
			(void)freeze_layers(
			    r.train_val, &job, NULL, &patterns[turn % 2], 1);
		(void)surgery_loss(
		    r.train_val, 0.1, class_weights, CLASSES * (turn % 2));
		built += use_nets(&r, CLASSES, SIDE, device);
		feed(r.train_val, CAFFE__PHASE__TRAIN);
		feed(r.train_val, CAFFE__PHASE__TEST);
		recipe_clear(&r);
	}
done:
	caffe_msg_free(np);
	inputs_free(in);
}

static void
broken(const Caffe__NetParameter *net, const struct dset *d, uint64_t seed)
{
	struct buf text;
	struct rng r;

	buf_init(&text, 1 << 24);
	for (long i = 0; i < cases; i++) {
		rng_init(&r, seed, (uint64_t)i);
		mutate(&text, net, &r);
		if (getenv("BROKEN_NETS_SHOW") != NULL)
			fprintf(stderr, "%ld\n%s\n", i, buf_str(&text));
		try_text(&text, d, (uint64_t)i);
	}
	/* what is tried is not all thrown out at the door */
	assert_true(built > cases / 8 && built < cases);
	built = 0;
	buf_clear(&text);
}

/* Weights of layers that the nets have, and one without a name. */
static int
make_weights(void)
{
	static const char *const names[] = { "c", "q", "ip2", "conv1", NULL };
	Caffe__NetParameter *w = caffe_new(Caffe__NetParameter, net_parameter);
	const int64_t dim[2] = { 7, 4 };
	int rc;

	for (size_t i = 0; i < LENGTH(names); i++) {
		Caffe__LayerParameter *l =
		    caffe_new(Caffe__LayerParameter, layer_parameter);

		caffe_set_str(l, "name", names[i]);
		caffe_add(&l->blobs, &l->n_blobs, caffe_blob_new(dim, 2, NULL));
		caffe_add(&w->layer, &w->n_layer, l);
	}
	weights_path = mem_strdup(tmp_path("w.caffemodel"));
	rc = caffe_weights_write(weights_path, w, 0);
	caffe_msg_free(w);
	return rc;
}

static void
run_all(void **state)
{
	char path[] = "dset", task[] = "classification", none[] = "";
	char names[CLASSES][2] = { "a", "b", "c", "d" };
	char *labels[CLASSES] = { names[0], names[1], names[2], names[3] };
	struct dset d = { .path = path,
		.task = task,
		.channels = 1,
		.height = SIDE,
		.width = SIDE,
		.encoding = none,
		.resize_mode = none,
		.labels = labels,
		.nlabels = CLASSES };
	Caffe__NetParameter *np;
	char *db;

	(void)state;
	db = mem_strdup(tmp_path("db"));
	d.db_path[DSET_TRAIN] = d.db_path[DSET_VAL] = db;
	assert_int_equal(make_lmdb(db, RECORDS, SIDE, 0), 0);
	assert_int_equal(make_weights(), 0);
	assert_int_equal(device_open(&device, "ref", NULL), 0);
	if (caffe_net_parse(&np, small, strlen(small), "small") < 0)
		fail_msg("%s", err_text());
	broken(np, &d, 1);
	caffe_msg_free(np);
	assert_int_equal(net_standard_read(&np, "lenet"), 0);
	broken(np, &d, 2);
	caffe_msg_free(np);
	device_close(device);
	mem_free(db);
	mem_free(weights_path);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    run_all, tmp_setup, tmp_teardown),
	};

	log_init("broken_nets", LOG_ERROR);
	if (argc > 1)
		cases = atol(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
