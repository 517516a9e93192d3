/* Changes to a network before it is trained: see surgery.h. */
#include "recipe/nets/surgery.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "caffe/blob.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "nn/deploy.h"
#include "nn/layer.h"
#include "nn/torch/torch.h"
#include "recipe/nets/carry.h"

static Caffe__LayerParameter *
last_of(Caffe__NetParameter *net, const char *type)
{
	for (size_t i = net->n_layer; i-- > 0;)
		if (strcmp(net->layer[i]->type, type) == 0)
			return net->layer[i];
	return NULL;
}

/* Outputs of the layer of that name in the weights: 0 when it is not there. */
static int
outputs_in(const Caffe__NetParameter *net, const char *const *weights, size_t n,
    const Caffe__LayerParameter *of, int64_t *out)
{
	const bool transposed = of->inner_product_param != NULL &&
	    of->inner_product_param->transpose;

	*out = 0;
	for (size_t i = 0; i < n; i++) {
		Caffe__NetParameter *w = NULL;
		struct caffe_shape s;

		TRY(net_weights_read(&w, weights[i], net, NULL));
		for (size_t k = 0; k < w->n_layer; k++) {
			const Caffe__LayerParameter *l = w->layer[k];

			if (strcmp(l->name, of->name) != 0 || l->n_blobs == 0 ||
			    caffe_blob_shape(&s, l->blobs[0]) < 0 || s.ndim < 2)
				continue;
			*out = s.legacy && s.dim[0] == 1 && s.dim[1] == 1
			    ? s.dim[2]
			    : s.dim[transposed ? s.ndim - 1 : 0];
		}
		caffe_msg_free(w);
	}
	return 0;
}

static void
rename_layer(Caffe__LayerParameter *l, int classes, int64_t had)
{
	char *name = mem_printf("%s_retrain", l->name);

	if (had == classes)
		log_warn(
		    "layer %s was trained for other classes: it starts anew as %s",
		    l->name, name);
	else
		log_warn(
		    "layer %s has %lld outputs in the weights, %d are needed: it starts anew as %s",
		    l->name, (long long)had, classes, name);
	caffe_set_str(l, "name", name);
	mem_free(name);
}

/* As nn/layers/deconv.c takes it, so that Caffe does, too. */
static void
deconv_outputs(Caffe__ConvolutionParameter *p, int n)
{
	const char *filler = p != NULL && p->weight_filler != NULL
	    ? p->weight_filler->type
	    : NULL;

	if (p == NULL || p->has_num_output)
		return;
	p->num_output = (uint32_t)n;
	p->has_num_output = 1;
	if (p->has_group || filler == NULL || strcmp(filler, "bilinear") != 0)
		return;
	p->group = (uint32_t)n;
	p->has_group = 1;
}

void
surgery_outputs(Caffe__LayerParameter *l, int n, bool over)
{
	if (strcmp(l->type, "InnerProduct") == 0) {
		Caffe__InnerProductParameter *p = l->inner_product_param;

		if (p == NULL)
			p = l->inner_product_param =
			    caffe_new(Caffe__InnerProductParameter,
				inner_product_parameter);
		if (over || !p->has_num_output)
			p->num_output = (uint32_t)n;
		p->has_num_output = 1;
	} else if (strcmp(l->type, "Convolution") == 0) {
		Caffe__ConvolutionParameter *p = l->convolution_param;

		if (p == NULL)
			p = l->convolution_param = caffe_new(
			    Caffe__ConvolutionParameter, convolution_parameter);
		if (over || !p->has_num_output)
			p->num_output = (uint32_t)n;
		p->has_num_output = 1;
	} else if (strcmp(l->type, "Deconvolution") == 0 && !over) {
		deconv_outputs(l->convolution_param, n);
	}
}

/* Layer l, if the weights have another number of outputs than classes. */
static int
retrain_layer(const Caffe__NetParameter *net, Caffe__LayerParameter *l,
    const char *const *weights, size_t n, int classes, bool other)
{
	int64_t had;

	TRY(outputs_in(net, weights, n, l, &had));
	if (had == 0 || (had == classes && !other))
		return 0;
	rename_layer(l, classes, had);
	surgery_outputs(l, classes, true);
	return 0;
}

/* Is the number of its outputs left to the number of classes? */
static bool
gives_classes(const Caffe__LayerParameter *l)
{
	if (strcmp(l->type, "InnerProduct") == 0)
		return l->inner_product_param == NULL ||
		    !l->inner_product_param->has_num_output;
	return strcmp(l->type, "Convolution") == 0 &&
	    (l->convolution_param == NULL ||
		!l->convolution_param->has_num_output);
}

int
surgery_retrain(Caffe__NetParameter *net, const char *const *weights, size_t n,
    int classes, bool other)
{
	Caffe__LayerParameter *l;
	bool said = false;

	if (n == 0 || classes < 1)
		return 0;
	for (size_t i = 0; i < net->n_layer; i++) {
		if (!gives_classes(net->layer[i]))
			continue;
		said = true;
		TRY(retrain_layer(
		    net, net->layer[i], weights, n, classes, other));
	}
	if (said)
		return 0;
	l = last_of(net, "InnerProduct");
	if (l == NULL)
		l = last_of(net, "Convolution");
	return l != NULL ? retrain_layer(net, l, weights, n, classes, other)
			 : 0;
}

int
surgery_deploy(Caffe__NetParameter **out, const Caffe__NetParameter *net,
    const Caffe__NetState *extra)
{
	Caffe__NetState *state = extra != NULL
	    ? caffe_msg_copy(extra)
	    : caffe_state_new(CAFFE__PHASE__TEST, 0, NULL);
	const Caffe__LayerParameter *pictures;
	struct carried c;
	int rc = 0;

	*out = NULL;
	state->has_phase = 1;
	state->phase = CAFFE__PHASE__TEST;
	pictures = net_picture_layer(net, state);
	if (pictures != NULL) {
		rc = carry_layer(&c, pictures);
		if (rc >= 0 && c.known) {
			const int64_t chw[3] = { c.channels,
				c.crop > 0 ? c.crop : c.height,
				c.crop > 0 ? c.crop : c.width };

			rc = net_deploy_derive(out, net, state, "data", chw);
		}
		carry_clear(&c);
	}
	caffe_msg_free(state);
	return rc;
}
