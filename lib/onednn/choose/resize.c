/*
 * An axis brought to another size: each place of y is a sum of weighted places of x.
 * The gradient is the same with the weights turned round.  Where something lies
 * inside of the axis, whole rows are added up; else places are picked one by one.
 */
#include "onednn/choose/layout.h"
#include "onednn/kern.h"

#include "graph/ops/taps.h"

/* Of place i of y: first[i] to first[i + 1] of at and weight. */
struct resize {
	size_t outer, from, to, inner, size;
	const uint32_t *first, *at;
	const float *weight;
	const bool *outside; /* or NULL */
	float value;
	uint32_t each; /* of every place, or 0 */
};

OD_CLONES static void
add_row(float *y, const float *x, float w, size_t n, bool begin)
{
	if (begin)
		for (size_t i = 0; i < n; i++)
			y[i] = w * x[i];
	else
		for (size_t i = 0; i < n; i++)
			y[i] += w * x[i];
}

OD_CLONES static void
add_two_rows(
    float *y, const float *a, const float *b, float wa, float wb, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = wa * a[i] + wb * b[i];
}

/* Row i of y, of floats. */
static void
row_of(const struct resize *a, size_t i, const float *x, float *y)
{
	const uint32_t b = a->first[i], e = a->first[i + 1];

	if (e - b == 2) {
		add_two_rows(y, x + a->at[b] * a->inner,
		    x + a->at[b + 1] * a->inner, a->weight[b], a->weight[b + 1],
		    a->inner);
		return;
	}
	for (uint32_t k = b; k < e; k++)
		add_row(
		    y, x + a->at[k] * a->inner, a->weight[k], a->inner, k == b);
	if (b == e)
		memset(y, 0, a->inner * sizeof(*y));
}

/* The same of bf16, in pieces. */
static void
half_row_of(const struct resize *a, size_t i, const uint16_t *x, uint16_t *y)
{
	float sum[OD_CHUNK], part[OD_CHUNK];

	for (size_t at = 0, n; at < a->inner; at += n) {
		n = a->inner - at < OD_CHUNK ? a->inner - at : OD_CHUNK;
		memset(sum, 0, n * sizeof(*sum));
		for (uint32_t k = a->first[i]; k < a->first[i + 1]; k++) {
			od_widen(part, x + a->at[k] * a->inner + at, n);
			add_row(sum, part, a->weight[k], n, false);
		}
		od_narrow(y + at, sum, n);
	}
}

static void
value_row(const struct resize *a, char *y)
{
	const uint16_t half = od_to_bf16(a->value);

	for (size_t i = 0; i < a->inner; i++)
		memcpy(y + i * a->size,
		    a->size == 2 ? (const void *)&half : &a->value, a->size);
}

/* Rows [lo, hi) of all. */
static void
rows(const struct resize *a, const char *x, char *y, size_t lo, size_t hi)
{
	const size_t bytes = a->inner * a->size;

	for (size_t r = lo; r < hi; r++) {
		const size_t i = r % a->to;
		const char *from = x + r / a->to * a->from * bytes;
		char *to = y + r * bytes;

		if (a->outside != NULL && a->outside[i])
			value_row(a, to);
		else if (a->each == 1 && a->weight[i] == 1)
			memcpy(to, from + a->at[i] * bytes, bytes);
		else if (a->size == 2)
			half_row_of(a, i, (const uint16_t *)(const void *)from,
			    (uint16_t *)(void *)to);
		else
			row_of(a, i, (const float *)(const void *)from,
			    (float *)(void *)to);
	}
}

