/* Cases of the ops that take places by a rule, resize or choose. */
#ifndef TESTS_GRAPH_CASES_CHOOSE_H
#define TESTS_GRAPH_CASES_CHOOSE_H

#include "case.h"

static void
make_take(struct rng *r, struct kase *c)
{
	struct op_take *a = &c->a.take;
	struct shape s = random_shape(r, 1, 5);

	a->edge = (enum take_edge)below(r, TAKE_WRAP + 1);
	a->value = 0.5F * (float)between(r, -3, 3);
	a->size = s;
	for (int i = 0; i < s.n; i++) {
		const int d = (int)s.d[i];

		a->step[i] = below(r, 3) ? 1 : between(r, -3, 3);
		if (below(r, 3) == 0)
			continue;
		a->size.d[i] = between(r, 1, 2 * d + 2);
		a->start[i] = between(r, -d - 1, 2 * d);
	}
	input(c, s, FILL_ANY, true);
}

static void
make_resize(struct rng *r, struct kase *c)
{
	struct op_resize *a = &c->a.resize;
	struct shape s = random_shape(r, 1, 5);
	const int least = s.n > 3 && below(r, 2) ? 2 : 0; /* places alone */

	a->fn = (enum resize_fn)below(r, RESIZE_CUBIC + 1);
	a->coordinate = (enum resize_coordinate)below(r, RESIZE_COORDINATES);
	a->nearest = (enum resize_nearest)below(r, RESIZE_CEIL + 1);
	a->cubic_a = below(r, 2) ? -0.75F : -0.5F;
	a->extrapolation = 0.25F * (float)below(r, 2);
	a->exclude_outside = below(r, 3) == 0;
	a->antialias = below(r, 3) == 0;
	for (int k = least; k < s.n; k++) {
		if (below(r, s.n > 3 ? 2 : 4) == 0)
			continue;
		a->axes |= 1U << k;
		a->axis[k].from = s.d[k] = between(r, 1, s.n > 3 ? 6 : 12);
		a->axis[k].to = between(r, 1, s.n > 3 ? 7 : 17);
		if (below(r, 3) == 0)
			a->axis[k].scale = ((double)a->axis[k].to + 0.3) /
			    (double)a->axis[k].from;
		a->axis[k].begin = 0.1F * (float)between(r, -3, 3);
		a->axis[k].end = 1 + 0.1F * (float)between(r, -3, 3);
	}
	input(c, s, FILL_ANY, true);
}

static void
make_where(struct rng *r, struct kase *c)
{
	const struct shape s = random_shape(r, 1, 5);
	struct shape in[3] = { s, s, s };

	for (int k = 0; k < 3; k++)
		for (int i = 0; i < s.n; i++)
			if (below(r, 4) == 0)
				in[k].d[i] = 1;
	input(c, in[0], FILL_BIT, false);
	input(c, in[1], FILL_ANY, true);
	input(c, in[2], FILL_ANY, true);
}

#endif
