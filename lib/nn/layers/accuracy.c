/* Accuracy: the share of labels among the top_k largest scores; its second top
 * is the accuracy of each class.  No gradient. */
#include <limits.h>

#include "base/num.h"
#include "nn/layers/types.h"

static const Caffe__AccuracyParameter none = CAFFE__ACCURACY_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__AccuracyParameter *p =
	    LAYER_PARAM(l, accuracy_param, &none);
	union op_attr a = { 0 };
	int y;

	TRY(layer_axis(l, 0, p->axis, &a.accuracy.axis));
	if (p->top_k < 1 ||
	    (int64_t)p->top_k > layer_shape(l, 0)->d[a.accuracy.axis])
		return err_set(ERR_FORMAT, "top_k is %u of %s",
		    (unsigned)p->top_k,
		    NUM_COUNTED(
			layer_shape(l, 0)->d[a.accuracy.axis], "class"));
	a.accuracy.top_k = (int)p->top_k;
	a.accuracy.has_ignore = p->has_ignore_label;
	a.accuracy.ignore = p->ignore_label;
	a.accuracy.per_class = l->ntop > 1;
	TRY(y = graph_add(l->graph, OP_ACCURACY, &a, l->bottom, 2));
	if (l->ntop > 1)
		TRY(layer_top(l, 1, graph_last(l->graph)->out[1]));
	return layer_top(l, 0, y);
}

const struct layer_type layer_accuracy = { "Accuracy", 2, 2, 1, 2, .emit = emit,
	.role = LAYER_SCORE };
