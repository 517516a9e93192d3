/*
 * Resize: each axis brought to another size, by a scale or to a given one; an axis
 * after the other, which comes to the same as all at once: the weight of a place is
 * a product of one along each axis.  Those that become smaller come first.
 */
#include <math.h>

#include "nn/layers/moving/moving.h"

static const Caffe__ResizeOpParameter none = CAFFE__RESIZE_OP_PARAMETER__INIT;

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

/* What becomes of axis i, of `from` places. */
static int
axis_of(const Caffe__ResizeOpParameter *p, size_t n, size_t i, int64_t from,
    struct op_resize *a)
{
	const float scale = p->n_scale > 0 ? p->scale[i] : 0;

	*a = (struct op_resize){ .axis = (int)i,
		.from = from,
		.to = p->n_size > 0 && p->size[i] > 0 ? p->size[i] : from,
		.fn = p->mode == CAFFE__RESIZE_OP_PARAMETER__MODE__CUBIC
		    ? RESIZE_CUBIC
		    : p->mode == CAFFE__RESIZE_OP_PARAMETER__MODE__LINEAR
		    ? RESIZE_LINEAR
		    : RESIZE_NEAREST,
		.coordinate = coordinates[p->coordinate],
		.nearest = nearests[p->nearest],
		.cubic_a = p->cubic_a,
		.end = 1,
		.extrapolation = p->extrapolation,
		.exclude_outside = p->exclude_outside,
		.antialias = p->antialias };
	if (!(scale >= 0) || !(scale * (float)from < (float)SHAPE_COUNT_MAX))
		return err_set(
		    ERR_RANGE, "the scale of axis %zu is %g", i, (double)scale);
	if (scale > 0 && (p->n_size == 0 || p->size[i] <= 0))
		a->to = (int64_t)floorf((float)from * scale);
	if (a->to < 1 || a->to > (int64_t)SHAPE_COUNT_MAX)
		return err_set(ERR_RANGE, "%lld places of axis %zu become %lld",
		    (long long)from, i, (long long)a->to);
	if (fabs((double)scale * (double)from / (double)a->to - 1) > 1e-6)
		a->scale = (double)scale;
	if (a->coordinate == RESIZE_CROP) {
		a->begin = p->roi[i];
		a->end = p->roi[n + i];
	}
	return 0;
}

static bool
as_it_is(const struct op_resize *a)
{
	return a->from == a->to && a->scale == 0 &&
	    a->coordinate != RESIZE_HALF_PIXEL_NN && a->begin == 0 &&
	    a->end == 1;
}

static int
emit(struct layer *l)
{
	const Caffe__ResizeOpParameter *p =
	    LAYER_PARAM(l, resize_op_param, &none);
	const struct shape s = *layer_shape(l, 0);
	struct op_resize a[SHAPE_MAX];
	int x = l->bottom[0];

	TRY(check(p, (size_t)s.n));
	for (int i = 0; i < s.n; i++)
		TRY(axis_of(p, (size_t)s.n, (size_t)i, s.d[i], &a[i]));
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < s.n; i++) {
			const union op_attr op = { .resize = a[i] };

			if (as_it_is(&a[i]) || (a[i].to >= a[i].from) != pass)
				continue;
			TRY(x = graph_add(l->graph, OP_RESIZE, &op, &x, 1));
		}
	return layer_top(l, 0, x);
}

const struct layer_type layer_resize = { "Resize", 1, 1, 1, 1, .emit = emit };
