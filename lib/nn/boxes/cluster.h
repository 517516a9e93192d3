/*
 * DetectNet's grid of boxes into a list, one for each object.
 *
 * The box of the cell with the highest coverage stands for an object; with it go
 * those of all cells whose boxes overlap it by the share `merge` of their union.
 * They become one box, the mean of all weighted by their coverage, and its score is
 * the highest coverage.  So on with the cells that are left.  Cells at an object's rim
 * may be so far off that they become a second box; of two boxes that overlap by more
 * than that share the one of lower score goes.
 *
 * DIGITS does otherwise (nn/rects.h): it hands right and bottom to a function that
 * wants width and height, so that what is near grows with the place in the picture,
 * passes over rows of the grid, leaves low boxes out, and scores a box by how many
 * cells went into it.
 */
#ifndef NN_BOXES_CLUSTER_H
#define NN_BOXES_CLUSTER_H

#include <stddef.h>

#include "nn/boxes/boxes.h"

struct cluster {
	int rows, columns; /* of the grid */
	double cell;       /* pixels of the input */
	double least;      /* cells of less coverage are no part of any box */
	double merge;      /* 0..1 */
};

/* cover: (rows, columns), boxes: (4, rows, columns).  Added to out in pixels of the
 * input, with that class. */
void cluster_grid(struct net_boxes *out, const struct cluster *c,
    const float *cover, const float *boxes, int class);

#endif
