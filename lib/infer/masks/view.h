/* Inside of the view of segmentation: what its files have in common. */
#ifndef INFER_MASKS_VIEW_H
#define INFER_MASKS_VIEW_H

#include <stdint.h>

#include "image/image.h"
#include "infer/views/view.h"
#include "metric/boundary.h"
#include "metric/segment.h"

enum {
	/* A pixel that the net has not seen, as the picture was cropped; and a truth
	 * that is not counted. */
	MASKS_NONE = 255,
	MASKS_CLASSES = 255
};

struct infer_pictures;

struct masks_view {
	const struct infer_viewer *v;
	size_t classes;
	float least;       /* of one score a pixel: class 1 from there on */
	struct image mask; /* of the picture at work, in its size */
	float *depth;      /* of its pixels in their pieces; NULL: one piece */
	size_t depth_cap;
	uint32_t colour[256];         /* 0xRRGGBB of the classes */
	struct infer_pictures *files; /* --masks */
	struct segment figures;
	struct boundary boundary;
	bool counting; /* into them */
	double iou;    /* the mean one of the picture at work; NaN: not known */
	bool nan;      /* the picture at work has scores that are no numbers, */
	uint64_t nans; /* and how many pictures had */
};

/*
 * Scores (classes or 1, h, w) of an input become the classes of the pixels of its
 * picture: between the four nearest scores, and of these the highest.  Where pieces
 * of a picture overlap, a pixel is what the piece says in which it lies deepest.
 */
int masks_take(struct masks_view *m, const struct answer *a,
    const float *scores, int h, int w);

/* On standard output, in the format that was asked for. */
int masks_print(const struct masks_view *m, const struct answer *a);
int masks_print_figures(struct masks_view *m);

enum { MASKS_FIGURES = SEGMENT_FIGURES + 1 };
/* By the names that gates know: metric/segment.h's and "boundary". */
void
masks_values(const struct masks_view *m, struct gate_value v[MASKS_FIGURES]);

/* The classes over the picture, into out, by --opacity, --contour, --legend. */
int masks_draw(
    struct image *out, const struct masks_view *m, const struct image *picture);

#endif
