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

/* One axis of an op. */
struct axis {
	const struct op_resize *a;
	int64_t from, to;
	double scale, begin, end;
};

static struct axis
axis_of(const struct op_resize *a, int k)
{
	return (struct axis){ a, a->axis[k].from, a->axis[k].to,
		a->axis[k].scale, (double)a->axis[k].begin,
		(double)a->axis[k].end };
}

/* What the sizes of x are to those of y; sizes alone say it exactly. */
static double
back(const struct axis *x, double v)
{
	return x->scale > 0 ? v / x->scale
			    : v * (double)x->from / (double)x->to;
}

static double
scale_of(const struct axis *x)
{
	return x->scale > 0 ? x->scale : (double)x->to / (double)x->from;
}

/* The place in x that place i of y is. */
static double
coordinate(const struct axis *x, int64_t i)
{
	const double n = (double)x->from;
	const double m = x->scale > 0 ? x->scale * n : (double)x->to;
	const double half = back(x, (double)i + 0.5) - 0.5;

	switch (x->a->coordinate) {
	case RESIZE_HALF_PIXEL_SYMMETRIC:
		return n / 2 * (1 - (double)x->to / m) + half;
	case RESIZE_PYTORCH_HALF_PIXEL: return x->to > 1 ? half : 0;
	case RESIZE_ALIGN_CORNERS:
		return x->to > 1 ? (double)i * (n - 1) / (m - 1) : 0;
	case RESIZE_ASYMMETRIC: return back(x, (double)i);
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
weight(const struct axis *x, double d)
{
	const double c = (double)x->a->cubic_a;

	d = fabs(d);
	if (x->a->fn == RESIZE_LINEAR)
		return fmax(0, 1 - d);
	if (d <= 1)
		return ((c + 2) * d - (c + 3)) * d * d + 1;
	return d < 2 ? ((c * d - 5 * c) * d + 8 * c) * d - 4 * c : 0;
}

/* What distances are made smaller by, so that places that y leaves out count. */
static double
shrink(const struct axis *x)
{
	return x->a->antialias ? fmin(1, scale_of(x)) : 1;
}

static double
reach(const struct axis *x)
{
	return ceil((x->a->fn == RESIZE_CUBIC ? 2 : 1) / shrink(x));
}

double
taps_count(const struct op_resize *a, int axis)
{
	const struct axis x = axis_of(a, axis);

	return a->fn == RESIZE_NEAREST ? 1 : 2 * reach(&x);
}

static int64_t
clamp(double v, int64_t n)
{
	return v < 0 ? 0 : v > (double)(n - 1) ? n - 1 : (int64_t)v;
}

/* The weighted places around v. */
static void
fill(const struct axis *x, struct taps *t, int64_t i, double v)
{
	const double first = floor(v) - reach(x) + 1, by = shrink(x);
	int64_t *at = t->at + (size_t)i * t->n;
	double *w = t->weight + (size_t)i * t->n, sum = 0;

	for (size_t k = 0; k < t->n; k++) {
		const double p = first + (double)k;

		at[k] = clamp(p, x->from);
		w[k] = weight(x, (p - v) * by);
		if (x->a->exclude_outside && (p < 0 || p >= (double)x->from))
			w[k] = 0;
		sum += w[k];
	}
	if (sum == 0 || !(x->a->exclude_outside || x->a->antialias))
		return;
	for (size_t k = 0; k < t->n; k++)
		w[k] /= sum;
}

void
taps_make(struct taps *t, const struct op_resize *a, int axis)
{
	const struct axis x = axis_of(a, axis);

	*t = (struct taps){ .n = (size_t)taps_count(a, axis) };
	t->at = mem_array(int64_t, (size_t)x.to * t->n + 1);
	t->weight = mem_array(double, (size_t)x.to * t->n + 1);
	if (a->coordinate == RESIZE_CROP)
		t->outside = mem_array(bool, (size_t)x.to + 1);
	for (int64_t i = 0; i < x.to; i++) {
		const double v = coordinate(&x, i);

		if (t->outside != NULL)
			t->outside[i] = !(v >= 0 && v <= (double)(x.from - 1));
		if (a->fn != RESIZE_NEAREST) {
			fill(&x, t, i, v);
			continue;
		}
		t->at[i] = clamp(round_to(a->nearest, v), x.from);
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
