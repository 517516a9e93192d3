/*
 * Operators of onnxruntime's own that its quantisation writes: an operator of ONNX on
 * numbers that are given by 8 bits, a scale and a zero point.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

/* Input i as the floats that it stands for; scale and zero point follow it. */
static int
plain(struct onnx_node *n, int i, struct onnx_value **y)
{
	TRY(onnx_need_inputs(n, i + 2));
	return onnx_quantize(n, "Dequantize", n->in[i], n->in[i + 1],
	    onnx_has(n, i + 2) ? n->in[i + 2] : NULL, 1, ONNX_T(FLOAT), y);
}

/* y in 8 bits, by the scale that is input i and the zero point behind it. */
static int
in_bits(struct onnx_node *n, struct onnx_value *y, int i)
{
	struct onnx_value *zero = onnx_has(n, i + 1) ? n->in[i + 1] : NULL;

	TRY(onnx_need_inputs(n, i + 1));
	return onnx_quantize(n, "Quantize", y, n->in[i], zero, 1,
	    zero != NULL ? zero->type : ONNX_T(UINT8), NULL);
}

/* QLinearX as X, of one input or two. */
static int
emit_plain(struct onnx_node *n)
{
	const char *op = n->op + strlen("QLinear");
	const int count =
	    strcmp(op, "Add") == 0 || strcmp(op, "Mul") == 0 ? 2 : 1;
	struct onnx_value *in[2], *y;

	if (onnx_attr_int(n, "channels_last", 0) != 0)
		return onnx_refuse(n, "channels behind (channels_last)");
	for (int i = 0; i < count; i++)
		TRY(plain(n, 3 * i, &in[i]));
	TRY(onnx_as(n, op, in, count, &y));
	return in_bits(n, y, 3 * count);
}

/* scale and zero point of the result, then input, scale and zero point again and
 * again */
static int
emit_concat(struct onnx_node *n)
{
	struct onnx_value *in[8], *y;
	const int count = (n->nin - 2) / 3;

	if (count < 1 || count > (int)LENGTH(in))
		return onnx_refuse(n, "%d inputs", n->nin);
	for (int i = 0; i < count; i++)
		TRY(plain(n, 2 + 3 * i, &in[i]));
	TRY(onnx_as(n, "Concat", in, count, &y));
	return in_bits(n, y, 0);
}

/* a, b and c of a Gemm; c is in units of both scales. */
static int
emit_gemm(struct onnx_node *n)
{
	const struct onnx_array *as, *bs, *c;
	struct onnx_array *bias = NULL;
	struct onnx_value *in[3], *y;

	TRY(onnx_need_inputs(n, 6));
	if (onnx_has(n, 7) == false)
		return onnx_refuse(n, "a result of floats");
	TRY(onnx_const(n, 1, &as));
	TRY(onnx_const(n, 4, &bs));
	TRY(plain(n, 0, &in[0]));
	TRY(onnx_quantize(n, "Dequantize", n->in[3], n->in[4], n->in[5],
	    onnx_attr_int(n, "transB", 0) != 0 ? 0 : 1, ONNX_T(FLOAT), &in[1]));
	if (onnx_has(n, 6)) {
		TRY(onnx_const(n, 6, &c));
		TRY(onnx_array_new(&bias, ONNX_T(FLOAT), c->n, c->d));
		for (size_t i = 0; i < c->count; i++)
			onnx_put(bias, i,
			    onnx_get(c, i) * onnx_get(as, 0) *
				onnx_get(bs, bs->count > 1 ? i : 0));
		in[2] = onnx_value_const(n->imp, bias);
	}
	TRY(onnx_as(n, "Gemm", in, onnx_has(n, 6) ? 3 : 2, &y));
	return in_bits(n, y, 7);
}

const struct onnx_op onnx_ops_microsoft[] = {
	{ "QGemm", emit_gemm, NULL },
	{ "QLinearAdd", emit_plain, NULL },
	{ "QLinearAveragePool", emit_plain, NULL },
	{ "QLinearConcat", emit_concat, NULL },
	{ "QLinearGlobalAveragePool", emit_plain, NULL },
	{ "QLinearLeakyRelu", emit_plain, NULL },
	{ "QLinearMul", emit_plain, NULL },
	{ "QLinearSigmoid", emit_plain, NULL },
	{ 0 },
};
