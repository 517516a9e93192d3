/* Sums along axes and their opposite, on plain tensors. */
#include "onednn/plan.h"
#include "onednn/kern.h"

#include <math.h>

enum { CHUNK = 256 };

/*
 * Axes of one kind that stand together are one: x is (r0, k0, r1, k1), reduced
 * over r0 and r1.
 */
struct reduce {
	size_t r0, k0, r1, k1;
	enum reduce_fn fn;
	float coeff;
};

static bool
reduce_axes(const struct shape *s, uint32_t axes, struct reduce *r)
{
	size_t *at[4] = { &r->r0, &r->k0, &r->r1, &r->k1 };
	int i, k = 0;

	r->r0 = r->k0 = r->r1 = r->k1 = 1;
	for (i = 0; i < s->n; i++) {
		bool red = (axes >> i & 1) != 0;

		if (s->d[i] == 1)
			continue;
		if (red != (k % 2 == 0))
			k++;
		if (k > 3)
			return false;
		*at[k] *= (size_t)s->d[i];
	}
	if (r->r1 == 1 && r->k1 == 1) {
		/* Columns, which lie side by side. */
		r->r1 = r->r0;
		r->k1 = r->k0;
		r->r0 = r->k0 = 1;
	}
	return true;
}

/* Rows of n contiguous values into one, in eight sums for the vector unit. */
#define REDUCE_ROW(value)                                                      \
	do {                                                                   \
		for (i = 0; i + 8 <= n; i += 8)                                \
			for (l = 0; l < 8; l++) {                              \
				double v = (double)x[i + l];                   \
				acc[l] += (value);                             \
			}                                                      \
		for (; i < n; i++) {                                           \
			double v = (double)x[i];                               \
			acc[0] += (value);                                     \
		}                                                              \
	} while (0)

/* The same of the greatest. */
#define GREATEST_ROW(value)                                                    \
	do {                                                                   \
		for (l = 0; l < 16; l++)                                       \
			top[l] = -INFINITY;                                    \
		for (i = 0; i + 16 <= n; i += 16)                              \
			for (l = 0; l < 16; l++) {                             \
				const float v = (value);                       \
				top[l] = v > top[l] ? v : top[l];              \
			}                                                      \
		for (l = 0; i < n; i++) {                                      \
			const float v = (value);                               \
			top[0] = v > top[0] ? v : top[0];                      \
		}                                                              \
		for (l = 1; l < 16; l++)                                       \
			top[0] = top[l] > top[0] ? top[l] : top[0];            \
	} while (0)

/* Of n values; the least is minus the greatest of -x. */
OD_CLONES static float
greatest_row(enum reduce_fn fn, const float *x, size_t n)
{
	float top[16];
	size_t i, l;

	if (fn == REDUCE_MAX)
		GREATEST_ROW(x[i + l]);
	else
		GREATEST_ROW(-x[i + l]);
	return fn == REDUCE_MAX ? top[0] : -top[0];
}

OD_CLONES static void
greatest_columns(
    enum reduce_fn fn, const float *restrict x, double *restrict acc, size_t n)
{
	size_t i;

	if (fn == REDUCE_MAX)
		for (i = 0; i < n; i++)
			acc[i] = (double)x[i] > acc[i] ? (double)x[i] : acc[i];
	else
		for (i = 0; i < n; i++)
			acc[i] = (double)x[i] < acc[i] ? (double)x[i] : acc[i];
}

OD_CLONES static double
reduce_row(enum reduce_fn fn, const float *x, size_t n)
{
	double acc[8] = { 0 }, sum = 0;
	size_t i, l;

	if (fn == REDUCE_SUM)
		REDUCE_ROW(v);
	else if (fn == REDUCE_SUMSQ)
		REDUCE_ROW(v * v);
	else
		REDUCE_ROW(v < 0 ? -v : v);
	for (l = 0; l < 8; l++)
		sum += acc[l];
	return sum;
}

/* Columns: n values side by side, added to acc. */
OD_CLONES static void
reduce_columns(
    enum reduce_fn fn, const float *restrict x, double *restrict acc, size_t n)
{
	size_t i;

	if (fn == REDUCE_SUM)
		for (i = 0; i < n; i++)
			acc[i] += (double)x[i];
	else if (fn == REDUCE_SUMSQ)
		for (i = 0; i < n; i++)
			acc[i] += (double)x[i] * (double)x[i];
	else
		for (i = 0; i < n; i++)
			acc[i] += x[i] < 0 ? -(double)x[i] : (double)x[i];
}

