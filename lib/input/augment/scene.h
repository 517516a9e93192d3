/*
 * A scene: what becomes of the sample at a place of the stream where more is drawn
 * than DIGITS's augmentation.  Which samples it is made of, where each lies and
 * how it is moved follow from the seed and the place alone; so the picture, its
 * mask, its boxes and its label are made apart and yet agree.
 *
 * The steps, in this order:
 *
 * 1. RandAugment on each picture (rand.h).
 * 2. Mosaic (Bochkovskiy et al. 2020, YOLOv4): on a canvas of twice the size, four
 *    pictures meet in a point within the middle half of it, each cut by the
 *    canvas's edge.
 * 3. Moves about the middle: flip, quad rotation, rotation with DIGITS's zoom and
 *    shift, zoom, translation; then, with area and aspect, a part of the picture
 *    becomes all of it (Szegedy et al. 2015).  One matrix, one resampling: bilinear,
 *    of masks the nearest pixel.
 * 4. Mixup (Zhang et al. 2018): a second sample, moved by draws of its own, shines
 *    through with share 1 - l, l of Beta(alpha, alpha).  CutMix (Yun et al. 2019): it
 *    covers a rectangle of share 1 - l.  Given both, each is used half the time.
 * 5. Colours, contrast, noise (DIGITS's); a part covered by noise (random erasing,
 *    Zhong et al. 2020: probability `erase`, share 0.02 to 0.33 of the area, aspect
 *    0.3 to 3.3).
 * 6. The window (crop, mirror), mean, scale: Caffe's.
 *
 * Coordinates are pixels from the top left corner; pixel 0 reaches from 0 to 1.
 * "Moved" is the picture before the window is taken: of the records' size.
 */
#ifndef INPUT_AUGMENT_SCENE_H
#define INPUT_AUGMENT_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "graph/shape.h"
#include "input/transform.h"

struct scene_rect {
	float left, top, right, bottom;
};

/* x' = m[0] x + m[1] y + m[2], y' = m[3] x + m[4] y + m[5] */
struct scene_map {
	float m[6];
};

struct scene_tile {
	size_t record;
	float x, y;             /* its picture's corner on the canvas */
	struct scene_rect part; /* of the canvas, that it covers */
};

enum { SCENE_TILES = 4, SCENE_LAYERS = 2 };

/* A picture made of one or four records. */
struct scene_layer {
	int n;
	struct scene_tile tile[SCENE_TILES];
	struct scene_map to, back; /* from the canvas to what is moved */
};

enum scene_mix { SCENE_ALONE, SCENE_MIXUP, SCENE_CUTMIX };

struct scene {
	uint64_t place;
	struct transform_window window;
	struct scene_layer layer[SCENE_LAYERS];
	int nlayers;
	enum scene_mix mix;
	double share;           /* of layer 0 */
	struct scene_rect cut;  /* CUTMIX: of layer 1, in what is moved */
	struct scene_rect gone; /* erased, in what is moved; right 0: none */
	struct rng colour;      /* what step 5 is drawn from */
};

/* Is it done so at all?  t is that of the pictures. */
bool scene_is(const struct transform *t);

/* The scene at place g of a stream of `records` records, of which `own` is the one
 * that stands there. */
void scene_draw(struct scene *s, const struct transform *t, uint64_t g,
    size_t own, size_t records);

/* The same where nothing of this is drawn, but what transform_item does. */
void
scene_plain(struct scene *s, const struct transform *t, uint64_t g, size_t own);
/* For labels that have `times` as many pixels as their pictures, each way. */
void scene_enlarge(struct scene *s, int times);

/* Where records come from; what is borrowed ends with the next call. */
struct scene_records {
	void *ctx;
	int (*get)(void *ctx, size_t record, struct record_item *out);
};

/* The picture into out (C, h, w), or, with t->labels_of, the mask. */
int scene_item(const struct scene *s, const struct transform *t,
    struct transform_scratch *scratch, const struct scene_records *from,
    float *out);

/*
 * Boxes: rows as in geometry.h, those of all samples of the scene in the order of
 * layers and tiles, cut to what is seen of them; boxes of which less than
 * augment.min_box is left, or nothing, are taken out.  rows: that out has room for,
 * the first row counted; more boxes than that are an error.  t is that of the
 * pictures, tile k of layer i has the rows v[i][k] (NULL: none).
 */
int scene_boxes(const struct scene *s, const struct transform *t,
    const float *const v[SCENE_LAYERS][SCENE_TILES], float *out, size_t rows);
/* How many rows all boxes of a scene may need where each sample has `rows`. */
size_t scene_rows(const struct augment *a, size_t rows);

/* A class for each layer as shares of the classes, n numbers; ERR_FORMAT for one
 * that is outside 0..n-1. */
int scene_shares(
    const struct scene *s, const int label[SCENE_LAYERS], float *out, size_t n);

/* The shape of the label of a sample that has one class: as it is, or shares.
 * ERR_FORMAT for what is not done to such samples. */
int scene_class_shape(struct shape *out, const struct augment *a);

/* -- what scene.c and draw.c have in common -- */

void scene_apply(const struct scene_map *m, float *x, float *y);

#endif
