/* GELU: x Phi(x), or the approximation x sigmoid(2 sqrt(2/pi) (x + 0.044715
 * x^3)) (Hendrycks and Gimpel, 2016). */
#include "nn/layers/types.h"

static const Caffe__GELUParameter none = CAFFE__GELUPARAMETER__INIT;

static int
approximate(struct layer *l)
{
	const float k = 1.5957691216f; /* 2 sqrt(2 / pi) */
	struct graph *g = l->graph;
	int x = l->bottom[0], t;

	TRY(t = graph_binary(g, x, x, BINARY_MUL));
	TRY(t = graph_unary(g, t, UNARY_POWER, k, k * 0.044715f, 1));
	TRY(t = graph_binary(g, t, x, BINARY_MUL));
	TRY(t = graph_unary(g, t, UNARY_SIGMOID, 0, 0, 0));
	return layer_top(l, 0, graph_binary(g, t, x, BINARY_MUL));
}

static int
emit(struct layer *l)
{
	if (LAYER_PARAM(l, gelu_param, &none)->approximate)
		return approximate(l);
	return layer_top(
	    l, 0, graph_unary(l->graph, l->bottom[0], UNARY_GELU, 0, 0, 0));
}

const struct layer_type layer_gelu = { "GELU", 1, 1, 1, 1, .emit = emit };
