/*
 * SignedSqrt and L2Normalization (bilinear pooling, Lin et al., 2015; the fork of
 * Gao et al., 2016): sign(x) sqrt(|x|), and each item over its length.
 */
#include "nn/layers/types.h"

/* Keeps the gradient at 0 finite. */
#define LEAST 1e-12f

static int
emit_sqrt(struct layer *l)
{
	struct graph *g = l->graph;
	int sign, x;

	TRY(sign = graph_unary(g, l->bottom[0], UNARY_SIGN, 0, 0, 0));
	graph_last(g)->no_grad = 1; /* a step */
	TRY(x = graph_unary(g, l->bottom[0], UNARY_ABS, 0, 0, 0));
	TRY(x = graph_unary(g, x, UNARY_POWER, LEAST, 1, 0.5f));
	return layer_top(l, 0, graph_binary(g, x, sign, BINARY_MUL));
}

static int
emit_length(struct layer *l)
{
	const struct shape *x = layer_shape(l, 0);
	struct graph *g = l->graph;
	int t;

	if (x->n < 2)
		return err_set(
		    ERR_FORMAT, "its bottom must have at least 2 axes (N, C)");
	TRY(t = graph_reduce(
		g, l->bottom[0], REDUCE_SUMSQ, ((1u << x->n) - 1) & ~1u, 1));
	TRY(t = graph_unary(g, t, UNARY_POWER, LEAST, 1, -0.5f));
	return layer_top(l, 0, graph_binary(g, l->bottom[0], t, BINARY_MUL));
}

const struct layer_type layer_signed_sqrt = { "SignedSqrt", 1, 1, 1, 1,
	.emit = emit_sqrt };
const struct layer_type layer_l2_normalization = { "L2Normalization", 1, 1, 1,
	1, .emit = emit_length };
