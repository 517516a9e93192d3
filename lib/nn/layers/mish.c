/* Mish: x tanh(log(1 + e^x)) (Misra, 2019). */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	return layer_top(
	    l, 0, graph_unary(l->graph, l->bottom[0], UNARY_MISH, 0, 0, 0));
}

const struct layer_type layer_mish = { "Mish", 1, 1, 1, 1, .emit = emit };
