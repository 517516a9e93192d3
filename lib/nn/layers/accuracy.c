/*
 * Accuracy: the share of labels among the top_k largest scores; its second top
 * is the accuracy of each class.  No gradient.
 *
 * Where labels are maps, a test net also counts pixels, and a validation gives the
 * figures of metric/segment_tally.h in place of the mean over batches.
 */
#include <limits.h>

#include "base/num.h"
#include "metric/segment_tally.h"
#include "nn/layers/types.h"

static const Caffe__AccuracyParameter none = CAFFE__ACCURACY_PARAMETER__INIT;

/* Is there a label for each of several places of a picture? */
static bool
is_map(const struct layer *l, const struct op_accuracy *a)
{
	const struct shape *x = layer_shape(l, 0);

	return a->axis == 1 && x->n > 2 && x->d[1] > 1 &&
	    shape_count_axes(x, 2, x->n) > 1;
}

static int
count_pixels(struct layer *l, const struct op_accuracy *a)
{
	const int32_t ignore = a->ignore;
	struct layer_pixels *c;
	int rc;

	if (l->train || a->top_k > 1 || !is_map(l, a))
		return 0;
	rc = layer_pixels_emit(l, a->axis, 0, &ignore, a->has_ignore, &c);
	l->state = c;
	return rc;
}

static int
counts(const struct layer *l, int tensor[LAYER_COUNTS])
{
	const struct layer_pixels *p = l->state;

	if (p == NULL)
		return 0;
	tensor[0] = p->counts;
	return 1;
}

static int
tally(const struct layer *l, const char *const *names, size_t nnames,
    struct tally **out)
{
	const struct layer_pixels *p = l->state;

	return segment_tally_new(out, p->classes, names, nnames, l->p->top[0]);
}

static void
release(struct layer *l)
{
	layer_pixels_free(l->state);
}

/* Of labels that are shares of the classes: the class that has most. */
static int
largest_share(struct layer *l, int axis)
{
	const union op_attr a = {
		.argmax = { .top_k = 1, .has_axis = true, .axis = axis }
	};
	int t;

	TRY(t = graph_reshape(l->graph, l->bottom[1], layer_shape(l, 0)));
	return graph_add(l->graph, OP_ARGMAX, &a, &t, 1);
}

static int
emit(struct layer *l)
{
	const Caffe__AccuracyParameter *p =
	    LAYER_PARAM(l, accuracy_param, &none);
	union op_attr a = { 0 };
	int in[2] = { l->bottom[0], l->bottom[1] }, y;

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
	if (layer_labels_soft(l, a.accuracy.axis))
		TRY(in[1] = largest_share(l, a.accuracy.axis));
	TRY(y = graph_add(l->graph, OP_ACCURACY, &a, in, 2));
	if (l->ntop > 1)
		TRY(layer_top(l, 1, graph_last(l->graph)->out[1]));
	TRY(layer_top(l, 0, y));
	return count_pixels(l, &a.accuracy);
}

const struct layer_type layer_accuracy = { "Accuracy", 2, 2, 1, 2, .emit = emit,
	.free = release, .role = LAYER_SCORE, .counts = counts,
	.tally = tally };
