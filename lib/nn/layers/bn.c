/*
 * BN of two forks.
 *
 * SegNet's has blobs scale and shift (1, C, 1, 1): with bn_mode LEARN the batch
 * is normalised by its own statistics, then scaled and shifted; with INFERENCE
 * only the latter (its tool folds statistics into them).  PSPNet's has slope,
 * bias, running mean and variance (1, C, 1, 1) and is for running trained nets:
 * BatchNorm and Scale do the same where a net is to be trained.
 */
#include "nn/layers/types.h"

static const Caffe__BNParameter none = CAFFE__BNPARAMETER__INIT;

/* SegNet's own */
#define SEGNET_EPS 1e-9f

/* All axes but the channels. */
static uint32_t
other_axes(const struct shape *s)
{
	return ((1u << s->n) - 1) & ~2u;
}

static int
normalize(struct layer *l, float eps)
{
	struct shape s = *layer_shape(l, 0);
	float part = (float)s.d[1] / (float)shape_count(&s);
	struct graph *g = l->graph;
	int m, v, x;

	TRY(m = graph_reduce(
		g, l->bottom[0], REDUCE_SUM, other_axes(&s), part));
	TRY(x = graph_binary(g, l->bottom[0], m, BINARY_SUB));
	TRY(v = graph_reduce(g, x, REDUCE_SUMSQ, other_axes(&s), part));
	TRY(v = graph_unary(g, v, UNARY_POWER, eps, 1, -0.5f));
	return graph_binary(g, x, v, BINARY_MUL);
}

static int
segnet(struct layer *l, const Caffe__BNParameter *p, const struct shape *s)
{
	int w, b, x = l->bottom[0];

	TRY(w = layer_param(l, 0, s, p->scale_filler, true));
	TRY(b = layer_param(l, 1, s, p->shift_filler, true));
	if (p->bn_mode == CAFFE__BNPARAMETER__BNMODE__LEARN)
		TRY(x = normalize(l, p->has_eps ? p->eps : SEGNET_EPS));
	TRY(x = graph_binary(l->graph, x, w, BINARY_MUL));
	return graph_binary(l->graph, x, b, BINARY_ADD);
}

static int
pspnet(struct layer *l, const Caffe__BNParameter *p, const struct shape *s)
{
	struct graph *g = l->graph;
	int w, b, m, v, x;

	if (l->train && !p->frozen)
		return err_set(ERR_UNSUPPORTED,
		    "BN with running statistics can be used, not trained: set frozen, or use BatchNorm and Scale");
	TRY(w = layer_param(l, 0, s,
		p->slope_filler ? p->slope_filler : &layer_fill_one, true));
	TRY(b = layer_param(l, 1, s, p->bias_filler, true));
	TRY(m = layer_param(l, 2, s, NULL, false));
	TRY(v = layer_param(l, 3, s, &layer_fill_one, false));
	TRY(v = graph_unary(g, v, UNARY_POWER, p->eps, 1, -0.5f));
	TRY(x = graph_binary(g, l->bottom[0], m, BINARY_SUB));
	TRY(w = graph_binary(g, w, v, BINARY_MUL));
	TRY(x = graph_binary(g, x, w, BINARY_MUL));
	return graph_binary(g, x, b, BINARY_ADD);
}

static int
emit(struct layer *l)
{
	const Caffe__BNParameter *p = LAYER_PARAM(l, bn_param, &none);
	struct shape s = *layer_shape(l, 0);
	int i;

	if (s.n < 2)
		return err_set(
		    ERR_FORMAT, "its bottom must have at least 2 axes (N, C)");
	for (i = 0; i < s.n; i++)
		if (i != 1)
			s.d[i] = 1;
	if (p->scale_filler != NULL || p->shift_filler != NULL ||
	    p->has_bn_mode)
		return layer_top(l, 0, segnet(l, p, &s));
	return layer_top(l, 0, pspnet(l, p, &s));
}

const struct layer_type layer_bn = { "BN", 1, 1, 1, 1, .emit = emit,
	.role = LAYER_NORM };
