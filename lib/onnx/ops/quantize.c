/*
 * Quantised nets.  QuantizeLinear and DequantizeLinear are layers; what computes with
 * whole numbers is computed with the floats that they stand for, which is the same
 * as long as sums stay below 2^24.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

/* The numbers that a type has. */
static int
range_of(struct onnx_node *n, int type, float *low, float *high)
{
	static const struct {
		int type;
		float low, high;
	} known[] = {
		{ ONNX_T(UINT8), 0, 255 },
		{ ONNX_T(INT8), -128, 127 },
		{ ONNX_T(UINT16), 0, 65535 },
		{ ONNX_T(INT16), -32768, 32767 },
	};

	for (size_t i = 0; i < LENGTH(known); i++)
		if (known[i].type == type) {
			*low = known[i].low;
			*high = known[i].high;
			return 0;
		}
	return onnx_refuse(n, "quantisation to type %s", onnx_type_name(type));
}

int
onnx_quantize(struct onnx_node *n, const char *type, struct onnx_value *x,
    struct onnx_value *scale, struct onnx_value *zero, int64_t axis, int to,
    struct onnx_value **y)
{
	struct onnx_value *const in[3] = { x, scale, zero };
	Caffe__LayerParameter *l = onnx_layer(n, type);
	Caffe__QuantizeParameter *p =
	    caffe_new(Caffe__QuantizeParameter, quantize_parameter);
	int rc = 0;

	l->quantize_param = p;
	p->has_axis = axis != 1;
	p->axis = (int32_t)axis;
	if (strcmp(type, "Quantize") == 0) {
		p->has_low = p->has_high = 1;
		rc = range_of(n, to, &p->low, &p->high);
	}
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	return onnx_join(n, l, in, zero != NULL ? 3 : 2, to, y);
}

static int
emit_quantize(struct onnx_node *n)
{
	struct onnx_value *zero = onnx_has(n, 2) ? n->in[2] : NULL;
	int to = (int)onnx_attr_int(n, "output_dtype", 0);

	TRY(onnx_need_inputs(n, 2));
	if (onnx_attr_int(n, "block_size", 0) != 0)
		return onnx_refuse(n, "scales of blocks (block_size)");
	if (zero != NULL)
		to = zero->type;
	return onnx_quantize(n, "Quantize", n->in[0], n->in[1], zero,
	    onnx_attr_int(n, "axis", 1), to != 0 ? to : ONNX_T(UINT8), NULL);
}

static int
emit_dequantize(struct onnx_node *n)
{
	TRY(onnx_need_inputs(n, 2));
	if (onnx_attr_int(n, "block_size", 0) != 0)
		return onnx_refuse(n, "scales of blocks (block_size)");
	return onnx_quantize(n, "Dequantize", n->in[0], n->in[1],
	    onnx_has(n, 2) ? n->in[2] : NULL, onnx_attr_int(n, "axis", 1),
	    n->in[1]->type, NULL);
}

/* The range of x with 0 in it over 255, and where 0 is. */
static int
emit_dynamic(struct onnx_node *n)
{
	struct onnx_value *x = n->in[0], *hi, *lo, *v, *scale, *zero;

	TRY(onnx_step(
	    n, onnx_reduction(n, "ReduceMax", NULL, 0, false), x, &hi));
	TRY(onnx_step(n, onnx_layer(n, "ReLU"), hi, &hi));
	TRY(onnx_step(
	    n, onnx_reduction(n, "ReduceMin", NULL, 0, false), x, &lo));
	TRY(onnx_power(n, lo, -1, 0, 1, &lo));
	TRY(onnx_step(n, onnx_layer(n, "ReLU"), lo, &lo)); /* -min */
	TRY(onnx_binary(n, "Add", hi, lo, &v));
	TRY(onnx_power(n, v, 1.0f / 255, 0, 1, &scale));
	onnx_alias(n, 1, scale, ONNX_T(FLOAT));
	TRY(onnx_binary(n, "Div", lo, scale, &v));
	TRY(onnx_step(n, onnx_layer(n, "Round"), v, &zero));
	onnx_alias(n, 2, zero, ONNX_T(UINT8));
	return onnx_quantize(
	    n, "Quantize", x, scale, zero, 1, ONNX_T(UINT8), NULL);
}

/* a minus its zero point, input i or left out. */
static int
minus(struct onnx_node *n, struct onnx_value *a, int i, struct onnx_value **y)
{
	*y = a;
	return onnx_has(n, i) ? onnx_binary(n, "Sub", a, n->in[i], y) : 0;
}

/* A zero point of one number for each row of a matrix. */
static int
as_column(struct onnx_node *n, int i)
{
	struct onnx_dims to = { .n = 2 };

	if (!onnx_has(n, i) || n->in[i]->dims.n != 1)
		return 0;
	to.d[0] = n->in[i]->dims.d[0];
	to.d[1] = onnx_int(1);
	return onnx_reshape(n, n->in[i], &to, &n->in[i]);
}

static int
emit_matmul_integer(struct onnx_node *n)
{
	struct onnx_value *in[2];

	TRY(onnx_need_inputs(n, 2));
	TRY(as_column(n, 2));
	TRY(minus(n, n->in[0], 2, &in[0]));
	TRY(minus(n, n->in[1], 3, &in[1]));
	return onnx_join(
	    n, onnx_layer(n, "MatMul"), in, 2, ONNX_T(INT32), NULL);
}

