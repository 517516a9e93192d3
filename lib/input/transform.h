/*
 * From a record to the numbers a net reads: Caffe's transform_param (mean,
 * scale, crop, mirror) and augmentation (augment/param.h).
 *
 * Random choices for the record at position g of the stream come from
 * rng_philox(seed, stream, g), so they depend on neither threads nor on where a
 * training was resumed.  A struct transform is read-only while used; each thread
 * brings its own scratch.
 */
#ifndef INPUT_TRANSFORM_H
#define INPUT_TRANSFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "input/augment/param.h"
#include "record/db.h"

struct transform {
	bool train; /* random crop and mirror, augmentation */
	/* > 0: these are labels of pictures of so many channels.  They move as
	 * the pixels do, but no value is changed: no colours and, in a single
	 * channel, no values between pixels. */
	int labels_of;
	int crop; /* 0: none */
	bool mirror;
	float scale;
	float *mean; /* (C, H, W) of the records, or NULL */
	float mean_value[4];
	int nmean_value; /* 0, 1 or C */
	struct augment augment;
	/* what comes out is R G B, not B G R, whatever the order of the
	 * records (record_item_is_rgb); mean and mean_value are in the order of
	 * what comes out */
	bool rgb;
	int channels, height, width; /* of the records */
	uint64_t seed, stream;
};

/*
 * From a layer's transform_param (may be NULL) for records of that shape; reads
 * the mean file.  ERR_FORMAT when mean or crop do not fit the records.
 */
int transform_init(struct transform *t, const Caffe__TransformationParameter *p,
    bool train, int channels, int height, int width);
/* The mean of each channel of a mean file, appended to p's mean_value. */
int transform_mean_pixel(Caffe__TransformationParameter *p, const char *path);
void transform_clear(struct transform *t);
/* The net wants R G B: no change where records have not three channels.  A mean
 * image that is in the order of the records is brought to that of the net. */
void transform_want_rgb(struct transform *t, bool mean_of_records);

/* Size of what comes out: crop x crop or the records'. */
void transform_size(const struct transform *t, int *height, int *width);

enum { TRANSFORM_SCRATCH = 4 };
struct transform_scratch {
	float *v[TRANSFORM_SCRATCH];
	size_t cap[TRANSFORM_SCRATCH];
};
void transform_scratch_clear(struct transform_scratch *s);
/* Buffer i with room for n numbers. */
float *transform_scratch_take(struct transform_scratch *s, int i, size_t n);

/*
 * Which part of a record is taken at position g, and whether it is mirrored: for
 * those who do the arithmetic elsewhere (graph/ring.h).  They may where nothing
 * is done to bytes but crop, mirror, mean and scale: transform_is_plain.  DIGITS's
 * other augmentations and whitening are done here, on floats.
 */
struct transform_window {
	int y, x, h, w;
	bool mirror;
};
/* Labels of a single channel, which are numbers of classes as far as is known. */
bool transform_is_mask(const struct transform *t);
bool transform_is_plain(const struct transform *t);
void transform_choose(
    const struct transform *t, uint64_t g, struct transform_window *win);
/* All of its moves; of those that scenes draw (augment/scene.h) none. */
struct geometry;
void
transform_geometry(const struct transform *t, uint64_t g, struct geometry *geo);
/* ERR_FORMAT when the record has another shape. */
int transform_check(const struct transform *t, const struct record_item *item);

/* One record at position g into out (C, h, w).  ERR_FORMAT when the record has
 * another shape. */
int transform_item(const struct transform *t, struct transform_scratch *s,
    const struct record_item *item, uint64_t g, float *out);

/* This window of a record into out (C, h, w), and nothing random: for who shows a
 * net several views of one picture. */
int transform_view(const struct transform *t, const struct record_item *item,
    const struct transform_window *win, float *out);

/* The n numbers of a record, planes B G R. */
void transform_floats(float *x, const struct record_item *item, size_t n);
/* A window of moved (C, H, W), planes B G R, into out. */
void transform_take(const struct transform *t, const float *moved,
    const struct transform_window *win, float *out);

/* DIGITS's list of boxes (input/geometry.h), n numbers in place, as the pixels of
 * a picture at position g go.  Other numbers stay as they are. */
void transform_boxes(const struct transform *t, uint64_t g, float *v, size_t n);

/* The random part of transform_item, for augment.c: x is (C, H, W), 0..255. */
struct rng;
void augment_colour(
    const struct augment *a, struct rng *r, float *x, int c, int h, int w);
/* The same of the generator alone. */
void augment_colour_skip(
    const struct augment *a, struct rng *r, int c, int h, int w);
/* Rotation and zoom about the centre, and a shift. */
struct augment_warp {
	float co, si, zoom; /* of what is taken for a pixel */
	float cy, cx, dy, dx;
};
void augment_warp_draw(struct augment_warp *w, const struct augment *a,
    struct rng *r, int height, int width);
/* Between pixels bilinear or, nearest, none that is not there; the border is
 * repeated. */
void augment_warp(const struct augment_warp *w, float *out, const float *x,
    int channels, int height, int width, bool nearest);
/* Where a point of the picture (edges, not centres, of pixels) comes to lie. */
void augment_warp_point(const struct augment_warp *w, float *y, float *x);
void augment_whiten(float *x, size_t n);

#endif
