/* BNLL: log(1 + e^x), without overflow. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	return layer_top(
	    l, 0, graph_unary(l->graph, l->bottom[0], UNARY_BNLL, 0, 0, 0));
}

const struct layer_type layer_bnll = { "BNLL", 1, 1, 1, 1, .emit = emit };
