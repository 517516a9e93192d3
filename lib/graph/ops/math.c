/* Shapes and gradients of the matrix product, of elementwise functions and of
 * sums along axes and their opposite. */
#include <float.h>
#include <inttypes.h>

#include "base/err.h"
#include "graph/internal.h"
#include "graph/ops/rules.h"

SHAPE_RULE(shape_matmul)
{
	const struct op_matmul *m = &op->a.matmul;
	const struct shape *a = graph_shape(g, op->in[0]);
	const struct shape *b = graph_shape(g, op->in[1]);
	struct shape need, bias = { .n = 1 };
	int r; /* the axis of the rows */

	TRY(graph_need_axes(g, op, 0, 2, 3));
	TRY(graph_need_axes(g, op, 1, a->n, a->n));
	r = a->n - 2;
	need = *b;
	if (r == 1)
		need.d[0] = a->d[0];
	need.d[m->tb ? r + 1 : r] = a->d[m->ta ? r : r + 1];
	TRY(graph_need_shape(g, op, 1, &need));
	out[0] = *a;
	out[0].d[r] = a->d[m->ta ? r + 1 : r];
	out[0].d[r + 1] = b->d[m->tb ? r : r + 1];
	bias.d[0] = out[0].d[r + 1];
	*nout = 1;
	return graph_need_shape(g, op, 2, &bias);
}

static int
add_matmul(struct graph *g, int a, bool ta, int b, bool tb)
{
	const union op_attr attr = { .matmul = { .ta = ta, .tb = tb } };
	const int in[2] = { a, b };

	return graph_add(g, OP_MATMUL, &attr, in, 2);
}

/* Y = A B: dA = dY B', dB = A' dY; transposed where A or B is stored so. */
GRAD_RULE(grad_matmul)
{
	const struct op_matmul *m = &op->a.matmul;
	const int a = op->in[0], b = op->in[1], dy = dout[0];
	const struct shape s = *graph_shape(g, dy);
	const struct shape bias = { .n = 1, .d = { s.d[s.n - 1] } };

	if (m->relu)
		return err_set(ERR_UNSUPPORTED, "no gradient after fusion");
	if (want & 2)
		TRY(din[1] = m->tb ? add_matmul(g, dy, true, a, m->ta)
				   : add_matmul(g, a, !m->ta, dy, false));
	if (want & 4)
		TRY(din[2] = graph_reshape(g,
			graph_reduce(
			    g, dy, REDUCE_SUM, (1U << (s.n - 1)) - 1, 1),
			&bias));
	if (want & 1)
		TRY(din[0] = m->ta ? add_matmul(g, b, m->tb, dy, true)
				   : add_matmul(g, dy, false, b, !m->tb));
	return 0;
}

SHAPE_RULE(shape_unary)
{
	out[0] = *graph_shape(g, op->in[0]);
	*nout = 1;
	return 0;
}

/* Is f' a function of y alone?  Then x need not live until the gradient. */
static bool
from_y(const struct op_unary *u)
{
	switch (u->fn) {
	case UNARY_RELU:
	case UNARY_ELU: return u->a >= 0;
	case UNARY_SIGMOID:
	case UNARY_TANH:
	case UNARY_EXP: return true;
	default: return false;
	}
}

GRAD_RULE(grad_unary)
{
	const struct op_unary *u = &op->a.unary;
	const bool y = from_y(u);
	const int in[3] = { dout[0], y ? -1 : op->in[0], y ? op->out[0] : -1 };

	if (u->fn == UNARY_THRESHOLD || u->fn == UNARY_SIGN ||
	    u->fn >= UNARY_FLOOR)
		return err_set(ERR_UNSUPPORTED, "a step has no gradient");
	if (u->fn == UNARY_POWER && u->c == 1) {
		TRY(din[0] = graph_unary(g, dout[0], UNARY_POWER, 0, u->b, 1));
		return 0;
	}
	if (u->fn == UNARY_FLOAT16 || u->fn == UNARY_BFLOAT16) {
		din[0] = dout[0];
		return 0;
	}
	if (want & 1)
		TRY(din[0] = graph_add(g, OP_UNARY_GRAD, &op->a, in, 3));
	return 0;
}

SHAPE_RULE(shape_unary_grad)
{
	const int need = from_y(&op->a.unary) ? 2 : 1;

	if (op_in(op, need) < 0)
		return err_set(ERR_FORMAT, "input %d is missing", need);
	out[0] = *graph_shape(g, op->in[0]);
	*nout = 1;
	TRY(graph_need_shape(g, op, 1, &out[0]));
	return graph_need_shape(g, op, 2, &out[0]);
}

