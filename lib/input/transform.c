/*
 * Caffe's arithmetic (data_transformer.cpp): crop, then (pixel - mean) * scale,
 * then mirrored into place.  The common case, bytes without augmentation, is one
 * pass from the record to the batch.
 */
#include "input/transform.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "input/geometry.h"

/* Is it a value for each channel, and not more of them than there is room for? */
static bool
is_pixel(const struct caffe_shape *s)
{
	return s->count <= LENGTH(((struct transform *)0)->mean_value) &&
	    (s->ndim < 3 ||
		(s->dim[s->ndim - 1] == 1 && s->dim[s->ndim - 2] == 1));
}

static int
read_mean(struct transform *t, const char *path)
{
	Caffe__BlobProto *blob = NULL;
	struct caffe_shape s;
	size_t n = (size_t)t->channels * (size_t)t->height * (size_t)t->width;
	char text[CAFFE_SHAPE_TEXT];
	int rc;

	TRY(caffe_mean_read(&blob, path));
	rc = caffe_blob_shape(&s, blob);
	if (rc >= 0 && s.count == (size_t)t->channels && is_pixel(&s)) {
		t->nmean_value = t->channels;
		rc = caffe_blob_floats(t->mean_value, s.count, blob);
		caffe_msg_free(blob);
		return rc < 0 ? err_in(rc, "%s", path) : 0;
	}
	if (rc >= 0 &&
	    (s.ndim < 3 || s.count != n || s.dim[s.ndim - 1] != t->width ||
		s.dim[s.ndim - 2] != t->height))
		rc = err_set(ERR_FORMAT,
		    "mean of shape %s for records of %dx%dx%d (channels, height, width)",
		    caffe_shape_text(text, &s), t->channels, t->height,
		    t->width);
	if (rc >= 0) {
		t->mean = mem_array(float, n);
		rc = caffe_blob_floats(t->mean, n, blob);
	}
	caffe_msg_free(blob);
	return rc < 0 ? err_in(rc, "%s", path) : 0;
}

static int
take_values(struct transform *t, const Caffe__TransformationParameter *p)
{
	if (p->n_mean_value == 0)
		return 0;
	if (p->mean_file != NULL)
		return err_set(ERR_FORMAT,
		    "transform_param: mean_file and mean_value are mutually exclusive");
	if (p->n_mean_value != 1 && p->n_mean_value != (size_t)t->channels)
		return err_set(ERR_FORMAT,
		    "transform_param: %zu mean_value for %d channels",
		    p->n_mean_value, t->channels);
	if (p->n_mean_value > LENGTH(t->mean_value))
		return err_set(ERR_RANGE,
		    "transform_param: more than %zu mean_value",
		    LENGTH(t->mean_value));
	t->nmean_value = (int)p->n_mean_value;
	memcpy(t->mean_value, p->mean_value, p->n_mean_value * sizeof(float));
	return 0;
}

int
transform_mean_pixel(Caffe__TransformationParameter *p, const char *path)
{
	Caffe__BlobProto *b = NULL;
	struct caffe_shape s;
	size_t c, plane;
	float *v;
	int rc;

	TRY(caffe_mean_read(&b, path));
	rc = caffe_blob_shape(&s, b);
	if (rc >= 0 && s.ndim < 3)
		rc = err_set(ERR_FORMAT, "%s: not a mean image", path);
	if (rc < 0) {
		caffe_msg_free(b);
		return rc;
	}
	c = (size_t)s.dim[s.ndim - 3];
	plane = s.count / (c > 0 ? c : 1);
	v = mem_array(float, s.count + 1);
	rc = caffe_blob_floats(v, s.count, b);
	for (size_t k = 0; rc >= 0 && k < c; k++) {
		double sum = 0;

		for (size_t i = 0; i < plane; i++)
			sum += v[k * plane + i];
		caffe_add_float(&p->mean_value, &p->n_mean_value,
		    (float)(sum / (double)(plane > 0 ? plane : 1)));
	}
	mem_free(v);
	caffe_msg_free(b);
	return rc;
}

int
transform_init(struct transform *t, const Caffe__TransformationParameter *p,
    bool train, int channels, int height, int width)
{
	memset(t, 0, sizeof(*t));
	t->train = train;
	t->scale = 1;
	t->channels = channels;
	t->height = height;
	t->width = width;
	if (p == NULL)
		return 0;
	t->scale = p->scale;
	t->mirror = p->mirror;
	if (p->crop_size > (unsigned)(height < width ? height : width))
		return err_set(ERR_FORMAT,
		    "crop_size %u is larger than the image size %dx%d",
		    p->crop_size, width, height);
	t->crop = (int)p->crop_size;
	TRY(augment_read(&t->augment, p->augment_param));
	TRY(take_values(t, p));
	return p->mean_file != NULL ? read_mean(t, p->mean_file) : 0;
}

