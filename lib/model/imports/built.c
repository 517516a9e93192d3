/* Files made of nets and weights: see built.h. */
#include "model/imports/built.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "caffe/wire.h"
#include "file/file.h"
#include "model/imports/beside.h"
#include "model/net.h"
#include "nn/deploy.h"
#include "nn/layer.h"
#include "nn/nets.h"
#include "nn/torch/torch.h"

static const char weights_name[] = "model.caffemodel";

bool
import_is_standard(const char *net)
{
	return !file_exists(net) && net_standard_find(net) != NULL;
}

/* ---- the number of classes ---- */

static const Caffe__LayerParameter *
weights_of(const Caffe__NetParameter *w, const char *name)
{
	for (size_t i = 0; i < w->n_layer; i++)
		if (strcmp(w->layer[i]->name, name) == 0)
			return w->layer[i];
	return NULL;
}

/* Outputs of the layer in the weights, 0: not there. */
static int64_t
outputs_in(const Caffe__NetParameter *w, const char *name)
{
	const Caffe__LayerParameter *l = weights_of(w, name);
	struct caffe_shape s;

	if (l == NULL || l->n_blobs == 0 ||
	    caffe_blob_shape(&s, l->blobs[0]) < 0 || s.ndim < 2)
		return 0;
	if (s.legacy && s.dim[0] == 1 && s.dim[1] == 1)
		return s.dim[2];
	return s.dim[0];
}

static void
set_outputs(Caffe__LayerParameter *l, int64_t n)
{
	Caffe__InnerProductParameter *full = l->inner_product_param;
	Caffe__ConvolutionParameter *conv = l->convolution_param;

	if (n < 1 || n > INT32_MAX)
		return;
	if (strcmp(l->type, "InnerProduct") == 0 && full != NULL &&
	    !full->has_num_output) {
		full->has_num_output = 1;
		full->num_output = (uint32_t)n;
	} else if (strcmp(l->type, "Convolution") == 0 && conv != NULL &&
	    !conv->has_num_output) {
		conv->has_num_output = 1;
		conv->num_output = (uint32_t)n;
	}
}

/* ---- files ---- */

static int
write_net(const char *dir, const char *name, const Caffe__NetParameter *net,
    char **field)
{
	char *path = path_join(dir, name);
	int rc = caffe_text_write(path, net, 0);

	mem_free(path);
	model_set(field, name);
	return rc;
}

static bool
has_input(const Caffe__NetParameter *net)
{
	for (size_t i = 0; i < net->n_layer; i++)
		if (layer_role(net->layer[i]->type) == LAYER_INPUT)
			return true;
	return false;
}

/* The layers for use, by themselves. */
static int
write_deploy(
    const char *dir, const Caffe__NetParameter *net, struct model_info *info)
{
	static const char *const stages[] = { "deploy", NULL };
	Caffe__NetState *s = caffe_state_new(CAFFE__PHASE__TEST, 0, stages);
	Caffe__NetParameter *deploy = NULL;
	int rc = caffe_net_filter(&deploy, net, s);

	for (size_t i = 0; rc >= 0 && i < deploy->n_layer; i++)
		caffe_layer_unrule(deploy->layer[i]);
	if (rc >= 0) {
		caffe_msg_free(deploy->state);
		deploy->state = NULL;
		rc = write_net(
		    dir, "deploy.prototxt", deploy, &info->deploy_file);
	}
	caffe_msg_free(deploy);
	caffe_msg_free(s);
	return rc;
}

static int
write_all(const char *dir, const Caffe__NetParameter *net,
    const Caffe__NetParameter *w, struct model_info *info)
{
	char *path = path_join(dir, weights_name);
	int rc = caffe_wire_write(path, w, 0);

	mem_free(path);
	TRY(rc);
	model_set(&info->snapshot_file, weights_name);
	TRY(write_net(dir, "original.prototxt", net, &info->model_file));
	return has_input(net)
	    ? write_deploy(dir, net, info)
	    : write_net(dir, "train_val.prototxt", net, &info->train_val_file);
}

/* ---- how pictures are prepared ---- */

/* Of what files beside the weights leave open, what is known of the net. */
static void
add_known(struct model_prepared *p, const struct net_preparation *known,
    const struct net_names *names)
{
	if (p->from != NULL || known == NULL)
		return;
	p->from =
	    mem_strdup(names != NULL ? net_names_whose(names) : "torchvision");
	p->order = "RGB";
	p->resize = "crop";
	/* 224 of 256 */
	p->share = 0.875;
	p->nmean = p->nstd = 3;
	for (int i = 0; i < 3; i++) {
		p->mean[i] = known->mean[i];
		p->std[i] = known->std[i];
	}
}

static int
prepare(const struct model_import *o, const char *dir, struct model_info *info,
    const struct net_weights_about *about)
{
	char *deploy = path_join(dir, "deploy.prototxt");
	struct model_prepared p;
	int dims[4] = { 0 }, rc;

	model_prepared_init(&p);
	rc = info->deploy_file != NULL ? model_net_input(dims, deploy) : 0;
	if (rc >= 0)
		rc = model_beside_take(&p, o->weights);
	if (rc >= 0) {
		const int in[2] = { dims[2], dims[3] };

		add_known(&p, about->prepared, about->names);
		if (p.from != NULL)
			model_prepared_info(info, &p, in);
		if (o->labels == NULL)
			rc = model_prepared_labels(dir, info, &p);
	}
	model_prepared_clear(&p);
	mem_free(deploy);
	return rc < 0 ? rc : 0;
}

static void
unused(void *ctx, const char *array)
{
	const struct model_import *o = ctx;

	o->unused(o->ctx, path_base(o->weights), array);
}

int
import_built(
    const struct model_import *o, const char *dir, struct model_info *info)
{
	struct net_weights_about about = { .names = NULL };
	Caffe__NetParameter *net = NULL, *w = NULL;
	int rc;

	if (o->unused != NULL) {
		about.unused = unused;
		about.ctx = (void *)(uintptr_t)o;
	}
	TRY(model_net_read(&net, o->net, NET_DEPLOY, NULL));
	rc = net_weights_read(&w, o->weights, net, &about);
	for (size_t i = 0; rc >= 0 && i < net->n_layer; i++)
		set_outputs(net->layer[i], outputs_in(w, net->layer[i]->name));
	if (rc >= 0)
		rc = write_all(dir, net, w, info);
	if (rc >= 0)
		rc = prepare(o, dir, info, &about);
	caffe_msg_free(net);
	caffe_msg_free(w);
	return rc;
}