SHAPE_RULE(shape_binary)
{
	const struct shape *x = graph_shape(g, op->in[0]);
	const struct shape *y = graph_shape(g, op->in[1]);

	TRY(graph_need_axes(g, op, 1, x->n, x->n));
	out[0] = *x;
	for (int i = 0; i < x->n; i++) {
		if (x->d[i] != y->d[i] && x->d[i] != 1 && y->d[i] != 1)
			return graph_bad_shape(g, op, 1, x);
		if (x->d[i] == 1)
			out[0].d[i] = y->d[i];
	}
	*nout = 1;
	return 0;
}

int
graph_sum_to(struct graph *g, int t, const struct shape *to)
{
	const struct shape *s = graph_shape(g, t);
	uint32_t axes = 0;

	for (int i = 0; i < s->n; i++)
		if (s->d[i] != to->d[i])
			axes |= 1U << i;
	return axes == 0 ? t : graph_reduce(g, t, REDUCE_SUM, axes, 1);
}

static int
negate(struct graph *g, int t)
{
	return graph_unary(g, t, UNARY_POWER, 0, -1, 1);
}

/* z = x^y: to x dz y x^(y-1), to y dz z log(x). */
static int
pow_partial(struct graph *g, const struct op *op, int dz, int i)
{
	const int x = op->in[0], y = op->in[1];
	int t;

	if (i == 0) {
		TRY(t = graph_unary(g, y, UNARY_POWER, -1, 1, 1));
		TRY(t = graph_binary(g, x, t, BINARY_POW));
		TRY(t = graph_binary(g, t, y, BINARY_MUL));
		return graph_binary(g, dz, t, BINARY_MUL);
	}
	TRY(t = graph_unary(g, x, UNARY_CLIP, FLT_MIN, FLT_MAX, 0));
	TRY(t = graph_unary(g, t, UNARY_LOG, 1, 1, 0));
	TRY(t = graph_binary(g, op->out[0], t, BINARY_MUL));
	return graph_binary(g, dz, t, BINARY_MUL);
}

/* To y: minus the whole quotient. */
static int
mod_partial(struct graph *g, const struct op *op, int dz, int i)
{
	const bool fmod = op->a.binary.fn == BINARY_FMOD;
	int t;

	if (i == 0)
		return dz;
	TRY(t = graph_binary(g, op->in[0], op->in[1], BINARY_DIV));
	TRY(t = graph_unary(g, t, fmod ? UNARY_TRUNC : UNARY_FLOOR, 0, 0, 0));
	TRY(t = graph_binary(g, dz, t, BINARY_MUL));
	return negate(g, t);
}

/* Where z is its input i: of equals it is the second. */
static int
chosen_partial(struct graph *g, const struct op *op, int dz, int i)
{
	const bool max = op->a.binary.fn == BINARY_MAX;
	int t;

	TRY(t = graph_binary(g, op->in[!max], op->in[max], BINARY_GT));
	if (i == 1) /* 1 - (x > y) */
		TRY(t = graph_unary(g, t, UNARY_POWER, 1, -1, 1));
	return graph_binary(g, dz, t, BINARY_MUL);
}

/* d(out)/d(input i) * dz, before it is summed to that input's shape. */
static int
binary_partial(struct graph *g, const struct op *op, int dz, int i)
{
	const int x = op->in[0], y = op->in[1];
	int t;

	switch (op->a.binary.fn) {
	case BINARY_ADD: return dz;
	case BINARY_SUB: return i == 0 ? dz : negate(g, dz);
	case BINARY_MUL: return graph_binary(g, dz, i == 0 ? y : x, BINARY_MUL);
	case BINARY_DIV:
		t = graph_binary(g, dz, y, BINARY_DIV);
		if (i == 0)
			return t;
		t = graph_binary(g, t, op->out[0], BINARY_MUL);
		return negate(g, t);
	case BINARY_MAX:
	case BINARY_MIN: return chosen_partial(g, op, dz, i);
	case BINARY_POW: return pow_partial(g, op, dz, i);
	case BINARY_MOD:
	case BINARY_FMOD: return mod_partial(g, op, dz, i);
	default: return err_set(ERR_UNSUPPORTED, "a step has no gradient");
	}
}

GRAD_RULE(grad_binary)
{
	for (int i = 0; i < 2; i++) {
		const struct shape s = *graph_shape(g, op->in[i]);

		if ((want >> i & 1) == 0)
			continue;
		TRY(din[i] = binary_partial(g, op, dout[0], i));
		TRY(din[i] = graph_sum_to(g, din[i], &s));
	}
	return 0;
}

