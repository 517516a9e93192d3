/* Sigmoid: 1 / (1 + e^-x). */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	return layer_top(
	    l, 0, graph_unary(l->graph, l->bottom[0], UNARY_SIGMOID, 0, 0, 0));
}

const struct layer_type layer_sigmoid = { "Sigmoid", 1, 1, 1, 1, .emit = emit };
