/* Expand: its bottom stretched to what it and the given shape have in common, as
 * numpy broadcasts them.  A second bottom says the first axis of that shape. */
#include "nn/layers/moving/moving.h"

static int
emit(struct layer *l)
{
	const Caffe__ExpandParameter *p = l->p->expand_param;
	const struct shape x = *layer_shape(l, 0);
	char s[SHAPE_TEXT_MAX], t[SHAPE_TEXT_MAX];
	struct shape y, with;
	int lead, b;

	if (p == NULL || p->shape == NULL)
		return err_set(
		    ERR_FORMAT, "expand_param with a shape is missing");
	TRY(layer_blob_shape(&y, p->shape));
	if (l->nbottom > 1 && (y.n == 0 || layer_shape(l, 1)->n == 0))
		return err_set(ERR_FORMAT,
		    "its second bottom says the first axis, of which there is none");
	if (l->nbottom > 1)
		y.d[0] = layer_shape(l, 1)->d[0];
	with = y;
	lead = y.n - x.n;
	if (lead < 0) {
		with = x;
		for (int i = 0; i < y.n; i++)
			with.d[i - lead] = y.d[i];
		for (int i = 0; i < -lead; i++)
			with.d[i] = x.d[i];
		lead = 0;
	}
	for (int i = 0; i < x.n; i++) {
		int64_t *d = &with.d[lead + i];

		if (*d == 1)
			*d = x.d[i];
		else if (x.d[i] != 1 && x.d[i] != *d)
			return err_set(ERR_FORMAT, "%s cannot become %s",
			    shape_text(s, &x), shape_text(t, &y));
	}
	TRY(shape_check(&with));
	TRY(b = moving_lead(l, l->bottom[0], with.n));
	if (shape_same(graph_shape(l->graph, b), &with))
		return layer_top(l, 0, b);
	return layer_top(l, 0, graph_broadcast(l->graph, b, &with));
}

const struct layer_type layer_expand = { "Expand", 1, 2, 1, 1, .emit = emit,
	.no_grad = 2 };
