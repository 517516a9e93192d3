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
check_axis(const struct op_resize *a, int k)
{
	const int64_t from = a->axis[k].from, to = a->axis[k].to;
	const double scale = a->axis[k].scale;

	if (from < 1 || to < 1)
		return err_set(ERR_FORMAT,
		    "%" PRId64 " places of axis %d cannot become %" PRId64,
		    from, k, to);
	if (!(scale >= 0 && scale < INFINITY) ||
	    !(taps_count(a, k) <= TAPS_MAX) ||
	    !(taps_count(a, k) * (double)to <= (double)SHAPE_COUNT_MAX / 64))
		return err_set(ERR_RANGE,
		    "%" PRId64 " places of axis %d become %" PRId64
		    " by a scale of %g",
		    from, k, to, scale);
	return 0;
}

/* The shape that has one kind of size where the input has the other. */
static int
resized(const struct graph *g, const struct op *op, bool back, struct shape *y)
{
	const struct op_resize *a = &op->a.resize;
	struct shape need = *graph_shape(g, op->in[0]);

	*y = need;
	if (a->axes >> need.n != 0)
		return err_set(
		    ERR_FORMAT, "axes 0x%x of %d", (unsigned)a->axes, need.n);
	for (int k = 0; k < need.n; k++) {
		if ((a->axes >> k & 1) == 0)
			continue;
		TRY(check_axis(a, k));
		need.d[k] = back ? a->axis[k].to : a->axis[k].from;
		y->d[k] = back ? a->axis[k].from : a->axis[k].to;
	}
	TRY(graph_need_shape(g, op, 0, &need));
	return shape_check(y);
}

SHAPE_RULE(shape_resize)
{
	*nout = 1;
	return resized(g, op, false, &out[0]);
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
	return resized(g, op, true, &out[0]);
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
