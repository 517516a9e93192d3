/* LayerNorm (Ba et al., 2016) over the axes from `axis` on, and GroupNorm (Wu
 * and He, 2018) over groups of channels; each with a learned scale and bias. */
#include "nn/layers/types.h"

static const Caffe__LayerNormParameter layer_none =
    CAFFE__LAYER_NORM_PARAMETER__INIT;
static const Caffe__GroupNormParameter group_none =
    CAFFE__GROUP_NORM_PARAMETER__INIT;

/* x (A, B, 1) -> (x - mean) / sqrt(var + eps) over B */
static int
normalize(struct graph *g, int x, float eps)
{
	float part = 1 / (float)graph_shape(g, x)->d[1];
	int m, v;

	TRY(m = graph_reduce(g, x, REDUCE_SUM, 2, part));
	TRY(x = graph_binary(g, x, m, BINARY_SUB));
	TRY(v = graph_reduce(g, x, REDUCE_SUMSQ, 2, part));
	TRY(v = graph_unary(g, v, UNARY_POWER, eps, 1, -0.5f));
	return graph_binary(g, x, v, BINARY_MUL);
}

/* y times blob 0 plus blob 1, both of shape s, whose axes begin at `at`. */
static int
affine(struct layer *l, int y, const struct shape *s, int at)
{
	int w, b;

	TRY(w = layer_param(l, 0, s, &layer_fill_one, true));
	TRY(b = layer_param(l, 1, s, NULL, true));
	TRY(w = layer_align(l, w, at));
	TRY(b = layer_align(l, b, at));
	TRY(y = graph_binary(l->graph, y, w, BINARY_MUL));
	return graph_binary(l->graph, y, b, BINARY_ADD);
}

static int
emit_layer(struct layer *l)
{
	const Caffe__LayerNormParameter *p =
	    LAYER_PARAM(l, layer_norm_param, &layer_none);
	struct shape s = *layer_shape(l, 0), ps;
	int axis, y;

	TRY(layer_axis(l, 0, p->axis, &axis));
	TRY(y = layer_fold(l, l->bottom[0], axis, s.n));
	TRY(y = normalize(l->graph, y, p->eps));
	TRY(y = graph_reshape(l->graph, y, &s));
	if (p->affine) {
		TRY(layer_align_shape(l, axis, -1, &ps, &axis));
		y = affine(l, y, &ps, axis);
	}
	return layer_top(l, 0, y);
}

static int
emit_group(struct layer *l)
{
	const Caffe__GroupNormParameter *p =
	    LAYER_PARAM(l, group_norm_param, &group_none);
	struct shape s = *layer_shape(l, 0), f, ps = { 1, { 0 } };
	int y;

	if (s.n < 2 || p->num_groups < 1 || s.d[1] % p->num_groups)
		return err_set(ERR_FORMAT,
		    "num_groups %u does not divide its %lld channels",
		    (unsigned)p->num_groups, (long long)(s.n < 2 ? 0 : s.d[1]));
	f = (struct shape){ 3,
		{ s.d[0] * p->num_groups,
		    (int64_t)shape_count_axes(&s, 1, s.n) / p->num_groups,
		    1 } };
	ps.d[0] = s.d[1];
	TRY(y = graph_reshape(l->graph, l->bottom[0], &f));
	TRY(y = normalize(l->graph, y, p->eps));
	TRY(y = graph_reshape(l->graph, y, &s));
	if (p->affine)
		y = affine(l, y, &ps, 1);
	return layer_top(l, 0, y);
}

const struct layer_type layer_layer_norm = { "LayerNorm", 1, 1, 1, 1,
	.emit = emit_layer, .role = LAYER_NORM };
const struct layer_type layer_group_norm = { "GroupNorm", 1, 1, 1, 1,
	.emit = emit_group, .role = LAYER_NORM };
