/*
 * MVN: each map (or each item, across_channels) less its mean, divided by its
 * standard deviation + eps.
 *
 * Caffe's gradient treats the divisor s as if ds/dx were (x - mean) / (n s),
 * eps or not; deviation() builds a divisor with that gradient.
 */
#include "nn/layers/types.h"

static const Caffe__MVNParameter none = CAFFE__MVNPARAMETER__INIT;

/* sqrt(v) + eps as sqrt(v + k), k = (sqrt(v) + eps)^2 - v held constant. */
static int
deviation(struct layer *l, int v, float eps)
{
	struct graph *g = l->graph;
	struct shape s = *graph_shape(g, v);
	int still, d, k;

	TRY(still = graph_reshape(g, v, &s));
	graph_last(g)->no_grad = 1;
	TRY(d = graph_unary(g, still, UNARY_POWER, 0, 1, 0.5f));
	TRY(k = graph_unary(g, d, UNARY_POWER, eps * eps, 2 * eps, 1));
	TRY(d = graph_binary(g, v, k, BINARY_ADD));
	return graph_unary(g, d, UNARY_POWER, 0, 1, 0.5f);
}

static int
emit(struct layer *l)
{
	const Caffe__MVNParameter *p = LAYER_PARAM(l, mvn_param, &none);
	struct shape s = *layer_shape(l, 0);
	struct graph *g = l->graph;
	int axis = p->across_channels || s.n < 2 ? 1 : 2, x, m, v;
	float part;

	if (s.n < 1)
		return err_set(ERR_FORMAT, "its bottom is a scalar");
	part = 1 / (float)shape_count_axes(&s, axis, s.n);
	TRY(x = layer_fold(l, l->bottom[0], axis, s.n));
	TRY(m = graph_reduce(g, x, REDUCE_SUM, 2, part));
	TRY(x = graph_binary(g, x, m, BINARY_SUB));
	if (p->normalize_variance) {
		TRY(v = graph_reduce(g, x, REDUCE_SUMSQ, 2, part));
		TRY(v = deviation(l, v, p->eps));
		TRY(x = graph_binary(g, x, v, BINARY_DIV));
	}
	return layer_top(l, 0, graph_reshape(g, x, &s));
}

const struct layer_type layer_mvn = { "MVN", 1, 1, 1, 1, .emit = emit };
