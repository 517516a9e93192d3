/*
 * A confusion matrix (metric/confusion.h) as a picture: rows are the truth, columns
 * the answers, each cell as dark as its share of the row.  Dark is by the root of
 * the share (the cube root, of more than a hundred classes), so that a class that
 * is taken for another once in fifty can be seen; one colour from white to dark is
 * read by everybody.  Numbers and names are there where there is room for them;
 * recall stands behind each row, precision above each column.  Of more classes
 * than MATRIX_CELLS some share a cell.
 */
#ifndef INFER_CLASSES_MATRIX_H
#define INFER_CLASSES_MATRIX_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "metric/confusion.h"

enum { MATRIX_CELLS = 2000 };

/* Into path, .png or .svg.  labels may be fewer than the classes, and NULL. */
int matrix_write(const char *path, const struct confusion *c,
    const char *const *labels, size_t nlabels, int force);
/* Into b, as an <svg> element of a page (draw_svg of image/draw.h). */
int matrix_inline(struct buf *b, const struct confusion *c,
    const char *const *labels, size_t nlabels);
/* 0xRRGGBB of a share, 0..1, where so many cells are a side; 0 is white. */
uint32_t matrix_colour(double share, size_t cells);

#endif
