/* Swish: x sigmoid(beta x) (Ramachandran et al., 2017); SiLU is beta 1. */
#include "nn/layers/types.h"

static const Caffe__SwishParameter none = CAFFE__SWISH_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	float beta = LAYER_PARAM(l, swish_param, &none)->beta;

	return layer_top(
	    l, 0, graph_unary(l->graph, l->bottom[0], UNARY_SWISH, beta, 0, 0));
}

const struct layer_type layer_swish = { "Swish", 1, 1, 1, 1, .emit = emit };
const struct layer_type layer_silu = { "SiLU", 1, 1, 1, 1, .emit = emit };