void
transform_want_rgb(struct transform *t, bool mean_of_records)
{
	const size_t plane = (size_t)t->height * (size_t)t->width;

	if (t->channels != 3)
		return;
	t->rgb = true;
	for (size_t i = 0; mean_of_records && t->mean != NULL && i < plane;
	     i++) {
		float blue = t->mean[i];

		t->mean[i] = t->mean[2 * plane + i];
		t->mean[2 * plane + i] = blue;
	}
}

void
transform_clear(struct transform *t)
{
	mem_free(t->mean);
	t->mean = NULL;
}

void
transform_size(const struct transform *t, int *height, int *width)
{
	*height = t->crop > 0 ? t->crop : t->height;
	*width = t->crop > 0 ? t->crop : t->width;
}

void
transform_scratch_clear(struct transform_scratch *s)
{
	for (int i = 0; i < TRANSFORM_SCRATCH; i++) {
		mem_free(s->v[i]);
		s->v[i] = NULL;
		s->cap[i] = 0;
	}
}

/* One row: w values of src less mean (or mv), times scale, maybe reversed. */
#define ROW(name, type)                                                        \
	static void name(float *restrict out, const type *restrict src,        \
	    const float *restrict mean, float mv, float scale, int w,          \
	    bool mirror)                                                       \
	{                                                                      \
		if (mean != NULL)                                              \
			for (int i = 0; i < w; i++)                            \
				out[i] = ((float)src[i] - mean[i]) * scale;    \
		else                                                           \
			for (int i = 0; i < w; i++)                            \
				out[i] = ((float)src[i] - mv) * scale;         \
		for (int i = 0, j = w - 1; mirror && i < j; i++, j--) {        \
			float swap = out[i];                                   \
			out[i] = out[j];                                       \
			out[j] = swap;                                         \
		}                                                              \
	}
ROW(row_bytes, uint8_t)
ROW(row_floats, float)

static bool
divides(const struct transform *t)
{
	return t->augment.std[0] > 0 && t->labels_of == 0;
}

static void
copy_window(const struct transform *t, bool swap, const uint8_t *bytes,
    const float *floats, const struct transform_window *win, float *out)
{
	const size_t plane = (size_t)t->height * (size_t)t->width;

	for (int c = 0; c < t->channels; c++) {
		const size_t from = (size_t)(swap ? 2 - c : c) * plane;
		float mv = t->nmean_value == 0
		    ? 0
		    : t->mean_value[t->nmean_value == 1 ? 0 : c];
		float scale = divides(t)
		    ? (float)((double)t->scale / t->augment.std[c])
		    : t->scale;

		for (int y = 0; y < win->h; y++, out += win->w) {
			size_t at = (size_t)(win->y + y) * (size_t)t->width +
			    (size_t)win->x;
			const float *mean = t->mean != NULL
			    ? t->mean + (size_t)c * plane + at
			    : NULL;

			if (bytes != NULL)
				row_bytes(out, bytes + from + at, mean, mv,
				    scale, win->w, win->mirror);
			else
				row_floats(out, floats + from + at, mean, mv,
				    scale, win->w, win->mirror);
		}
	}
}

float *
transform_scratch_take(struct transform_scratch *s, int i, size_t n)
{
	if (s->cap[i] < n) {
		s->v[i] = mem_realloc(s->v[i], n, sizeof(float));
		s->cap[i] = n;
	}
	return s->v[i];
}

static void
flip_rows(float *x, int c, int h, int w)
{
	for (int k = 0; k < c; k++)
		for (int i = 0, j = h - 1; i < j; i++, j--)
			for (int v = 0; v < w; v++) {
				float *a = x +
				    ((size_t)k * (size_t)h + (size_t)i) *
					(size_t)w +
				    v;
				float *b = x +
				    ((size_t)k * (size_t)h + (size_t)j) *
					(size_t)w +
				    v;
				float swap = *a;

				*a = *b;
				*b = swap;
			}
}

bool
transform_is_mask(const struct transform *t)
{
	return t->labels_of > 0 && t->channels == 1;
}

