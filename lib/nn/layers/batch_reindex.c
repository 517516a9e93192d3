/* BatchReindex: the items of bottom 0 that bottom 1 lists, in its order. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	char t[SHAPE_TEXT_MAX];

	if (layer_shape(l, 1)->n != 1)
		return err_set(ERR_FORMAT,
		    "its second bottom %s must have one axis (indices)",
		    shape_text(t, layer_shape(l, 1)));
	return layer_top(
	    l, 0, graph_add(l->graph, OP_GATHER, NULL, l->bottom, 2));
}

const struct layer_type layer_batch_reindex = { "BatchReindex", 2, 2, 1, 1,
	.emit = emit, .no_grad = 2 };
