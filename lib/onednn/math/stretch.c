/*
 * Binary functions: see stretch.h.  Axes along which both go on or stay alike are
 * one; a row is the innermost of those that are left.
 */
#include "onednn/math/stretch.h"

#include <math.h>

#include "onednn/kern.h"

struct stretch {
	enum binary_fn fn;
	int n;
	size_t d[SHAPE_MAX], x[SHAPE_MAX], y[SHAPE_MAX]; /* sizes, steps */
	size_t rows, row;
};

#define EACH(value)                                                            \
	do {                                                                   \
		for (i = 0; i < n; i++) {                                      \
			const float u = x[i * xs], v = y[i * ys];              \
			z[i] = (value);                                        \
		}                                                              \
	} while (0)

static inline float
floor_mod(float x, float y)
{
	const float r = fmodf(x, y);

	return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

static inline __attribute__((always_inline)) void
step(enum binary_fn fn, const float *x, const size_t xs, const float *y,
    const size_t ys, float *z, size_t n)
{
	size_t i;

	switch (fn) {
	case BINARY_ADD: EACH(u + v); break;
	case BINARY_SUB: EACH(u - v); break;
	case BINARY_MUL: EACH(u * v); break;
	case BINARY_DIV: EACH(u / v); break;
	case BINARY_MAX: EACH(u > v ? u : v); break;
	case BINARY_MIN: EACH(u < v ? u : v); break;
	case BINARY_POW: EACH(powf(u, v)); break;
	case BINARY_MOD: EACH(floor_mod(u, v)); break;
	case BINARY_FMOD: EACH(fmodf(u, v)); break;
	case BINARY_GE: EACH(u >= v ? 1.0f : 0.0f); break;
	case BINARY_LT: EACH(u < v ? 1.0f : 0.0f); break;
	case BINARY_LE: EACH(u <= v ? 1.0f : 0.0f); break;
	case BINARY_EQ: EACH(u == v ? 1.0f : 0.0f); break;
	case BINARY_AND: EACH((u != 0) & (v != 0) ? 1.0f : 0.0f); break;
	case BINARY_OR: EACH((u != 0) | (v != 0) ? 1.0f : 0.0f); break;
	case BINARY_XOR: EACH((u != 0) != (v != 0) ? 1.0f : 0.0f); break;
	default: EACH(u > v ? 1.0f : 0.0f); break;
	}
}

OD_CLONES static void
both(enum binary_fn fn, const float *x, const float *y, float *z, size_t n)
{
	step(fn, x, 1, y, 1, z, n);
}

OD_CLONES static void
first(enum binary_fn fn, const float *x, const float *y, float *z, size_t n)
{
	step(fn, x, 1, y, 0, z, n);
}

OD_CLONES static void
second(enum binary_fn fn, const float *x, const float *y, float *z, size_t n)
{
	step(fn, x, 0, y, 1, z, n);
}

void
od_binary_run(enum binary_fn fn, const float *x, size_t xstep, const float *y,
    size_t ystep, float *z, size_t n)
{
	if (xstep != 0 && ystep != 0)
		both(fn, x, y, z, n);
	else if (xstep != 0 || n == 1)
		first(fn, x, y, z, n);
	else
		second(fn, x, y, z, n);
}

/* Rows [lo, hi). */
static void
rows_of(const struct stretch *q, const float *x, const float *y, float *z,
    size_t lo, size_t hi)
{
	const int last = q->n - 1;

	for (size_t r = lo; r < hi; r++) {
		size_t ix = 0, iy = 0, rest = r;

		for (int k = last - 1; k >= 0; k--) {
			ix += rest % q->d[k] * q->x[k];
			iy += rest % q->d[k] * q->y[k];
			rest /= q->d[k];
		}
		od_binary_run(q->fn, x + ix, q->x[last], y + iy, q->y[last],
		    z + r * q->row, q->row);
	}
}

/* One row, in pieces. */
static void
one_row(const struct stretch *q, const float *x, const float *y, float *z)
{
	const size_t piece = OD_CHUNK * 16;
	const size_t n = (q->row + piece - 1) / piece;

#pragma omp parallel for schedule(static) if (q->row > OD_GRAIN)
	for (size_t i = 0; i < n; i++) {
		const size_t at = i * piece;
		const size_t m = q->row - at < piece ? q->row - at : piece;

		od_binary_run(q->fn, x + at * q->x[0], q->x[0],
		    y + at * q->y[0], q->y[0], z + at, m);
	}
}

static int
run_stretch(struct od_plan *p, const struct od_step *s)
{
	const struct stretch *q = s->arg;
	const float *x = s->ptr[0], *y = s->ptr[1];
	float *z = s->ptr[2];

	(void)p;
	if (q->rows == 1) {
		one_row(q, x, y, z);
		return 0;
	}
#pragma omp parallel if (q->rows * q->row > OD_GRAIN)
	{
		size_t lo, hi;

		od_part(q->rows, 1, &lo, &hi);
		rows_of(q, x, y, z, lo, hi);
	}
	return 0;
}

/* Another axis, the same as the one before where both go on alike. */
static void
add_axis(struct stretch *q, size_t d, size_t x, size_t y)
{
	const int k = q->n - 1;

	if (k >= 0 && q->x[k] == x * d && q->y[k] == y * d) {
		q->d[k] *= d;
		q->x[k] = x;
		q->y[k] = y;
		return;
	}
	q->d[q->n] = d;
	q->x[q->n] = x;
	q->y[q->n++] = y;
}

int
od_stretch_binary(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct shape *x = od_shape(p, op->in[0]);
	const struct shape *y = od_shape(p, op->in[1]);
	const struct shape *z = od_shape(p, op->out[0]);
	struct stretch q = { .fn = op->a.binary.fn };
	struct od_view v[3];

	for (int k = 0; k < z->n; k++)
		if (z->d[k] != 1)
			add_axis(&q, (size_t)z->d[k],
			    x->d[k] == 1 ? 0 : shape_count_axes(x, k + 1, x->n),
			    y->d[k] == 1 ? 0
					 : shape_count_axes(y, k + 1, y->n));
	if (q.n == 0)
		add_axis(&q, 1, 0, 0);
	q.row = q.d[q.n - 1];
	q.rows = shape_count(z) / q.row;
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_want_plain(p, op->in[1], &v[1]));
	for (int k = 0; k < 2; k++) {
		if (!shape_same(k == 0 ? x : y, z) ||
		    !od_dies(p, i, op->in[k], &v[k]))
			continue;
		od_take(p, op->out[0], &v[k]);
		v[2] = v[k];
		return od_step_own(p, run_stretch, &q, sizeof(q), 0, v, 3);
	}
	TRY(od_out_plain(p, op->out[0], &v[2]));
	return od_step_own(p, run_stretch, &q, sizeof(q), 0, v, 3);
}