SHAPE_RULE(shape_sum)
{
	out[0] = *graph_shape(g, op->in[0]);
	*nout = 1;
	for (int i = 0; i < op->nin; i++) {
		if (op->in[i] < 0)
			return err_set(ERR_FORMAT, "input %d is missing", i);
		TRY(graph_need_shape(g, op, i, &out[0]));
	}
	return 0;
}

GRAD_RULE(grad_sum)
{
	const struct op_sum *s = &op->a.sum;

	if (s->relu)
		return err_set(ERR_UNSUPPORTED, "no gradient after fusion");
	for (int i = 0; i < op->nin; i++) {
		if ((want >> i & 1) == 0)
			continue;
		din[i] = dout[0];
		if (s->coeff[i] != 1)
			TRY(din[i] = graph_unary(
				g, dout[0], UNARY_POWER, 0, s->coeff[i], 1));
	}
	return 0;
}

SHAPE_RULE(shape_reduce)
{
	const struct op_reduce *r = &op->a.reduce;

	out[0] = *graph_shape(g, op->in[0]);
	*nout = 1;
	if (r->axes >> out[0].n != 0)
		return err_set(
		    ERR_FORMAT, "axes 0x%x of %d", (unsigned)r->axes, out[0].n);
	for (int i = 0; i < out[0].n; i++) {
		if ((r->axes >> i & 1) == 0)
			continue;
		if (r->fn >= REDUCE_MAX && out[0].d[i] == 0)
			return err_set(ERR_FORMAT, "the %s of nothing",
			    r->fn == REDUCE_MAX ? "maximum" : "minimum");
		out[0].d[i] = 1;
	}
	return 0;
}

/* Every place that holds the maximum (or minimum) counts as it. */
static int
chosen_places(struct graph *g, const struct op *op)
{
	const struct op_reduce *r = &op->a.reduce;
	const struct shape s = *graph_shape(g, op->in[0]);
	int m = op->out[0];

	if (r->coeff != 1)
		m = graph_reduce(g, op->in[0], r->fn, r->axes, 1);
	m = graph_broadcast(g, m, &s);
	m = r->fn == REDUCE_MAX ? graph_binary(g, m, op->in[0], BINARY_GT)
				: graph_binary(g, op->in[0], m, BINARY_GT);
	return graph_unary(g, m, UNARY_POWER, 1, -1, 1);
}

GRAD_RULE(grad_reduce)
{
	const struct op_reduce *r = &op->a.reduce;
	const struct shape s = *graph_shape(g, op->in[0]);
	float c = r->fn == REDUCE_SUMSQ ? 2 * r->coeff : r->coeff;
	int dy = dout[0], factor = -1;

	if ((want & 1) == 0)
		return 0;
	if (c != 1)
		dy = graph_unary(g, dy, UNARY_POWER, 0, c, 1);
	dy = graph_broadcast(g, dy, &s);
	switch (r->fn) {
	case REDUCE_SUM: din[0] = dy; return dy < 0 ? dy : 0;
	case REDUCE_ASUM:
		factor = graph_unary(g, op->in[0], UNARY_SIGN, 0, 0, 0);
		break;
	case REDUCE_SUMSQ: factor = op->in[0]; break;
	default: factor = chosen_places(g, op); break;
	}
	TRY(din[0] = graph_binary(g, dy, factor, BINARY_MUL));
	return 0;
}

SHAPE_RULE(shape_broadcast)
{
	const struct shape *x = graph_shape(g, op->in[0]);

	*out = op->a.shape;
	*nout = 1;
	TRY(shape_check(out));
	if (x->n == 0)
		return 0;
	if (x->n != out->n)
		return graph_bad_shape(g, op, 0, out);
	for (int i = 0; i < x->n; i++)
		if (x->d[i] != out->d[i] && x->d[i] != 1)
			return graph_bad_shape(g, op, 0, out);
	return 0;
}

GRAD_RULE(grad_broadcast)
{
	const struct shape x = *graph_shape(g, op->in[0]);

	if ((want & 1) == 0)
		return 0;
	if (x.n > 0 || op->a.shape.n == 0)
		din[0] = graph_sum_to(g, dout[0], &x);
	else
		din[0] = graph_reshape(g,
		    graph_reduce(
			g, dout[0], REDUCE_SUM, (1U << op->a.shape.n) - 1, 1),
		    &x);
	return din[0] < 0 ? din[0] : 0;
}
