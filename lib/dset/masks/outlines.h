/*
 * Outlines: the pixels of one object, as polygons or run lengths, and many of them
 * as a mask.
 *
 * The pixels of a polygon are those that COCO's own tools find (frPyObjects, whose
 * masks these are, pixel for pixel): its corners are brought to a grid of fifths of
 * a pixel, its edges followed there, and where they pass the middle of a column
 * of pixels, inside and outside change: the even-odd rule.  Run lengths go
 * down the columns, the first of pixels outside.
 *
 * Of outlines that cover one another the later one counts; those that lie beneath
 * are below all others.
 */
#ifndef DSET_MASKS_OUTLINES_H
#define DSET_MASKS_OUTLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "image/image.h"

/* Of one picture; and how long the edges of one polygon may be, in fifths of
 * pixels. */
enum { OUTLINES_MAX = 10000, OUTLINE_LENGTH_MAX = 1 << 28 };

/*
 * Append one to a blob.  A polygon has n corners, xy their x and y in pixels of a
 * picture of w x h; a corner that is further away than the picture is large is
 * ERR_FORMAT, as are fewer than 3 of them.  Runs have to add up to w * h.
 */
int dset_outline_polygon(struct buf *out, int class, bool beneath,
    const double *xy, size_t n, int w, int h);
int dset_outline_runs(struct buf *out, int class, bool beneath,
    const uint32_t *run, size_t n, int w, int h);

/* COCO's text of run lengths: six bits a character from '0' on, the lowest first,
 * the sixth for more of the number; from the fourth number on it is the difference
 * to that two before.  Into run, *n numbers of most; and back. */
int dset_runs_read(uint32_t *run, size_t *n, size_t most, const char *text);
int dset_runs_write(struct buf *out, const uint32_t *run, size_t n);

/* The class of each pixel, 0 where there is no outline: into mask, of one channel,
 * whose size is set.  blob is of the functions above, or of length 0. */
int dset_outlines_paint(struct image *mask, const void *blob, size_t bytes);

#endif
