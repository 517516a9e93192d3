/*
 * Inside nn/layers: the head of YOLOX (Ge et al., arXiv 2107.08430), anchor-free.
 *
 * Its bottoms are maps (N, 5 + C, H, W), one for each stride: a box x y w h, how
 * much of an object there is, and a score for each of C classes.  Place (row,
 * column) of a map of stride s says, in pixels of the picture,
 *
 *	centre x = (x + column) s    width  = e^w s
 *	centre y = (y + row) s       height = e^h s
 *
 * objectness and classes are logits.  The maps stand side by side as one tensor
 * (N, 5 + C, A) of all A places.  yolox.c joins maps, yolox_assign.c tells which
 * place is to find which box, yolox_loss.c is the layer YoloxLoss, yolox_output.c
 * YoloxOutput.
 */
#ifndef NN_LAYERS_YOLOX_H
#define NN_LAYERS_YOLOX_H

#include <stddef.h>

#include "nn/layers/types.h"

enum {
	YOLOX_X,
	YOLOX_Y,
	YOLOX_W,
	YOLOX_H,
	YOLOX_OBJECT,
	YOLOX_CLASS, /* the first of C */
	YOLOX_LEVELS_MAX = 8,
	YOLOX_PLACES_MAX = 1 << 20
};

struct yolox_place {
	float stride, column, row;
};

struct yolox {
	const Caffe__YoloxParameter *p;
	int items, classes, rows; /* rows of a label, where there is one */
	size_t places;
	struct yolox_place *place; /* of all maps */
};

/* Centre and size, in pixels. */
struct yolox_box {
	float x, y, w, h;
};

extern const Caffe__YoloxParameter yolox_none;

/* Of the first `levels` bottoms; ERR_FORMAT where they do not belong together.
 * Returns the tensor of all places. */
int yolox_join(struct yolox *y, struct layer *l, int levels);
void yolox_free(struct yolox *y); /* accepts NULL */
/* What place a of one item's numbers (5 + C, A) says. */
struct yolox_box
yolox_decode(const struct yolox *y, const float *item, size_t a);
/* IoU of two boxes; 0 where one has no area. */
double yolox_iou(const struct yolox_box *a, const struct yolox_box *b);

/*
 * What each place is to find: (N, YOLOX_TARGETS, A).  A target of a place is the
 * box, its class, how well the place has it now (IoU), and whether it has one.
 */
enum {
	YOLOX_TARGET_CLASS = 4,
	YOLOX_TARGET_IOU,
	YOLOX_TARGET_IS, /* 1: a box, 0: none, -1: not to be judged */
	YOLOX_TARGETS
};
/* The host code of an op: in are all places and DIGITS's lists of boxes. */
int yolox_assign(void *state, const struct op_env *env, const float *const *in,
    float *const *out);

#endif
