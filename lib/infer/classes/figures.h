/*
 * The figures of metric/confusion.h as text and as TAB-separated values (as a
 * picture: matrix.h).  labels may be NULL, and fewer than the classes: the others are shown
 * by their numbers; a TAB in one is shown as a blank.
 */
#ifndef INFER_CLASSES_FIGURES_H
#define INFER_CLASSES_FIGURES_H

#include <stddef.h>

#include "base/buf.h"
#include "metric/confusion.h"

/* Most classes that a matrix, and one in JSON can have. */
enum { MATRIX_MAX = 1 << 14, MATRIX_JSON_MAX = 1000 };

/* Of counts with a matrix: rows truth, columns answer, last column the class's
 * recall in percent; rows of classes that did not occur are left out. */
int figures_matrix_text(struct buf *b, const struct confusion *c,
    const char *const *labels, size_t nlabels, int tsv);
/* class, images, right, precision, recall (percent) */
int figures_classes_text(struct buf *b, const struct confusion *c,
    const char *const *labels, size_t nlabels, int tsv);

#endif
