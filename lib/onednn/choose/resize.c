/*
 * Axes brought to other sizes: each place of y is a sum of weighted places of x.  A
 * gradient is the same with the weights turned round.
 *
 * The last two axes that are touched, mostly H and W, are done in one go: a row of x
 * is brought to its new length once and kept, as long as rows of y are made of it.
 * Axes before those are a step each.
 */
#include "onednn/choose/layout.h"
#include "onednn/kern.h"

#include "graph/ops/taps.h"

/* Of place i of y: first[i] to first[i + 1] of at and weight. */
struct side {
	size_t from, to;
	const uint32_t *first, *at;
	const float *weight;
	const bool *outside; /* or NULL */
	uint32_t each;       /* of every place, or 0 */
	bool twice;          /* each place of x as it is, two times */
	size_t span;         /* most places from the first of one to its last */
};

/* x (outer, rows.from, columns.from, inner); columns of one place of weight 1: rows
 * alone, which are inner long. */
struct resize {
	struct side rows, columns;
	size_t outer, inner, size;
	bool alone;
	float value;
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

/* Places side by side. */
OD_CLONES static void
pick(const struct side *a, const float *restrict x, float *restrict y)
{
	const uint32_t *restrict at = a->at;
	const float *restrict w = a->weight;

	if (a->twice)
		for (size_t i = 0; i < a->from; i++) {
			y[2 * i] = x[i];
			y[2 * i + 1] = x[i];
		}
	else if (a->each == 1)
		for (size_t i = 0; i < a->to; i++)
			y[i] = x[at[i]];
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
}

/* Blocks of n, as channels are. */
OD_CLONES static void
pick_blocks(
    const struct side *a, const float *restrict x, float *restrict y, size_t n)
{
	for (size_t i = 0; i < a->to; i++, y += n) {
		for (size_t j = 0; j < n; j++)
			y[j] = 0;
		for (uint32_t k = a->first[i]; k < a->first[i + 1]; k++) {
			const float *from = x + a->at[k] * n;
			const float w = a->weight[k];

			for (size_t j = 0; j < n; j++)
				y[j] += w * from[j];
		}
	}
}

/* A row of x in its new length, as floats. */
static void
lengthen(const struct resize *a, const char *x, float *y, float *room)
{
	const float *from = (const float *)(const void *)x;

	if (a->size == 2) {
		od_widen(room, (const uint16_t *)(const void *)x,
		    a->columns.from * a->inner);
		from = room;
	}
	if (a->inner == 1)
		pick(&a->columns, from, y);
	else
		pick_blocks(&a->columns, from, y, a->inner);
	for (size_t i = 0; a->columns.outside != NULL && i < a->columns.to; i++)
		for (size_t k = 0; a->columns.outside[i] && k < a->inner; k++)
			y[i * a->inner + k] = a->value;
}

/* Rows of x that a thread keeps: row r of item o in slot r % span, told by 1 + its
 * number. */
struct kept {
	float *rows, *sum, *room;
	size_t *which;
};

static const float *
row_of(const struct resize *a, const struct kept *k, const char *x, size_t o,
    size_t r)
{
	const size_t length = a->columns.to * a->inner;
	const size_t number = o * a->rows.from + r;
	float *row;

	x += number * a->columns.from * a->inner * a->size;
	if (a->alone && a->size == 4)
		return (const float *)(const void *)x;
	row = k->rows + r % a->rows.span * length;
	if (k->which[r % a->rows.span] != number + 1) {
		if (a->alone)
			od_widen(
			    row, (const uint16_t *)(const void *)x, length);
		else
			lengthen(a, x, row, k->room);
		k->which[r % a->rows.span] = number + 1;
	}
	return row;
}

static void
sum_rows(const struct resize *a, const struct kept *k, const char *x, size_t o,
    size_t i, float *y)
{
	const size_t n = a->columns.to * a->inner;
	const uint32_t b = a->rows.first[i], e = a->rows.first[i + 1];
	const uint32_t *at = a->rows.at;
	const float *w = a->rows.weight;

	if (e - b == 2) {
		const float *r = row_of(a, k, x, o, at[b]);

		add_two_rows(
		    y, r, row_of(a, k, x, o, at[b + 1]), w[b], w[b + 1], n);
		return;
	}
	for (uint32_t j = b; j < e; j++)
		add_row(y, row_of(a, k, x, o, at[j]), w[j], n, j == b);
	if (b == e)
		memset(y, 0, n * sizeof(*y));
}

/* Row r of all of y, whose row before is made already where again says so. */
static void
make_row(const struct resize *a, const struct kept *k, const char *x, char *y,
    size_t r, bool again)
{
	const struct side *s = &a->rows;
	const size_t n = a->columns.to * a->inner, o = r / s->to, i = r % s->to;
	char *to = y + r * n * a->size;
	float *sum = a->size == 4 ? (float *)(void *)to : k->sum;

	if (s->outside != NULL && s->outside[i]) {
		for (size_t j = 0; j < n; j++)
			sum[j] = a->value;
	} else if (s->each == 1 && again && i > 0 && s->at[i] == s->at[i - 1] &&
	    (s->outside == NULL || !s->outside[i - 1])) {
		memcpy(to, to - n * a->size, n * a->size);
		return;
	} else if (s->each == 1 && !a->alone) {
		const size_t row = (o * s->from + s->at[i]) * a->columns.from;

		lengthen(a, x + row * a->inner * a->size, sum, k->room);
	} else if (s->each == 1) {
		memcpy(to, x + (o * s->from + s->at[i]) * n * a->size,
		    n * a->size);
		return;
	} else {
		sum_rows(a, k, x, o, i, sum);
	}
	if (a->size == 2)
		od_narrow((uint16_t *)(void *)to, sum, n);
}

/* Floats that a thread works with, and the numbers of what it keeps behind them. */
static size_t
room_of(const struct resize *a)
{
	const size_t n = a->columns.to * a->inner;

	return (a->rows.span * n + n + a->columns.from * a->inner + 16) / 16 *
	    16 +
	    (a->rows.span + 16) / 16 * 16 * 2;
}

static int
run_resize(struct od_plan *p, const struct od_step *s)
{
	const struct resize *a = s->arg;
	const size_t n = a->columns.to * a->inner;

#pragma omp parallel if (a->outer * a->rows.to * n > OD_GRAIN)
	{
		float *room = (float *)p->scratch +
		    (size_t)omp_get_thread_num() * room_of(a);
		struct kept k = { .rows = room };
		size_t lo, hi;

		k.sum = room + a->rows.span * n;
		k.room = k.sum + n;
		k.which = (size_t *)(void *)(room + room_of(a) -
		    (a->rows.span + 16) / 16 * 16 * 2);
		memset(k.which, 0, a->rows.span * sizeof(*k.which));
		od_part(a->outer * a->rows.to, 1, &lo, &hi);
		for (size_t r = lo; r < hi; r++)
			make_row(a, &k, s->ptr[0], s->ptr[1], r, r > lo);
	}
	return 0;
}

/* Where the lists begin, and how far the places of one are apart at most. */
static void
lists_end(struct side *s, uint32_t *first, size_t n)
{
	for (size_t k = n; k > 0; k--)
		first[k] = first[k - 1];
	first[0] = 0;
	s->span = 1;
	for (size_t i = 0; i < n; i++) {
		uint32_t low = UINT32_MAX, high = 0;

		for (uint32_t k = first[i]; k < first[i + 1]; k++) {
			low = s->at[k] < low ? s->at[k] : low;
			high = s->at[k] > high ? s->at[k] : high;
		}
		if (low <= high && high - low + 1 > s->span)
			s->span = high - low + 1;
	}
}

/* The taps of an axis, as lists of the places of y or, for a gradient, of x. */
static void
lists(struct od_plan *p, const struct op_resize *o, int axis, bool back,
    struct side *s)
{
	const size_t from = (size_t)o->axis[axis].from;
	const size_t to = (size_t)o->axis[axis].to, n = back ? from : to;
	uint32_t *first = arena_take(p->mem, sizeof(*first) * (n + 2)), *at;
	struct taps t;
	size_t all, k;
	float *w;

