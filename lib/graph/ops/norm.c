/* Shapes and gradients of batch normalisation, softmax, dropout and PReLU. */
#include <inttypes.h>

#include "base/err.h"
#include "graph/internal.h"
#include "graph/ops/rules.h"

static struct shape
channels(const struct shape *x)
{
	return (struct shape){ .n = 1, .d = { x->d[1] } };
}

SHAPE_RULE(shape_batchnorm)
{
	const struct shape *x = graph_shape(g, op->in[0]);
	const struct shape one = shape_of(1, 1);
	struct shape c;

	TRY(graph_need_axes(g, op, 0, 2, SHAPE_MAX));
	c = channels(x);
	/* PARAMs, which forks write as (1, C, 1, 1) */
	for (int i = 1; i < 3; i++)
		if (shape_count(graph_shape(g, op->in[i])) != shape_count(&c))
			return graph_bad_shape(g, op, i, &c);
	TRY(graph_need_shape(g, op, 3, &one));
	TRY(graph_need_shape(g, op, 4, &c));
	TRY(graph_need_shape(g, op, 5, &c));
	out[0] = *x;
	out[1] = out[2] = c;
	*nout = 3;
	return 0;
}

/* Sum of dy over all axes but the channels, as a vector. */
static int
add_channel_sum(struct graph *g, int dy)
{
	const struct shape s = *graph_shape(g, dy);
	const struct shape v = channels(&s);
	uint32_t axes = ((1U << s.n) - 1) & ~2U;

	return graph_reshape(g, graph_reduce(g, dy, REDUCE_SUM, axes, 1), &v);
}

GRAD_RULE(grad_batchnorm)
{
	const int gamma = op_in(op, 4), beta = op_in(op, 5);
	const int in[5] = { dout[0], op->in[0], op->out[1], op->out[2], gamma };
	union op_attr a = op->a;

	if (a.batchnorm.relu)
		return err_set(ERR_UNSUPPORTED, "no gradient after fusion");
	if (dout[0] < 0)
		return 0;
	if (want & (1 | 16)) {
		TRY(graph_add(g, OP_BATCHNORM_GRAD, &a, in, 5));
		if (want & 1)
			din[0] = graph_last(g)->out[0];
		if (want & 16)
			din[4] = graph_last(g)->out[1];
		if ((want & 32) && gamma >= 0)
			din[5] = graph_last(g)->out[2];
	}
	if ((want & 32) && beta >= 0 && din[5] < 0)
		TRY(din[5] = add_channel_sum(g, dout[0]));
	return 0;
}

SHAPE_RULE(shape_batchnorm_grad)
{
	const struct shape *x = graph_shape(g, op->in[1]);
	struct shape c;

	TRY(graph_need_axes(g, op, 1, 2, SHAPE_MAX));
	c = channels(x);
	TRY(graph_need_shape(g, op, 0, x));
	for (int i = 2; i <= 4; i++)
		TRY(graph_need_shape(g, op, i, &c));
	out[0] = *x;
	out[1] = out[2] = c;
	*nout = op_in(op, 4) >= 0 ? 3 : 1;
	return 0;
}

SHAPE_RULE(shape_softmax)
{
	const struct shape *x = graph_shape(g, op->in[0]);

	if (op->a.axis < 0 || op->a.axis >= x->n)
		return err_set(ERR_FORMAT, "axis %d", op->a.axis);
	out[0] = *x;
	*nout = 1;
	return 0;
}

GRAD_RULE(grad_softmax)
{
	const int in[2] = { dout[0], op->out[0] };

	if (want & 1)
		TRY(din[0] = graph_add(g, OP_SOFTMAX_GRAD, &op->a, in, 2));
	return 0;
}

SHAPE_RULE(shape_softmax_grad)
{
	TRY(shape_softmax(g, op, out, nout));
	return graph_need_shape(g, op, 1, &out[0]);
}

SHAPE_RULE(shape_dropout)
{
	const float ratio = op->a.dropout.ratio;

	if (!(ratio >= 0 && ratio < 1))
		return err_set(
		    ERR_FORMAT, "ratio %g is outside 0 to 1", (double)ratio);
	out[0] = *graph_shape(g, op->in[0]);
	*nout = 1;
	return 0;
}

GRAD_RULE(grad_dropout)
{
	if (want & 1)
		TRY(din[0] = graph_add(g, OP_DROPOUT_GRAD, &op->a, dout, 1));
	return 0;
}

/* a has one value, or one for each of x's channels. */
static int
check_slope(const struct graph *g, const struct op *op, int x, int a)
{
	const struct shape c = channels(graph_shape(g, op->in[x]));
	const struct shape *s = graph_shape(g, op->in[a]);

	if (s->n == 1 && (s->d[0] == 1 || s->d[0] == c.d[0]))
		return 0;
	return graph_bad_shape(g, op, a, &c);
}

SHAPE_RULE(shape_prelu)
{
	TRY(graph_need_axes(g, op, 0, 2, SHAPE_MAX));
	TRY(check_slope(g, op, 0, 1));
	out[0] = *graph_shape(g, op->in[0]);
	*nout = 1;
	return 0;
}

GRAD_RULE(grad_prelu)
{
	const int in[3] = { dout[0], op->in[0], op->in[1] };

	if ((want & 3) == 0)
		return 0;
	TRY(graph_add(g, OP_PRELU_GRAD, NULL, in, 3));
	if (want & 1)
		din[0] = graph_last(g)->out[0];
	if (want & 2)
		din[1] = graph_last(g)->out[1];
	return 0;
}

SHAPE_RULE(shape_prelu_grad)
{
	TRY(graph_need_axes(g, op, 1, 2, SHAPE_MAX));
	TRY(check_slope(g, op, 1, 2));
	out[0] = *graph_shape(g, op->in[1]);
	out[1] = *graph_shape(g, op->in[2]);
	*nout = 2;
	return graph_need_shape(g, op, 0, &out[0]);
}
