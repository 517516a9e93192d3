/* Shapes and gradients of the ops that only move numbers, and of host code. */
#include <inttypes.h>

#include "base/err.h"
#include "graph/internal.h"
#include "graph/ops/rules.h"

SHAPE_RULE(shape_concat)
{
	const int axis = op->a.axis;
	struct shape need;

	out[0] = *graph_shape(g, op->in[0]);
	*nout = 1;
	if (axis < 0 || axis >= out[0].n)
		return err_set(ERR_FORMAT, "axis %d", axis);
	for (int i = 1; i < op->nin; i++) {
		const struct shape *s;

		if (op->in[i] < 0)
			return err_set(ERR_FORMAT, "input %d is missing", i);
		s = graph_shape(g, op->in[i]);
		need = *graph_shape(g, op->in[0]);
		if (s->n == need.n)
			need.d[axis] = s->d[axis];
		TRY(graph_need_shape(g, op, i, &need));
		out[0].d[axis] += s->d[axis];
	}
	return 0;
}

GRAD_RULE(grad_concat)
{
	union op_attr a = { .slice = { .start = { 0 } } };

	for (int i = 0; i < op->nin; i++) {
		a.slice.size = *graph_shape(g, op->in[i]);
		if (want >> i & 1)
			TRY(din[i] = graph_add(g, OP_SLICE, &a, dout, 1));
		a.slice.start[op->a.axis] += a.slice.size.d[op->a.axis];
	}
	return 0;
}

/* The box lies inside the shape. */
static int
check_box(
    const struct op_slice *b, const struct shape *box, const struct shape *in)
{
	char have[SHAPE_TEXT_MAX], want[SHAPE_TEXT_MAX];

	if (box->n == in->n) {
		int i = 0;

		while (i < in->n && b->start[i] >= 0 && box->d[i] >= 0 &&
		    b->start[i] <= in->d[i] - box->d[i])
			i++;
		if (i == in->n)
			return 0;
	}
	return err_set(ERR_FORMAT, "a box of %s is not inside %s",
	    shape_text(want, box), shape_text(have, in));
}

SHAPE_RULE(shape_slice)
{
	const struct op_slice *b = &op->a.slice;

	out[0] = b->size;
	*nout = 1;
	TRY(shape_check(&out[0]));
	return check_box(b, &b->size, graph_shape(g, op->in[0]));
}

GRAD_RULE(grad_slice)
{
	union op_attr a = op->a;

	a.slice.size = *graph_shape(g, op->in[0]);
	if (want & 1)
		TRY(din[0] = graph_add(g, OP_PAD, &a, dout, 1));
	return 0;
}

SHAPE_RULE(shape_pad)
{
	const struct op_slice *b = &op->a.slice;

	out[0] = b->size;
	*nout = 1;
	TRY(shape_check(&out[0]));
	return check_box(b, graph_shape(g, op->in[0]), &b->size);
}

GRAD_RULE(grad_pad)
{
	union op_attr a = op->a;

	a.slice.size = *graph_shape(g, op->in[0]);
	if (want & 1)
		TRY(din[0] = graph_add(g, OP_SLICE, &a, dout, 1));
	return 0;
}

/* out axis i is in axis order[i]. */
SHAPE_RULE(shape_permute)
{
	const struct shape *x = graph_shape(g, op->in[0]);
	const int *order = op->a.permute.order;
	unsigned seen = 0;

	out[0].n = x->n;
	*nout = 1;
	for (int i = 0; i < x->n; i++) {
		if (order[i] < 0 || order[i] >= x->n ||
		    (seen >> order[i] & 1) != 0)
			return err_set(ERR_FORMAT,
			    "axis %d comes as number %d of the order", order[i],
			    i);
		seen |= 1U << order[i];
		out[0].d[i] = x->d[order[i]];
	}
	return 0;
}

GRAD_RULE(grad_permute)
{
	const int n = graph_shape(g, op->in[0])->n;
	union op_attr back = { .permute = { .order = { 0 } } };

	for (int i = 0; i < n; i++)
		back.permute.order[op->a.permute.order[i]] = i;
	if (want & 1)
		TRY(din[0] = graph_add(g, OP_PERMUTE, &back, dout, 1));
	return 0;
}

SHAPE_RULE(shape_reshape)
{
	out[0] = op->a.shape;
	*nout = 1;
	TRY(shape_check(&out[0]));
	if (shape_count(&out[0]) != shape_count(graph_shape(g, op->in[0])))
		return graph_bad_shape(g, op, 0, &out[0]);
	return 0;
}

GRAD_RULE(grad_reshape)
{
	const struct shape s = *graph_shape(g, op->in[0]);

	if (want & 1)
		TRY(din[0] = graph_reshape(g, dout[0], &s));
	return 0;
}

