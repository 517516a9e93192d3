/*
 * Inside nn/layers: ROIAlign, whose two ways to make a bin of its points share what
 * stands here.  Windows: roi.h.
 */
#ifndef NN_LAYERS_ROI_ALIGN_H
#define NN_LAYERS_ROI_ALIGN_H

#include "nn/layers/roi.h"

enum { LAYER_ROI_POINTS_MAX = 1024 }; /* a side of a bin */

struct layer_roi_align {
	struct layer_roi roi;
	int ratio; /* points a side of a bin; 0 or less: as the bin has places */
	/* Half a pixel is taken off windows, which may be less than a place then. */
	bool half_pixel;
	bool max; /* the largest weighed corner of all points, not their mean */
};

/* A side of a window in n bins: where it begins and what each has, in places of the
 * map; returns the points of a bin. */
int layer_roi_side(const struct layer_roi_align *a, double from, double to,
    int64_t n, double *begin, double *each);

/* All bins of max: y (zeroed) from x, or, where dx is set, dx from dy. */
int layer_roi_max(const struct layer_roi_align *a, const float *windows,
    const float *x, float *y, const float *dy, float *dx);

#endif
