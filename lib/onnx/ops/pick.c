/* Operators that pick numbers by index or by rank, or put them at places. */
#include <limits.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"
#include "onnx/ops/ops.h"

/* More indices than this are a blob and not a list for people to read. */
enum { LISTED = 64 };

static Caffe__GatherParameter *
gather_param(Caffe__LayerParameter *l, int64_t axis)
{
	Caffe__GatherParameter *p =
	    caffe_new(Caffe__GatherParameter, gather_parameter);

	l->gather_param = p;
	p->has_axis = axis != 0;
	p->axis = (int32_t)axis;
	return p;
}

static int
emit_gather(struct onnx_node *n)
{
	const struct onnx_value *index = n->in[1];
	const struct onnx_array *a = NULL;
	Caffe__GatherParameter *p;
	Caffe__LayerParameter *l;
	int axis;

	TRY(onnx_axis(n, onnx_attr_int(n, "axis", 0), n->in[0]->dims.n, &axis));
	if (index == NULL)
		return err_set(ERR_FORMAT, "its indices are missing");
	if (onnx_is_const(index) && index->dims.n <= 1)
		TRY(onnx_const(n, 1, &a));
	l = onnx_layer(n, "Gather");
	p = gather_param(l, axis);
	if (a == NULL || a->count > LISTED || a->count == 0 ||
	    onnx_has_batch(a)) {
		TRY(onnx_bottoms(n, l, n->in, 2));
		onnx_top(n, l, 0, n->in[0]->type);
		return onnx_emit(n, l);
	}
	for (size_t i = 0; i < a->count; i++)
		caffe_add_i64(&p->index, &p->n_index, onnx_get_int(a, i));
	p->has_scalar = p->scalar = a->n == 0;
	return onnx_one(n, l, n->in[0]);
}

/* GatherElements and GatherND. */
static int
emit_gather_places(struct onnx_node *n)
{
	const int64_t batch = onnx_attr_int(n, "batch_dims", 0);
	Caffe__LayerParameter *l = onnx_layer(n, n->op);
	Caffe__GatherParameter *p =
	    gather_param(l, onnx_attr_int(n, "axis", 0));

	p->has_batch_dims = batch != 0;
	p->batch_dims = (uint32_t)batch;
	TRY(onnx_bottoms(n, l, n->in, 2));
	onnx_top(n, l, 0, n->in[0]->type);
	return onnx_emit(n, l);
}

static int
reduction(struct onnx_node *n, Caffe__ScatterParameter *p)
{
	static const char *const names[] = { "none", "add", "mul", "max",
		"min" };
	const char *s = onnx_attr_str(n, "reduction", "none");

	for (size_t i = 0; i < LENGTH(names); i++)
		if (strcmp(names[i], s) == 0) {
			p->has_reduction = i != 0;
			p->reduction = (Caffe__ScatterParameter__Reduction)i;
			return 0;
		}
	return onnx_refuse(n, "reduction \"%s\"", s);
}

/* Scatter, ScatterElements, ScatterND. */
static int
emit_scatter(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(
	    n, strcmp(n->op, "Scatter") == 0 ? "ScatterElements" : n->op);
	const int64_t axis = onnx_attr_int(n, "axis", 0);
	int rc;

	l->scatter_param =
	    caffe_new(Caffe__ScatterParameter, scatter_parameter);
	l->scatter_param->has_axis = axis != 0;
	l->scatter_param->axis = (int32_t)axis;
	rc = reduction(n, l->scatter_param);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	TRY(onnx_bottoms(n, l, n->in, 3));
	onnx_top(n, l, 0, n->in[0]->type);
	return onnx_emit(n, l);
}

static int
emit_topk(struct onnx_node *n)
{
	Caffe__LayerParameter *l;
	Caffe__TopKParameter *p;
	int64_t k[1] = { onnx_attr_int(n, "k", -1) };

	if (onnx_has(n, 1)) {
		int got;

		TRY(got = onnx_const_ints(n, 1, k, 1));
		if (got != 1)
			return err_set(ERR_FORMAT, "how many is no number");
	}
	if (k[0] < 0 || k[0] > INT_MAX)
		return err_set(ERR_FORMAT, "the best %lld", (long long)k[0]);
	l = onnx_layer(n, "TopK");
	p = caffe_new(Caffe__TopKParameter, top_kparameter);
	l->topk_param = p;
	p->has_k = 1;
	p->k = (uint32_t)k[0];
	p->axis = (int32_t)onnx_attr_int(n, "axis", -1);
	p->has_axis = p->axis != -1;
	p->largest = onnx_attr_int(n, "largest", 1) != 0;
	p->has_largest = !p->largest;
	TRY(onnx_bottoms(n, l, n->in, 1));
	onnx_top(n, l, 0, n->in[0]->type);
	if (n->nout > 1 && n->out[1] != NULL)
		onnx_top(n, l, 1, ONNX_T(INT64));
	return onnx_emit(n, l);
}

