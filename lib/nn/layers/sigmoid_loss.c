/* SigmoidCrossEntropyLoss: independent logistic losses; targets in 0..1. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	union op_attr a = { .loss = { .fn = LOSS_SIGMOID } };
	int y;

	layer_loss_param(l, NORM_BATCH, &a.loss);
	TRY(y = graph_add(l->graph, OP_LOSS, &a, l->bottom, 2));
	return layer_loss_top(l, y);
}

const struct layer_type layer_sigmoid_loss = { "SigmoidCrossEntropyLoss", 2, 2,
	1, 1, .emit = emit, .loss_weight = 1, .no_grad = 2 };
