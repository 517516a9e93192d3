/*
 * The Reduce operators of ONNX: sums, means, norms, extremes and products along
 * axes.  All but the product are ops; it is host code, whose gradient holds for
 * numbers that are 0 too.
 */
#include <float.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/arith/broadcast.h"

static const Caffe__ReduceParameter none = CAFFE__REDUCE_PARAMETER__INIT;

enum after { AFTER_NOTHING, AFTER_MEAN, AFTER_SQRT, AFTER_LOG };

static const struct entry {
	const char *type;
	enum reduce_fn fn;
	enum after after;
} table[] = {
	{ "ReduceL1", REDUCE_ASUM, AFTER_NOTHING },
	{ "ReduceL2", REDUCE_SUMSQ, AFTER_SQRT },
	{ "ReduceLogSum", REDUCE_SUM, AFTER_LOG },
	{ "ReduceMax", REDUCE_MAX, AFTER_NOTHING },
	{ "ReduceMean", REDUCE_SUM, AFTER_MEAN },
	{ "ReduceMin", REDUCE_MIN, AFTER_NOTHING },
	{ "ReduceSum", REDUCE_SUM, AFTER_NOTHING },
	{ "ReduceSumSquare", REDUCE_SUMSQ, AFTER_NOTHING },
};

/* Bit i: axis i is reduced. */
static int
read_axes(
    const struct layer *l, const Caffe__ReduceParameter *p, uint32_t *axes)
{
	size_t i;
	int axis;

	*axes = (1U << layer_shape(l, 0)->n) - 1;
	if (p->n_axis == 0)
		return 0;
	for (i = 0, *axes = 0; i < p->n_axis; i++) {
		TRY(layer_axis(l, 0, p->axis[i], &axis));
		*axes |= 1U << axis;
	}
	return 0;
}

/* y with the axes of 1 gone where they shall. */
static int
end(struct layer *l, const Caffe__ReduceParameter *p, uint32_t axes, int y)
{
	struct shape s = *graph_shape(l->graph, y), to = { 0 };
	int i;

	for (i = 0; i < s.n; i++)
		if ((axes >> i & 1) == 0)
			to.d[to.n++] = s.d[i];
	if (!p->keepdims && to.n < s.n)
		TRY(y = graph_reshape(l->graph, y, &to));
	return layer_top(l, 0, y);
}

static float
reduced(const struct shape *s, uint32_t axes)
{
	float n = 1;
	int i;

	for (i = 0; i < s->n; i++)
		if (axes >> i & 1)
			n *= (float)s->d[i];
	return n;
}

static int
emit(struct layer *l)
{
	const Caffe__ReduceParameter *p = LAYER_PARAM(l, reduce_param, &none);
	const struct entry *e = table;
	float coeff = 1;
	uint32_t axes;
	int y;

	while (strcmp(e->type, l->type->name) != 0)
		e++;
	TRY(read_axes(l, p, &axes));
	if (e->after == AFTER_MEAN)
		coeff = 1 / reduced(layer_shape(l, 0), axes);
	TRY(y = graph_reduce(l->graph, l->bottom[0], e->fn, axes, coeff));
	if (e->after == AFTER_SQRT)
		TRY(y = graph_unary(l->graph, y, UNARY_POWER, 0, 1, 0.5f));
	if (e->after == AFTER_LOG)
		TRY(y = graph_unary(l->graph, y, UNARY_LOG, 1, 1, 0));
	return end(l, p, axes, y);
}

/* log of the sum of e^x: the greatest is taken out first, and cancels in the
 * gradient. */
static int
emit_log_sum_exp(struct layer *l)
{
	const Caffe__ReduceParameter *p = LAYER_PARAM(l, reduce_param, &none);
	struct graph *g = l->graph;
	uint32_t axes;
	int m, y;

	TRY(read_axes(l, p, &axes));
	TRY(m = layer_stop_gradient(l, l->bottom[0]));
	TRY(m = graph_reduce(g, m, REDUCE_MAX, axes, 1));
	TRY(m = graph_unary(g, m, UNARY_CLIP, -FLT_MAX, FLT_MAX, 0));
	TRY(y = graph_binary(g, l->bottom[0], m, BINARY_SUB));
	TRY(y = graph_unary(g, y, UNARY_EXP, 1, 0, 0));
	TRY(y = graph_reduce(g, y, REDUCE_SUM, axes, 1));
	TRY(y = graph_unary(g, y, UNARY_LOG, 1, 1, 0));
	TRY(y = graph_binary(g, y, m, BINARY_ADD));
	return end(l, p, axes, y);
}

/* What the product goes over: lines of n numbers, the axes brought to the end. */
struct product {
	size_t lines, n;
};

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct product *q = state;
	size_t i, k;

	(void)env;
	for (i = 0; i < q->lines; i++) {
		double y = 1;

		for (k = 0; k < q->n; k++)
			y *= (double)in[0][i * q->n + k];
		out[0][i] = (float)y;
	}
	return 0;
}

/* Of each the product of the others: those before times those behind. */
static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct product *q = state;
	size_t i, k;

	(void)env;
	(void)out;
	for (i = 0; i < q->lines; i++) {
		const float *x = in[0] + i * q->n;
		float *dx = din[0] + i * q->n;
		double part = (double)dout[0][i];

		for (k = 0; k < q->n; k++) {
			dx[k] = (float)part;
			part *= (double)x[k];
		}
		for (k = q->n, part = 1; k-- > 0; part *= (double)x[k])
			dx[k] = (float)((double)dx[k] * part);
	}
	return 0;
}

static int
emit_prod(struct layer *l)
{
	const Caffe__ReduceParameter *p = LAYER_PARAM(l, reduce_param, &none);
	const struct shape s = *layer_shape(l, 0);
	struct product *q = mem_new(struct product);
	union op_attr order = { 0 }, a = { 0 };
	struct shape kept = s;
	uint32_t axes;
	int i, n = 0, y;

	l->state = q;
	TRY(read_axes(l, p, &axes));
	for (i = 0; i < s.n; i++)
		if ((axes >> i & 1) == 0)
			order.permute.order[n++] = i;
	for (i = 0, q->lines = q->n = 1; i < s.n; i++) {
		if (axes >> i & 1) {
			order.permute.order[n++] = i;
			q->n *= (size_t)s.d[i];
			kept.d[i] = 1;
		} else {
			q->lines *= (size_t)s.d[i];
		}
	}
	TRY(y = graph_add(l->graph, OP_PERMUTE, &order, l->bottom, 1));
	a.custom =
	    (struct op_custom){ q, 1, 1, { kept }, forward, backward, 0 };
	TRY(y = graph_add(l->graph, OP_CUSTOM, &a, &y, 1));
	return end(l, p, axes, y);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

#define REDUCE(field, type, how)                                               \
	const struct layer_type layer_reduce_##field = { "Reduce" type, 1, 1,  \
		1, 1, .emit = how }

REDUCE(l1, "L1", emit);
REDUCE(l2, "L2", emit);
REDUCE(log_sum, "LogSum", emit);
REDUCE(log_sum_exp, "LogSumExp", emit_log_sum_exp);
REDUCE(max, "Max", emit);
REDUCE(mean, "Mean", emit);
REDUCE(min, "Min", emit);
const struct layer_type layer_reduce_prod = { "ReduceProd", 1, 1, 1, 1,
	.emit = emit_prod, .free = release };
REDUCE(sum, "Sum", emit);
REDUCE(sum_square, "SumSquare", emit);
