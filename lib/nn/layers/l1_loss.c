/* L1Loss (NVcaffe): sum |a - b| / N; a gradient to both. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	union op_attr a = { .loss = { .fn = LOSS_L1 } };

	return layer_top(l, 0, graph_add(l->graph, OP_LOSS, &a, l->bottom, 2));
}

const struct layer_type layer_l1_loss = { "L1Loss", 2, 2, 1, 1, .emit = emit,
	.loss_weight = 1 };
