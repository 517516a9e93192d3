/* Ops that move numbers: joining, cutting, permuting, gathering, dropping. */
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "ref/kernel.h"

/* n tensors -> one, along a.axis */
KERNEL(ref_concat)
{
	const struct split y = split_at(out_shape(g, op, 0), op->a.axis);
	size_t at = 0;

	UNUSED_ENV;
	for (int k = 0; k < op->nin; k++) {
		const struct split x = split_at(in_shape(g, op, k), op->a.axis);
		const size_t run = x.n * x.inner;

		for (size_t o = 0; o < x.outer && run > 0; o++)
			memcpy(out[0] + o * y.n * y.inner + at, in[k] + o * run,
			    run * sizeof(float));
		at += run;
	}
	return 0;
}

/* Where element i of a box lies in the tensor around it. */
static size_t
place_in(const struct op_slice *b, const struct shape *box,
    const struct shape *around, size_t i)
{
	size_t at = 0, step = 1;

	for (int k = box->n - 1; k >= 0; k--) {
		const size_t d = (size_t)box->d[k];

		at += (i % d + (size_t)b->start[k]) * step;
		step *= (size_t)around->d[k];
		i /= d;
	}
	return at;
}

/* x -> the box at slice.start */
KERNEL(ref_slice)
{
	const struct shape *x = in_shape(g, op, 0), *y = out_shape(g, op, 0);
	const size_t n = shape_count(y);

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++)
		out[0][i] = in[0][place_in(&op->a.slice, y, x, i)];
	return 0;
}

/* x -> zeros with x at slice.start */
KERNEL(ref_pad)
{
	const struct shape *x = in_shape(g, op, 0), *y = out_shape(g, op, 0);
	const size_t n = shape_count(x), ny = shape_count(y);

	UNUSED_ENV;
	for (size_t i = 0; i < ny; i++)
		out[0][i] = 0;
	for (size_t i = 0; i < n; i++)
		out[0][place_in(&op->a.slice, x, y, i)] = in[0][i];
	return 0;
}

/* x -> its axes in the order permute.order */
KERNEL(ref_permute)
{
	const struct shape *x = in_shape(g, op, 0), *y = out_shape(g, op, 0);
	const size_t n = shape_count(y);
	size_t step[SHAPE_MAX] = { 0 }, s = 1;

	UNUSED_ENV;
	for (int k = x->n - 1; k >= 0; k--) {
		step[k] = s;
		s *= (size_t)x->d[k];
	}
	for (size_t i = 0; i < n; i++) {
		size_t at = 0, rest = i;

		for (int k = y->n - 1; k >= 0; k--) {
			at += rest % (size_t)y->d[k] *
			    step[op->a.permute.order[k]];
			rest /= (size_t)y->d[k];
		}
		out[0][i] = in[0][at];
	}
	return 0;
}

/* x -> the same numbers; in a plan they are the same bytes */
KERNEL(ref_reshape)
{
	const size_t n = shape_count(out_shape(g, op, 0));

	UNUSED_ENV;
	if (n > 0 && out[0] != in[0])
		memcpy(out[0], in[0], n * sizeof(float));
	return 0;
}

/* x -> y; the gradient is the same op on dy */
KERNEL(ref_dropout)
{
	const struct op_dropout *d = &op->a.dropout;
	const size_t n = shape_count(out_shape(g, op, 0));
	const double below = (double)d->ratio * 4294967296.0;
	const float scale = 1 / (1 - d->ratio);
	uint32_t word[4] = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (i % 4 == 0)
			rng_philox(word, env->seed, d->stream,
			    env->iteration << 32 | i / 4);
		out[0][i] = (double)word[i % 4] < below ? 0 : in[0][i] * scale;
	}
	return 0;
}

static int
row_at(const struct op_gather *a, float v, size_t rows, size_t *row)
{
	const double n = (double)rows;

	if (a->from_end && v <= -1 && (double)v > -n - 1)
		*row = rows - (size_t)-v;
	else if (v > -1 && (double)v < n)
		*row = (size_t)v;
	else
		return err_set(ERR_FORMAT, "index %g is outside %g to %g",
		    (double)v, a->from_end ? -n : 0, n - 1);
	return 0;
}

/* table (A...,R,D...), index (I...) -> (A...,I...,D...) */
KERNEL(ref_gather)
{
	const struct op_gather *a = &op->a.gather;
	const struct split t = split_at(in_shape(g, op, 0), a->axis);
	const size_t n = shape_count(in_shape(g, op, 1)), d = t.inner;

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		size_t row = 0;

		TRY(row_at(a, in[1][i], t.n, &row));
		for (size_t o = 0; o < t.outer && d > 0; o++)
			memcpy(out[0] + (o * n + i) * d,
			    in[0] + (o * t.n + row) * d, d * sizeof(float));
	}
	return 0;
}

/* dy (A...,I...,D...), index (I...) -> dtable */
KERNEL(ref_gather_grad)
{
	const struct op_gather *a = &op->a.gather;
	const struct split t = split_at(out_shape(g, op, 0), a->axis);
	const size_t n = shape_count(in_shape(g, op, 1)), d = t.inner;

	UNUSED_ENV;
	for (size_t i = 0; i < t.outer * t.n * d; i++)
		out[0][i] = 0;
	for (size_t i = 0; i < n; i++) {
		size_t row = 0;

		TRY(row_at(a, in[1][i], t.n, &row));
		for (size_t o = 0; o < t.outer; o++)
			for (size_t k = 0; k < d; k++)
				out[0][(o * t.n + row) * d + k] +=
				    in[0][(o * n + i) * d + k];
	}
	return 0;
}

/* x (N,...), selector (N) -> selected items in front, count */
KERNEL(ref_filter)
{
	const struct shape *x = in_shape(g, op, 0);
	const size_t item = shape_count_axes(x, 1, x->n);
	const size_t n = (size_t)x->d[0];
	size_t kept = 0;

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		if (in[1][i] == 0)
			continue;
		memcpy(out[0] + kept * item, in[0] + i * item,
		    item * sizeof(float));
		kept++;
	}
	for (size_t i = kept * item; i < n * item; i++)
		out[0][i] = 0;
	out[1][0] = (float)kept;
	return 0;
}

/* dy, selector -> dx */
KERNEL(ref_filter_grad)
{
	const struct shape *x = out_shape(g, op, 0);
	const size_t item = shape_count_axes(x, 1, x->n);
	const size_t n = (size_t)x->d[0];
	size_t kept = 0;

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		if (in[1][i] == 0)
			memset(out[0] + i * item, 0, item * sizeof(float));
		else
			memcpy(out[0] + i * item, in[0] + kept++ * item,
			    item * sizeof(float));
	}
	return 0;
}

/* ins -> outs, by the layer's own code */
KERNEL(ref_custom)
{
	const struct op_custom *c = &op->a.custom;

	(void)g;
	return c->forward(c->state, env, in, out);
}

/* douts, ins, outs -> dins */
KERNEL(ref_custom_grad)
{
	const struct op_custom *c = &op->a.custom;
	float *din[OP_OUT_MAX] = { NULL };

	(void)g;
	for (int i = 0; i < c->nin && i < OP_OUT_MAX; i++)
		if (c->want >> i & 1)
			din[i] = out[i];
	return c->backward(
	    c->state, env, in, in + c->nout, in + c->nout + c->nin, din);
}
