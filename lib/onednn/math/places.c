/*
 * ARGMAX of one place a line along an axis: lines that lie side by side are looked
 * at together, LANES at a time.  More places, and lines over all axes but the first,
 * are ref's.
 */
#include "onednn/kern.h"
#include "onednn/plan.h"

enum { LANES = 64 };

struct places {
	size_t outer, n, inner;
	bool first, value;
};

/* n numbers `step` apart for each of m <= LANES lines; at or value into y. */
OD_CLONES static void
look(const struct places *a, const float *x, float *y, size_t m)
{
	float best[LANES], at[LANES];
	size_t i, k;

	for (i = 0; i < m; i++) {
		best[i] = x[i];
		at[i] = 0;
	}
	for (k = 1; k < a->n; k++) {
		const float *v = x + k * a->inner;
		const float place = (float)k;

		if (a->first)
			for (i = 0; i < m; i++) {
				at[i] = v[i] > best[i] ? place : at[i];
				best[i] = v[i] > best[i] ? v[i] : best[i];
			}
		else
			for (i = 0; i < m; i++) {
				at[i] = v[i] >= best[i] ? place : at[i];
				best[i] = v[i] >= best[i] ? v[i] : best[i];
			}
	}
	for (i = 0; i < m; i++)
		y[i] = a->value ? best[i] : at[i];
}

static int
run_places(struct od_plan *p, const struct od_step *s)
{
	const struct places *a = s->arg;
	const float *x = s->ptr[0];
	float *y = s->ptr[1];
	const size_t pieces = (a->inner + LANES - 1) / LANES;

	(void)p;
#pragma omp parallel if (a->outer * a->n * a->inner > OD_GRAIN)
	{
		size_t lo, hi, k;

		od_part(a->outer * pieces, 1, &lo, &hi);
		for (k = lo; k < hi; k++) {
			const size_t i = k % pieces * LANES;
			const size_t o = k / pieces;
			const size_t m =
			    a->inner - i < LANES ? a->inner - i : LANES;

			look(a, x + o * a->n * a->inner + i,
			    y + o * a->inner + i, m);
		}
	}
	return 0;
}

int
od_build_argmax(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_argmax *q = &op->a.argmax;
	const struct shape *x = od_shape(p, op->in[0]);
	struct places a = { .first = q->first, .value = q->out_max_val };
	struct od_view v[2];

	/* floats hold no place above 2^24 */
	if (!q->has_axis || q->top_k != 1 || x->d[q->axis] > 1 << 24)
		return OD_REF;
	a.outer = shape_count_axes(x, 0, q->axis);
	a.n = (size_t)x->d[q->axis];
	a.inner = shape_count_axes(x, q->axis + 1, x->n);
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_out_plain(p, op->out[0], &v[1]));
	return od_step_own(p, run_places, &a, sizeof(a), 0, v, 2);
}
