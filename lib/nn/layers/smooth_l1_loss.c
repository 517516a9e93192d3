/*
 * SmoothL1Loss (Fast R-CNN, Girshick, 2015): the sum of f(w_in (a - b)) w_out,
 * divided by N, where f(d) is sigma^2 d^2 / 2 up to |d| = 1 / sigma^2 and
 * |d| - 1 / (2 sigma^2) from there on.  The weights are bottoms 2 and 3, if given.
 */
#include "nn/layers/boxes.h"
#include "nn/layers/types.h"

static const Caffe__SmoothL1LossParameter none =
    CAFFE__SMOOTH_L1_LOSS_PARAMETER__INIT;

/* With q = min(|d|, 1 / sigma^2): sigma^2 q^2 / 2 + |d| - q. */
int
layer_smooth_l1(struct graph *g, int d, float sigma2)
{
	int a, q, square;

	TRY(a = graph_unary(g, d, UNARY_ABS, 0, 0, 0));
	TRY(q = graph_unary(g, a, UNARY_CLIP, 0, 1 / sigma2, 0));
	TRY(square = graph_binary(g, q, q, BINARY_MUL));
	TRY(square = graph_unary(g, square, UNARY_POWER, 0, sigma2 / 2, 1));
	TRY(a = graph_binary(g, a, q, BINARY_SUB));
	return graph_binary(g, square, a, BINARY_ADD);
}

static int
emit(struct layer *l)
{
	const float sigma = LAYER_PARAM(l, smooth_l1_loss_param, &none)->sigma;
	const struct shape x = *layer_shape(l, 0);
	const struct shape scalar = { 0 };
	struct graph *g = l->graph;
	int in[4], i, y;

	if (!(sigma > 0))
		return err_set(
		    ERR_FORMAT, "sigma is %g; it must be above 0", sigma);
	for (i = 0; i < l->nbottom; i++)
		TRY(in[i] = layer_loss_like(l, i));
	TRY(y = graph_binary(g, in[0], in[1], BINARY_SUB));
	if (l->nbottom > 2)
		TRY(y = graph_binary(g, y, in[2], BINARY_MUL));
	TRY(y = layer_smooth_l1(g, y, sigma * sigma));
	if (l->nbottom > 3)
		TRY(y = graph_binary(g, y, in[3], BINARY_MUL));
	TRY(y = graph_reduce(g, y, REDUCE_SUM, (1u << x.n) - 1,
		1 / (float)(x.n > 0 ? x.d[0] : 1)));
	return layer_top(l, 0, graph_reshape(g, y, &scalar));
}

const struct layer_type layer_smooth_l1_loss = { "SmoothL1Loss", 2, 4, 1, 1,
	.emit = emit, .loss_weight = 1, .no_grad = 0xc };
