/* Shapes that stretch over each other: see broadcast.h. */
#include "nn/layers/arith/broadcast.h"

int
layer_lift(struct layer *l, int x, int n)
{
	struct shape s = *graph_shape(l->graph, x), to = { .n = n };
	int i;

	if (s.n >= n)
		return x;
	for (i = 0; i < n; i++)
		to.d[i] = i < n - s.n ? 1 : s.d[i - (n - s.n)];
	return graph_reshape(l->graph, x, &to);
}

int
layer_stretch(struct shape *out, const struct shape *a, const struct shape *b)
{
	const struct shape *big = a->n >= b->n ? a : b;
	const struct shape *small = a->n >= b->n ? b : a;
	char s[SHAPE_TEXT_MAX], t[SHAPE_TEXT_MAX];
	int i, k;

	*out = *big;
	for (i = 1; i <= small->n; i++) {
		k = big->n - i;
		if (out->d[k] == 1)
			out->d[k] = small->d[small->n - i];
		else if (small->d[small->n - i] != 1 &&
		    small->d[small->n - i] != out->d[k])
			return err_set(ERR_FORMAT,
			    "%s and %s do not stretch to one shape",
			    shape_text(s, a), shape_text(t, b));
	}
	return 0;
}

int
layer_stretch_to(struct layer *l, int x, const struct shape *s)
{
	TRY(x = layer_lift(l, x, s->n));
	if (shape_same(graph_shape(l->graph, x), s))
		return x;
	return graph_broadcast(l->graph, x, s);
}

int
layer_binary(struct layer *l, int x, int y, enum binary_fn fn)
{
	const struct shape a = *graph_shape(l->graph, x);
	const struct shape b = *graph_shape(l->graph, y);
	struct shape s;

	TRY(layer_stretch(&s, &a, &b));
	TRY(x = layer_lift(l, x, s.n));
	TRY(y = layer_lift(l, y, s.n));
	return graph_binary(l->graph, x, y, fn);
}

int
layer_affine(struct layer *l, int x, float scale, float shift)
{
	if (scale == 1 && shift == 0)
		return x;
	return graph_unary(l->graph, x, UNARY_POWER, shift, scale, 1);
}