/* Outputs [lo, hi) of row k; hi - lo <= CHUNK. */
static void
reduce_part(const struct reduce *r, const float *x, float *y, size_t k,
    size_t lo, size_t hi)
{
	const bool extreme = r->fn >= REDUCE_MAX;
	double acc[CHUNK] = { 0 };
	size_t i, j;

	for (j = 0; extreme && j < hi - lo; j++)
		acc[j] = r->fn == REDUCE_MAX ? -INFINITY : INFINITY;
	for (i = 0; i < r->r0; i++) {
		const float *u = x + (i * r->k0 + k) * r->r1 * r->k1;

		if (r->k1 == 1 && extreme) {
			const float v = greatest_row(r->fn, u, r->r1);

			greatest_columns(r->fn, &v, acc, 1);
		} else if (r->k1 == 1) {
			acc[0] += reduce_row(r->fn, u, r->r1);
		}
		for (j = 0; r->k1 > 1 && j < r->r1; j++) {
			const float *at = u + j * r->k1 + lo;

			if (extreme)
				greatest_columns(r->fn, at, acc, hi - lo);
			else
				reduce_columns(r->fn, at, acc, hi - lo);
		}
	}
	for (j = lo; j < hi; j++)
		y[k * r->k1 + j] = (float)(acc[j - lo] * (double)r->coeff);
}

static int
run_reduce(struct od_plan *p, const struct od_step *s)
{
	const struct reduce *r = s->arg;
	size_t pieces = (r->k1 + CHUNK - 1) / CHUNK;

	(void)p;
#pragma omp parallel if (r->r0 * r->k0 * r->r1 * r->k1 > OD_GRAIN)
	{
		size_t lo, hi, k;

		od_part(r->k0 * pieces, 1, &lo, &hi);
		for (k = lo; k < hi; k++) {
			size_t from = k % pieces * CHUNK, to = from + CHUNK;

			reduce_part(r, s->ptr[0], s->ptr[1], k / pieces, from,
			    to < r->k1 ? to : r->k1);
		}
	}
	return 0;
}

int
od_build_reduce(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct reduce r = { .fn = op->a.reduce.fn,
		.coeff = op->a.reduce.coeff };
	struct od_view v[2];

	if (!reduce_axes(od_shape(p, op->in[0]), op->a.reduce.axes, &r))
		return OD_REF;
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_out_plain(p, op->out[0], &v[1]));
	return od_step_own(p, run_reduce, &r, sizeof(r), 0, v, 2);
}

struct broadcast {
	size_t outer, inner; /* rows of inner elements */
	struct shape to;
	size_t step[SHAPE_MAX]; /* of x; 0 where it is repeated */
};

static int
run_broadcast(struct od_plan *p, const struct od_step *s)
{
	const struct broadcast *b = s->arg;
	const float *x = s->ptr[0];
	float *y = s->ptr[1];
	size_t o;

	(void)p;
#pragma omp parallel for if (b->outer * b->inner > OD_GRAIN)
	for (o = 0; o < b->outer; o++) {
		size_t rest = o, at = 0, j, step = 1;
		int k = b->to.n - 1;

		if (k >= 0)
			step = b->step[k];
		for (k--; k >= 0; k--) {
			at += rest % (size_t)b->to.d[k] * b->step[k];
			rest /= (size_t)b->to.d[k];
		}
		for (j = 0; j < b->inner; j++)
			y[o * b->inner + j] = x[at + j * step];
	}
	return 0;
}

int
od_build_broadcast(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct shape *x = od_shape(p, op->in[0]);
	struct broadcast b = { .to = *od_shape(p, op->out[0]) };
	struct od_view v[2];
	size_t step = 1;
	int k;

	if (x->n != b.to.n || x->n == 0)
		return OD_REF;
	for (k = x->n - 1; k >= 0; k--) {
		b.step[k] = x->d[k] == 1 ? 0 : step;
		step *= (size_t)x->d[k];
	}
	b.inner = (size_t)b.to.d[b.to.n - 1];
	b.outer = shape_count_axes(&b.to, 0, b.to.n - 1);
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_out_plain(p, op->out[0], &v[1]));
	return od_step_own(p, run_broadcast, &b, sizeof(b), 0, v, 2);
}
