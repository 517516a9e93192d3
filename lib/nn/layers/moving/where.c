/* Where: of its second bottom where the first is not 0, else of the third; all
 * stretched to one shape. */
#include "nn/layers/arith/broadcast.h"

static int
emit(struct layer *l)
{
	int in[3], n = 0;

	for (int i = 0; i < 3; i++)
		if (layer_shape(l, i)->n > n)
			n = layer_shape(l, i)->n;
	for (int i = 0; i < 3; i++)
		TRY(in[i] = layer_lift(l, l->bottom[i], n));
	return layer_top(l, 0, graph_add(l->graph, OP_WHERE, NULL, in, 3));
}

const struct layer_type layer_where = { "Where", 3, 3, 1, 1, .emit = emit,
	.no_grad = 1 };
