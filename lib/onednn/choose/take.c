/*
 * Places along axes by a rule (strided slices, padding, repetition): a table of
 * places for each axis that is touched, the last one cut into segments whose places
 * go on evenly.  The gradient is the same with the tables turned round, where no
 * place was taken twice; else it is left to ref.
 */
#include "onednn/choose/layout.h"
#include "onednn/kern.h"

#include "graph/ops/taps.h"

/* to places of the last axis from `from` on, by step; step 1 is one copy; from < 0:
 * the value. */
struct seg {
	size_t to, n;
	int64_t from, step;
};

struct take {
	size_t rows, run, size; /* size: bytes of an element */
	int n;                  /* axes around the last touched one */
	size_t d[OD_LAYOUT_MAX];
	const int64_t *at[OD_LAYOUT_MAX]; /* in elements; < 0: the value */
	const struct seg *segs;
	size_t nsegs, row; /* elements of a row of y */
	float value;
};

#define STRIDED(type)                                                          \
	do {                                                                   \
		type *to = y;                                                  \
		const type *from = x;                                          \
		for (size_t i = 0; i < n; i++)                                 \
			to[i] = from[(int64_t)i * step];                       \
	} while (0)

OD_CLONES static void
strided(size_t size, void *y, const void *x, size_t n, int64_t step)
{
	if (size == 2)
		STRIDED(uint16_t);
	else if (step == 2) {
		float *to = y;
		const float *from = x;

		for (size_t i = 0; i < n; i++)
			to[i] = from[i * 2];
	} else
		STRIDED(float);
}

static void
fill(size_t size, char *y, size_t n, float value)
{
	const uint16_t half = od_to_bf16(value);

	if (value == 0) {
		memset(y, 0, n * size);
		return;
	}
	for (size_t i = 0; i < n; i++)
		memcpy(y + i * size, size == 2 ? (const void *)&half : &value,
		    size);
}

static void
take_row(const struct take *a, const char *x, char *y)
{
	const size_t bytes = a->run * a->size;

	for (size_t k = 0; k < a->nsegs; k++) {
		const struct seg *s = &a->segs[k];
		const char *from = x + s->from * (int64_t)bytes;
		char *to = y + s->to * bytes;

		if (s->from < 0)
			fill(a->size, to, s->n * a->run, a->value);
		else if (s->step == 1)
			memcpy(to, from, s->n * bytes);
		else if (a->run == 1)
			strided(a->size, to, from, s->n, s->step);
		else
			for (size_t i = 0; i < s->n; i++)
				memcpy(to + i * bytes,
				    from +
					(int64_t)i * s->step * (int64_t)bytes,
				    bytes);
	}
}

static int
run_take(struct od_plan *p, const struct od_step *s)
{
	const struct take *a = s->arg;
	const char *x = s->ptr[0];
	char *y = s->ptr[1];

	(void)p;
#pragma omp parallel if (a->rows * a->row > OD_GRAIN)
	{
		size_t lo, hi;

		od_part(a->rows, 1, &lo, &hi);
		for (size_t r = lo; r < hi; r++) {
			char *to = y + r * a->row * a->size;
			int64_t from = 0;
			size_t rest = r;

			for (int k = a->n - 1; k >= 0 && from >= 0; k--) {
				const int64_t at = a->at[k][rest % a->d[k]];

				from = at < 0 ? -1 : from + at;
				rest /= a->d[k];
			}
			if (from < 0)
				fill(a->size, to, a->row, a->value);
			else
				take_row(a, x + from * (int64_t)a->size, to);
		}
	}
	return 0;
}

/* The places of axis k of x that those of y are, -1: none.  NULL: a gradient, of
 * which one takes several. */
static int64_t *
places(struct od_plan *p, const struct op *op, int k, int64_t nx, int64_t ny)
{
	const bool back = op->kind == OP_TAKE_GRAD;
	const int64_t n = back ? nx : ny;
	int64_t *at = arena_take(p->mem, sizeof(*at) * (size_t)(ny + 1));

	for (int64_t i = 0; i < ny; i++)
		at[i] = -1;
	for (int64_t i = 0; i < n; i++) {
		const int64_t from =
		    take_place(&op->a.take, k, back ? ny : nx, i);

		if (!back)
			at[i] = from;
		else if (from >= 0 && at[from] >= 0)
			return NULL;
		else if (from >= 0)
			at[from] = i;
	}
	return at;
}

