/* Axpy (SENet, Hu et al., 2018): a x + y of bottoms a (N, C) or (N, C, 1, 1), x
 * and y (N, C, H, W). */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	const struct shape *s = layer_shape(l, 0), *x = layer_shape(l, 1);
	struct shape a;
	int t;

	if (x->n != 4 || !shape_same(x, layer_shape(l, 2)) || s->n < 2 ||
	    s->d[0] != x->d[0] || s->d[1] != x->d[1] ||
	    shape_count_axes(s, 2, s->n) != 1)
		return err_set(ERR_FORMAT,
		    "it takes factors (N, C, 1, 1) and two blobs (N, C, H, W)");
	a = shape_of(4, x->d[0], x->d[1], 1, 1);
	TRY(t = graph_reshape(l->graph, l->bottom[0], &a));
	TRY(t = graph_binary(l->graph, l->bottom[1], t, BINARY_MUL));
	return layer_top(
	    l, 0, graph_binary(l->graph, t, l->bottom[2], BINARY_ADD));
}

const struct layer_type layer_axpy = { "Axpy", 3, 3, 1, 1, .emit = emit };
