/* Power: (shift + scale x) ^ power. */
#include "nn/layers/types.h"

static const Caffe__PowerParameter none = CAFFE__POWER_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__PowerParameter *p = LAYER_PARAM(l, power_param, &none);

	return layer_top(l, 0,
	    graph_unary(l->graph, l->bottom[0], UNARY_POWER, p->shift, p->scale,
		p->power));
}

const struct layer_type layer_power = { "Power", 1, 1, 1, 1, .emit = emit };