/* a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point */
static int
emit_qlinear_matmul(struct onnx_node *n)
{
	struct onnx_value *in[2], *y;
	int last;

	TRY(onnx_need_inputs(n, 8));
	last = n->in[3]->dims.n - 1;
	TRY(onnx_quantize(n, "Dequantize", n->in[0], n->in[1], n->in[2],
	    n->in[0]->dims.n - 2, ONNX_T(FLOAT), &in[0]));
	TRY(onnx_quantize(n, "Dequantize", n->in[3], n->in[4], n->in[5], last,
	    ONNX_T(FLOAT), &in[1]));
	TRY(onnx_join(n, onnx_layer(n, "MatMul"), in, 2, ONNX_T(FLOAT), &y));
	return onnx_quantize(
	    n, "Quantize", y, n->in[6], n->in[7], 1, n->in[7]->type, NULL);
}

/* Weights w of a convolution less their zero points and times scales, each one
 * number or one for each output; NULL: 0 and 1. */
static struct onnx_array *
plain_weights(const struct onnx_array *w, const struct onnx_array *zero,
    const struct onnx_array *scale)
{
	const size_t each = w->d[0] > 0 ? w->count / (size_t)w->d[0] : 1;
	struct onnx_array *out = NULL;

	if (onnx_array_new(&out, ONNX_T(FLOAT), w->n, w->d) < 0)
		return NULL;
	for (size_t i = 0; i < w->count; i++) {
		const size_t o = i / each;
		double v = onnx_get(w, i);

		if (zero != NULL)
			v -= onnx_get(zero, zero->count > 1 ? o : 0);
		if (scale != NULL)
			v *= onnx_get(scale, scale->count > 1 ? o : 0);
		onnx_put(out, i, v);
	}
	return out;
}

/* The node as a Conv of x with those weights and that bias (or NULL). */
static int
as_conv(struct onnx_node *n, struct onnx_value *x, struct onnx_array *w,
    struct onnx_array *b, struct onnx_value **y)
{
	struct onnx_value *in[3] = { x };

	if (w == NULL)
		return err_set(ERR_FORMAT, "its weights are too large");
	in[1] = onnx_value_const(n->imp, w);
	if (b != NULL)
		in[2] = onnx_value_const(n->imp, b);
	return onnx_as(n, "Conv", in, b != NULL ? 3 : 2, y);
}

/* x, w, x_zero_point, w_zero_point.  Paddings are zero points, so that they are 0
 * when those are taken off. */
static int
emit_conv_integer(struct onnx_node *n)
{
	const struct onnx_array *w, *zero = NULL;
	struct onnx_value *x;

	TRY(onnx_need_inputs(n, 2));
	TRY(onnx_const(n, 1, &w));
	if (onnx_has(n, 3))
		TRY(onnx_const(n, 3, &zero));
	TRY(minus(n, n->in[0], 2, &x));
	x->type = ONNX_T(FLOAT);
	TRY(as_conv(n, x, plain_weights(w, zero, NULL), NULL, NULL));
	if (n->out[0] != NULL)
		n->out[0]->type = ONNX_T(INT32);
	return 0;
}

/* The bias of a quantised convolution, in units of both scales. */
static int
plain_bias(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *b, *xs, *ws;

	*out = NULL;
	if (!onnx_has(n, 8))
		return 0;
	TRY(onnx_const(n, 8, &b));
	TRY(onnx_const(n, 1, &xs));
	TRY(onnx_const(n, 4, &ws));
	TRY(onnx_array_new(out, ONNX_T(FLOAT), b->n, b->d));
	for (size_t i = 0; i < b->count; i++)
		onnx_put(*out, i,
		    onnx_get(b, i) * onnx_get(xs, 0) *
			onnx_get(ws, ws->count > 1 ? i : 0));
	return 0;
}

/* x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, [b] */
static int
emit_qlinear_conv(struct onnx_node *n)
{
	const struct onnx_array *w, *scale, *zero;
	struct onnx_array *bias;
	struct onnx_value *x, *y;

	TRY(onnx_need_inputs(n, 8));
	TRY(onnx_const(n, 3, &w));
	TRY(onnx_const(n, 4, &scale));
	TRY(onnx_const(n, 5, &zero));
	TRY(onnx_quantize(n, "Dequantize", n->in[0], n->in[1], n->in[2], 1,
	    ONNX_T(FLOAT), &x));
	TRY(plain_bias(n, &bias));
	TRY(as_conv(n, x, plain_weights(w, zero, scale), bias, &y));
	return onnx_quantize(
	    n, "Quantize", y, n->in[6], n->in[7], 1, n->in[7]->type, NULL);
}

const struct onnx_op onnx_ops_quantize[] = {
	{ "ConvInteger", emit_conv_integer, NULL },
	{ "DequantizeLinear", emit_dequantize, NULL },
	{ "DynamicQuantizeLinear", emit_dynamic, NULL },
	{ "MatMulInteger", emit_matmul_integer, NULL },
	{ "QLinearConv", emit_qlinear_conv, NULL },
	{ "QLinearMatMul", emit_qlinear_matmul, NULL },
	{ "QuantizeLinear", emit_quantize, NULL },
	{ 0 },
};
