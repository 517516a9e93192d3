/* Products of matrices: InnerProduct where one of them is a weight. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

/* An InnerProduct along axis, with the weights of input 1 of the node: (K, N) where
 * transpose, else (N, K). */
static int
inner_product(struct onnx_node *n, Caffe__LayerParameter **out, int axis,
    bool transpose, float alpha, bool bias)
{
	Caffe__InnerProductParameter *p;
	const struct onnx_array *w;
	Caffe__LayerParameter *l;
	const float *v;
	float *made, *scaled = NULL;

	TRY(onnx_const(n, 1, &w));
	l = onnx_layer(n, "InnerProduct");
	p = caffe_new(Caffe__InnerProductParameter, inner_product_parameter);
	l->inner_product_param = p;
	p->has_num_output = 1;
	p->num_output = (uint32_t)w->d[transpose ? 1 : 0];
	p->has_axis = axis != 1;
	p->axis = axis;
	p->has_transpose = transpose;
	p->transpose = transpose;
	p->has_bias_term = !bias;
	p->bias_term = bias;
	v = onnx_floats(w, &made);
	if (alpha != 1) {
		scaled = mem_array(float, w->count + 1);
		for (size_t i = 0; i < w->count; i++)
			scaled[i] = alpha * v[i];
		v = scaled;
	}
	onnx_blob(l, 2, w->d, v);
	if (alpha == 1 && !transpose)
		onnx_share_blob(n, l, n->in[1]);
	mem_free(made);
	mem_free(scaled);
	*out = l;
	return 0;
}

/* Is input i a weight of two axes? */
static bool
is_matrix(const struct onnx_node *n, int i)
{
	return (onnx_is_const(n->in[i]) || n->in[i]->given != NULL) &&
	    n->in[i]->dims.n == 2 && onnx_is_float(n->in[i]);
}

/* The bias of a Gemm as n numbers, one for each output; NULL: it is another. */
static float *
bias_of(struct onnx_node *n, int64_t outputs, float beta)
{
	const struct onnx_value *c = n->in[2];
	const struct onnx_array *a;
	float *v;

	if (!onnx_is_const(c) && c->given == NULL)
		return NULL;
	for (int i = 0; i + 1 < c->dims.n; i++)
		if (c->dims.d[i].a != 1)
			return NULL;
	if (onnx_const(n, 2, &a) < 0 ||
	    (a->count != 1 && a->count != (size_t)outputs))
		return NULL;
	v = mem_array(float, (size_t)outputs + 1);
	for (int64_t i = 0; i < outputs; i++)
		v[i] = beta * (float)onnx_get(a, a->count == 1 ? 0 : (size_t)i);
	return v;
}

static int
gemm_weights(struct onnx_node *n, bool tb, float alpha, float beta)
{
	const int64_t outputs = n->in[1]->dims.d[tb ? 0 : 1].a;
	float *bias = onnx_has(n, 2) ? bias_of(n, outputs, beta) : NULL;
	Caffe__LayerParameter *l;
	int rc = inner_product(n, &l, 1, !tb, alpha, bias != NULL);

	if (rc >= 0 && bias != NULL) {
		onnx_blob(l, 1, &outputs, bias);
		rc = onnx_one(n, l, n->in[0]);
	} else if (rc >= 0 && !onnx_has(n, 2))
		rc = onnx_one(n, l, n->in[0]);
	else if (rc >= 0) {
		struct onnx_value *y, *c = n->in[2];

		rc = onnx_step(n, l, n->in[0], &y);
		if (rc >= 0 && beta != 1)
			rc = onnx_power(n, c, beta, 0, 1, &c);
		if (rc >= 0)
			rc = onnx_binary(n, "Add", y, c, NULL);
	}
	mem_free(bias);
	return rc;
}

/* Of what is computed alone. */
static int
gemm_blobs(struct onnx_node *n, bool ta, bool tb, float alpha, float beta)
{
	Caffe__LayerParameter *l = onnx_layer(n, "MatMul");
	struct onnx_value *y, *c;

	l->matmul_param = caffe_new(Caffe__MatMulParameter, mat_mul_parameter);
	l->matmul_param->has_transpose_a = ta;
	l->matmul_param->transpose_a = ta;
	l->matmul_param->has_transpose_b = tb;
	l->matmul_param->transpose_b = tb;
	l->matmul_param->has_alpha = alpha != 1;
	l->matmul_param->alpha = alpha;
	TRY(onnx_join(
	    n, l, n->in, 2, n->in[0]->type, onnx_has(n, 2) ? &y : NULL));
	if (!onnx_has(n, 2))
		return 0;
	c = n->in[2];
	if (beta != 1)
		TRY(onnx_power(n, c, beta, 0, 1, &c));
	return onnx_binary(n, "Add", y, c, NULL);
}

static int
emit_gemm(struct onnx_node *n)
{
	const bool ta = onnx_attr_int(n, "transA", 0) != 0;
	const bool tb = onnx_attr_int(n, "transB", 0) != 0;
	const float alpha = onnx_attr_float(n, "alpha", 1);
	const float beta = onnx_attr_float(n, "beta", 1);

	if (n->nin < 2 || n->in[1] == NULL)
		return err_set(ERR_FORMAT, "it has two inputs at least");
	if (!ta && is_matrix(n, 1) && n->in[0]->dims.n == 2)
		return gemm_weights(n, tb, alpha, beta);
	return gemm_blobs(n, ta, tb, alpha, beta);
}

static int
emit_matmul(struct onnx_node *n)
{
	const int rank = n->in[0]->dims.n;
	Caffe__LayerParameter *l;

	if (n->nin < 2 || n->in[1] == NULL)
		return err_set(ERR_FORMAT, "it has two inputs");
	if (!is_matrix(n, 1) || rank < 2)
		return onnx_binary(n, "MatMul", n->in[0], n->in[1], NULL);
	if (!onnx_int_same(n->in[0]->dims.d[rank - 1], n->in[1]->dims.d[0]))
		return err_set(ERR_FORMAT,
		    "its inputs do not fit each other: rows of %lld and columns of %lld",
		    (long long)n->in[0]->dims.d[rank - 1].a,
		    (long long)n->in[1]->dims.d[0].a);
	TRY(inner_product(n, &l, rank - 1, true, 1, false));
	return onnx_one(n, l, n->in[0]);
}

const struct onnx_op onnx_ops_linear[] = {
	{ "Gemm", emit_gemm, NULL },
	{ "MatMul", emit_matmul, NULL },
	{ 0 },
};
