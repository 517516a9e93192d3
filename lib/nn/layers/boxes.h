/*
 * What the layers that find boxes, and the feed of SSD's nets, have in common: how
 * offsets become boxes and boxes offsets, and non-maximum suppression.
 *
 * A box is its edges in any unit.  Where a unit is a pixel and x1 and y1 name the
 * last one of the box (R-CNN's habit), one is added to each side: `last`.  What is
 * no number shares nothing with anything.
 */
#ifndef NN_LAYERS_BOXES_H
#define NN_LAYERS_BOXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"

struct layer_box {
	float x0, y0, x1, y1;
};

/* 0 of a box whose right lies left of its left, or bottom above its top. */
float layer_box_area(const struct layer_box *b, bool last);
/* Intersection over union, 0..1. */
float
layer_box_iou(const struct layer_box *a, const struct layer_box *b, bool last);
bool layer_box_finite(const struct layer_box *b);

/*
 * SSD's codes (Liu et al., 2016): four numbers that say where a box lies from a
 * prior, each divided by its variance.
 *
 *	CORNER       b - p, of the edges
 *	CORNER_SIZE  (b - p) / the prior's width or height
 *	CENTER_SIZE  (centre of b - of p) / size of p, log(size of b / of p)
 */
enum layer_box_code {
	LAYER_BOX_CORNER = CAFFE__PRIOR_BOX_PARAMETER__CODE_TYPE__CORNER,
	LAYER_BOX_CENTER_SIZE =
	    CAFFE__PRIOR_BOX_PARAMETER__CODE_TYPE__CENTER_SIZE,
	LAYER_BOX_CORNER_SIZE =
	    CAFFE__PRIOR_BOX_PARAMETER__CODE_TYPE__CORNER_SIZE
};
extern const float layer_box_ones[4]; /* variances that change nothing */
struct layer_box layer_box_decode(enum layer_box_code code, const float *v,
    const struct layer_box *prior, const float *variance);
/* Sizes that are not above 0 give what is no number. */
void
layer_box_encode(float *v, enum layer_box_code code, const struct layer_box *b,
    const struct layer_box *prior, const float *variance);

/*
 * R-CNN's code: dx, dy, dw, dh of a box that names its last pixels (Girshick et
 * al., 2014): the centre moves by a share of the size, the size grows by e^.
 */
struct layer_box layer_box_regress(const struct layer_box *b, const float *v);
/* Cut to the pixels of a picture. */
void layer_box_cut(struct layer_box *b, float width, float height);

/* Shapes of DetectionOutput's and MultiBoxLoss's first three bottoms: offsets, scores
 * and priors.  ERR_FORMAT says which do not belong together. */
struct layer;
int layer_prior_shapes(const struct layer *l, uint32_t num_classes, bool share,
    int *items, int *priors, int *classes);

/* sigma^2 q^2 / 2 + |d| - q with q = min(|d|, 1 / sigma^2), of a tensor d; the tensor
 * (smooth_l1_loss.c). */
struct graph;
int layer_smooth_l1(struct graph *g, int d, float sigma2);

/* A box that was found. */
struct layer_found {
	float score; /* a number: who makes the list leaves others out */
	int item, label, at;
	struct layer_box box;
};
/* Best first; then by label, then by place.  For qsort. */
int layer_found_by_score(const void *a, const void *b);

struct layer_nms {
	float limit; /* boxes that share more with a better one go */
	float eta;   /* < 1: the limit shrinks by it with each that stays */
	bool last;
	bool all;    /* boxes of different labels meet as well */
	size_t most; /* stop at so many; 0: no end */
};
/* Best first, thinned in place; how many are left. */
size_t layer_found_suppress(
    struct layer_found *f, size_t n, const struct layer_nms *m);

/*
 * Rows of a DetectionOutput: item, class, score, left, top, right, bottom.  Those
 * behind the last found hold -1.
 */
enum { LAYER_FOUND_ROW = 7, LAYER_FOUND_MAX = 1 << 20 };
float *layer_found_write(float *row, const struct layer_found *f, size_t n);
void layer_found_pad(float *row, const float *end);
/* Of each item the best `keep`, by label, best first: in place; how many. */
size_t layer_found_keep(struct layer_found *f, size_t n, size_t keep);

#endif
