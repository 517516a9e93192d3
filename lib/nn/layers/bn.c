/*
 * BN of several forks.
 *
 * SegNet's has blobs scale and shift (1, C, 1, 1): with bn_mode LEARN the batch
 * is normalised by its own statistics, then scaled and shifted; with INFERENCE
 * only the latter (its tool folds statistics into them).  That of PSPNet and the
 * temporal segment networks has slope, bias, running mean and variance (1, C, 1,
 * 1); frozen, it is never trained, and the running values are used in TRAIN too.
 * Others call the same scale and shift, and the momentum decay.
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

/* Blobs of a BN with running statistics. */
struct running {
	int slope, bias, mean, var; /* (1, C, 1, 1) */
	float eps, keep;            /* of the running values, each time */
};

/* By the batch, whose statistics go into the running ones. */
static int
running_train(struct layer *l, const struct running *r)
{
	const struct shape *x = layer_shape(l, 0);
	const struct shape c = { 1, { x->d[1] } }, one = { 1, { 1 } };
	const union op_attr a = { .batchnorm = { .eps = r->eps,
				      .fraction = r->keep,
				      .train = true,
				      .average = true } };
	const float v = 1;
	struct graph *g = l->graph;
	int in[6] = { l->bottom[0], r->mean, r->var, -1, -1, -1 };

	TRY(in[3] = graph_add_const(g, "factor", &one, &v));
	TRY(in[4] = graph_reshape(g, r->slope, &c));
	TRY(in[5] = graph_reshape(g, r->bias, &c));
	return graph_add(g, OP_BATCHNORM, &a, in, 6);
}

static int
running_use(struct layer *l, const struct running *r)
{
	struct graph *g = l->graph;
	int w, v, x;

	TRY(v = graph_unary(g, r->var, UNARY_POWER, r->eps, 1, -0.5f));
	TRY(x = graph_binary(g, l->bottom[0], r->mean, BINARY_SUB));
	TRY(w = graph_binary(g, r->slope, v, BINARY_MUL));
	TRY(x = graph_binary(g, x, w, BINARY_MUL));
	return graph_binary(g, x, r->bias, BINARY_ADD);
}

/* The first of the two fillers that is there, or the last. */
static const Caffe__FillerParameter *
filler_of(const Caffe__FillerParameter *a, const Caffe__FillerParameter *b,
    const Caffe__FillerParameter *otherwise)
{
	return a != NULL ? a : b != NULL ? b : otherwise;
}

static int
running(struct layer *l, const Caffe__BNParameter *p, const struct shape *s)
{
	struct running r = { .eps = p->has_var_eps ? p->var_eps : p->eps,
		.keep = p->has_decay ? p->decay : p->momentum };
	const bool learns = !p->frozen;

	if (!(r.keep >= 0 && r.keep <= 1))
		return err_set(
		    ERR_FORMAT, "momentum %g is not within 0 to 1", r.keep);
	TRY(r.slope = layer_param(l, 0, s,
		filler_of(p->slope_filler, p->scale_filler, &layer_fill_one),
		learns));
	TRY(r.bias = layer_param(l, 1, s,
		filler_of(p->bias_filler, p->shift_filler, NULL), learns));
	TRY(r.mean = layer_param(l, 2, s, NULL, false));
	TRY(r.var = layer_param(l, 3, s, &layer_fill_one, false));
	return l->train && learns ? running_train(l, &r) : running_use(l, &r);
}

/* SegNet's has two blobs and no statistics. */
static bool
is_segnet(const struct layer *l, const Caffe__BNParameter *p)
{
	if (p->has_moving_average || p->has_decay || l->p->n_param > 2)
		return false;
	return p->scale_filler != NULL || p->shift_filler != NULL ||
	    p->has_bn_mode;
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
	if (is_segnet(l, p))
		return layer_top(l, 0, segnet(l, p, &s));
	if (!p->moving_average && l->train)
		return err_set(ERR_UNSUPPORTED,
		    "BN with moving_average: false cannot be trained here; use BatchNorm and Scale");
	return layer_top(l, 0, running(l, p, &s));
}

const struct layer_type layer_bn = { "BN", 1, 1, 1, 1, .emit = emit,
	.role = LAYER_NORM };
