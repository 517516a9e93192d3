/* Resize: each axis brought to another size, by a scale or to a given one. */
#include <math.h>

#include "nn/layers/moving/moving.h"

static const Caffe__ResizeOpParameter none = CAFFE__RESIZE_OP_PARAMETER__INIT;

static const enum resize_fn modes[] = {
	[CAFFE__RESIZE_OP_PARAMETER__MODE__NEAREST] = RESIZE_NEAREST,
	[CAFFE__RESIZE_OP_PARAMETER__MODE__LINEAR] = RESIZE_LINEAR,
	[CAFFE__RESIZE_OP_PARAMETER__MODE__CUBIC] = RESIZE_CUBIC,
};

static const enum resize_coordinate coordinates[] = {
	[CAFFE__RESIZE_OP_PARAMETER__COORDINATE__HALF_PIXEL] =
	    RESIZE_HALF_PIXEL,
	[CAFFE__RESIZE_OP_PARAMETER__COORDINATE__HALF_PIXEL_SYMMETRIC] =
	    RESIZE_HALF_PIXEL_SYMMETRIC,
	[CAFFE__RESIZE_OP_PARAMETER__COORDINATE__PYTORCH_HALF_PIXEL] =
	    RESIZE_PYTORCH_HALF_PIXEL,
	[CAFFE__RESIZE_OP_PARAMETER__COORDINATE__ALIGN_CORNERS] =
	    RESIZE_ALIGN_CORNERS,
	[CAFFE__RESIZE_OP_PARAMETER__COORDINATE__ASYMMETRIC] =
	    RESIZE_ASYMMETRIC,
	[CAFFE__RESIZE_OP_PARAMETER__COORDINATE__TF_CROP_AND_RESIZE] =
	    RESIZE_CROP,
	[CAFFE__RESIZE_OP_PARAMETER__COORDINATE__TF_HALF_PIXEL_FOR_NN] =
	    RESIZE_HALF_PIXEL_NN,
};

static const enum resize_nearest nearests[] = {
	[CAFFE__RESIZE_OP_PARAMETER__NEAREST__ROUND_PREFER_FLOOR] =
	    RESIZE_PREFER_FLOOR,
	[CAFFE__RESIZE_OP_PARAMETER__NEAREST__ROUND_PREFER_CEIL] =
	    RESIZE_PREFER_CEIL,
	[CAFFE__RESIZE_OP_PARAMETER__NEAREST__FLOOR] = RESIZE_FLOOR,
	[CAFFE__RESIZE_OP_PARAMETER__NEAREST__CEIL] = RESIZE_CEIL,
};

static int
check(const Caffe__ResizeOpParameter *p, size_t n)
{
	if ((p->n_scale != 0 && p->n_scale != n) ||
	    (p->n_size != 0 && p->n_size != n) || p->n_scale + p->n_size == 0)
		return err_set(ERR_FORMAT,
		    "%zu scales and %zu sizes for %zu axes: give one of all axes, or both",
		    p->n_scale, p->n_size, n);
	if (p->coordinate ==
		CAFFE__RESIZE_OP_PARAMETER__COORDINATE__TF_CROP_AND_RESIZE &&
	    p->n_roi != 2 * n)
		return err_set(ERR_FORMAT,
		    "roi is given %zu times for %zu axes: give where it begins along each, then where it ends",
		    p->n_roi, n);
	return 0;
}

/* What becomes of axis i, of n. */
static int
axis_of(const Caffe__ResizeOpParameter *p, size_t n, size_t i, int64_t from,
    struct op_resize *a)
{
	const float scale = p->n_scale > 0 ? p->scale[i] : 0;
	const bool crop = a->coordinate == RESIZE_CROP;
	int64_t to = p->n_size > 0 && p->size[i] > 0 ? p->size[i] : from;

	if (!(scale >= 0) || !(scale * (float)from < (float)SHAPE_COUNT_MAX))
		return err_set(
		    ERR_RANGE, "the scale of axis %zu is %g", i, (double)scale);
	if (scale > 0 && (p->n_size == 0 || p->size[i] <= 0))
		to = (int64_t)floorf((float)from * scale);
	if (to < 1 || to > (int64_t)SHAPE_COUNT_MAX)
		return err_set(ERR_RANGE, "%lld places of axis %zu become %lld",
		    (long long)from, i, (long long)to);
	a->axis[i].from = from;
	a->axis[i].to = to;
	/* Sizes tell more exactly what a scale does that fits them. */
	if (scale > 0 &&
	    fabs((double)scale * (double)from / (double)to - 1) > 1e-6)
		a->axis[i].scale = (double)scale;
	a->axis[i].begin = crop ? p->roi[i] : 0;
	a->axis[i].end = crop ? p->roi[n + i] : 1;
	if (from != to || a->axis[i].scale > 0 || a->axis[i].begin != 0 ||
	    a->axis[i].end != 1 || a->coordinate == RESIZE_HALF_PIXEL_NN)
		a->axes |= 1U << i;
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__ResizeOpParameter *p =
	    LAYER_PARAM(l, resize_op_param, &none);
	const struct shape *s = layer_shape(l, 0);
	union op_attr a = { .resize = {
				.fn = modes[p->mode],
				.coordinate = coordinates[p->coordinate],
				.nearest = nearests[p->nearest],
				.cubic_a = p->cubic_a,
				.extrapolation = p->extrapolation,
				.exclude_outside = p->exclude_outside,
				.antialias = p->antialias,
			    } };

	TRY(check(p, (size_t)s->n));
	for (int i = 0; i < s->n; i++)
		TRY(axis_of(p, (size_t)s->n, (size_t)i, s->d[i], &a.resize));
	if (a.resize.axes == 0)
		return layer_top(l, 0, l->bottom[0]);
	return layer_top(
	    l, 0, graph_add(l->graph, OP_RESIZE, &a, l->bottom, 1));
}

const struct layer_type layer_resize = { "Resize", 1, 1, 1, 1, .emit = emit };