	taps_make(&t, o, axis);
	all = to * t.n;
	at = arena_take(p->mem, sizeof(*at) * (all + 1));
	w = arena_take(p->mem, sizeof(*w) * (all + 1));
	*s = (struct side){ .from = back ? to : from,
		.to = n,
		.first = first,
		.at = at,
		.weight = w,
		.each = back ? 0 : (uint32_t)t.n };
	if (t.outside != NULL && !back) {
		bool *outside = arena_take(p->mem, n + 1);

		memcpy(outside, t.outside, n);
		s->outside = outside;
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
	lists_end(s, first, n);
	s->twice = s->each == 1 && s->to == 2 * s->from;
	for (k = 0; k < n && s->twice; k++)
		s->twice = at[k] == k / 2;
	taps_clear(&t);
}

/* The axes of the layout that are touched; how many. */
static int
touched_axes(const struct op_resize *o, const struct od_layout *l, int *axis)
{
	int n = 0;

	for (int k = 0; k < l->n; k++)
		if (o->axes >> l->axis[k] & 1)
			axis[n++] = k;
	return n;
}

/* A step for axis k of l, and for axis k + 1 where both; l has the new sizes then. */
static int
add_step(struct od_plan *p, const struct op_resize *o, bool back,
    struct od_layout *l, int k, bool both, struct od_view v[2])
{
	static const uint32_t first[2] = { 0, 1 }, at[1] = { 0 };
	static const float weight[1] = { 1 };
	struct resize a = { .columns = { 1, 1, first, at, weight, NULL, 1,
				false, 1 },
		.outer = od_layout_count(l, 0, k),
		.inner = od_layout_count(l, k + 1 + both, l->n),
		.size = l->size,
		.alone = !both,
		.value = o->extrapolation };

