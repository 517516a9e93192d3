/*
 * The figures of metric/confusion.h as text, as TAB-separated values and as a
 * picture.  labels may be NULL, and fewer than the classes: the others are shown
 * by their numbers; a TAB in one is shown as a blank.
 */
#ifndef INFER_FIGURES_H
#define INFER_FIGURES_H

#include <stddef.h>

#include "base/buf.h"
#include "metric/confusion.h"

/* Most classes that a matrix of numbers, as a picture and as JSON can have. */
enum {
	MATRIX_TEXT_MAX = 1 << 14,
	MATRIX_PNG_MAX = 11000,
	MATRIX_JSON_MAX = 1000
};

/* Of counts with a matrix: rows truth, columns answer, last column the class's
 * recall in percent; rows of classes that did not occur are left out. */
int figures_matrix_text(struct buf *b, const struct confusion *c,
    const char *const *labels, size_t nlabels, int tsv);
/* A picture of the matrix: shares of rows, the diagonal in green. */
int figures_matrix_png(const char *path, const struct confusion *c, int force);
/* class, images, right, precision, recall (percent) */
int figures_classes_text(struct buf *b, const struct confusion *c,
    const char *const *labels, size_t nlabels, int tsv);

#endif
