/* What layers that move numbers share: see moving.h. */
#include "nn/layers/moving/moving.h"

int
moving_take(struct layer *l, int x, const struct op_take *a)
{
	const struct shape *s = graph_shape(l->graph, x);
	union op_attr take = { .take = *a }, slice = { .slice = { { 0 } } };
	bool whole = true, inside = true;

	for (int i = 0; i < s->n; i++) {
		const bool on = a->step[i] == 1 || a->size.d[i] <= 1;

		slice.slice.start[i] = a->start[i];
		inside = inside && on && a->start[i] >= 0 &&
		    a->start[i] <= s->d[i] - a->size.d[i];
		whole = whole && on && a->start[i] == 0;
	}
	slice.slice.size = a->size;
	if (whole && shape_same(s, &a->size))
		return x;
	return inside ? graph_add(l->graph, OP_SLICE, &slice, &x, 1)
		      : graph_add(l->graph, OP_TAKE, &take, &x, 1);
}
