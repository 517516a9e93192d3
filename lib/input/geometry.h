/*
 * Where the pixels of a sample go: which part is taken, whether it is mirrored,
 * turned over, rotated, zoomed.  Drawn once for the sample's place in the stream;
 * its picture, its mask and its boxes then move alike.
 *
 * Coordinates are pixels from the top left corner, x to the right; a box from 3
 * to 5 covers the pixels 3 and 4.
 */
#ifndef INPUT_GEOMETRY_H
#define INPUT_GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rng.h"
#include "input/transform.h"

struct geometry {
	struct transform_window window; /* taken last */
	bool flip;                      /* first: the lowest row is the first */
	bool warps;
	struct augment_warp warp; /* then */
};

/*
 * A generator for a sample is drawn from in this order: window, then the colours
 * (augment.h), then moves.
 */
void
geometry_window(struct geometry *g, const struct transform *t, struct rng *r);
void
geometry_moves(struct geometry *g, const struct transform *t, struct rng *r);

/*
 * DIGITS's list of boxes: rows of GEOMETRY_BOX numbers, of which
 * the first row is the number of boxes and GEOMETRY_BOX, and each other begins
 * with left, top, width, height in a picture of height x width.
 */
enum { GEOMETRY_BOX = 16 };
bool geometry_is_boxes(const float *v, size_t n);
/* v of n numbers, in place.  Boxes are cut to the window; of which nothing is
 * left, or less than the share `least` of the area, are taken out. */
void geometry_boxes(const struct geometry *g, int height, int width,
    double least, float *v, size_t n);

#endif
