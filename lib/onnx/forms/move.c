/* Numbers that go elsewhere and stay what they are. */
#include "onnx/forms/form.h"
#include "onnx/forms/values.h"

/*
 * Sizes of the target of a Reshape: 0 where the axis is the input's, -1 where it hangs
 * on the number of items in another way, of which there may be one.
 */
static int
target(struct export *e, int from, int to, int64_t v[SHAPE_MAX])
{
	const struct shape *x = export_shape(e, from);
	const struct shape *y = export_shape(e, to);
	int unknown = 0;

	for (int i = 0; i < y->n; i++) {
		const int64_t k = export_per_item(e, to, i);

		v[i] = y->d[i];
		if (k == 0)
			continue;
		if (i < x->n && export_per_item(e, from, i) == k) {
			v[i] = 0;
		} else {
			v[i] = -1;
			unknown++;
		}
	}
	if (unknown > 1)
		e->tied = true;
	return unknown;
}

EXPORT_OP(export_reshape)
{
	const struct shape *x = export_shape(e, op->in[0]);
	const struct shape *y = export_shape(e, op->out[0]);
	struct export_value *v = export_of(e, op->in[0]);
	int64_t to[SHAPE_MAX];
	struct export_node *n;

	if (shape_same(x, y)) {
		export_top(e, op->out[0], v);
		return 0;
	}
	if (v->array != NULL) {
		export_top(e, op->out[0], export_reshaped(e, v, y));
		return 0;
	}
	target(e, op->in[0], op->out[0], to);
	if (y->n == 2 && x->n > 2 && x->d[0] == y->d[0]) {
		n = export_node(e, "Flatten", v, NULL);
		export_int(e, n, "axis", 1);
	} else {
		n = export_node(e, "Reshape", v,
		    export_whole_numbers(e, to, (size_t)y->n), NULL);
	}
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}

/* How many items there are, times k, as a list of one number: axis 0 of an input that
 * has them; NULL: there is none. */
static struct export_value *
items_times(struct export *e, int64_t k)
{
	struct export_value *v;

	for (size_t i = 0; i < e->nin; i++) {
		if (e->in[i].rank < 1 || e->in[i].times[0] != 1)
			continue;
		v = export_size(e, e->in[i].value, 0);
		return k == 1 ? v
			      : export_whole_binary(e, "Mul", v,
				    export_whole_numbers(e, &k, 1));
	}
	return NULL;
}

/* Sizes of which some are as many items as there are. */
static struct export_value *
sizes_of_items(struct export *e, int to, const int64_t *v, int n)
{
	struct export_value *part[SHAPE_MAX];

	for (int i = 0; i < n; i++) {
		const int64_t k = v[i] == 1 ? 0 : export_per_item(e, to, i);

		part[i] = k != 0 ? items_times(e, k) : NULL;
		if (k != 0 && part[i] == NULL)
			e->tied = true;
		if (part[i] == NULL)
			part[i] = export_whole_numbers(e, &v[i], 1);
	}
	return export_joined(e, part, (size_t)n, 0);
}

EXPORT_OP(export_broadcast)
{
	const struct shape *x = export_shape(e, op->in[0]);
	const struct shape *y = export_shape(e, op->out[0]);
	struct export_value *v = export_of(e, op->in[0]), *sizes;
	int64_t to[SHAPE_MAX];
	bool items = false;

	for (int i = 0; i < y->n; i++) {
		const bool same =
		    x->n == y->n && (x->d[i] == y->d[i] || y->d[i] == 1);

		to[i] = same ? 1 : y->d[i];
		items |= !same && export_per_item(e, op->out[0], i) != 0;
	}
	sizes = items ? sizes_of_items(e, op->out[0], to, y->n)
		      : export_whole_numbers(e, to, (size_t)y->n);
	export_top(e, op->out[0], export_binary(e, "Expand", v, sizes));
	return 0;
}

EXPORT_OP(export_concat)
{
	struct export_value *in[OP_IN_MAX];

	for (int i = 0; i < op->nin; i++)
		in[i] = export_of(e, op->in[i]);
	export_top(
	    e, op->out[0], export_joined(e, in, (size_t)op->nin, op->a.axis));
	return 0;
}

EXPORT_OP(export_slice)
{
	const struct shape *x = export_shape(e, op->in[0]);
	const struct shape *y = export_shape(e, op->out[0]);
	int64_t start[SHAPE_MAX], end[SHAPE_MAX], axis[SHAPE_MAX];
	size_t k = 0;

	for (int i = 0; i < x->n; i++) {
		if (y->d[i] == x->d[i])
			continue;
		start[k] = op->a.slice.start[i];
		end[k] = start[k] + y->d[i];
		axis[k++] = i;
		if (export_per_item(e, op->in[0], i) != 0)
			e->tied = true;
	}
	if (k == 0) {
		export_top(e, op->out[0], export_of(e, op->in[0]));
		return 0;
	}
	export_top(e, op->out[0],
	    export_out(e,
		export_node(e, "Slice", export_of(e, op->in[0]),
		    export_whole_numbers(e, start, k),
		    export_whole_numbers(e, end, k),
		    export_whole_numbers(e, axis, k), NULL)));
	return 0;
}

