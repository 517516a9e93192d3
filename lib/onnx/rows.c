/* See rows.h. */
#include "onnx/rows.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"

static int
add(struct onnx_import *imp, struct onnx_value *mask, bool in_front)
{
	mem_grow(&imp->rows, &imp->rows_cap, (size_t)imp->nrows + 1);
	imp->rows[imp->nrows].mask = mask;
	imp->rows[imp->nrows].in_front = in_front;
	return ++imp->nrows;
}

void
onnx_rows_new(struct onnx_node *n, struct onnx_value *v, int axis,
    struct onnx_value *mask, bool in_front)
{
	v->rows = add(n->imp, mask, in_front);
	v->rows_axis = axis;
}

static const struct onnx_rows *
rows_of(const struct onnx_node *n, const struct onnx_value *v)
{
	return &n->imp->rows[v->rows - 1];
}

static bool
is_one_of(const char *op, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(op, *list) == 0)
			return true;
	return false;
}

/* Those that treat elements one by one, stretched as in numpy. */
static const char *const elements[] = { "Abs", "Add", "And", "Cast", "CastLike",
	"Ceil", "Clip", "Div", "Equal", "Exp", "Floor", "GatherElements",
	"Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity",
	"Less", "LessOrEqual", "Log", "Max", "Min", "Mod", "Mul", "Neg", "Not",
	"Or", "Pow", "Reciprocal", "Relu", "Round", "Sigmoid", "Sqrt", "Sub",
	"Tanh", "Where", NULL };

/* Where an axis of x is in y, which has the same elements in another shape; -1: it is
 * not there. */
static int
same_axis(const struct onnx_dims *x, int axis, const struct onnx_dims *y)
{
	struct onnx_int before, have = onnx_int(1);

	if (onnx_dims_count(&before, x, 0, axis) < 0)
		return -1;
	for (int i = 0; i < y->n; i++) {
		if (onnx_int_same(have, before) &&
		    onnx_int_same(y->d[i], x->d[axis]))
			return i;
		if (onnx_int_mul(&have, have, y->d[i]) < 0)
			return -1;
	}
	return -1;
}

/* The axis of the output along which the rows of input x lie; -1: it is not known. */
static int
axis_of(
    struct onnx_node *n, const struct onnx_value *x, const struct onnx_value *y)
{
	const int rank = x->dims.n;
	int64_t v[SHAPE_MAX];
	int axis;

	if (is_one_of(n->op, elements))
		return x->rows_axis + y->dims.n - rank;
	if (strcmp(n->op, "Expand") == 0)
		return x->rows_axis + y->dims.n - rank;
	if (strcmp(n->op, "Transpose") == 0) {
		const int k = onnx_attr_ints(n, "perm", v, SHAPE_MAX);

		for (int i = 0; i < rank; i++)
			if ((k < 0 ? rank - 1 - i : v[i]) == x->rows_axis)
				return i;
		return -1;
	}
	if (strcmp(n->op, "Reshape") == 0 || strcmp(n->op, "Flatten") == 0 ||
	    strcmp(n->op, "Squeeze") == 0 || strcmp(n->op, "Unsqueeze") == 0)
		return same_axis(&x->dims, x->rows_axis, &y->dims);
	if (strcmp(n->op, "Softmax") == 0 &&
	    onnx_axis(n, onnx_attr_int(n, "axis", -1), rank, &axis) >= 0)
		return axis != x->rows_axis ? x->rows_axis : -1;
	if (strcmp(n->op, "Gather") == 0 &&
	    onnx_axis(
		n, onnx_attr_int(n, "axis", 0), n->in[0]->dims.n, &axis) >= 0) {
		if (x == n->in[1])
			return axis + x->rows_axis;
		if (axis == x->rows_axis)
			return -1;
		return x->rows_axis +
		    (axis < x->rows_axis ? n->in[1]->dims.n - 1 : 0);
	}
	if (strcmp(n->op, "GatherND") == 0)
		return x == n->in[1] && x->rows_axis < x->dims.n - 1
		    ? x->rows_axis
		    : -1;
	return -1;
}

