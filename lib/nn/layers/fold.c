/* A tensor seen as three axes. */
#include "nn/layers/types.h"

int
layer_fold(struct layer *l, int x, int axis, int end)
{
	struct shape s = *graph_shape(l->graph, x);
	struct shape f = { 3,
		{ (int64_t)shape_count_axes(&s, 0, axis),
		    (int64_t)shape_count_axes(&s, axis, end),
		    (int64_t)shape_count_axes(&s, end, s.n) } };

	return shape_same(&s, &f) ? x : graph_reshape(l->graph, x, &f);
}
