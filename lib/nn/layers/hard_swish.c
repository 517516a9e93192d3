/* HardSwish: x min(max(x + 3, 0), 6) / 6 (MobileNet v3). */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	return layer_top(l, 0,
	    graph_unary(l->graph, l->bottom[0], UNARY_HARDSWISH, 0, 0, 0));
}

const struct layer_type layer_hard_swish = { "HardSwish", 1, 1, 1, 1,
	.emit = emit };