/* The table's shape with index's axes in place of the axis of the rows. */
static int
gathered(struct shape *out, const struct shape *index,
    const struct shape *table, int axis)
{
	char t[SHAPE_TEXT_MAX];

	if (axis < 0 || axis >= table->n)
		return err_set(ERR_FORMAT, "there is no axis %d in %s", axis,
		    shape_text(t, table));
	if (index->n + table->n - 1 > SHAPE_MAX)
		return err_set(ERR_FORMAT, "%d axes of index, %d of table",
		    index->n, table->n);
	out->n = 0;
	for (int i = 0; i < axis; i++)
		out->d[out->n++] = table->d[i];
	for (int i = 0; i < index->n; i++)
		out->d[out->n++] = index->d[i];
	for (int i = axis + 1; i < table->n; i++)
		out->d[out->n++] = table->d[i];
	return 0;
}

SHAPE_RULE(shape_gather)
{
	*nout = 1;
	return gathered(&out[0], graph_shape(g, op->in[1]),
	    graph_shape(g, op->in[0]), op->a.gather.axis);
}

GRAD_RULE(grad_gather)
{
	const int in[2] = { dout[0], op->in[1] };
	union op_attr a = op->a;

	a.gather.shape = *graph_shape(g, op->in[0]);
	if (want & 1)
		TRY(din[0] = graph_add(g, OP_GATHER_GRAD, &a, in, 2));
	return 0;
}

SHAPE_RULE(shape_gather_grad)
{
	struct shape need;

	out[0] = op->a.gather.shape;
	*nout = 1;
	TRY(shape_check(&out[0]));
	TRY(gathered(
	    &need, graph_shape(g, op->in[1]), &out[0], op->a.gather.axis));
	return graph_need_shape(g, op, 0, &need);
}

/* One selector value for each item of x. */
static int
check_selector(const struct graph *g, const struct op *op)
{
	const struct shape *x = graph_shape(g, op->in[0]);
	const struct shape need = { .n = 1, .d = { x->d[0] } };

	TRY(graph_need_axes(g, op, 0, 1, SHAPE_MAX));
	if ((int64_t)shape_count(graph_shape(g, op->in[1])) != x->d[0])
		return graph_bad_shape(g, op, 1, &need);
	return 0;
}

SHAPE_RULE(shape_filter)
{
	TRY(check_selector(g, op));
	out[0] = *graph_shape(g, op->in[0]);
	out[1] = shape_of(1, 1);
	*nout = 2;
	return 0;
}

GRAD_RULE(grad_filter)
{
	const int in[2] = { dout[0], op->in[1] };

	if (dout[0] >= 0 && (want & 1))
		TRY(din[0] = graph_add(g, OP_FILTER_GRAD, NULL, in, 2));
	return 0;
}

SHAPE_RULE(shape_filter_grad)
{
	TRY(check_selector(g, op));
	out[0] = *graph_shape(g, op->in[0]);
	*nout = 1;
	return 0;
}

SHAPE_RULE(shape_custom)
{
	const struct op_custom *c = &op->a.custom;

	(void)g;
	if (c->nout < 0 || c->nout > OP_OUT_MAX || c->nin != op->nin)
		return err_set(ERR_FORMAT, "%d inputs of %d, %d outputs",
		    op->nin, c->nin, c->nout);
	for (int i = 0; i < c->nout; i++)
		out[i] = c->shape[i];
	*nout = c->nout;
	return 0;
}

GRAD_RULE(grad_custom)
{
	const struct op_custom *c = &op->a.custom;
	int in[2 * OP_OUT_MAX + OP_OUT_MAX], n = 0;
	union op_attr a = op->a;

	if (c->backward == NULL)
		return err_set(ERR_UNSUPPORTED, "it has no gradient");
	if (op->nin > OP_OUT_MAX)
		return err_set(ERR_UNSUPPORTED,
		    "the gradient of host code has at most %d inputs",
		    OP_OUT_MAX);
	a.custom.want = want;
	for (int i = 0; i < op->nout; i++)
		in[n++] = dout[i];
	for (int i = 0; i < op->nin; i++)
		in[n++] = op->in[i];
	for (int i = 0; i < op->nout; i++)
		in[n++] = op->out[i];
	TRY(graph_add(g, OP_CUSTOM_GRAD, &a, in, n));
	for (int i = 0; i < op->nin; i++)
		if (want >> i & 1)
			din[i] = graph_last(g)->out[i];
	return 0;
}

SHAPE_RULE(shape_custom_grad)
{
	const struct op_custom *c = &op->a.custom;

	if (op->nin != 2 * c->nout + c->nin)
		return err_set(ERR_FORMAT, "%d inputs of %d", op->nin,
		    2 * c->nout + c->nin);
	for (int i = 0; i < c->nin; i++) {
		if (op->in[c->nout + i] < 0)
			return err_set(ERR_FORMAT, "input %d is missing", i);
		out[i] = *graph_shape(g, op->in[c->nout + i]);
	}
	*nout = c->nin;
	return 0;
}
