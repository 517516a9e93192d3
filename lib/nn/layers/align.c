/*
 * The operand of Scale and Bias: a learned blob of the bottom's axes
 * [axis, axis + num_axes), or a second bottom whose axes begin at `axis`,
 * reshaped so that it stretches over bottom 0.
 */
#include "nn/layers/types.h"

/* num_axes axes from axis of bottom 0; -1: to the end, 0: a scalar. */
int
layer_align_shape(
    const struct layer *l, int axis, int num_axes, struct shape *s, int *at)
{
	const struct shape *x = layer_shape(l, 0);
	char t[SHAPE_TEXT_MAX];
	int i;

	s->n = *at = 0;
	if (num_axes == 0)
		return 0;
	TRY(layer_axis(l, 0, axis, at));
	if (num_axes < 0)
		num_axes = num_axes == -1 ? x->n - *at : x->n + 1;
	if (*at + num_axes > x->n)
		return err_set(ERR_FORMAT,
		    "num_axes from axis %d on reaches past its bottom %s", *at,
		    shape_text(t, x));
	for (i = 0; i < num_axes; i++)
		s->d[s->n++] = x->d[*at + i];
	return 0;
}

/* Does bottom 1 match bottom 0 from axis on? */
int
layer_align_bottom(const struct layer *l, int axis, int *at)
{
	const struct shape *x = layer_shape(l, 0), *y = layer_shape(l, 1);
	char a[SHAPE_TEXT_MAX], b[SHAPE_TEXT_MAX];
	int i;

	*at = 0;
	if (y->n == 0)
		return 0;
	TRY(layer_axis(l, 0, axis, at));
	for (i = 0; i < y->n; i++)
		if (*at + i >= x->n || x->d[*at + i] != y->d[i])
			return err_set(ERR_FORMAT,
			    "its second bottom %s does not match the first, %s, from axis %d on",
			    shape_text(b, y), shape_text(a, x), *at);
	return 0;
}

/* operand, whose axes begin at bottom 0's axis at, with 1s around them. */
int
layer_align(struct layer *l, int operand, int at)
{
	struct shape o = *graph_shape(l->graph, operand);
	struct shape s = *layer_shape(l, 0);
	int i;

	for (i = 0; i < s.n; i++)
		s.d[i] = i >= at && i - at < o.n ? o.d[i - at] : 1;
	if (shape_same(&s, &o))
		return operand;
	return graph_reshape(l->graph, operand, &s);
}
