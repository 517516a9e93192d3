/*
 * Where the pixels of a picture went when it became the input of a net, and the
 * way back: the one place that knows it, for boxes and for masks.
 *
 * Coordinates run on: the pixel in column i covers i to i + 1, its middle is at
 * i + 0.5.  The x of a picture is at x * scale_x + left of the input, y likewise;
 * what falls outside of the input was cut off, and where no picture falls there is
 * the ground (letterbox, fill).
 */
#ifndef INFER_PLACE_H
#define INFER_PLACE_H

#include "image/image.h"
#include "metric/box.h"

struct infer_place {
	int width, height; /* of the picture, as it is upright */
	int in_w, in_h;    /* of the net's input */
	double scale_x, scale_y, left, top;
};

/* A picture of that size, as it is. */
struct infer_place infer_place_whole(int width, int height);
/* Then: brought to to_w x to_h (image/image.h, image_fit). */
void infer_place_fit(
    struct infer_place *p, int to_w, int to_h, enum image_mode mode);
/* Then: the middle of it, of a picture that covers fit (image_middle; widths first). */
void
infer_place_middle(struct infer_place *p, const int fit[2], const int to[2]);
/* Then: of that the w x h pixels at x, y. */
void infer_place_window(struct infer_place *p, int x, int y, int w, int h);
/* What was taken for the picture was a part of one of width x height, at x, y. */
void
infer_place_part(struct infer_place *p, int x, int y, int width, int height);

/* From pixels of the input to those of the picture, and back. */
void infer_place_back(const struct infer_place *p, double *x, double *y);
void infer_place_forth(const struct infer_place *p, double *x, double *y);
/* A box of the input as one of the picture, cut off at its edges.  False: nothing
 * of it lies in the picture, or its numbers are none. */
bool infer_place_box(const struct infer_place *p, struct metric_box *b);

#endif
