/*
 * Det: determinants of the matrices in the last two axes, by elimination with the
 * largest pivot of a column.  The gradient is the matrix of cofactors, each the
 * determinant of what is left of the matrix without a row and a column: right
 * where the matrix is singular, and meant for small ones.  Host code.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/types.h"

enum { SIDE_MAX = 1024 };

struct det {
	size_t matrices, n; /* n x n each */
};

/* Of m (n, n), which is spoilt. */
static double
determinant(double *m, size_t n)
{
	double det = 1;
	size_t i, j, k;

	for (k = 0; k < n; k++) {
		size_t top = k;

		for (i = k + 1; i < n; i++)
			if (fabs(m[i * n + k]) > fabs(m[top * n + k]))
				top = i;
		if (m[top * n + k] == 0)
			return 0;
		for (j = 0; top != k && j < n; j++) {
			const double v = m[k * n + j];

			m[k * n + j] = m[top * n + j];
			m[top * n + j] = v;
		}
		det *= top != k ? -m[k * n + k] : m[k * n + k];
		for (i = k + 1; i < n; i++) {
			const double f = m[i * n + k] / m[k * n + k];

			for (j = k; j < n; j++)
				m[i * n + j] -= f * m[k * n + j];
		}
	}
	return det;
}

/* m without row r and column c (n: no row, no column is left out). */
static void
load(double *m, const float *x, size_t n, size_t r, size_t c)
{
	size_t i, j, k = 0;

	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			if (i != r && j != c)
				m[k++] = (double)x[i * n + j];
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct det *q = state;
	double *m;
	size_t i;

	(void)env;
	TRY(mem_take(
	    (void **)&m, q->n * q->n + 1, sizeof(*m), SIZE_MAX, "a matrix"));
	for (i = 0; i < q->matrices; i++) {
		load(m, in[0] + i * q->n * q->n, q->n, q->n, q->n);
		out[0][i] = (float)determinant(m, q->n);
	}
	mem_free(m);
	return 0;
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct det *q = state;
	const size_t n = q->n;
	double *m;
	size_t i, r, c;

	(void)env;
	(void)out;
	TRY(mem_take((void **)&m, n * n + 1, sizeof(*m), SIZE_MAX, "a matrix"));
	for (i = 0; i < q->matrices; i++)
		for (r = 0; r < n; r++)
			for (c = 0; c < n; c++) {
				double v = (double)dout[0][i];

				load(m, in[0] + i * n * n, n, r, c);
				v *= determinant(m, n - 1);
				din[0][(i * n + r) * n + c] =
				    (float)((r + c) % 2 ? -v : v);
			}
	mem_free(m);
	return 0;
}

static int
emit(struct layer *l)
{
	struct det *q = mem_new(struct det);
	struct shape s = *layer_shape(l, 0);
	union op_attr a = { 0 };
	char t[SHAPE_TEXT_MAX];

	l->state = q;
	if (s.n < 2 || s.d[s.n - 1] != s.d[s.n - 2] || s.d[s.n - 1] > SIDE_MAX)
		return err_set(ERR_FORMAT,
		    "its bottom %s is not of square matrices of %d rows or less",
		    shape_text(t, &s), SIDE_MAX);
	q->n = (size_t)s.d[s.n - 1];
	s.n -= 2;
	q->matrices = shape_count(&s);
	a.custom = (struct op_custom){ q, 1, 1, { s }, forward, backward, 0 };
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 1));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_det = { "Det", 1, 1, 1, 1, .emit = emit,
	.free = release };
