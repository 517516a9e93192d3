/* MultinomialLogisticLoss: mean of -log p[label]; its bottom 0 is a softmax. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	union op_attr a = { .loss = { .fn = LOSS_MULTINOMIAL } };

	return layer_top(l, 0, graph_add(l->graph, OP_LOSS, &a, l->bottom, 2));
}

const struct layer_type layer_multinomial_logistic_loss = {
	"MultinomialLogisticLoss", 2, 2, 1, 1, .emit = emit, .loss_weight = 1,
	.no_grad = 2
};
