/*
 * A choice between tensors that stretch, plain ones: axes along which all three go on
 * or stay alike are one, and of the innermost each goes on by 1 or by 0.
 */
#include "onednn/choose/layout.h"
#include "onednn/kern.h"

struct where {
	int n;
	size_t d[SHAPE_MAX];
	size_t step[3][SHAPE_MAX]; /* of the axis in c, x and y */
	size_t rows, row;          /* of the innermost axis */
};

#define CHOOSE(c, x, y)                                                        \
	for (size_t i = 0; i < n; i++)                                         \
	z[i] = (c) != 0 ? (x) : (y)

/* bits: which of the three go on. */
OD_CLONES static void
choose(unsigned bits, const float *c, const float *x, const float *y, float *z,
    size_t n)
{
	switch (bits) {
	case 1: CHOOSE(c[i], *x, *y); break;
	case 3: CHOOSE(c[i], x[i], *y); break;
	case 5: CHOOSE(c[i], *x, y[i]); break;
	case 7: CHOOSE(c[i], x[i], y[i]); break;
	case 2: CHOOSE(*c, x[i], *y); break;
	case 4: CHOOSE(*c, *x, y[i]); break;
	case 6: CHOOSE(*c, x[i], y[i]); break;
	default: CHOOSE(*c, *x, *y); break;
	}
}

static void
rows_of(const struct where *w, void *const *ptr, size_t lo, size_t hi)
{
	const int last = w->n - 1;
	unsigned bits = 0;

	for (unsigned k = 0; k < 3; k++)
		bits |= (w->step[k][last] != 0) << k;
	for (size_t r = lo; r < hi; r++) {
		size_t at[3] = { 0 }, rest = r;

		for (int a = last - 1; a >= 0; a--) {
			for (int k = 0; k < 3; k++)
				at[k] += rest % w->d[a] * w->step[k][a];
			rest /= w->d[a];
		}
		choose(bits, (const float *)ptr[0] + at[0],
		    (const float *)ptr[1] + at[1],
		    (const float *)ptr[2] + at[2], (float *)ptr[3] + r * w->row,
		    w->row);
	}
}

static int
run_where(struct od_plan *p, const struct od_step *s)
{
	const struct where *w = s->arg;
	const size_t piece = OD_CHUNK * 16;

	(void)p;
#pragma omp parallel if (w->rows * w->row > OD_GRAIN)
	{
		size_t lo, hi;

		od_part(w->rows, 1, &lo, &hi);
		if (w->rows > 1)
			rows_of(w, s->ptr, lo, hi);
	}
	/* One row: in pieces, each a row of its own. */
	if (w->rows == 1) {
		const size_t n = (w->row + piece - 1) / piece;

#pragma omp parallel for schedule(static) if (w->row > OD_GRAIN)
		for (size_t i = 0; i < n; i++) {
			const size_t at = i * piece;
			const size_t m =
			    w->row - at < piece ? w->row - at : piece;
			const float *in[3];
			unsigned bits = 0;

			for (unsigned k = 0; k < 3; k++) {
				in[k] = s->ptr[k];
				if (w->step[k][0] != 0) {
					in[k] += at;
					bits |= 1U << k;
				}
			}
			choose(bits, in[0], in[1], in[2],
			    (float *)s->ptr[3] + at, m);
		}
	}
	return 0;
}

/* Axes that go on alike in all three are one. */
static void
merge(struct where *w, const size_t d, const size_t step[3])
{
	const int k = w->n - 1;
	bool one = k >= 0;

	for (int i = 0; i < 3 && one; i++)
		one = w->step[i][k] == step[i] * d;
	if (!one)
		w->n++;
	w->d[w->n - 1] = one ? w->d[k] * d : d;
	for (int i = 0; i < 3; i++)
		w->step[i][w->n - 1] = step[i];
}

int
od_build_where(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct shape *z = od_shape(p, op->out[0]);
	struct where w = { 0 };
	struct od_view v[4];

	for (int k = 0; k < z->n; k++) {
		size_t step[3];

		for (int j = 0; j < 3; j++) {
			const struct shape *s = od_shape(p, op->in[j]);

			step[j] =
			    s->d[k] == 1 ? 0 : shape_count_axes(s, k + 1, s->n);
		}
		if (z->d[k] != 1)
			merge(&w, (size_t)z->d[k], step);
	}
	if (w.n == 0)
		merge(&w, 1, (const size_t[3]){ 0 });
	w.row = w.d[w.n - 1];
	w.rows = shape_count(z) / w.row;
	for (int k = 0; k < 3; k++)
		TRY(od_want_plain(p, op->in[k], &v[k]));
	TRY(od_out_plain(p, op->out[0], &v[3]));
	return od_step_own(p, run_where, &w, sizeof(w), 0, v, 4);
}