static int
emit_cumsum(struct onnx_node *n)
{
	Caffe__CumSumParameter *p;
	Caffe__LayerParameter *l;
	int64_t axis[1];

	TRY(onnx_const_ints(n, 1, axis, 1));
	l = onnx_layer(n, "CumSum");
	p = caffe_new(Caffe__CumSumParameter, cum_sum_parameter);
	l->cumsum_param = p;
	p->has_axis = axis[0] != 0;
	p->axis = (int32_t)axis[0];
	p->has_exclusive = p->exclusive = onnx_attr_int(n, "exclusive", 0) != 0;
	p->has_reverse = p->reverse = onnx_attr_int(n, "reverse", 0) != 0;
	return onnx_one(n, l, n->in[0]);
}

static int
emit_one_hot(struct onnx_node *n)
{
	const struct onnx_array *values;
	Caffe__OneHotParameter *p;
	Caffe__LayerParameter *l;
	int64_t depth[1];
	int got;

	TRY(got = onnx_const_ints(n, 1, depth, 1));
	TRY(onnx_const(n, 2, &values));
	if (got != 1 || values->count != 2 || depth[0] < 1 ||
	    depth[0] > INT_MAX)
		return err_set(
		    ERR_FORMAT, "it takes a depth from 1 on, and two values");
	l = onnx_layer(n, "OneHot");
	p = caffe_new(Caffe__OneHotParameter, one_hot_parameter);
	l->one_hot_param = p;
	p->has_depth = p->has_on = p->has_off = 1;
	p->depth = (uint32_t)depth[0];
	p->off = (float)onnx_get(values, 0);
	p->on = (float)onnx_get(values, 1);
	p->axis = (int32_t)onnx_attr_int(n, "axis", -1);
	p->has_axis = p->axis != -1;
	TRY(onnx_bottoms(n, l, n->in, 1));
	onnx_top(n, l, 0, n->in[2]->type);
	return onnx_emit(n, l);
}

static int
emit_trilu(struct onnx_node *n)
{
	Caffe__LayerParameter *l;
	int64_t k[1] = { 0 };

	if (onnx_has(n, 1))
		TRY(onnx_const_ints(n, 1, k, 1));
	l = onnx_layer(n, "Trilu");
	l->trilu_param = caffe_new(Caffe__TriluParameter, trilu_parameter);
	l->trilu_param->upper = onnx_attr_int(n, "upper", 1) != 0;
	l->trilu_param->has_upper = !l->trilu_param->upper;
	l->trilu_param->has_k = k[0] != 0;
	l->trilu_param->k = k[0];
	return onnx_one(n, l, n->in[0]);
}

static int
emit_reverse(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, "ReverseSequence");
	Caffe__ReverseSequenceParameter *p = caffe_new(
	    Caffe__ReverseSequenceParameter, reverse_sequence_parameter);

	l->reverse_sequence_param = p;
	p->has_batch_axis = p->has_time_axis = 1;
	p->batch_axis = (int32_t)onnx_attr_int(n, "batch_axis", 1);
	p->time_axis = (int32_t)onnx_attr_int(n, "time_axis", 0);
	TRY(onnx_bottoms(n, l, n->in, 2));
	onnx_top(n, l, 0, n->in[0]->type);
	return onnx_emit(n, l);
}

const struct onnx_op onnx_ops_pick[] = {
	{ "CumSum", emit_cumsum, NULL },
	{ "Gather", emit_gather, onnx_fold_gather },
	{ "GatherElements", emit_gather_places, NULL },
	{ "GatherND", emit_gather_places, NULL },
	{ "OneHot", emit_one_hot, NULL },
	{ "ReverseSequence", emit_reverse, NULL },
	{ "Scatter", emit_scatter, NULL },
	{ "ScatterElements", emit_scatter, NULL },
	{ "ScatterND", emit_scatter, NULL },
	{ "TopK", emit_topk, NULL },
	{ "Trilu", emit_trilu, NULL },
	{ 0 },
};
