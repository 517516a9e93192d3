/* ReLU6: min(ReLU(x), 6), or another threshold. */
#include "nn/layers/types.h"

static const Caffe__ReLU6Parameter none = CAFFE__RE_LU6_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__ReLU6Parameter *p = LAYER_PARAM(l, relu6_param, &none);
	int x = l->bottom[0];

	if (p->negative_slope == 0)
		return layer_top(l, 0,
		    graph_unary(l->graph, x, UNARY_CLIP, 0, p->threshold, 0));
	TRY(x = graph_unary(l->graph, x, UNARY_RELU, p->negative_slope, 0, 0));
	return layer_top(l, 0,
	    graph_unary(l->graph, x, UNARY_CLIP, -3.4e38f, p->threshold, 0));
}

const struct layer_type layer_relu6 = { "ReLU6", 1, 1, 1, 1, .emit = emit };
