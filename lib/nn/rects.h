/*
 * Clustering of boxes as OpenCV's groupRectangles does it, by which DetectNet's
 * grid of boxes becomes a list.
 */
#ifndef NN_RECTS_H
#define NN_RECTS_H

#include <stddef.h>

struct rect {
	int x, y, w, h;
	int n; /* how many boxes it stands for */
};

/*
 * Boxes whose sides differ by at most eps times half the sum of the smaller
 * width and height belong together, and so do those that are linked by others.
 * Each group becomes its mean; groups of threshold boxes or fewer are dropped,
 * and those that lie in a group of more boxes.  In place; how many are left.
 */
size_t rects_group(struct rect *r, size_t n, int threshold, double eps);

#endif
