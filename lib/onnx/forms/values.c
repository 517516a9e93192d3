/* Nodes that many forms are made of: see values.h. */
#include "onnx/forms/values.h"

struct export_value *
export_part(struct export *e, struct export_value *x, int64_t axis,
    int64_t from, int64_t to)
{
	struct export_node *n = export_node(e, "Slice", x,
	    export_whole_numbers(e, &from, 1), export_whole_numbers(e, &to, 1),
	    export_whole_numbers(e, &axis, 1), NULL);

	return export_out_of(e, n, x->type);
}

struct export_value *
export_where(struct export *e, struct export_value *where,
    struct export_value *x, struct export_value *y)
{
	return export_out_of(
	    e, export_node(e, "Where", where, x, y, NULL), x->type);
}

struct export_value *
export_compare(struct export *e, const char *op, struct export_value *x,
    struct export_value *y)
{
	return export_out_of(e, export_node(e, op, x, y, NULL), EXPORT_BOOL);
}

struct export_value *
export_shaped(
    struct export *e, struct export_value *x, const int64_t *to, size_t n)
{
	return export_out_of(e,
	    export_node(e, "Reshape", x, export_whole_numbers(e, to, n), NULL),
	    x->type);
}

struct export_value *
export_whole_binary(struct export *e, const char *op, struct export_value *x,
    struct export_value *y)
{
	return export_out_of(e, export_node(e, op, x, y, NULL), EXPORT_INT);
}

struct export_value *
export_sizes(struct export *e, struct export_value *x)
{
	return export_out_of(e, export_node(e, "Shape", x, NULL), EXPORT_INT);
}

struct export_value *
export_size(struct export *e, struct export_value *x, int64_t axis)
{
	return export_part(e, export_sizes(e, x), 0, axis, axis + 1);
}

struct export_value *
export_filled(struct export *e, struct export_value *sizes, float v)
{
	struct export_node *n = export_node(e, "ConstantOfShape", sizes, NULL);

	export_number(e, n, "value", v);
	return export_out(e, n);
}
