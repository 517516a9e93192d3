/* ReLU: x > 0 ? x : negative_slope x. */
#include "nn/layers/types.h"

static const Caffe__ReLUParameter none = CAFFE__RE_LUPARAMETER__INIT;

static int
emit(struct layer *l)
{
	float slope = LAYER_PARAM(l, relu_param, &none)->negative_slope;

	return layer_top(
	    l, 0, graph_unary(l->graph, l->bottom[0], UNARY_RELU, slope, 0, 0));
}

const struct layer_type layer_relu = { "ReLU", 1, 1, 1, 1, .emit = emit };
