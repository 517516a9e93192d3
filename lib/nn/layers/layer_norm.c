/* LayerNorm (Ba et al., 2016) over the axes from `axis` on, and GroupNorm (Wu
 * and He, 2018) over groups of channels; each with a learned scale and bias.
 * LayerNorm's mean and 1 / deviation are tops where they are asked for. */
#include "nn/layers/types.h"

static const Caffe__LayerNormParameter layer_none =
    CAFFE__LAYER_NORM_PARAMETER__INIT;
static const Caffe__GroupNormParameter group_none =
    CAFFE__GROUP_NORM_PARAMETER__INIT;

/* x (A, B, 1) -> (x - mean) / sqrt(var + eps) over B; what it is made with. */
struct moments {
	int mean, istd; /* (A, 1, 1) */
};

static int
normalize(struct graph *g, int x, float eps, struct moments *to)
{
	float part = 1 / (float)graph_shape(g, x)->d[1];
	int m, v;

	TRY(m = graph_reduce(g, x, REDUCE_SUM, 2, part));
	TRY(x = graph_binary(g, x, m, BINARY_SUB));
	TRY(v = graph_reduce(g, x, REDUCE_SUMSQ, 2, part));
	TRY(v = graph_unary(g, v, UNARY_POWER, eps, 1, -0.5f));
	*to = (struct moments){ m, v };
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

/* Second and third top: mean and 1 / sqrt(var + eps), with axes of 1 from axis
 * on. */
static int
moment_tops(struct layer *l, const struct moments *m, int axis)
{
	struct shape s = *layer_shape(l, 0);
	int i;

	for (i = axis; i < s.n; i++)
		s.d[i] = 1;
	if (l->ntop > 1)
		TRY(layer_top(l, 1, graph_reshape(l->graph, m->mean, &s)));
	if (l->ntop > 2)
		TRY(layer_top(l, 2, graph_reshape(l->graph, m->istd, &s)));
	return 0;
}

static int
emit_layer(struct layer *l)
{
	const Caffe__LayerNormParameter *p =
	    LAYER_PARAM(l, layer_norm_param, &layer_none);
	struct shape s = *layer_shape(l, 0), ps;
	struct moments m;
	int axis, y;

	TRY(layer_axis(l, 0, p->axis, &axis));
	TRY(y = layer_fold(l, l->bottom[0], axis, s.n));
	TRY(y = normalize(l->graph, y, p->eps, &m));
	TRY(y = graph_reshape(l->graph, y, &s));
	TRY(moment_tops(l, &m, axis));
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
	struct moments m;
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
	TRY(y = normalize(l->graph, y, p->eps, &m));
	TRY(y = graph_reshape(l->graph, y, &s));
	if (p->affine)
		y = affine(l, y, &ps, 1);
	return layer_top(l, 0, y);
}

const struct layer_type layer_layer_norm = { "LayerNorm", 1, 1, 1, 3,
	.emit = emit_layer, .role = LAYER_NORM };
const struct layer_type layer_group_norm = { "GroupNorm", 1, 1, 1, 1,
	.emit = emit_group, .role = LAYER_NORM };
