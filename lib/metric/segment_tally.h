/*
 * The figures of metric/segment.h as a tally: pixels counted by the net.
 *
 * Counts of a batch, (N, SEGMENT_COUNTS, C) for N pictures and C classes: of each
 * picture how many pixels are of a class, how many were called so, and how many of
 * them rightly.  Floats are whole numbers up to 2^24, so a picture may have as many
 * pixels (SEGMENT_PIXELS_MAX).
 *
 * Figures: pixel accuracy by the name it is given, "miou", "dice",
 * "class-accuracy", "weighted-iou", and with SEGMENT_CLASSES_MAX classes or fewer
 * "iou/NAME" of each, NAME being its number where it has no name.
 */
#ifndef METRIC_SEGMENT_TALLY_H
#define METRIC_SEGMENT_TALLY_H

#include "metric/tally.h"

enum {
	SEGMENT_COUNTS = 3,
	SEGMENT_PIXELS_MAX = 1 << 24,
	SEGMENT_CLASSES_MAX = 150
};

/* names may be fewer than the classes; accuracy: what pixel accuracy is called.
 * Both are copied.  ERR_RANGE without classes. */
int segment_tally_new(struct tally **out, size_t classes,
    const char *const *names, size_t nnames, const char *accuracy);

#endif
