/*
 * Layers of which the data say how many rows they make: NonMaxSuppression, NonZero,
 * Filter.  Here there is room for all that may come, with zeros behind those that did;
 * in ONNX the tensor is as long as they are, so zeros are laid behind it.
 */
#include "onnx/forms/form.h"
#include "onnx/forms/values.h"

static struct export_value *
zeros(struct export *e, int64_t n)
{
	int64_t v[2 * SHAPE_MAX] = { 0 };

	return export_whole_numbers(e, v, (size_t)n);
}

/* x, of so many axes, with zeros behind along one, up to `want` (a list of one
 * number). */
static struct export_value *
filled_up(struct export *e, struct export_value *x, int64_t axes, int64_t axis,
    struct export_value *want)
{
	struct export_value *pads[3] = { zeros(e, axes + axis),
		export_whole_binary(e, "Sub", want, export_size(e, x, axis)) };
	size_t n = 2;

	if (axis + 1 < axes)
		pads[n++] = zeros(e, axes - axis - 1);
	return export_out_of(e,
	    export_node(e, "Pad", x, export_joined(e, pads, n, 0), NULL),
	    x->type);
}

/* Places, and 1 for each that is one, as the layer's two tops. */
static void
set_tops(struct export *e, const struct layer *l, struct export_value *at,
    int64_t axis, struct export_value *want)
{
	struct export_value *count = export_size(e, at, axis), *v;

	at = filled_up(e, at, 2, axis, want);
	v = export_cast(e, at, EXPORT_FLOAT);
	v->whole = at;
	export_top(e, l->top[0], v);
	export_top(
	    e, l->top[1], filled_up(e, export_filled(e, count, 1), 1, 0, want));
}

EXPORT_LAYER(export_layer_nms)
{
	const Caffe__NonMaxSuppressionParameter none =
	    CAFFE__NON_MAX_SUPPRESSION_PARAMETER__INIT;
	const Caffe__NonMaxSuppressionParameter *p =
	    l->p->non_max_suppression_param != NULL
	    ? l->p->non_max_suppression_param
	    : &none;
	const struct shape *c = export_shape(e, l->bottom[1]);
	const struct shape one = { 1, { 1 } };
	const int64_t most = p->max_output < (uint64_t)c->d[2]
	    ? (int64_t)p->max_output
	    : c->d[2];
	const int64_t each = c->d[1] * most;
	struct export_node *n =
	    export_node(e, "NonMaxSuppression", export_of(e, l->bottom[0]),
		export_of(e, l->bottom[1]), export_whole_numbers(e, &most, 1),
		export_float32s(e, &one, &p->iou_threshold), NULL);
	struct export_value *want;

	if (p->has_score_threshold)
		export_in(n, export_float32s(e, &one, &p->score_threshold));
	if (p->center_point_box)
		export_int(e, n, "center_point_box", 1);
	want = export_out_of(e, n, EXPORT_INT);
	set_tops(e, l, want, 0,
	    export_whole_binary(e, "Mul",
		export_size(e, export_of(e, l->bottom[1]), 0),
		export_whole_numbers(e, &each, 1)));
	return 0;
}

EXPORT_LAYER(export_layer_non_zero)
{
	static const int64_t list[1] = { 1 };
	struct export_value *x = export_of(e, l->bottom[0]);
	struct export_value *at =
	    export_out_of(e, export_node(e, "NonZero", x, NULL), EXPORT_INT);
	struct export_value *all =
	    export_out_of(e, export_node(e, "Size", x, NULL), EXPORT_INT);

	set_tops(e, l, at, 1, export_shaped(e, all, list, 1));
	return 0;
}

/* Items whose selector is not 0, and how many they are. */
EXPORT_OP(export_filter)
{
	static const int64_t flat[1] = { -1 };
	const int64_t rank = export_shape(e, op->in[0])->n;
	struct export_value *x = export_of(e, op->in[0]), *y, *chosen;
	struct export_node *n;

	chosen = export_shaped(e, export_of(e, op->in[1]), flat, 1);
	n = export_node(
	    e, "Compress", x, export_cast(e, chosen, EXPORT_BOOL), NULL);
	export_int(e, n, "axis", 0);
	y = export_out(e, n);
	export_top(
	    e, op->out[0], filled_up(e, y, rank, 0, export_size(e, x, 0)));
	if (op->nout > 1)
		export_top(e, op->out[1],
		    export_cast(e, export_size(e, y, 0), EXPORT_FLOAT));
	return 0;
}
