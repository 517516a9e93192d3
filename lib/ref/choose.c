/* Ops that take places along axes by a rule, resize, or choose. */
#include "base/err.h"
#include "base/mem.h"
#include "graph/ops/taps.h"
#include "ref/kernel.h"

/* Where element i of y lies in x; SIZE_MAX: nowhere. */
static size_t
taken(const struct op_take *a, const struct shape *x, const struct shape *y,
    size_t i)
{
	size_t at = 0, step = 1;

	for (int k = y->n - 1; k >= 0; k--) {
		const size_t d = (size_t)y->d[k];
		const int64_t p = take_place(a, k, x->d[k], (int64_t)(i % d));

		if (p < 0)
			return SIZE_MAX;
		at += (size_t)p * step;
		step *= (size_t)x->d[k];
		i /= d;
	}
	return at;
}

/* x -> y of shape take.size */
KERNEL(ref_take)
{
	const struct shape *x = in_shape(g, op, 0), *y = out_shape(g, op, 0);
	const size_t n = shape_count(y);

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		const size_t at = taken(&op->a.take, x, y, i);

		out[0][i] = at == SIZE_MAX ? op->a.take.value : in[0][at];
	}
	return 0;
}

/* dy -> dx */
KERNEL(ref_take_grad)
{
	const struct shape *y = in_shape(g, op, 0), *x = out_shape(g, op, 0);
	const size_t n = shape_count(x), ny = shape_count(y);

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++)
		out[0][i] = 0;
	for (size_t i = 0; i < ny; i++) {
		const size_t at = taken(&op->a.take, x, y, i);

		if (at != SIZE_MAX)
			out[0][at] += in[0][i];
	}
	return 0;
}

/* The taps of each axis, of one that stays as it is one for each place. */
struct weights {
	const struct shape *x, *y;
	struct taps taps[SHAPE_MAX];
};

static void
weights_make(struct weights *w, const struct op_resize *a,
    const struct shape *x, const struct shape *y)
{
	*w = (struct weights){ .x = x, .y = y };
	for (int k = 0; k < y->n; k++)
		if (a->axes >> k & 1)
			taps_make(&w->taps[k], a, k);
}

static void
weights_clear(struct weights *w)
{
	for (int k = 0; k < w->y->n; k++)
		taps_clear(&w->taps[k]);
}

/* Tap number `tap` of element i of y: its place in x and its weight; false behind
 * the last. */
static bool
weight_at(
    const struct weights *w, size_t i, size_t tap, size_t *at, double *weight)
{
	size_t step = 1;

	*at = 0;
	*weight = 1;
	for (int k = w->y->n - 1; k >= 0; k--) {
		const struct taps *t = &w->taps[k];
		const size_t here = i % (size_t)w->y->d[k];
		size_t place = here;

		if (t->n > 0) {
			place = (size_t)t->at[here * t->n + tap % t->n];
			*weight *= t->weight[here * t->n + tap % t->n];
			tap /= t->n;
		}
		*at += place * step;
		step *= (size_t)w->x->d[k];
		i /= (size_t)w->y->d[k];
	}
	return tap == 0;
}

static bool
is_outside(const struct weights *w, size_t i)
{
	for (int k = w->y->n - 1; k >= 0; k--) {
		const size_t here = i % (size_t)w->y->d[k];

		if (w->taps[k].outside != NULL && w->taps[k].outside[here])
			return true;
		i /= (size_t)w->y->d[k];
	}
	return false;
}

/* x -> y */
KERNEL(ref_resize)
{
	const struct shape *y = out_shape(g, op, 0);
	const size_t n = shape_count(y);
	struct weights w;

	UNUSED_ENV;
	weights_make(&w, &op->a.resize, in_shape(g, op, 0), y);
	for (size_t i = 0; i < n; i++) {
		double sum = 0, v;

		for (size_t k = 0, at; weight_at(&w, i, k, &at, &v); k++)
			if (v != 0)
				sum += v * (double)in[0][at];
		out[0][i] =
		    is_outside(&w, i) ? op->a.resize.extrapolation : (float)sum;
	}
	weights_clear(&w);
	return 0;
}

/* dy -> dx */
KERNEL(ref_resize_grad)
{
	const struct shape *x = out_shape(g, op, 0), *y = in_shape(g, op, 0);
	const size_t n = shape_count(x), ny = shape_count(y);
	struct weights w;
	double *dx;

	UNUSED_ENV;
	TRY(mem_take(
	    (void **)&dx, n + 1, sizeof(*dx), SIZE_MAX, "sums of a gradient"));
	weights_make(&w, &op->a.resize, x, y);
	for (size_t i = 0; i < n; i++)
		dx[i] = 0;
	for (size_t i = 0; i < ny; i++) {
		double v;

		if (is_outside(&w, i))
			continue;
		for (size_t k = 0, at; weight_at(&w, i, k, &at, &v); k++)
			dx[at] += v * (double)in[0][i];
	}
	for (size_t i = 0; i < n; i++)
		out[0][i] = (float)dx[i];
	weights_clear(&w);
	mem_free(dx);
	return 0;
}

/* Where element i of z lies in s, which is stretched along its axes of 1. */
static size_t
stretched(const struct shape *s, const struct shape *z, size_t i)
{
	size_t at = 0, step = 1;

	for (int k = z->n - 1; k >= 0; k--) {
		const size_t d = (size_t)z->d[k];

		if (s->d[k] != 1)
			at += i % d * step;
		step *= (size_t)s->d[k];
		i /= d;
	}
	return at;
}

/* c, x, y -> c != 0 ? x : y */
KERNEL(ref_where)
{
	const struct shape *z = out_shape(g, op, 0);
	const size_t n = shape_count(z);

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		const size_t c = stretched(in_shape(g, op, 0), z, i);
		const int from = in[0][c] != 0 ? 1 : 2;

		out[0][i] = in[from][stretched(in_shape(g, op, from), z, i)];
	}
	return 0;
}
