/*
 * How well pixels are labelled: maps of classes that a net guesses against the
 * true ones.  Pictures are added one at a time.
 *
 * With C classes, M(i, j) counts the pixels of class i that were taken for class
 * j, over all pictures; t_i is the sum of row i (what is of the class), a_i that of
 * column i (what is called so), n the sum of all.  Long, Shelhamer, Darrell, "Fully
 * Convolutional Networks", CVPR 2015, section 5, have
 *
 *	pixel accuracy            sum_i M(i, i) / n
 *	class accuracy of i       M(i, i) / t_i
 *	IoU of i                  M(i, i) / (t_i + a_i - M(i, i))
 *	frequency-weighted IoU    sum_i t_i IoU_i / n
 *
 * and Dice of i is 2 M(i, i) / (t_i + a_i) (Dice, 1945), which is the F1 of its
 * pixels and 2 IoU / (1 + IoU).
 *
 * A mean is over the classes that have the figure: class accuracy where the class
 * is in the truth, IoU and Dice where it is in the truth or in the answers.  A class
 * that is in neither is left out (NAN), neither 0 nor 1; one that is only guessed
 * has IoU 0 and counts.
 *
 * Pixels whose truth is the ignored value are not counted at all.  An answer that
 * is no class is wrong where it stands.  A truth that is no class, and not the
 * ignored value, is counted in .outside and nowhere else.
 */
#ifndef METRIC_SEGMENT_H
#define METRIC_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metric/confusion.h"
#include "prog/gate.h"

struct segment {
	struct confusion pixels; /* t is .truths, a is .answers; top-5 unused */
	int32_t ignored;         /* -1: none */
	uint64_t skipped;        /* of that value */
	uint64_t pictures;
};

/* ERR_RANGE without classes.  matrix: keep M, not only its sums.  s is valid (to be
 * cleared) whatever is returned. */
int
segment_init(struct segment *s, size_t classes, int32_t ignored, bool matrix);
void segment_clear(struct segment *s);
/* A picture of n pixels, in any order that is that of both. */
void segment_add(
    struct segment *s, const int32_t *truth, const int32_t *answer, size_t n);

/* Of class i, 0..1 or NAN: see above. */
double segment_accuracy(const struct segment *s, size_t i);
double segment_iou(const struct segment *s, size_t i);
double segment_dice(const struct segment *s, size_t i);

enum segment_figure {
	SEGMENT_PIXEL_ACCURACY, /* NAN without pixels, as the others */
	SEGMENT_MEAN_ACCURACY,
	SEGMENT_MEAN_IOU,
	SEGMENT_WEIGHTED_IOU,
	SEGMENT_MEAN_DICE,
	SEGMENT_FIGURES
};
/* By the names that gates know: "accuracy", "class-accuracy", "miou",
 * "weighted-iou", "dice".  Returns their number. */
size_t
segment_figures(const struct segment *s, struct gate_value v[SEGMENT_FIGURES]);

#endif
