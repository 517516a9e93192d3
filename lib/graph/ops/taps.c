/* Tables of OP_TAKE and OP_RESIZE: see taps.h. */
#include "graph/ops/taps.h"

#include <math.h>

#include "base/mem.h"

static int64_t
modulo(int64_t i, int64_t n)
{
	return i % n < 0 ? i % n + n : i % n;
}

int64_t
take_place(const struct op_take *a, int k, int64_t d, int64_t i)
{
	int64_t at = a->start[k] + (i > 0 ? i * a->step[k] : 0);

	if (at >= 0 && at < d)
		return at;
	switch (a->edge) {
	case TAKE_VALUE: return -1;
	case TAKE_EDGE: return at < 0 ? 0 : d - 1;
	case TAKE_WRAP: return modulo(at, d);
	case TAKE_REFLECT: break;
	}
	if (d == 1)
		return 0;
	at = modulo(at, 2 * (d - 1));
	return at < d ? at : 2 * (d - 1) - at;
}

/* What the sizes of x are to those of y; sizes alone say it exactly. */
static double
back(const struct op_resize *a, double v)
{
	return a->scale > 0 ? v / a->scale
			    : v * (double)a->from / (double)a->to;
}

static double
scale_of(const struct op_resize *a)
{
	return a->scale > 0 ? a->scale : (double)a->to / (double)a->from;
}

/* The place in x that place i of y is. */
static double
coordinate(const struct op_resize *a, int64_t i)
{
	const double n = (double)a->from;
	const double m = a->scale > 0 ? a->scale * n : (double)a->to;
	const double half = back(a, (double)i + 0.5) - 0.5;

	switch (a->coordinate) {
	case RESIZE_HALF_PIXEL_SYMMETRIC:
		return n / 2 * (1 - (double)a->to / m) + half;
	case RESIZE_PYTORCH_HALF_PIXEL: return a->to > 1 ? half : 0;
	case RESIZE_ALIGN_CORNERS:
		return a->to > 1 ? (double)i * (n - 1) / (m - 1) : 0;
	case RESIZE_ASYMMETRIC: return back(a, (double)i);
	case RESIZE_CROP:
		if (a->to <= 1)
			return ((double)a->begin + (double)a->end) / 2 *
			    (n - 1);
		return (double)a->begin * (n - 1) +
		    (double)i * ((double)a->end - (double)a->begin) * (n - 1) /
		    (double)(a->to - 1);
	case RESIZE_HALF_PIXEL_NN: return half + 0.5;
	default: return half;
	}
}

static double
round_to(enum resize_nearest how, double v)
{
	switch (how) {
	case RESIZE_PREFER_FLOOR: return ceil(v - 0.5);
	case RESIZE_PREFER_CEIL: return floor(v + 0.5);
	case RESIZE_FLOOR: return floor(v);
	default: return ceil(v);
	}
}

/* The weight of a place at distance d. */
static double
weight(const struct op_resize *a, double d)
{
	const double c = (double)a->cubic_a;

	d = fabs(d);
	if (a->fn == RESIZE_LINEAR)
		return fmax(0, 1 - d);
	if (d <= 1)
		return ((c + 2) * d - (c + 3)) * d * d + 1;
	return d < 2 ? ((c * d - 5 * c) * d + 8 * c) * d - 4 * c : 0;
}

/* What distances are made smaller by, so that places that y leaves out count. */
static double
shrink(const struct op_resize *a)
{
	return a->antialias ? fmin(1, scale_of(a)) : 1;
}

static double
reach(const struct op_resize *a)
{
	return ceil((a->fn == RESIZE_CUBIC ? 2 : 1) / shrink(a));
}

double
taps_count(const struct op_resize *a)
{
	return a->fn == RESIZE_NEAREST ? 1 : 2 * reach(a);
}

static int64_t
clamp(double v, int64_t n)
{
	return v < 0 ? 0 : v > (double)(n - 1) ? n - 1 : (int64_t)v;
}

/* The weighted places around v. */
static void
fill(const struct op_resize *a, struct taps *t, int64_t i, double v)
{
	const double first = floor(v) - reach(a) + 1, by = shrink(a);
	int64_t *at = t->at + (size_t)i * t->n;
	double *w = t->weight + (size_t)i * t->n, sum = 0;

	for (size_t k = 0; k < t->n; k++) {
		const double p = first + (double)k;

		at[k] = clamp(p, a->from);
		w[k] = weight(a, (p - v) * by);
		if (a->exclude_outside && (p < 0 || p >= (double)a->from))
			w[k] = 0;
		sum += w[k];
	}
	for (size_t k = 0;
	     k < t->n && sum != 0 && (a->exclude_outside || a->antialias); k++)
		w[k] /= sum;
}

void
taps_make(struct taps *t, const struct op_resize *a)
{
	*t = (struct taps){ .n = (size_t)taps_count(a) };
	t->at = mem_array(int64_t, (size_t)a->to * t->n + 1);
	t->weight = mem_array(double, (size_t)a->to * t->n + 1);
	if (a->coordinate == RESIZE_CROP)
		t->outside = mem_array(bool, (size_t)a->to + 1);
	for (int64_t i = 0; i < a->to; i++) {
		const double v = coordinate(a, i);

		if (t->outside != NULL)
			t->outside[i] = !(v >= 0 && v <= (double)(a->from - 1));
		if (a->fn != RESIZE_NEAREST) {
			fill(a, t, i, v);
			continue;
		}
		t->at[i] = clamp(round_to(a->nearest, v), a->from);
		t->weight[i] = 1;
	}
}

void
taps_clear(struct taps *t)
{
	mem_free(t->at);
	mem_free(t->weight);
	mem_free(t->outside);
	*t = (struct taps){ 0 };
}
