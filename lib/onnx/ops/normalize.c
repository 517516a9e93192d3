/* Normalisation by groups, along axes, and of what the layers have no weights for. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

/* y times input 1 and plus input 2, as far as they are there; y becomes output 0. */
static int
affine(struct onnx_node *n, struct onnx_value *y)
{
	const bool bias = onnx_has(n, 2);

	if (!onnx_has(n, 1))
		return err_set(ERR_FORMAT, "its scale is missing");
	TRY(onnx_binary(n, "Mul", y, n->in[1], bias ? &y : NULL));
	return bias ? onnx_binary(n, "Add", y, n->in[2], NULL) : 0;
}

int
onnx_layer_norm_parts(struct onnx_node *n, int axis)
{
	Caffe__LayerParameter *l = onnx_layer(n, "LayerNorm");
	struct onnx_value *y;
	int rc = onnx_bottom(n, l, n->in[0]);

	l->layer_norm_param =
	    caffe_new(Caffe__LayerNormParameter, layer_norm_parameter);
	l->layer_norm_param->has_axis = 1;
	l->layer_norm_param->axis = axis;
	l->layer_norm_param->has_eps = 1;
	l->layer_norm_param->eps = onnx_attr_float(n, "epsilon", 1e-5f);
	l->layer_norm_param->has_affine = 1;
	l->layer_norm_param->affine = 0;
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	y = onnx_top(n, l, -1, n->in[0]->type);
	for (int i = 1; i < n->nout; i++)
		onnx_top(n, l, i, ONNX_T(FLOAT));
	TRY(onnx_emit(n, l));
	return affine(n, y);
}

static int
emit_rms(struct onnx_node *n)
{
	const int rank = n->in[0]->dims.n;
	Caffe__RMSNormParameter *p;
	Caffe__LayerParameter *l;
	struct onnx_value *y;
	int axis;

	TRY(onnx_axis(n, onnx_attr_int(n, "axis", -1), rank, &axis));
	l = onnx_layer(n, "RMSNorm");
	p = caffe_new(Caffe__RMSNormParameter, rmsnorm_parameter);
	l->rms_norm_param = p;
	p->has_axis = 1;
	p->axis = axis;
	p->has_eps = 1;
	p->eps = onnx_attr_float(n, "epsilon", 1e-5f);
	p->has_affine = 1;
	p->affine = 0;
	TRY(onnx_step(n, l, n->in[0], &y));
	return affine(n, y);
}

static int
emit_lp(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, "LpNormalization");
	Caffe__LpNormalizationParameter *p = caffe_new(
	    Caffe__LpNormalizationParameter, lp_normalization_parameter);

	l->lp_normalization_param = p;
	p->has_axis = p->has_p = 1;
	p->axis = (int32_t)onnx_attr_int(n, "axis", -1);
	p->p = (int32_t)onnx_attr_int(n, "p", 2);
	return onnx_one(n, l, n->in[0]);
}

/* Input i, numbers for each group or channel, as `count` of them for channels; they
 * lie along axis 1. */
static int
per_channel(struct onnx_node *n, int i, int64_t channels, float **out)
{
	const struct onnx_array *a;

	TRY(onnx_const(n, i, &a));
	if (a->count == 0 || (size_t)channels % a->count)
		return err_set(ERR_FORMAT,
		    "input %d has %zu numbers for %lld channels", i, a->count,
		    (long long)channels);
	*out = mem_array(float, (size_t)channels + 1);
	for (size_t k = 0; k < (size_t)channels; k++)
		(*out)[k] =
		    (float)onnx_get(a, k / ((size_t)channels / a->count));
	return 0;
}

/* Opset 18 has a scale for each group, opset 21 for each channel. */
static int
emit_group(struct onnx_node *n)
{
	Caffe__GroupNormParameter *p;
	Caffe__LayerParameter *l;
	int64_t c;
	float *v = NULL;
	int rc = 0;

	TRY(onnx_need_inputs(n, 3));
	TRY(onnx_fixed(n, n->in[0], 1, &c));
	l = onnx_layer(n, "GroupNorm");
	p = caffe_new(Caffe__GroupNormParameter, group_norm_parameter);
	l->group_norm_param = p;
	p->has_num_groups = 1;
	p->num_groups = (uint32_t)onnx_attr_int(n, "num_groups", 1);
	p->has_eps = 1;
	p->eps = onnx_attr_float(n, "epsilon", 1e-5f);
	for (int i = 1; i <= 2 && rc >= 0; i++) {
		rc = per_channel(n, i, c, &v);
		if (rc < 0)
			break;
		onnx_blob(l, 1, &c, v);
		mem_free(v);
	}
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	return onnx_one(n, l, n->in[0]);
}

/* (x - mean) / (deviation + 1e-9) along axes. */
static int
emit_mvn(struct onnx_node *n)
{
	struct onnx_value *m, *d, *v, *x = n->in[0];
	int64_t given[SHAPE_MAX] = { 0, 2, 3 };
	int axis[SHAPE_MAX], k = onnx_attr_ints(n, "axes", given, SHAPE_MAX);

	if (k < 0 && k != ONNX_NONE)
		return k;
	k = k < 0 ? 3 : k;
	for (int i = 0; i < k; i++)
		TRY(onnx_axis(n, given[i], x->dims.n, &axis[i]));
	TRY(onnx_step(
	    n, onnx_reduction(n, "ReduceMean", axis, k, true), x, &m));
	TRY(onnx_binary(n, "Sub", x, m, &d));
	TRY(onnx_power(n, d, 1, 0, 2, &v));
	TRY(onnx_step(
	    n, onnx_reduction(n, "ReduceMean", axis, k, true), v, &v));
	TRY(onnx_power(n, v, 1, 0, 0.5f, &v));
	TRY(onnx_power(n, v, 1, 1e-9f, 1, &v));
	return onnx_binary(n, "Div", d, v, NULL);
}

const struct onnx_op onnx_ops_normalize[] = {
	{ "GroupNormalization", emit_group, NULL },
	{ "LpNormalization", emit_lp, NULL },
	{ "MeanVarianceNormalization", emit_mvn, NULL },
	{ "RMSNormalization", emit_rms, NULL },
	{ 0 },
};
