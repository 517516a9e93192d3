/* Threshold: x > threshold ? 1 : 0.  No gradient. */
#include "nn/layers/types.h"

static const Caffe__ThresholdParameter none = CAFFE__THRESHOLD_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	float t = LAYER_PARAM(l, threshold_param, &none)->threshold;

	return layer_top(l, 0,
	    graph_unary(l->graph, l->bottom[0], UNARY_THRESHOLD, t, 0, 0));
}

const struct layer_type layer_threshold = { "Threshold", 1, 1, 1, 1,
	.emit = emit, .no_grad = 1 };