	lists(p, o, l->axis[k], back, &a.rows);
	if (both)
		lists(p, o, l->axis[k + 1], back, &a.columns);
	l->d[k] = a.rows.to;
	if (both)
		l->d[k + 1] = a.columns.to;
	if (v[1].buf == OD_NONE)
		v[1].buf =
		    od_buf_new(p, od_layout_count(l, 0, l->n) * l->size, false);
	return od_step_own(p, run_resize, &a, sizeof(a),
	    (size_t)p->dev->threads * room_of(&a) * sizeof(float), v, 2);
}

static int
build(struct od_plan *p, const struct op *op, const struct op_resize *o,
    bool back)
{
	int axis[OD_LAYOUT_MAX], n;
	struct od_view v[2], y;
	struct od_layout l;

	if (o->axes == 0)
		return OD_REF;
	TRY(od_layout_want(p, op->in[0], o->axes,
	    o->coordinate == RESIZE_CROP && o->extrapolation != 0, &v[0], &l));
	TRY(od_layout_out(p, op->out[0], &v[0], &y));
	n = touched_axes(o, &l, axis);
	for (int k = 0; k < n; k++) {
		const bool both = k == n - 2 && axis[k + 1] == axis[k] + 1;

		v[1] = y;
		if (k + 1 + both < n)
			v[1].buf = OD_NONE;
		TRY(add_step(p, o, back, &l, axis[k], both, v));
		v[0] = v[1];
		if (both)
			break;
	}
	return 0;
}

int
od_build_resize(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);

	return build(p, op, &op->a.resize, op->kind == OP_RESIZE_GRAD);
}

/* H and W between places, the corners in their place. */
int
od_build_interp(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const bool back = op->kind == OP_INTERP_GRAD;
	const struct shape *x = od_shape(p, back ? op->out[0] : op->in[0]);
	const struct shape *y = od_shape(p, back ? op->in[0] : op->out[0]);
	struct op_resize o = {
		.fn = RESIZE_LINEAR,
		.coordinate = RESIZE_ALIGN_CORNERS,
		.axes = 1U << 2 | 1U << 3,
	};

	for (int k = 2; k < 4; k++) {
		o.axis[k].from = x->d[k];
		o.axis[k].to = y->d[k];
	}
	return build(p, op, &o, back);
}