static void
cut(struct od_plan *p, struct take *a, const int64_t *at, size_t n)
{
	struct seg *segs = arena_take(p->mem, sizeof(*segs) * (n + 1));

	a->segs = segs;
	for (size_t i = 0; i < n;) {
		struct seg s = { .to = i, .n = 1, .from = at[i], .step = 1 };

		if (at[i] >= 0 && i + 1 < n && at[i + 1] >= 0)
			s.step = at[i + 1] - at[i];
		while (i + s.n < n &&
		    at[i + s.n] ==
			(at[i] < 0 ? -1 : at[i] + (int64_t)s.n * s.step))
			s.n++;
		if (s.n == 1)
			s.step = 1;
		i += s.n;
		segs[a->nsegs++] = s;
	}
}

/* Which axes are not taken as they are, of shapes x and y. */
static uint32_t
touched_axes(const struct op *op, const struct shape *x, const struct shape *y)
{
	const struct op_take *a = &op->a.take;
	uint32_t touched = 0;

	for (int k = 0; k < x->n; k++)
		if (x->d[k] != y->d[k] || a->start[k] != 0 ||
		    (a->step[k] != 1 && y->d[k] > 1))
			touched |= 1U << k;
	return touched;
}

static int
build(struct od_plan *p, const struct op *op)
{
	const struct shape *xs = od_shape(p, op->in[0]);
	const struct shape *ys = od_shape(p, op->out[0]);
	const uint32_t touched = touched_axes(op, xs, ys);
	struct take a = { .run = 1, .rows = 1 };
	const int64_t *at[SHAPE_MAX] = { NULL };
	struct od_layout l;
	struct od_view v[2];
	size_t step = 1;
	int end = -1;

	if (touched == 0)
		return OD_REF;
	a.value = op->kind == OP_TAKE ? op->a.take.value : 0;
	for (int k = 0; k < xs->n; k++)
		if ((touched >> k & 1) &&
		    (at[k] = places(p, op, k, xs->d[k], ys->d[k])) == NULL)
			return OD_REF;
	TRY(od_layout_want(p, op->in[0], touched, a.value != 0, &v[0], &l));
	TRY(od_layout_out(p, op->out[0], &v[0], &v[1]));
	a.size = l.size;
	for (int k = 0; k < l.n; k++)
		if (touched >> l.axis[k] & 1)
			end = k;
	a.run = od_layout_count(&l, end + 1, l.n);
	cut(p, &a, at[l.axis[end]], (size_t)ys->d[l.axis[end]]);
	a.row = (size_t)ys->d[l.axis[end]] * a.run;
	a.n = end;
	step = a.run * l.d[end];
	for (int k = end - 1; k >= 0; k--) {
		const bool cutted = touched >> l.axis[k] & 1;
		int64_t *t;

		a.d[k] = cutted ? (size_t)ys->d[l.axis[k]] : l.d[k];
		t = arena_take(p->mem, sizeof(*t) * (a.d[k] + 1));
		for (size_t j = 0; j < a.d[k]; j++) {
			const int64_t from =
			    cutted ? at[l.axis[k]][j] : (int64_t)j;

			t[j] = from < 0 ? -1 : from * (int64_t)step;
		}
		a.at[k] = t;
		a.rows *= a.d[k];
		step *= l.d[k];
	}
	return od_step_own(p, run_take, &a, sizeof(a), 0, v, 2);
}

int
od_build_take(struct od_plan *p, int i)
{
	return build(p, od_op(p, i));
}

/* Zeros around a box are places before its first one and behind its last. */
int
od_build_pad(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_slice *b = &op->a.slice;
	struct op take = *op;

	take.kind = OP_TAKE;
	take.a = (union op_attr){ .take = { .size = b->size } };
	for (int k = 0; k < b->size.n; k++) {
		take.a.take.start[k] = -b->start[k];
		take.a.take.step[k] = 1;
	}
	return build(p, &take);
}
