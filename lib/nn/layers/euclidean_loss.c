/* EuclideanLoss: sum (a - b)^2 / (2 N); a gradient to both. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	union op_attr a = { .loss = { .fn = LOSS_EUCLIDEAN } };

	return layer_top(l, 0, graph_add(l->graph, OP_LOSS, &a, l->bottom, 2));
}

const struct layer_type layer_euclidean_loss = { "EuclideanLoss", 2, 2, 1, 1,
	.emit = emit, .loss_weight = 1 };
