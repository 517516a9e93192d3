/*
 * Labels that are shares of the classes: of the shape of the scores, as mixed
 * samples have them (mixup, cutmix).
 */
#include "nn/layers/types.h"

bool
layer_labels_soft(const struct layer *l, int axis)
{
	const struct shape *x = layer_shape(l, 0), *t = layer_shape(l, 1);

	return x->d[axis] > 1 && t->n > axis && t->d[axis] == x->d[axis] &&
	    shape_count(x) == shape_count(t);
}

/* x less the log of the sum of e^x along the axis. */
static int
log_softmax(struct graph *g, int x, int axis)
{
	const uint32_t along = 1U << axis;
	int max, z, e, s;

	TRY(max = graph_reduce(g, x, REDUCE_MAX, along, 1));
	TRY(z = graph_binary(g, x, max, BINARY_SUB));
	graph_last(g)->no_grad |= 1U << 1; /* it cancels out */
	TRY(e = graph_unary(g, z, UNARY_EXP, 1, 0, 0));
	TRY(s = graph_reduce(g, e, REDUCE_SUM, along, 1));
	TRY(s = graph_unary(g, s, UNARY_LOG, 1, 1, 0));
	return graph_binary(g, z, s, BINARY_SUB);
}

/* Shares weighed by class, a share of each spread over all. */
static int
targets(struct layer *l, const struct op_loss *a, int weights)
{
	const struct shape *x = layer_shape(l, 0);
	struct graph *g = l->graph;
	struct shape s = { .n = x->n };
	const float coeff[2] = { 1 - a->smoothing,
		a->smoothing / (float)x->d[a->axis] };
	int in[2], t;

	TRY(t = graph_reshape(g, l->bottom[1], x));
	if (weights >= 0) {
		for (int i = 0; i < s.n; i++)
			s.d[i] = i == a->axis ? x->d[i] : 1;
		TRY(weights = graph_reshape(g, weights, &s));
		TRY(t = graph_binary(g, t, weights, BINARY_MUL));
	}
	if (a->smoothing == 0)
		return t;
	in[0] = t;
	TRY(in[1] = graph_reduce(g, t, REDUCE_SUM, 1U << a->axis, 1));
	TRY(in[1] = graph_broadcast(g, in[1], x));
	return graph_sum(g, in, 2, coeff);
}

int
layer_soft_loss(struct layer *l, const struct op_loss *a, int weights)
{
	static const struct shape scalar = { .n = 0 };
	const struct shape *x = layer_shape(l, 0);
	const uint32_t all = (1U << x->n) - 1;
	const size_t items = a->axis == 0 ? 1 : shape_count_axes(x, 0, a->axis);
	const size_t places = shape_count(x) / (size_t)x->d[a->axis];
	const size_t n = a->norm == NORM_NONE ? 1
	    : a->norm == NORM_BATCH           ? items
					      : places;
	int logs, t, y;

	TRY(logs = log_softmax(l->graph, l->bottom[0], a->axis));
	TRY(t = targets(l, a, weights));
	TRY(y = graph_binary(l->graph, logs, t, BINARY_MUL));
	TRY(y = graph_reduce(
		l->graph, y, REDUCE_SUM, all, -1 / (float)(n > 1 ? n : 1)));
	return graph_reshape(l->graph, y, &scalar);
}
