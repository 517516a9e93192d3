/* Shapes and gradients of the ops that take places along axes by a rule, resize
 * or choose between tensors. */
#include <inttypes.h>
#include <math.h>

#include "base/err.h"
#include "graph/internal.h"
#include "graph/ops/rules.h"
#include "graph/ops/taps.h"

/* Every place that is asked for can be counted, and there is something to take. */
static int
check_take(
    const struct op_take *a, const struct shape *x, const struct shape *y)
{
	const int64_t far = INT64_MAX / 4;

	for (int k = 0; k < y->n; k++) {
		const int64_t most = y->d[k] > 1 ? y->d[k] - 1 : 1;

		if (a->start[k] > far || a->start[k] < -far ||
		    a->step[k] > far / most || a->step[k] < -far / most)
			return err_set(ERR_RANGE,
			    "axis %d begins at %" PRId64
			    " and goes on by %" PRId64,
			    k, a->start[k], a->step[k]);
		if (x->d[k] == 0 && y->d[k] > 0 && a->edge != TAKE_VALUE)
			return err_set(ERR_FORMAT,
			    "axis %d has nothing to be repeated", k);
	}
	return 0;
}

SHAPE_RULE(shape_take)
{
	const struct shape *x = graph_shape(g, op->in[0]);

	out[0] = op->a.take.size;
	*nout = 1;
	TRY(shape_check(&out[0]));
	if (x->n != out[0].n)
		return graph_bad_shape(g, op, 0, &out[0]);
	return check_take(&op->a.take, x, &out[0]);
}

GRAD_RULE(grad_take)
{
	union op_attr a = op->a;

	a.take.size = *graph_shape(g, op->in[0]);
	if (want & 1)
		TRY(din[0] = graph_add(g, OP_TAKE_GRAD, &a, dout, 1));
	return 0;
}

SHAPE_RULE(shape_take_grad)
{
	const struct shape *dy = graph_shape(g, op->in[0]);

	out[0] = op->a.take.size;
	*nout = 1;
	TRY(shape_check(&out[0]));
	if (dy->n != out[0].n)
		return graph_bad_shape(g, op, 0, &out[0]);
	return check_take(&op->a.take, &out[0], dy);
}

static int
check_resize(const struct graph *g, const struct op *op, int64_t size,
    struct shape *y, int64_t to)
{
	const struct op_resize *a = &op->a.resize;
	struct shape need = *graph_shape(g, op->in[0]);

	if (a->axis < 0 || a->axis >= need.n)
		return err_set(ERR_FORMAT, "axis %d of %d", a->axis, need.n);
	need.d[a->axis] = size;
	*y = need;
	y->d[a->axis] = to;
	TRY(graph_need_shape(g, op, 0, &need));
	TRY(shape_check(y));
	if (a->from < 1 || a->to < 1)
		return err_set(ERR_FORMAT,
		    "%" PRId64 " places of axis %d cannot become %" PRId64,
		    a->from, a->axis, a->to);
	if (!(a->scale >= 0 && a->scale < INFINITY) ||
	    !(taps_count(a) <= TAPS_MAX) ||
	    !(taps_count(a) * (double)a->to <= (double)SHAPE_COUNT_MAX / 64))
		return err_set(ERR_RANGE,
		    "%" PRId64 " places of axis %d become %" PRId64
		    " by a scale of %g",
		    a->from, a->axis, a->to, a->scale);
	return 0;
}

SHAPE_RULE(shape_resize)
{
	*nout = 1;
	return check_resize(g, op, op->a.resize.from, &out[0], op->a.resize.to);
}

GRAD_RULE(grad_resize)
{
	if (want & 1)
		TRY(din[0] = graph_add(g, OP_RESIZE_GRAD, &op->a, dout, 1));
	return 0;
}

SHAPE_RULE(shape_resize_grad)
{
	*nout = 1;
	return check_resize(g, op, op->a.resize.to, &out[0], op->a.resize.from);
}

SHAPE_RULE(shape_where)
{
	const struct shape *c = graph_shape(g, op->in[0]);

	out[0] = *c;
	*nout = 1;
	for (int i = 1; i < 3; i++) {
		const struct shape *s = graph_shape(g, op->in[i]);

		TRY(graph_need_axes(g, op, i, c->n, c->n));
		for (int k = 0; k < c->n; k++) {
			if (out[0].d[k] == 1)
				out[0].d[k] = s->d[k];
			else if (s->d[k] != 1 && s->d[k] != out[0].d[k])
				return graph_bad_shape(g, op, i, &out[0]);
		}
	}
	return 0;
}

/* dz where it was chosen, 0 elsewhere; summed over what was stretched. */
GRAD_RULE(grad_where)
{
	const float zero = 0;
	struct shape one = { .n = graph_shape(g, op->in[0])->n };
	int in[3] = { op->in[0] }, z = -1;

	for (int k = 0; k < one.n; k++)
		one.d[k] = 1;
	if (want & 6)
		TRY(z = graph_add_const(g, "zero", &one, &zero));
	for (int i = 1; i < 3; i++) {
		const struct shape s = *graph_shape(g, op->in[i]);

		if ((want >> i & 1) == 0)
			continue;
		in[i] = dout[0];
		in[3 - i] = z;
		TRY(din[i] = graph_add(g, OP_WHERE, NULL, in, 3));
		TRY(din[i] = graph_sum_to(g, din[i], &s));
	}
	return 0;
}
