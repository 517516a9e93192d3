/* Softmax along an axis. */
#include "nn/layers/types.h"

static const Caffe__SoftmaxParameter none = CAFFE__SOFTMAX_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	union op_attr a = { 0 };

	TRY(layer_axis(
	    l, 0, LAYER_PARAM(l, softmax_param, &none)->axis, &a.axis));
	return layer_top(
	    l, 0, graph_add(l->graph, OP_SOFTMAX, &a, l->bottom, 1));
}

const struct layer_type layer_softmax = { "Softmax", 1, 1, 1, 1, .emit = emit,
	.role = LAYER_ANSWER };