/* A Slice that cuts the rows, which must be in front: the mask is cut, too. */
static int
cut(struct onnx_node *n, const struct onnx_value *x, struct onnx_value *y)
{
	const struct onnx_rows *r = rows_of(n, x);
	struct onnx_cut cuts[SHAPE_MAX];
	Caffe__StridedSliceParameter *p;
	Caffe__LayerParameter *l;
	struct onnx_value *mask;
	int k, at = -1;

	TRY(k = onnx_slice_cuts(n, x->dims.n, cuts));
	for (int i = 0; i < k; i++)
		if (cuts[i].axis == x->rows_axis)
			at = i;
	y->rows_axis = x->rows_axis;
	if (at < 0 ||
	    onnx_int_same(x->dims.d[x->rows_axis], y->dims.d[x->rows_axis])) {
		y->rows = x->rows;
		return 0;
	}
	if (!r->in_front || cuts[at].begin != 0 || cuts[at].step != 1 ||
	    cuts[at].end < 0)
		return err_set(ERR_UNSUPPORTED,
		    "a part of rows of which only those in front are known");
	l = onnx_layer(n, "StridedSlice");
	p = caffe_new(Caffe__StridedSliceParameter, strided_slice_parameter);
	l->strided_slice_param = p;
	p->axis = mem_array(int32_t, 1);
	p->start = mem_array(int64_t, 1);
	p->end = mem_array(int64_t, 1);
	p->end[0] = y->dims.d[x->rows_axis].a;
	p->n_axis = p->n_start = p->n_end = 1;
	TRY(onnx_step(n, l, r->mask, &mask));
	onnx_rows_new(n, y, x->rows_axis, mask, true);
	return 0;
}

/* A mask for an input without one: all its rows are. */
static struct onnx_value *
all_rows(struct onnx_node *n, int64_t room)
{
	struct onnx_array *a = NULL;

	if (onnx_array_new(&a, ONNX_T(FLOAT), 1, &room) < 0)
		return NULL;
	for (size_t i = 0; i < a->count; i++)
		onnx_put(a, i, 1);
	return onnx_value_const(n->imp, a);
}

/* Masks one behind the other, as the rows are. */
static int
join(struct onnx_node *n, const struct onnx_value *x, struct onnx_value *y)
{
	Caffe__LayerParameter *l;
	struct onnx_value *mask;
	int axis, rc = 0;

	TRY(onnx_axis(n, onnx_attr_int(n, "axis", 1), x->dims.n, &axis));
	if (axis != x->rows_axis) {
		y->rows = x->rows;
		y->rows_axis = x->rows_axis;
		return 0;
	}
	l = onnx_layer(n, "Concat");
	l->concat_param = caffe_new(Caffe__ConcatParameter, concat_parameter);
	l->concat_param->has_axis = 1;
	l->concat_param->axis = 0;
	for (int i = 0; i < n->nin && rc >= 0; i++) {
		struct onnx_value *v = n->in[i];

		if (v->rows > 0 && v->rows_axis == axis)
			v = rows_of(n, v)->mask;
		else
			v = all_rows(n, v->dims.d[axis].a);
		rc = v != NULL ? onnx_bottom(n, l, v) : ERR_RANGE;
	}
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	mask = onnx_top(n, l, -1, ONNX_T(FLOAT));
	TRY(onnx_emit(n, l));
	onnx_rows_new(n, y, axis, mask, false);
	return 0;
}

/* A constant in the shape of something with rows. */
static void
take_mark(const struct onnx_node *n, int in, struct onnx_value *y)
{
	const struct onnx_array *a =
	    in < n->nin && n->in[in] != NULL ? n->in[in]->array : NULL;

	for (size_t i = 0; a != NULL && a->batch != NULL && i < a->count; i++)
		if (a->batch[i] > ONNX_ROWS &&
		    (int)(a->batch[i] - ONNX_ROWS) <= n->imp->nrows) {
			y->rows = (int)(a->batch[i] - ONNX_ROWS);
			y->rows_axis = (int)i + y->dims.n - (int)a->count;
		}
}

