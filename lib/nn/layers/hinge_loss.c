/* HingeLoss: one-against-all, the L1 or squared L2 norm of max(0, 1 - t x). */
#include "nn/layers/types.h"

static const Caffe__HingeLossParameter none = CAFFE__HINGE_LOSS_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__HingeLossParameter *p =
	    LAYER_PARAM(l, hinge_loss_param, &none);
	union op_attr a = { 0 };

	a.loss.fn = p->norm == CAFFE__HINGE_LOSS_PARAMETER__NORM__L2
	    ? LOSS_HINGE_L2
	    : LOSS_HINGE_L1;
	return layer_top(l, 0, graph_add(l->graph, OP_LOSS, &a, l->bottom, 2));
}

const struct layer_type layer_hinge_loss = { "HingeLoss", 2, 2, 1, 1,
	.emit = emit, .loss_weight = 1, .no_grad = 2 };
