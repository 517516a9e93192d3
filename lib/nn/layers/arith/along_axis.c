/*
 * What looks at all numbers along an axis: LogSoftmax, Hardmax (1 at the first
 * of the greatest, else 0), LpNormalization, and RMSNorm (Zhang and Sennrich,
 * 2019) over all axes from one on, with a learned weight.
 */
#include <float.h>

#include "base/mem.h"
#include "nn/layers/arith/broadcast.h"

enum { EXACT = 1 << 24 }; /* floats count up to here */

static const Caffe__SoftmaxParameter softmax_none =
    CAFFE__SOFTMAX_PARAMETER__INIT;
static const Caffe__LpNormalizationParameter lp_none =
    CAFFE__LP_NORMALIZATION_PARAMETER__INIT;
static const Caffe__RMSNormParameter rms_none = CAFFE__RMSNORM_PARAMETER__INIT;

/* x - max - log(sum of e^(x - max)); the maximum cancels in the gradient. */
static int
emit_log_softmax(struct layer *l)
{
	struct graph *g = l->graph;
	int axis, x, y;

	TRY(layer_axis(
	    l, 0, LAYER_PARAM(l, softmax_param, &softmax_none)->axis, &axis));
	TRY(y = layer_stop_gradient(l, l->bottom[0]));
	TRY(y = graph_reduce(g, y, REDUCE_MAX, 1U << axis, 1));
	TRY(x = graph_binary(g, l->bottom[0], y, BINARY_SUB));
	TRY(y = graph_unary(g, x, UNARY_EXP, 1, 0, 0));
	TRY(y = graph_reduce(g, y, REDUCE_SUM, 1U << axis, 1));
	TRY(y = graph_unary(g, y, UNARY_LOG, 1, 1, 0));
	return layer_top(l, 0, graph_binary(g, x, y, BINARY_SUB));
}

/* 0, 1, ... along the axis, to be stretched. */
static int
places(struct layer *l, int axis)
{
	const struct shape *x = layer_shape(l, 0);
	const size_t n = (size_t)x->d[axis];
	struct shape s = *x;
	float *v;
	size_t i;
	int t;

	if (n > EXACT)
		return err_set(ERR_RANGE,
		    "axis %d has %zu places; it takes %d at most", axis, n,
		    EXACT);
	v = mem_array(float, n + 1);
	for (i = 0; i < (size_t)s.n; i++)
		s.d[i] = (int)i == axis ? s.d[i] : 1;
	for (i = 0; i < n; i++)
		v[i] = (float)i;
	t = graph_add_const(l->graph, "places", &s, v);
	mem_free(v);
	return t;
}

static int
emit_hardmax(struct layer *l)
{
	union op_attr a = { .argmax = {
				.top_k = 1, .has_axis = true, .first = true } };
	int y, i;

	TRY(layer_axis(l, 0, LAYER_PARAM(l, softmax_param, &softmax_none)->axis,
	    &a.argmax.axis));
	TRY(i = places(l, a.argmax.axis));
	TRY(y = graph_add(l->graph, OP_ARGMAX, &a, l->bottom, 1));
	return layer_top(l, 0, graph_binary(l->graph, i, y, BINARY_EQ));
}

/* x / (sum of |x|^p)^(1/p); what is all 0 stays so. */
static int
emit_lp(struct layer *l)
{
	const Caffe__LpNormalizationParameter *p =
	    LAYER_PARAM(l, lp_normalization_param, &lp_none);
	struct graph *g = l->graph;
	int axis, y;

	TRY(layer_axis(l, 0, p->axis, &axis));
	if (p->p != 1 && p->p != 2)
		return err_set(ERR_RANGE, "p is %d; it takes 1 and 2", p->p);
	TRY(y = graph_reduce(g, l->bottom[0],
		p->p == 1 ? REDUCE_ASUM : REDUCE_SUMSQ, 1U << axis, 1));
	TRY(y = graph_unary(g, y, UNARY_CLIP, FLT_MIN, FLT_MAX, 0));
	if (p->p == 2)
		TRY(y = graph_unary(g, y, UNARY_POWER, 0, 1, 0.5f));
	return layer_top(l, 0, graph_binary(g, l->bottom[0], y, BINARY_DIV));
}

/* x / sqrt(mean of x^2 + eps) [* weight] */
static int
emit_rms(struct layer *l)
{
	const Caffe__RMSNormParameter *p =
	    LAYER_PARAM(l, rms_norm_param, &rms_none);
	const struct shape s = *layer_shape(l, 0);
	struct graph *g = l->graph;
	struct shape ps;
	uint32_t axes;
	int axis, v, y, w;

	TRY(layer_axis(l, 0, p->axis, &axis));
	axes = ((1U << s.n) - 1) & ~((1U << axis) - 1);
	TRY(v = graph_reduce(g, l->bottom[0], REDUCE_SUMSQ, axes,
		1 / (float)shape_count_axes(&s, axis, s.n)));
	TRY(v = graph_unary(g, v, UNARY_POWER, p->eps, 1, -0.5f));
	TRY(y = graph_binary(g, l->bottom[0], v, BINARY_MUL));
	if (p->affine) {
		TRY(layer_align_shape(l, axis, -1, &ps, &axis));
		TRY(w = layer_param(l, 0, &ps, &layer_fill_one, true));
		TRY(w = layer_align(l, w, axis));
		TRY(y = graph_binary(g, y, w, BINARY_MUL));
	}
	return layer_top(l, 0, y);
}

const struct layer_type layer_hardmax = { "Hardmax", 1, 1, 1, 1,
	.emit = emit_hardmax, .no_grad = 1 };
const struct layer_type layer_log_softmax = { "LogSoftmax", 1, 1, 1, 1,
	.emit = emit_log_softmax };
const struct layer_type layer_lp_normalization = { "LpNormalization", 1, 1, 1,
	1, .emit = emit_lp };
const struct layer_type layer_rms_norm = { "RMSNorm", 1, 1, 1, 1,
	.emit = emit_rms, .role = LAYER_NORM };