void
transform_floats(float *x, const struct record_item *item, size_t n)
{
	const size_t plane = n / 3;

	if (item->data != NULL)
		for (size_t i = 0; i < n; i++)
			x[i] = item->data[i];
	else if (!record_item_is_rgb(item))
		memcpy(x, item->floats, n * sizeof(*x));
	else
		for (size_t c = 0; c < 3; c++)
			memcpy(x + c * plane, item->floats + (2 - c) * plane,
			    plane * sizeof(*x));
}

/* The record as floats where its geometry brings them; where they lie. */
static const float *
augmented(const struct transform *t, struct transform_scratch *s,
    const struct record_item *item, struct rng *r, struct geometry *g)
{
	size_t n = (size_t)t->channels * (size_t)t->height * (size_t)t->width;
	float *x = transform_scratch_take(s, 0, n), *y;

	transform_floats(x, item, n);
	if (t->labels_of > 0)
		augment_colour_skip(
		    &t->augment, r, t->labels_of, t->height, t->width);
	else
		augment_colour(
		    &t->augment, r, x, t->channels, t->height, t->width);
	geometry_moves(g, t, r);
	if (g->flip)
		flip_rows(x, t->channels, t->height, t->width);
	if (!g->warps)
		return x;
	y = transform_scratch_take(s, 1, n);
	augment_warp(&g->warp, y, x, t->channels, t->height, t->width,
	    transform_is_mask(t));
	return y;
}

bool
transform_is_plain(const struct transform *t)
{
	return !t->rgb && !divides(t) &&
	    !(t->augment.whiten && t->labels_of == 0) &&
	    !(t->train && augment_random(&t->augment));
}

void
transform_choose(
    const struct transform *t, uint64_t g, struct transform_window *win)
{
	struct geometry geo;
	struct rng r;

	rng_at(&r, t->seed, t->stream, g);
	geometry_window(&geo, t, &r);
	*win = geo.window;
}

void
transform_geometry(const struct transform *t, uint64_t g, struct geometry *geo)
{
	struct rng r;

	rng_at(&r, t->seed, t->stream, g);
	geometry_window(geo, t, &r);
	augment_colour_skip(&t->augment, &r,
	    t->labels_of > 0 ? t->labels_of : t->channels, t->height, t->width);
	geometry_moves(geo, t, &r);
}

void
transform_boxes(const struct transform *t, uint64_t g, float *v, size_t n)
{
	struct geometry geo;

	if (!geometry_is_boxes(v, n))
		return;
	transform_geometry(t, g, &geo);
	geometry_boxes(&geo, t->height, t->width, t->augment.min_box, v, n);
}

int
transform_check(const struct transform *t, const struct record_item *item)
{
	if (item->channels == t->channels && item->height == t->height &&
	    item->width == t->width)
		return 0;
	return err_set(ERR_FORMAT,
	    item->height == t->height && item->width == t->width
		? "record %zu is %dx%dx%d, the first was %dx%dx%d (channels, height, width): gray and colour are mixed, which force_color: true in transform_param reads alike"
		: "record %zu is %dx%dx%d, the first was %dx%dx%d (channels, height, width)",
	    item->index, item->channels, item->height, item->width, t->channels,
	    t->height, t->width);
}

/* A window of what a record has become, to out. */
static void
take_window(const struct transform *t, const struct record_item *item,
    const float *moved, const struct transform_window *win, float *out)
{
	const bool rgb = moved == NULL && record_item_is_rgb(item);

	copy_window(t, t->rgb != rgb, moved != NULL ? NULL : item->data,
	    moved != NULL ? moved : item->floats, win, out);
	if (t->augment.whiten && t->labels_of == 0)
		augment_whiten(
		    out, (size_t)t->channels * (size_t)win->h * (size_t)win->w);
}

void
transform_take(const struct transform *t, const float *moved,
    const struct transform_window *win, float *out)
{
	const struct record_item none = { 0 };

	take_window(t, &none, moved, win, out);
}

int
transform_view(const struct transform *t, const struct record_item *item,
    const struct transform_window *win, float *out)
{
	TRY(transform_check(t, item));
	take_window(t, item, NULL, win, out);
	return 0;
}

int
transform_item(const struct transform *t, struct transform_scratch *s,
    const struct record_item *item, uint64_t g, float *out)
{
	const float *moved = NULL;
	struct geometry geo;
	struct rng r;

	TRY(transform_check(t, item));
	rng_at(&r, t->seed, t->stream, g);
	geometry_window(&geo, t, &r);
	if (t->train && augment_random(&t->augment))
		moved = augmented(t, s, item, &r, &geo);
	take_window(t, item, moved, &geo.window, out);
	return 0;
}
