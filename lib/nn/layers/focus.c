/*
 * Focus (YOLOX's stem): each second place of each second row becomes a channel,
 * (N, C, H, W) -> (N, 4 C, H/2, W/2).  Of the places of a square the upper left
 * comes first, then the lower left, the upper right and the lower right.
 */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	const struct shape *x = layer_shape(l, 0);
	const union op_attr order = { .permute = { { 0, 5, 3, 1, 2, 4 } } };
	char t[SHAPE_TEXT_MAX];
	struct shape in, out;
	int y;

	if (x->n != 4 || x->d[2] % 2 != 0 || x->d[3] % 2 != 0)
		return err_set(ERR_FORMAT,
		    "its bottom %s must be (N, C, H, W) with even sides",
		    shape_text(t, x));
	in = (struct shape){ 6,
		{ x->d[0], x->d[1], x->d[2] / 2, 2, x->d[3] / 2, 2 } };
	out = (struct shape){ 4,
		{ x->d[0], 4 * x->d[1], x->d[2] / 2, x->d[3] / 2 } };
	TRY(shape_check(&out));
	TRY(y = graph_reshape(l->graph, l->bottom[0], &in));
	TRY(y = graph_add(l->graph, OP_PERMUTE, &order, &y, 1));
	return layer_top(l, 0, graph_reshape(l->graph, y, &out));
}

const struct layer_type layer_focus = { "Focus", 1, 1, 1, 1, .emit = emit };
