/*
 * Inside nn/layers: windows of a feature map, as ROIPooling, PSROIPooling and
 * ROIAlign take them.  Bottoms: features (N, C, H, W) and windows (R, 5) or
 * (R, 5, 1, 1), each the number of its picture and x1 y1 x2 y2 in the picture's
 * pixels, which spatial_scale makes the map's.
 *
 * A window of picture -1 is none: Proposal fills up its rows with them.  What is
 * taken from it is 0.
 */
#ifndef NN_LAYERS_ROI_H
#define NN_LAYERS_ROI_H

#include "nn/layers/types.h"

enum { LAYER_ROI = 5, LAYER_ROI_SIDE_MAX = 1 << 12 };

struct layer_roi {
	int64_t pictures, channels, height, width; /* of the features */
	int64_t windows, out, rows, columns;       /* of the top */
	double scale;
};

/* Shapes of the bottoms, and that of the top, of r whose out, rows and columns
 * are set.  ERR_FORMAT: they cannot be. */
int
layer_roi_shapes(struct layer_roi *r, const struct layer *l, struct shape *top);
/* Of window i, the picture: 1, or 0 for none.  ERR_FORMAT: there is no such
 * picture. */
int layer_roi_picture(const struct layer_roi *r, const float *window, int64_t i,
    int64_t *picture);
/* Cut v to [0, max]; what is no number is 0. */
int64_t layer_roi_cut(double v, int64_t max);

#endif
