/* ELU: x > 0 ? x : alpha (e^x - 1). */
#include "nn/layers/types.h"

static const Caffe__ELUParameter none = CAFFE__ELUPARAMETER__INIT;

static int
emit(struct layer *l)
{
	float alpha = LAYER_PARAM(l, elu_param, &none)->alpha;

	return layer_top(
	    l, 0, graph_unary(l->graph, l->bottom[0], UNARY_ELU, alpha, 0, 0));
}

const struct layer_type layer_elu = { "ELU", 1, 1, 1, 1, .emit = emit };