static int
follow(struct onnx_node *n, const struct onnx_value *x, struct onnx_value *y)
{
	int axis;

	if (strcmp(n->op, "Slice") == 0)
		return cut(n, x, y);
	if (strcmp(n->op, "Concat") == 0)
		return join(n, x, y);
	axis = axis_of(n, x, y);
	if (axis < 0 || axis >= y->dims.n ||
	    !onnx_int_same(y->dims.d[axis], x->dims.d[x->rows_axis]))
		return err_set(ERR_UNSUPPORTED,
		    "operator %s, of rows whose number depends on the data",
		    n->op);
	y->rows = x->rows;
	y->rows_axis = axis;
	return 0;
}

int
onnx_rows_zero(struct onnx_node *n, struct onnx_value **x)
{
	const struct onnx_value *v = *x;
	struct onnx_dims d;
	struct onnx_value *mask;

	if (v->rows == 0)
		return 0;
	mask = n->imp->rows[v->rows - 1].mask;
	d.n = v->dims.n;
	for (int i = 0; i < d.n; i++)
		d.d[i] = i == v->rows_axis ? v->dims.d[i] : onnx_int(1);
	if (d.n > 1)
		TRY(onnx_reshape(n, mask, &d, &mask));
	return onnx_binary(n, "Mul", *x, mask, x);
}

/* Numbers that are added at places of rows: those of rows that did not come are 0, at
 * the first place. */
static bool
adds_rows(const struct onnx_node *n)
{
	return strncmp(n->op, "Scatter", 7) == 0 && onnx_has(n, 2) &&
	    n->in[0]->rows == 0 &&
	    strcmp(onnx_attr_str(n, "reduction", "none"), "add") == 0;
}

int
onnx_rows_prepare(struct onnx_node *n)
{
	return n->imp->nrows > 0 && adds_rows(n) ? onnx_rows_zero(n, &n->in[2])
						 : 0;
}

int
onnx_rows_follow(struct onnx_node *n)
{
	const struct onnx_value *x = NULL;

	if (n->imp->nrows == 0 || strcmp(n->op, "Shape") == 0 ||
	    strcmp(n->op, "Size") == 0 || adds_rows(n))
		return 0;
	/* that of places goes before that of what is looked up by them */
	for (int i = 0; i < n->nin; i++)
		if (n->in[i] != NULL && n->in[i]->rows > 0 &&
		    (x == NULL || strncmp(n->op, "Gather", 6) == 0))
			x = n->in[i];
	for (int i = 0; i < n->nout; i++) {
		struct onnx_value *y = n->out[i];

		if (y == NULL || y->rows > 0 || y->dims.n == 0)
			continue;
		if (x != NULL)
			TRY(follow(n, x, y));
		else if (strcmp(n->op, "ConstantOfShape") == 0)
			take_mark(n, 0, y);
		else if (strcmp(n->op, "Expand") == 0)
			take_mark(n, 1, y);
	}
	return 0;
}

int
onnx_rows_filter(struct onnx_node *n, struct onnx_value *v,
    struct onnx_value **rows, struct onnx_value **count)
{
	struct onnx_value *mask = rows_of(n, v)->mask;
	Caffe__LayerParameter *l;
	int order[SHAPE_MAX], back[SHAPE_MAX];
	const bool moved = v->rows_axis > 0;

	for (int i = 0; i < v->dims.n; i++)
		order[i] = i == 0 ? v->rows_axis : i - (i <= v->rows_axis);
	for (int i = 0; i < v->dims.n; i++)
		back[order[i]] = i;
	if (moved)
		TRY(onnx_permute(n, v, order, &v));
	l = onnx_layer(n, "Filter");
	TRY(onnx_bottoms(n, l, (struct onnx_value *[]){ v, mask }, 2));
	*rows = onnx_top(n, l, -1, v->type);
	TRY(onnx_emit(n, l));
	if (moved)
		TRY(onnx_permute(n, *rows, back, rows));
	l = onnx_layer(n, "ReduceSum");
	return onnx_step(n, l, mask, count);
}