/* Zeros around it. */
EXPORT_OP(export_pad)
{
	const struct shape *x = export_shape(e, op->in[0]);
	const struct shape *y = export_shape(e, op->out[0]);
	int64_t pads[2 * SHAPE_MAX];

	for (int i = 0; i < x->n; i++) {
		pads[i] = op->a.slice.start[i];
		pads[x->n + i] = y->d[i] - x->d[i] - pads[i];
	}
	export_top(e, op->out[0],
	    export_out(e,
		export_node(e, "Pad", export_of(e, op->in[0]),
		    export_whole_numbers(e, pads, 2 * (size_t)x->n), NULL)));
	return 0;
}

EXPORT_OP(export_permute)
{
	struct export_node *n =
	    export_node(e, "Transpose", export_of(e, op->in[0]), NULL);
	const int rank = export_shape(e, op->in[0])->n;
	int64_t order[SHAPE_MAX];

	for (int i = 0; i < rank; i++)
		order[i] = op->a.permute.order[i];
	export_ints(e, n, "perm", order, (size_t)rank);
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}

/* Places start, start + step, … of an axis, all of which are there. */
struct cut {
	int64_t start[SHAPE_MAX], end[SHAPE_MAX], axis[SHAPE_MAX],
	    step[SHAPE_MAX];
	size_t n;
};

static bool
is_inside(const struct op_take *t, const struct shape *x)
{
	for (int i = 0; i < x->n; i++) {
		const int64_t last =
		    t->start[i] + (t->size.d[i] - 1) * t->step[i];

		if (t->size.d[i] > 0 &&
		    (t->start[i] < 0 || t->start[i] >= x->d[i] || last < 0 ||
			last >= x->d[i]))
			return false;
	}
	return true;
}

static struct export_value *
cut(struct export *e, const struct op *op)
{
	const struct shape *x = export_shape(e, op->in[0]);
	const struct shape *y = export_shape(e, op->out[0]);
	const struct op_take *t = &op->a.take;
	struct cut c = { .n = 0 };

	for (int i = 0; i < x->n; i++) {
		const int64_t end = t->start[i] + y->d[i] * t->step[i];

		if (t->start[i] == 0 && t->step[i] == 1 && y->d[i] == x->d[i])
			continue;
		if (export_per_item(e, op->in[0], i) != 0)
			e->tied = true;
		c.start[c.n] = t->start[i];
		/* before the first: -1 would be the last */
		c.end[c.n] = end < 0 ? -x->d[i] - 1 : end;
		c.axis[c.n] = i;
		c.step[c.n++] = t->step[i];
	}
	if (c.n == 0)
		return export_of(e, op->in[0]);
	return export_out(e,
	    export_node(e, "Slice", export_of(e, op->in[0]),
		export_whole_numbers(e, c.start, c.n),
		export_whole_numbers(e, c.end, c.n),
		export_whole_numbers(e, c.axis, c.n),
		export_whole_numbers(e, c.step, c.n), NULL));
}

/* Places beside what is there: a Pad, which may also cut. */
EXPORT_OP(export_take)
{
	static const char *const modes[] = { [TAKE_VALUE] = "constant",
		[TAKE_REFLECT] = "reflect",
		[TAKE_EDGE] = "edge",
		[TAKE_WRAP] = "wrap" };
	const struct shape *x = export_shape(e, op->in[0]);
	const struct shape *y = export_shape(e, op->out[0]);
	const struct op_take *t = &op->a.take;
	int64_t pads[2 * SHAPE_MAX];
	struct export_node *n;

	if (is_inside(t, x)) {
		export_top(e, op->out[0], cut(e, op));
		return 0;
	}
	if (t->edge == TAKE_WRAP && e->opset < 19)
		return err_set(
		    ERR_UNSUPPORTED, "wrapping takes --opset 19 or later");
	for (int i = 0; i < x->n; i++) {
		if (t->step[i] != 1)
			return err_set(ERR_UNSUPPORTED,
			    "steps past the edge have no form in ONNX");
		pads[i] = -t->start[i];
		pads[x->n + i] = y->d[i] - x->d[i] + t->start[i];
		if ((pads[i] != 0 || pads[x->n + i] != 0) &&
		    export_per_item(e, op->in[0], i) != 0)
			e->tied = true;
	}
	n = export_node(e, "Pad", export_of(e, op->in[0]),
	    export_whole_numbers(e, pads, 2 * (size_t)x->n),
	    t->edge == TAKE_VALUE ? export_scalar(e, t->value) : NULL, NULL);
	export_text(e, n, "mode", modes[t->edge]);
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}
