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

/* x (outer, from, inner) -> y (outer, to, inner) */
KERNEL(ref_resize)
{
	const struct op_resize *a = &op->a.resize;
	const struct split s = split_at(out_shape(g, op, 0), a->axis);
	struct taps t;

	UNUSED_ENV;
	taps_make(&t, a);
	for (size_t i = 0; i < s.outer * s.n * s.inner; i++) {
		const size_t at = i % s.inner, to = i / s.inner % s.n;
		const float *x =
		    in[0] + i / s.inner / s.n * (size_t)a->from * s.inner + at;
		double sum = 0;

		for (size_t k = to * t.n; k < (to + 1) * t.n; k++)
			if (t.weight[k] != 0)
				sum += t.weight[k] *
				    (double)x[(size_t)t.at[k] * s.inner];
		out[0][i] = t.outside != NULL && t.outside[to]
		    ? a->extrapolation
		    : (float)sum;
	}
	taps_clear(&t);
	return 0;
}

/* dy -> dx */
KERNEL(ref_resize_grad)
{
	const struct op_resize *a = &op->a.resize;
	const struct split s = split_at(in_shape(g, op, 0), a->axis);
	const size_t n = shape_count(out_shape(g, op, 0));
	struct taps t;
	double *dx;

	UNUSED_ENV;
	TRY(mem_take(
	    (void **)&dx, n + 1, sizeof(*dx), SIZE_MAX, "sums of a gradient"));
	taps_make(&t, a);
	for (size_t i = 0; i < n; i++)
		dx[i] = 0;
	for (size_t i = 0; i < s.outer * s.n * s.inner; i++) {
		const size_t at = i % s.inner, to = i / s.inner % s.n;
		const size_t first =
		    i / s.inner / s.n * (size_t)a->from * s.inner + at;

		if (t.outside != NULL && t.outside[to])
			continue;
		for (size_t k = to * t.n; k < (to + 1) * t.n; k++)
			dx[first + (size_t)t.at[k] * s.inner] +=
			    t.weight[k] * (double)in[0][i];
	}
	for (size_t i = 0; i < n; i++)
		out[0][i] = (float)dx[i];
	taps_clear(&t);
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
