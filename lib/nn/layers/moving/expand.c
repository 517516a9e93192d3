/* Expand: its bottom stretched to what it and the given shape have in common, as
 * numpy broadcasts them.  A second bottom says the first axis of that shape. */
#include "nn/layers/arith/broadcast.h"

static int
emit(struct layer *l)
{
	const Caffe__ExpandParameter *p = l->p->expand_param;
	const struct shape x = *layer_shape(l, 0);
	struct shape with, y;

	if (p == NULL || p->shape == NULL)
		return err_set(
		    ERR_FORMAT, "expand_param with a shape is missing");
	TRY(layer_blob_shape(&with, p->shape));
	if (l->nbottom > 1 && (with.n == 0 || layer_shape(l, 1)->n == 0))
		return err_set(ERR_FORMAT,
		    "its second bottom says the first axis, of which there is none");
	if (l->nbottom > 1)
		with.d[0] = layer_shape(l, 1)->d[0];
	TRY(layer_stretch(&y, &x, &with));
	TRY(shape_check(&y));
	return layer_top(l, 0, layer_stretch_to(l, l->bottom[0], &y));
}

const struct layer_type layer_expand = { "Expand", 1, 2, 1, 1, .emit = emit,
	.no_grad = 2 };
