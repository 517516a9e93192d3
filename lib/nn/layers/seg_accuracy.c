/*
 * SegAccuracy (DeepLab's Caffe): how well pixels are labelled.  Top (1, 1, 1, 3) of
 * a batch: accuracy, mean accuracy of classes, mean IoU.  A validation counts the
 * pixels of all batches instead (metric/segment_tally.h), which is what `reset:
 * false` is for in Caffe.
 *
 * One score a pixel, as SigmoidCrossEntropyLoss takes them, is one too: class 1
 * where the probability is above a half.
 */
#include "metric/segment_tally.h"
#include "nn/layers/types.h"

static const Caffe__SegAccuracyParameter none =
    CAFFE__SEG_ACCURACY_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__SegAccuracyParameter *p =
	    LAYER_PARAM(l, seg_accuracy_param, &none);
	struct layer_pixels *c;
	int rc;

	if (layer_shape(l, 0)->n < 2)
		return err_set(ERR_FORMAT, "scores without classes");
	rc = layer_pixels_emit(l, 1, 0, p->ignore_label, p->n_ignore_label, &c);
	l->state = c;
	return rc < 0 ? rc : layer_top(l, 0, c->figures);
}

static int
counts(const struct layer *l, int tensor[LAYER_COUNTS])
{
	tensor[0] = ((const struct layer_pixels *)l->state)->counts;
	return 1;
}

static int
tally(const struct layer *l, const char *const *names, size_t nnames,
    struct tally **out)
{
	const struct layer_pixels *p = l->state;

	return segment_tally_new(out, p->classes, names, nnames, "accuracy");
}

static void
release(struct layer *l)
{
	layer_pixels_free(l->state);
}

const struct layer_type layer_seg_accuracy = { "SegAccuracy", 2, 2, 1, 1,
	.emit = emit, .no_grad = 3, .free = release, .role = LAYER_SCORE,
	.counts = counts, .tally = tally };
