/* Operators that give numbers another shape or order. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"
#include "onnx/ops/ops.h"

/* To other sizes; nothing is made where they are the same. */
static int
to_dims(struct onnx_node *n, const struct onnx_dims *y)
{
	if (onnx_dims_same(&n->in[0]->dims, y)) {
		onnx_same(n, 0, n->in[0]);
		return 0;
	}
	return onnx_reshape(n, n->in[0], y, NULL);
}

static int
emit_reshape(struct onnx_node *n)
{
	const struct onnx_array *shape = NULL;
	struct onnx_dims y;

	if (n->nin > 1)
		TRY(onnx_const(n, 1, &shape));
	TRY(onnx_reshape_dims(n, &n->in[0]->dims, shape, &y));
	return to_dims(n, &y);
}

static int
emit_flatten(struct onnx_node *n)
{
	struct onnx_dims y;

	TRY(onnx_flatten_dims(n, &n->in[0]->dims, &y));
	return to_dims(n, &y);
}

static int
emit_squeeze(struct onnx_node *n)
{
	struct onnx_dims y;

	TRY(onnx_squeeze_dims(n, &n->in[0]->dims, &y));
	return to_dims(n, &y);
}

static int
emit_unsqueeze(struct onnx_node *n)
{
	struct onnx_dims y;

	TRY(onnx_unsqueeze_dims(n, &n->in[0]->dims, &y));
	return to_dims(n, &y);
}

static int
emit_transpose(struct onnx_node *n)
{
	const int rank = n->in[0]->dims.n;
	int64_t v[SHAPE_MAX];
	int order[SHAPE_MAX], k = onnx_attr_ints(n, "perm", v, SHAPE_MAX);
	bool same = true;

	if (k < 0 && k != ONNX_NONE)
		return k;
	if (k >= 0 && k != rank)
		return err_set(ERR_FORMAT, "perm has %d axes of %d", k, rank);
	for (int i = 0; i < rank; i++) {
		order[i] = rank - 1 - i;
		if (k >= 0)
			TRY(onnx_axis(n, v[i], rank, &order[i]));
		same &= order[i] == i;
	}
	if (same) {
		onnx_same(n, 0, n->in[0]);
		return 0;
	}
	return onnx_permute(n, n->in[0], order, NULL);
}

static int
emit_identity(struct onnx_node *n)
{
	onnx_same(n, 0, n->in[0]);
	return 0;
}

/* Is the value the same for each item of the batch that the file states?  Then *row is
 * that of one item, the caller's. */
static bool
same_rows(
    struct onnx_node *n, const struct onnx_value *v, struct onnx_array **row)
{
	const struct onnx_array *a;
	int64_t d[SHAPE_MAX];
	size_t each;

	*row = NULL;
	if (!onnx_is_const(v) || v->dims.n < 1 ||
	    !onnx_int_same(v->dims.d[0], onnx_int(n->imp->stated)) ||
	    onnx_value_array(n->imp, (struct onnx_value *)(uintptr_t)v, &a) < 0)
		return false;
	each = a->count / (size_t)n->imp->stated;
	for (size_t i = each; i < a->count; i++)
		if (onnx_get(a, i) != onnx_get(a, i % each))
			return false;
	memcpy(d, a->d, sizeof(d));
	d[0] = 1;
	if (onnx_array_new(row, a->type, a->n, d) < 0)
		return false;
	for (size_t i = 0; i < each; i++)
		onnx_move(*row, i, a, i);
	return true;
}

/* Beside what has the items of the batch along its first axis, a constant that is
 * stated for each of them (a class token) is one for any number of them. */
static int
stretch_rows(struct onnx_node *n)
{
	const struct onnx_int batch = { 0, 1 };
	bool any = false;

	for (int i = 0; i < n->nin; i++)
		any |= n->in[i] != NULL && n->in[i]->dims.n > 0 &&
		    onnx_int_same(n->in[i]->dims.d[0], batch);
	for (int i = 0; i < n->nin && any && n->imp->stated > 0; i++) {
		struct onnx_value *v = n->in[i], *one;
		struct onnx_array *row;
		struct onnx_dims to;

		if (v == NULL || !same_rows(n, v, &row))
			continue;
		one = onnx_value_const(n->imp, row);
		one->name = v->name;
		one->learned = v->learned;
		to = v->dims;
		to.d[0] = batch;
		TRY(onnx_expand(n, one, &to, &n->in[i]));
	}
	return 0;
}

static int
emit_concat(struct onnx_node *n)
{
	Caffe__LayerParameter *l;
	int axis;

	TRY(onnx_axis(n, onnx_attr_int(n, "axis", 1), n->in[0]->dims.n, &axis));
	if (n->nin == 1)
		return emit_identity(n);
	if (axis != 0)
		TRY(stretch_rows(n));
	l = onnx_layer(n, "Concat");
	if (axis != 1) {
		l->concat_param =
		    caffe_new(Caffe__ConcatParameter, concat_parameter);
		l->concat_param->has_axis = 1;
		l->concat_param->axis = axis;
	}
	return onnx_join(n, l, n->in, n->nin, n->in[0]->type, NULL);
}

static int
emit_split(struct onnx_node *n)
{
	int64_t size[64], at = 0;
	Caffe__SliceParameter *p;
	Caffe__LayerParameter *l;
	int axis;

	TRY(onnx_split_sizes(n, &n->in[0]->dims, &axis, size));
	if (n->nout == 1)
		return emit_identity(n);
	l = onnx_layer(n, "Slice");
	p = caffe_new(Caffe__SliceParameter, slice_parameter);
	l->slice_param = p;
	p->has_axis = axis != 1;
	p->axis = axis;
	p->slice_point = mem_array(uint32_t, (size_t)n->nout);
	for (int i = 0; i + 1 < n->nout; i++) {
		at += size[i];
		p->slice_point[p->n_slice_point++] = (uint32_t)at;
	}
	TRY(onnx_bottoms(n, l, n->in, 1));
	for (int i = 0; i < n->nout; i++)
		onnx_top(n, l, i, n->in[0]->type);
	return onnx_emit(n, l);
}

const struct onnx_op onnx_ops_shape[] = {
	{ "Concat", emit_concat, onnx_fold_concat },
	{ "Flatten", emit_flatten, onnx_fold_flatten },
	{ "Identity", emit_identity, onnx_fold_identity },
	{ "Reshape", emit_reshape, onnx_fold_reshape },
	{ "Split", emit_split, onnx_fold_split },
	{ "Squeeze", emit_squeeze, onnx_fold_squeeze },
	{ "Transpose", emit_transpose, onnx_fold_transpose },
	{ "Unsqueeze", emit_unsqueeze, onnx_fold_unsqueeze },
	{ 0 },
};
