/*
 * EuclideanLoss: sum (a - b)^2 / (2 N); a gradient to both.  With a third bottom,
 * which forks have, each square is multiplied by a weight: one for each value, or
 * one for each item.
 */
#include "nn/layers/types.h"

/* Bottom 2 so that it stretches over x. */
static int
weights(struct layer *l, const struct shape *x)
{
	const struct shape *w = layer_shape(l, 2);
	struct shape one = { .n = x->n };
	char t[2][SHAPE_TEXT_MAX];

	if (shape_count(w) == shape_count(x))
		return graph_reshape(l->graph, l->bottom[2], x);
	if (x->n < 1 || shape_count(w) != (size_t)x->d[0])
		return err_set(ERR_FORMAT,
		    "its weights \"%s\" (%s) must be one for each value or each item of \"%s\" (%s)",
		    l->p->bottom[2], shape_text(t[0], w), l->p->bottom[0],
		    shape_text(t[1], x));
	for (int i = 0; i < x->n; i++)
		one.d[i] = i == 0 ? x->d[0] : 1;
	return graph_reshape(l->graph, l->bottom[2], &one);
}

static int
weighted(struct layer *l)
{
	const struct shape x = *layer_shape(l, 0), scalar = { 0 };
	struct graph *g = l->graph;
	int b, w, d;

	if (x.n < 1)
		return err_set(ERR_FORMAT, "its bottom is a scalar");
	TRY(b = layer_loss_like(l, 1));
	TRY(w = weights(l, &x));
	TRY(d = graph_binary(g, l->bottom[0], b, BINARY_SUB));
	TRY(d = graph_binary(g, d, d, BINARY_MUL));
	TRY(d = graph_binary(g, d, w, BINARY_MUL));
	TRY(d = graph_reduce(
		g, d, REDUCE_SUM, (1u << x.n) - 1, 0.5f / (float)x.d[0]));
	return layer_top(l, 0, graph_reshape(g, d, &scalar));
}

static int
emit(struct layer *l)
{
	union op_attr a = { .loss = { .fn = LOSS_EUCLIDEAN } };

	if (l->nbottom > 2)
		return weighted(l);
	return layer_top(l, 0, graph_add(l->graph, OP_LOSS, &a, l->bottom, 2));
}

const struct layer_type layer_euclidean_loss = { "EuclideanLoss", 2, 3, 1, 1,
	.emit = emit, .loss_weight = 1, .no_grad = 4 };
