/* Bias: plus a learned blob or the second bottom. */
#include "nn/layers/types.h"

static const Caffe__BiasParameter none = CAFFE__BIAS_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__BiasParameter *p = LAYER_PARAM(l, bias_param, &none);
	struct shape s;
	int b, at;

	if (l->nbottom > 1) {
		TRY(layer_align_bottom(l, p->axis, &at));
		b = l->bottom[1];
	} else {
		TRY(layer_align_shape(l, p->axis, p->num_axes, &s, &at));
		TRY(b = layer_param(l, 0, &s, p->filler, true));
	}
	TRY(b = layer_align(l, b, at));
	return layer_top(
	    l, 0, graph_binary(l->graph, l->bottom[0], b, BINARY_ADD));
}

const struct layer_type layer_bias = { "Bias", 1, 2, 1, 1, .emit = emit };
