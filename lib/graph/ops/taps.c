/* Tables of OP_TAKE and OP_RESIZE: see taps.h. */
#include "graph/ops/taps.h"

#include "base/mem.h"
#include "graph/ops/axis.h"

int64_t
take_place(const struct op_take *a, int k, int64_t d, int64_t i)
{
	return axis_take(
	    a->edge, a->start[k] + (i > 0 ? i * a->step[k] : 0), d);
}

double
taps_count(const struct op_resize *a, int axis)
{
	struct axis_resize x;

	axis_of(&x, a, axis);
	return a->fn == RESIZE_NEAREST ? 1 : 2 * axis_reach(&x);
}

/* The weighted places around v. */
static void
fill(const struct axis_resize *x, struct taps *t, int64_t i, double v)
{
	const double first = floor(v) - axis_reach(x) + 1;
	int64_t *at = t->at + (size_t)i * t->n;
	double *w = t->weight + (size_t)i * t->n, sum = 0;

	for (size_t k = 0; k < t->n; k++) {
		at[k] = axis_clamp(first + (double)k, x->from);
		w[k] = axis_weight(x, first + (double)k, v);
		sum += w[k];
	}
	if (sum == 0 || !axis_divides(x))
		return;
	for (size_t k = 0; k < t->n; k++)
		w[k] /= sum;
}

void
taps_make(struct taps *t, const struct op_resize *a, int axis)
{
	struct axis_resize x;

	axis_of(&x, a, axis);
	*t = (struct taps){ .n = (size_t)taps_count(a, axis) };
	t->at = mem_array(int64_t, (size_t)x.to * t->n + 1);
	t->weight = mem_array(double, (size_t)x.to * t->n + 1);
	if (a->coordinate == RESIZE_CROP)
		t->outside = mem_array(bool, (size_t)x.to + 1);
	for (int64_t i = 0; i < x.to; i++) {
		const double v = axis_coordinate(&x, i);

		if (t->outside != NULL)
			t->outside[i] = axis_outside(&x, v);
		if (a->fn != RESIZE_NEAREST) {
			fill(&x, t, i, v);
			continue;
		}
		t->at[i] = axis_nearest(&x, v);
		t->weight[i] = 1;
	}
}

void
taps_clear(struct taps *t)
{
	mem_free(t->at);
	mem_free(t->weight);
	mem_free(t->outside);
	*t = (struct taps){ 0 };
}
