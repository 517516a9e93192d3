/* Rows of a table by index, and their gradient; plain tensors. */
#include "onednn/choose/layout.h"
#include "onednn/kern.h"

/* A table (outer, rows, inner), n indices. */
struct gather {
	size_t outer, rows, n, inner, size;
	bool from_end;
};

static bool
row_of(const struct gather *a, float v, size_t *row)
{
	const double n = (double)a->rows;

	if (a->from_end && v <= -1 && (double)v > -n - 1)
		*row = a->rows - (size_t)-v;
	else if (v > -1 && (double)v < n)
		*row = (size_t)v;
	else
		return false;
	return true;
}

/* The rows that are meant, into at (n); ERR_FORMAT: there is none of those. */
static int
rows_of(const struct gather *a, const float *index, size_t *at)
{
	for (size_t i = 0; i < a->n; i++)
		if (!row_of(a, index[i], &at[i]))
			return err_set(ERR_FORMAT,
			    "index %g is outside %g to %g", (double)index[i],
			    a->from_end ? -(double)a->rows : 0.0,
			    (double)a->rows - 1);
	return 0;
}

static int
run_gather(struct od_plan *p, const struct od_step *s)
{
	const struct gather *a = s->arg;
	const size_t bytes = a->inner * a->size;
	const char *x = s->ptr[0];
	char *y = s->ptr[2];
	size_t *at = p->scratch;

	TRY(rows_of(a, s->ptr[1], at));
#pragma omp parallel if (a->outer * a->n * a->inner > OD_GRAIN)
	{
		size_t lo, hi;

		od_part(a->outer * a->n, 1, &lo, &hi);
		for (size_t i = lo; i < hi; i++) {
			const size_t row = i / a->n * a->rows + at[i % a->n];

			if (bytes == sizeof(float))
				memcpy(y + i * sizeof(float),
				    x + row * sizeof(float), sizeof(float));
			else
				memcpy(y + i * bytes, x + row * bytes, bytes);
		}
	}
	return 0;
}

OD_CLONES static void
add(float *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

/* Each thread has rows of its own, and looks for them in the indices. */
static int
run_gather_grad(struct od_plan *p, const struct od_step *s)
{
	const struct gather *a = s->arg;
	const float *dy = s->ptr[0];
	float *dx = s->ptr[2];
	size_t *at = p->scratch;

	TRY(rows_of(a, s->ptr[1], at));
#pragma omp parallel if (a->outer * (a->n + a->rows) * a->inner > OD_GRAIN)
	{
		size_t lo, hi;

		od_part(a->rows, 1, &lo, &hi);
		for (size_t o = 0; o < a->outer && lo < hi; o++) {
			float *to = dx + o * a->rows * a->inner;

			memset(to + lo * a->inner, 0,
			    (hi - lo) * a->inner * sizeof(*to));
			for (size_t i = 0; i < a->n; i++)
				if (at[i] >= lo && at[i] < hi)
					add(to + at[i] * a->inner,
					    dy + (o * a->n + i) * a->inner,
					    a->inner);
		}
	}
	return 0;
}

int
od_build_gather(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const bool back = op->kind == OP_GATHER_GRAD;
	const struct shape *t =
	    back ? &op->a.gather.shape : od_shape(p, op->in[0]);
	const int axis = op->a.gather.axis;
	struct gather a = { .outer = shape_count_axes(t, 0, axis),
		.rows = (size_t)t->d[axis],
		.n = shape_count(od_shape(p, op->in[1])),
		.inner = shape_count_axes(t, axis + 1, t->n),
		.size = sizeof(float),
		.from_end = op->a.gather.from_end };
	struct od_view v[3];
	struct od_md md;

	TRY(od_home(p, op->in[0], &v[0]));
	if (!back && v[0].md.dt == dnnl_bf16) {
		md = od_plain_of(&v[0].md, dnnl_bf16);
		TRY(od_want(p, op->in[0], &md, &v[0]));
		a.size = 2;
		md = od_plain(od_shape(p, op->out[0]), dnnl_bf16);
	} else {
		TRY(od_want_plain(p, op->in[0], &v[0]));
		md = od_plain(od_shape(p, op->out[0]), dnnl_f32);
	}
	TRY(od_want_plain(p, op->in[1], &v[1]));
	TRY(od_out(p, op->out[0], &md, &v[2]));
	return od_step_own(p, back ? run_gather_grad : run_gather, &a,
	    sizeof(a), (a.n + 1) * sizeof(size_t), v, 3);
}