/* Places side by side, of floats: a row of x to a row of y. */
OD_CLONES static void
pick(const struct resize *a, const float *restrict x, float *restrict y)
{
	const uint32_t *restrict at = a->at;
	const float *restrict w = a->weight;

	if (a->each == 1)
		for (size_t i = 0; i < a->to; i++)
			y[i] = w[i] * x[at[i]];
	else if (a->each == 2)
		for (size_t i = 0; i < a->to; i++)
			y[i] = w[2 * i] * x[at[2 * i]] +
			    w[2 * i + 1] * x[at[2 * i + 1]];
	else
		for (size_t i = 0; i < a->to; i++) {
			float sum = 0;

			for (uint32_t k = a->first[i]; k < a->first[i + 1]; k++)
				sum += w[k] * x[at[k]];
			y[i] = sum;
		}
	for (size_t i = 0; a->outside != NULL && i < a->to; i++)
		if (a->outside[i])
			y[i] = a->value;
}

static int
run_resize(struct od_plan *p, const struct od_step *s)
{
	const struct resize *a = s->arg;
	const bool each = a->inner == 1 && a->size == 4;
	const char *x = s->ptr[0];
	char *y = s->ptr[1];

	(void)p;
#pragma omp parallel if (a->outer * a->to * a->inner > OD_GRAIN)
	{
		size_t lo, hi;

		od_part(each ? a->outer : a->outer * a->to, 1, &lo, &hi);
		if (!each)
			rows(a, x, y, lo, hi);
		for (size_t r = lo; each && r < hi; r++)
			pick(a, (const float *)(const void *)x + r * a->from,
			    (float *)(void *)y + r * a->to);
	}
	return 0;
}

/* The taps, as lists of the places of y or, for a gradient, of x. */
static void
lists(struct od_plan *p, const struct op_resize *o, bool back, struct resize *a)
{
	const size_t from = (size_t)o->from, to = (size_t)o->to;
	const size_t n = back ? from : to;
	struct taps t;
	uint32_t *first, *at;
	float *w;
	size_t all, k;

	taps_make(&t, o);
	all = to * t.n;
	first = arena_take(p->mem, sizeof(*first) * (n + 2));
	at = arena_take(p->mem, sizeof(*at) * (all + 1));
	w = arena_take(p->mem, sizeof(*w) * (all + 1));
	a->first = first;
	a->at = at;
	a->weight = w;
	a->each = back ? 0 : (uint32_t)t.n;
	if (t.outside != NULL && !back) {
		bool *outside = arena_take(p->mem, n + 1);

		memcpy(outside, t.outside, n);
		a->outside = outside;
	}
	for (k = 0; k < all; k++)
		if (!back || t.outside == NULL || !t.outside[k / t.n])
			first[(back ? (size_t)t.at[k] : k / t.n) + 1]++;
	for (k = 0; k < n; k++)
		first[k + 1] += first[k];
	for (k = 0; k < all; k++) {
		const size_t i = back ? (size_t)t.at[k] : k / t.n;

		if (back && t.outside != NULL && t.outside[k / t.n])
			continue;
		at[first[i]] = (uint32_t)(back ? k / t.n : (size_t)t.at[k]);
		w[first[i]++] = (float)t.weight[k];
	}
	for (k = n; k > 0; k--)
		first[k] = first[k - 1];
	first[0] = 0;
	taps_clear(&t);
}

int
od_build_resize(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_resize *o = &op->a.resize;
	const bool back = op->kind == OP_RESIZE_GRAD;
	struct resize a = { .from = (size_t)(back ? o->to : o->from),
		.to = (size_t)(back ? o->from : o->to),
		.value = o->extrapolation };
	struct od_view v[2];
	struct od_layout l;
	int k = 0;

	TRY(od_layout_want(p, op->in[0], 1U << o->axis,
	    o->coordinate == RESIZE_CROP && o->extrapolation != 0, &v[0], &l));
	TRY(od_layout_out(p, op->out[0], &v[0], &v[1]));
	while (l.axis[k] != o->axis)
		k++;
	a.outer = od_layout_count(&l, 0, k);
	a.inner = od_layout_count(&l, k + 1, l.n);
	a.size = l.size;
	lists(p, o, back, &a);
	return od_step_own(p, run_resize, &a, sizeof(a), 0, v, 2);
}
