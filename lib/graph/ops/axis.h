/*
 * Where OP_TAKE and OP_RESIZE find numbers, place by place along one axis: the rules
 * of op_take and op_resize, shared by all backends.  C++ too; a .cu file says by
 * AXIS_FN that the functions are also the device's.
 *
 * Formulas: ONNX's operator Resize; cubic_a: Keys' cubic convolution (1981).
 */
#ifndef GRAPH_OPS_AXIS_H
#define GRAPH_OPS_AXIS_H

#include <math.h>

#include "graph/op.h"

#ifndef AXIS_FN
#define AXIS_FN static inline
#endif

AXIS_FN int64_t
axis_modulo(int64_t i, int64_t n)
{
	return i % n < 0 ? i % n + n : i % n;
}

/* Place `at` of an axis of d places as one of those; -1: it is take.value. */
AXIS_FN int64_t
axis_take(enum take_edge edge, int64_t at, int64_t d)
{
	if (at >= 0 && at < d)
		return at;
	if (edge == TAKE_VALUE)
		return -1;
	if (edge == TAKE_EDGE)
		return at < 0 ? 0 : d - 1;
	if (edge == TAKE_WRAP)
		return axis_modulo(at, d);
	if (d == 1)
		return 0;
	at = axis_modulo(at, 2 * (d - 1));
	return at < d ? at : 2 * (d - 1) - at;
}

/* One axis of an op_resize. */
struct axis_resize {
	enum resize_fn fn;
	enum resize_coordinate coordinate;
	enum resize_nearest nearest;
	bool exclude_outside, antialias;
	int64_t from, to;
	double scale, begin, end, cubic_a;
};

AXIS_FN void
axis_of(struct axis_resize *x, const struct op_resize *a, int k)
{
	x->fn = a->fn;
	x->coordinate = a->coordinate;
	x->nearest = a->nearest;
	x->exclude_outside = a->exclude_outside;
	x->antialias = a->antialias;
	x->from = a->axis[k].from;
	x->to = a->axis[k].to;
	x->scale = a->axis[k].scale;
	x->begin = (double)a->axis[k].begin;
	x->end = (double)a->axis[k].end;
	x->cubic_a = (double)a->cubic_a;
}

/* What sizes of y are to those of x; where no scale is given the sizes say it
 * exactly. */
AXIS_FN double
axis_back(const struct axis_resize *x, double v)
{
	return x->scale > 0 ? v / x->scale
			    : v * (double)x->from / (double)x->to;
}

AXIS_FN double
axis_scale(const struct axis_resize *x)
{
	return x->scale > 0 ? x->scale : (double)x->to / (double)x->from;
}

/* The place in x that place i of y is. */
AXIS_FN double
axis_coordinate(const struct axis_resize *x, int64_t i)
{
	const double n = (double)x->from;
	const double m = x->scale > 0 ? x->scale * n : (double)x->to;
	const double half = axis_back(x, (double)i + 0.5) - 0.5;

	switch (x->coordinate) {
	case RESIZE_HALF_PIXEL_SYMMETRIC:
		return n / 2 * (1 - (double)x->to / m) + half;
	case RESIZE_PYTORCH_HALF_PIXEL: return x->to > 1 ? half : 0;
	case RESIZE_ALIGN_CORNERS:
		return x->to > 1 ? (double)i * (n - 1) / (m - 1) : 0;
	case RESIZE_ASYMMETRIC: return axis_back(x, (double)i);
	case RESIZE_CROP:
		if (x->to <= 1)
			return (x->begin + x->end) / 2 * (n - 1);
		return x->begin * (n - 1) +
		    (double)i * (x->end - x->begin) * (n - 1) /
		    (double)(x->to - 1);
	case RESIZE_HALF_PIXEL_NN: return half + 0.5;
	default: return half;
	}
}

/* Is it op_resize.extrapolation? */
AXIS_FN bool
axis_outside(const struct axis_resize *x, double v)
{
	return x->coordinate == RESIZE_CROP &&
	    !(v >= 0 && v <= (double)(x->from - 1));
}

/* No number is the first. */
AXIS_FN int64_t
axis_clamp(double v, int64_t n)
{
	return !(v > 0) ? 0 : v > (double)(n - 1) ? n - 1 : (int64_t)v;
}

AXIS_FN int64_t
axis_nearest(const struct axis_resize *x, double v)
{
	switch (x->nearest) {
	case RESIZE_PREFER_FLOOR: v = ceil(v - 0.5); break;
	case RESIZE_PREFER_CEIL: v = floor(v + 0.5); break;
	case RESIZE_FLOOR: v = floor(v); break;
	default: v = ceil(v); break;
	}
	return axis_clamp(v, x->from);
}

/* What distances are made smaller by, so that places that y leaves out count. */
AXIS_FN double
axis_shrink(const struct axis_resize *x)
{
	return x->antialias ? fmin(1.0, axis_scale(x)) : 1;
}

/* How far places of x lie from what is made of them, on either side. */
AXIS_FN double
axis_reach(const struct axis_resize *x)
{
	return ceil((x->fn == RESIZE_CUBIC ? 2 : 1) / axis_shrink(x));
}

/* The weight of place p of x, which may be outside, of what is at v. */
AXIS_FN double
axis_weight(const struct axis_resize *x, double p, double v)
{
	const double d = fabs(p - v) * axis_shrink(x), c = x->cubic_a;

	if (x->exclude_outside && (p < 0 || p >= (double)x->from))
		return 0;
	if (x->fn == RESIZE_LINEAR)
		return fmax(0.0, 1 - d);
	if (d <= 1)
		return ((c + 2) * d - (c + 3)) * d * d + 1;
	return d < 2 ? ((c * d - 5 * c) * d + 8 * c) * d - 4 * c : 0;
}

/* Are weights divided by their sum? */
AXIS_FN bool
axis_divides(const struct axis_resize *x)
{
	return x->exclude_outside || x->antialias;
}

#endif
