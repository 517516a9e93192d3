/* Reductions, ArgMax and ArgMin; and Einsum. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"
#include "onnx/ops/ops.h"

Caffe__LayerParameter *
onnx_reduction(struct onnx_node *n, const char *type, const int *axis,
    int naxis, bool keep)
{
	Caffe__LayerParameter *l = onnx_layer(n, type);
	Caffe__ReduceParameter *p =
	    caffe_new(Caffe__ReduceParameter, reduce_parameter);

	l->reduce_param = p;
	p->has_keepdims = !keep;
	p->keepdims = keep;
	p->axis = mem_array(int32_t, (size_t)naxis + 1);
	for (int i = 0; i < naxis; i++)
		p->axis[p->n_axis++] = axis[i];
	return l;
}

static int
emit_reduce(struct onnx_node *n)
{
	const bool keep = onnx_attr_int(n, "keepdims", 1) != 0;
	const int rank = n->in[0]->dims.n;
	int64_t v[SHAPE_MAX];
	int axis[SHAPE_MAX];
	int count = onnx_ints_of(n, "axes", 1, v, SHAPE_MAX);

	if (count < 0 && count != ONNX_NONE)
		return count;
	if (count <= 0 && onnx_attr_int(n, "noop_with_empty_axes", 0) != 0) {
		onnx_same(n, 0, n->in[0]);
		return 0;
	}
	for (int i = 0; i < count; i++)
		TRY(onnx_axis(n, v[i], rank, &axis[i]));
	return onnx_one(n,
	    onnx_reduction(n, n->op, axis, count < 0 ? 0 : count, keep),
	    n->in[0]);
}

static int
emit_arg(struct onnx_node *n)
{
	const int rank = n->in[0]->dims.n;
	Caffe__ArgMaxParameter *p;
	Caffe__LayerParameter *l;
	int axis;

	TRY(onnx_axis(n, onnx_attr_int(n, "axis", 0), rank, &axis));
	l = onnx_layer(n, n->op);
	p = caffe_new(Caffe__ArgMaxParameter, arg_max_parameter);
	l->argmax_param = p;
	p->has_axis = 1;
	p->axis = axis;
	p->has_select_last_index = 1;
	p->select_last_index = onnx_attr_int(n, "select_last_index", 0) != 0;
	p->has_keepdims = 1;
	p->keepdims = onnx_attr_int(n, "keepdims", 1) != 0;
	return onnx_join(n, l, n->in, 1, ONNX_T(INT64), NULL);
}

static int
emit_einsum(struct onnx_node *n)
{
	const Onnx__AttributeProto *a = onnx_attr(n, "equation");
	Caffe__LayerParameter *l;
	char *text;

	if (a == NULL)
		return err_set(ERR_FORMAT, "it has no equation");
	TRY(onnx_need_inputs(n, n->nin));
	l = onnx_layer(n, "Einsum");
	l->einsum_param = caffe_new(Caffe__EinsumParameter, einsum_parameter);
	text = mem_strndup((const char *)a->s.data, a->s.len);
	mem_free(l->einsum_param->equation);
	l->einsum_param->equation = text;
	return onnx_join(n, l, n->in, n->nin, n->in[0]->type, NULL);
}

const struct onnx_op onnx_ops_reduce[] = {
	{ "ArgMax", emit_arg, NULL },
	{ "ArgMin", emit_arg, NULL },
	{ "Einsum", emit_einsum, NULL },
	{ "ReduceL1", emit_reduce, NULL },
	{ "ReduceL2", emit_reduce, NULL },
	{ "ReduceLogSum", emit_reduce, NULL },
	{ "ReduceLogSumExp", emit_reduce, NULL },
	{ "ReduceMax", emit_reduce, onnx_fold_reduce },
	{ "ReduceMean", emit_reduce, NULL },
	{ "ReduceMin", emit_reduce, onnx_fold_reduce },
	{ "ReduceProd", emit_reduce, onnx_fold_reduce },
	{ "ReduceSum", emit_reduce, onnx_fold_reduce },
	{ "ReduceSumSquare", emit_reduce, NULL },
	{ 0 },
};
