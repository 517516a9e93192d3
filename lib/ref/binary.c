/* Elementwise functions of several tensors, reductions along axes and their
 * opposite, broadcasting. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "ref/kernel.h"

/*
 * Index into a tensor `s` that is stretched to `big` along its axes of 1, for
 * the element i of big.  A scalar is stretched everywhere.
 */
static size_t
stretched(const struct shape *s, const struct shape *big, size_t i)
{
	size_t at = 0, step = 1;

	for (int k = big->n - 1; k >= 0 && s->n > 0; k--) {
		const size_t d = (size_t)big->d[k];

		if (s->d[k] != 1)
			at += i % d * step;
		step *= (size_t)s->d[k];
		i /= d;
	}
	return at;
}

/* With the sign of y. */
static double
floor_mod(double x, double y)
{
	const double r = fmod(x, y);

	return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

static double
combine(enum binary_fn fn, double x, double y)
{
	switch (fn) {
	case BINARY_ADD: return x + y;
	case BINARY_SUB: return x - y;
	case BINARY_MUL: return x * y;
	case BINARY_DIV: return x / y;
	case BINARY_MAX: return x > y ? x : y;
	case BINARY_MIN: return x < y ? x : y;
	case BINARY_POW: return pow(x, y);
	case BINARY_MOD: return floor_mod(x, y);
	case BINARY_FMOD: return fmod(x, y);
	case BINARY_GE: return x >= y;
	case BINARY_LT: return x < y;
	case BINARY_LE: return x <= y;
	case BINARY_EQ: return x == y;
	case BINARY_AND: return x != 0 && y != 0;
	case BINARY_OR: return x != 0 || y != 0;
	case BINARY_XOR: return (x != 0) != (y != 0);
	default: return x > y;
	}
}

/* x, y -> z */
KERNEL(ref_binary)
{
	const struct shape *x = in_shape(g, op, 0), *y = in_shape(g, op, 1);
	const struct shape *z = out_shape(g, op, 0);
	const bool plain = shape_same(x, y);
	const size_t n = shape_count(z);

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		const size_t ix = plain ? i : stretched(x, z, i);
		const size_t iy = plain ? i : stretched(y, z, i);

		out[0][i] = (float)combine(
		    op->a.binary.fn, (double)in[0][ix], (double)in[1][iy]);
	}
	return 0;
}

/* n tensors -> their weighted sum */
KERNEL(ref_sum)
{
	const struct op_sum *s = &op->a.sum;
	const size_t n = shape_count(out_shape(g, op, 0));

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		double sum = 0;

		for (int k = 0; k < op->nin; k++)
			sum += (double)s->coeff[k] * (double)in[k][i];
		out[0][i] = (float)(s->relu && sum < 0 ? 0 : sum);
	}
	return 0;
}

static double
fold_value(enum reduce_fn fn, double sum, double x)
{
	switch (fn) {
	case REDUCE_SUM: return sum + x;
	case REDUCE_ASUM: return sum + fabs(x);
	case REDUCE_SUMSQ: return sum + x * x;
	case REDUCE_MAX: return x > sum ? x : sum;
	default: return x < sum ? x : sum;
	}
}

static double
fold_start(enum reduce_fn fn)
{
	return fn == REDUCE_MAX ? -INFINITY : fn == REDUCE_MIN ? INFINITY : 0;
}

/* x -> y with the reduced axes 1 */
KERNEL(ref_reduce)
{
	const struct op_reduce *r = &op->a.reduce;
	const struct shape *x = in_shape(g, op, 0), *y = out_shape(g, op, 0);
	const size_t n = shape_count(x), ny = shape_count(y);
	double *sum;

	UNUSED_ENV;
	TRY(mem_take((void **)&sum, ny + 1, sizeof(*sum), SIZE_MAX,
	    "sums of a reduction"));
	for (size_t i = 0; i < ny; i++)
		sum[i] = fold_start(r->fn);
	for (size_t i = 0; i < n; i++) {
		double *s = &sum[stretched(y, x, i)];

		*s = fold_value(r->fn, *s, (double)in[0][i]);
	}
	for (size_t i = 0; i < ny; i++)
		out[0][i] = (float)(sum[i] * (double)r->coeff);
	mem_free(sum);
	return 0;
}

/* x -> y of shape a.shape */
KERNEL(ref_broadcast)
{
	const struct shape *x = in_shape(g, op, 0), *y = out_shape(g, op, 0);
	const size_t n = shape_count(y);

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++)
		out[0][i] = in[0][stretched(x, y, i)];
	return 0;
}
