/* Layers whose one operator in ONNX is several ops here: Slice, Tile, Upsample. */
#include "onnx/forms/form.h"
#include "onnx/forms/values.h"

/* Split, by the sizes of the tops. */
EXPORT_LAYER(export_layer_slice)
{
	const struct shape *x = export_shape(e, l->bottom[0]);
	int64_t *sizes, axis = 0;
	struct export_node *n;

	if (l->ntop == 1)
		return export_layer_ops(e, l);
	for (int i = 0; i < x->n; i++)
		if (export_shape(e, l->top[0])->d[i] != x->d[i])
			axis = i;
	if (export_per_item(e, l->bottom[0], (int)axis) != 0)
		e->tied = true;
	sizes = mem_array(int64_t, (size_t)l->ntop);
	for (int i = 0; i < l->ntop; i++)
		sizes[i] = export_shape(e, l->top[i])->d[axis];
	n = export_node(e, "Split", export_of(e, l->bottom[0]),
	    export_whole_numbers(e, sizes, (size_t)l->ntop), NULL);
	mem_free(sizes);
	export_int(e, n, "axis", axis);
	for (int i = 0; i < l->ntop; i++)
		export_top(e, l->top[i], export_out(e, n));
	return 0;
}

EXPORT_LAYER(export_layer_tile)
{
	const struct shape *x = export_shape(e, l->bottom[0]);
	const struct shape *y = export_shape(e, l->top[0]);
	int64_t repeats[SHAPE_MAX];

	if (x->n != y->n)
		return export_layer_ops(e, l);
	for (int i = 0; i < x->n; i++)
		repeats[i] = x->d[i] > 0 ? y->d[i] / x->d[i] : 1;
	export_top(e, l->top[0],
	    export_binary(e, "Tile", export_of(e, l->bottom[0]),
		export_whole_numbers(e, repeats, (size_t)x->n)));
	return 0;
}

/* (N, C) of x and one number more. */
static struct export_value *
maps_of(struct export *e, struct export_value *x, int64_t places)
{
	struct export_value *s = export_part(e, export_sizes(e, x), 0, 0, 2);

	return export_joined(e,
	    (struct export_value *[]){ s, export_whole_numbers(e, &places, 1) },
	    2, 0);
}

/* Each value to the place that the mask names, on zeros.  ONNX's MaxUnpool takes
 * places of the whole tensor, which a mask does not have. */
static int
put_back(struct export *e, const struct layer *l)
{
	static const int64_t flat[3] = { 0, 0, -1 };
	const struct shape *y = export_shape(e, l->top[0]);
	const int64_t maps[4] = { 0, 0, y->d[2], y->d[3] };
	struct export_value *x = export_of(e, l->bottom[0]);
	struct export_value *at = export_whole(e, l->bottom[1]), *zeros;
	struct export_node *n;

	zeros = export_filled(e, maps_of(e, x, y->d[2] * y->d[3]), 0);
	x = export_shaped(e, x, flat, 3);
	at = export_shaped(e, at, flat, 3);
	n = export_node(e, "ScatterElements", zeros, at, x, NULL);
	export_int(e, n, "axis", 2);
	export_top(e, l->top[0], export_shaped(e, export_out(e, n), maps, 4));
	return 0;
}

EXPORT_LAYER(export_layer_upsample)
{
	const struct shape *y = export_shape(e, l->top[0]);

	if (l->nbottom > 1)
		return put_back(e, l);
	export_top(e, l->top[0],
	    export_resize(
		e, l->bottom[0], y->d[2], y->d[3], "nearest", "asymmetric"));
	return 0;
}
