/*
 * SoftmaxWithLoss: softmax and multinomial logistic loss in one; its second top
 * is the softmax.  loss_param.class_weighting (SegNet) weighs classes.  Labels of
 * the shape of the scores are shares of the classes.
 */
#include "base/num.h"
#include "nn/layers/types.h"

static const Caffe__SoftmaxParameter none = CAFFE__SOFTMAX_PARAMETER__INIT;

/* A CONST of the weights, or -1 when there are none. */
static int
class_weights(struct layer *l, int axis, int *out)
{
	const Caffe__LossParameter *p = l->p->loss_param;
	struct shape s = { 1, { layer_shape(l, 0)->d[axis] } };

	*out = -1;
	if (p == NULL || !p->n_class_weighting ||
	    (p->has_weight_by_label_freqs && !p->weight_by_label_freqs))
		return 0;
	if ((int64_t)p->n_class_weighting != s.d[0])
		return err_set(ERR_FORMAT, "class_weighting is given %s for %s",
		    NUM_COUNTED(p->n_class_weighting, "time"),
		    NUM_COUNTED(s.d[0], "class"));
	*out = graph_add_const(
	    l->graph, "class_weighting", &s, p->class_weighting);
	return *out;
}

/* Labels that are shares of the classes. */
static int
emit_soft(struct layer *l, const struct op_loss *loss, int weights)
{
	const union op_attr a = { .axis = loss->axis };
	int y;

	if (l->ntop > 1) {
		TRY(y = graph_add(l->graph, OP_SOFTMAX, &a, l->bottom, 1));
		TRY(layer_top(l, 1, y));
		graph_tensor(l->graph, y)->keep = true;
	}
	return layer_top(l, 0, layer_soft_loss(l, loss, weights));
}

static int
emit(struct layer *l)
{
	union op_attr a = { .loss = { .fn = LOSS_SOFTMAX } };
	int in[3] = { l->bottom[0], l->bottom[1], -1 }, y;

	TRY(layer_axis(
	    l, 0, LAYER_PARAM(l, softmax_param, &none)->axis, &a.loss.axis));
	layer_loss_param(l, NORM_VALID, &a.loss);
	if (!(a.loss.smoothing >= 0 && a.loss.smoothing < 1))
		return err_set(ERR_FORMAT,
		    "label_smoothing %g must be at least 0 and less than 1",
		    a.loss.smoothing);
	TRY(class_weights(l, a.loss.axis, &in[2]));
	if (layer_labels_soft(l, a.loss.axis))
		return emit_soft(l, &a.loss, in[2]);
	TRY(y = graph_add(l->graph, OP_LOSS, &a, in, in[2] < 0 ? 2 : 3));
	if (l->ntop > 1) {
		TRY(layer_top(l, 1, graph_last(l->graph)->out[1]));
		graph_tensor(l->graph, l->top[1])->keep = true;
	}
	return layer_loss_top(l, y);
}

const struct layer_type layer_softmax_loss = { "SoftmaxWithLoss", 2, 2, 1, 2,
	.emit = emit, .loss_weight = 1, .no_grad = 2 };
