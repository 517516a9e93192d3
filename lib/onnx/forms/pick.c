/* Places of the greatest numbers, and rows by their numbers. */
#include "onnx/forms/form.h"

/* Of equals the one that stands last comes first, which only ArgMax can be told;
 * behind the first, and for values, ONNX has TopK. */
static struct export_value *
places(struct export *e, struct export_value *x, int axis, bool first)
{
	struct export_node *n = export_node(e, "ArgMax", x, NULL);

	export_int(e, n, "axis", axis);
	export_int(e, n, "select_last_index", !first);
	return export_cast(e, export_out_of(e, n, EXPORT_INT), e->real);
}

struct top {
	struct export_value *values, *places;
};

static struct top
top_k(struct export *e, struct export_value *x, int axis, int64_t k)
{
	struct export_node *n =
	    export_node(e, "TopK", x, export_whole_numbers(e, &k, 1), NULL);
	struct top t;

	export_int(e, n, "axis", axis);
	t.values = export_out(e, n);
	t.places = export_out_of(e, n, EXPORT_INT);
	t.places = export_cast(e, t.places, e->real);
	return t;
}

/* (N, 1, k), or (N, 2, k) with the values behind the places. */
static struct export_value *
whole_items(struct export *e, const struct op *op)
{
	static const int64_t three[3] = { 0, 1, -1 };
	const struct op_argmax *a = &op->a.argmax;
	struct export_node *n =
	    export_node(e, "Flatten", export_of(e, op->in[0]), NULL);
	struct export_value *x;
	struct top t;

	export_int(e, n, "axis", 1);
	x = export_out(e, n);
	x = export_binary(e, "Reshape", x, export_whole_numbers(e, three, 3));
	if (a->top_k == 1 && !a->out_max_val)
		return places(e, x, 2, a->first);
	t = top_k(e, x, 2, a->top_k);
	if (a->top_k == 1)
		t.places = places(e, x, 2, a->first);
	if (!a->out_max_val)
		return t.places;
	return export_joined(
	    e, (struct export_value *[]){ t.places, t.values }, 2, 1);
}

EXPORT_OP(export_argmax)
{
	const struct op_argmax *a = &op->a.argmax;
	struct export_value *x, *y;
	struct top t;

	if (!a->has_axis) {
		const struct shape *s = export_shape(e, op->out[0]);
		int64_t to[SHAPE_MAX] = { 0, 1, a->top_k };

		y = whole_items(e, op);
		to[1] = s->d[1];
		for (int i = 3; i < s->n; i++)
			to[i] = 1;
		if (s->n != 3)
			y = export_binary(e, "Reshape", y,
			    export_whole_numbers(e, to, (size_t)s->n));
		export_top(e, op->out[0], y);
		return 0;
	}
	x = export_of(e, op->in[0]);
	if (a->top_k == 1 && !a->out_max_val) {
		export_top(e, op->out[0], places(e, x, a->axis, a->first));
		return 0;
	}
	t = top_k(e, x, a->axis, a->top_k);
	export_top(e, op->out[0], a->out_max_val ? t.values : t.places);
	return 0;
}

EXPORT_OP(export_gather)
{
	struct export_node *n = export_node(e, "Gather",
	    export_of(e, op->in[0]), export_whole(e, op->in[1]), NULL);

	export_int(e, n, "axis", op->a.gather.axis);
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}

EXPORT_OP(export_where_op)
{
	struct export_value *c =
	    export_cast(e, export_of(e, op->in[0]), EXPORT_BOOL);

	export_top(e, op->out[0],
	    export_out(e,
		export_node(e, "Where", c, export_of(e, op->in[1]),
		    export_of(e, op->in[2]), NULL)));
	return 0;
}
