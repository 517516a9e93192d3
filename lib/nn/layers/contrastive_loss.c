/* ContrastiveLoss (Hadsell et al., 2006): pairs drawn together where bottom 2 is
 * 1, pushed `margin` apart where it is 0. */
#include "nn/layers/types.h"

static const Caffe__ContrastiveLossParameter none =
    CAFFE__CONTRASTIVE_LOSS_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__ContrastiveLossParameter *p =
	    LAYER_PARAM(l, contrastive_loss_param, &none);
	union op_attr a = { .loss = { .fn = LOSS_CONTRASTIVE,
				.margin = p->margin,
				.legacy = p->legacy_version } };

	return layer_top(l, 0, graph_add(l->graph, OP_LOSS, &a, l->bottom, 3));
}

const struct layer_type layer_contrastive_loss = { "ContrastiveLoss", 3, 3, 1,
	1, .emit = emit, .loss_weight = 1, .no_grad = 4 };
