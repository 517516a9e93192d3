/* Functions of one number that have a layer of the same name; and Cast. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"
#include "onnx/ops/ops.h"

static int
emit_math(struct onnx_node *n)
{
	return onnx_one(n, onnx_layer(n, n->op), n->in[0]);
}

static int
emit_test(struct onnx_node *n)
{
	return onnx_join(n, onnx_layer(n, n->op), n->in, 1, ONNX_T(BOOL), NULL);
}

static Caffe__UnaryParameter *
param(Caffe__LayerParameter *l)
{
	return l->unary_param =
		   caffe_new(Caffe__UnaryParameter, unary_parameter);
}

static int
emit_is_inf(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, n->op);
	Caffe__UnaryParameter *p = param(l);

	p->has_positive = p->has_negative = 1;
	p->positive = onnx_attr_int(n, "detect_positive", 1) != 0;
	p->negative = onnx_attr_int(n, "detect_negative", 1) != 0;
	return onnx_join(n, l, n->in, 1, ONNX_T(BOOL), NULL);
}

static int
emit_selu(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, n->op);
	Caffe__UnaryParameter *p = param(l);

	/* opset 1 has shorter numbers */
	p->has_alpha = p->has_gamma = 1;
	p->alpha = onnx_attr_float(
	    n, "alpha", n->opset < 6 ? 1.6732f : 1.67326319217681884765625f);
	p->gamma = onnx_attr_float(
	    n, "gamma", n->opset < 6 ? 1.0507f : 1.05070102214813232421875f);
	return onnx_one(n, l, n->in[0]);
}

/* Celu, ThresholdedRelu, Swish */
static int
emit_alpha(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, n->op);
	const float alpha = onnx_attr_float(n, "alpha", 1);

	if (strcmp(n->op, "Swish") == 0) {
		l->swish_param =
		    caffe_new(Caffe__SwishParameter, swish_parameter);
		l->swish_param->has_beta = 1;
		l->swish_param->beta = alpha;
	} else {
		param(l)->has_alpha = 1;
		l->unary_param->alpha = alpha;
	}
	return onnx_one(n, l, n->in[0]);
}

static int
emit_shrink(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, n->op);
	Caffe__UnaryParameter *p = param(l);

	p->has_bias = p->has_lambd = 1;
	p->bias = onnx_attr_float(n, "bias", 0);
	p->lambd = onnx_attr_float(n, "lambd", 0.5f);
	return onnx_one(n, l, n->in[0]);
}

/* What a type holds: bits, or 0 for floats; whether below 0, too. */
struct kind {
	int type;
	int bits;
	bool sign;
	int cast; /* Caffe__CastParameter__Kind */
};

#define KIND(name) CAFFE__CAST_PARAMETER__KIND__##name

static const struct kind kinds[] = {
	{ ONNX_T(FLOAT), 0, true, KIND(FLOAT) },
	{ ONNX_T(DOUBLE), 0, true, KIND(FLOAT) },
	{ ONNX_T(FLOAT16), 0, true, KIND(FLOAT16) },
	{ ONNX_T(BFLOAT16), 0, true, KIND(BFLOAT16) },
	{ ONNX_T(BOOL), 1, false, KIND(BOOL) },
	{ ONNX_T(UINT8), 8, false, KIND(UINT8) },
	{ ONNX_T(INT8), 8, true, KIND(INT8) },
	{ ONNX_T(UINT16), 16, false, KIND(UINT16) },
	{ ONNX_T(INT16), 16, true, KIND(INT16) },
	{ ONNX_T(UINT32), 32, false, KIND(INT) },
	{ ONNX_T(INT32), 32, true, KIND(INT) },
	{ ONNX_T(UINT64), 64, false, KIND(INT) },
	{ ONNX_T(INT64), 64, true, KIND(INT) },
};

static const struct kind *
kind_of(int type)
{
	for (size_t i = 0; i < LENGTH(kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

/* Does `to` hold each number that `from` holds? */
static bool
holds(const struct kind *to, const struct kind *from)
{
	if (to->type == from->type || to->cast == KIND(FLOAT))
		return true;
	if (to->bits == 0) /* halves: whole numbers of 8 bits are exact */
		return from->bits > 0 && from->bits <= 8;
	if (from->bits == 0)
		return false;
	if (to->cast == KIND(INT))
		return true;
	return to->bits > from->bits && (to->sign || !from->sign);
}

static int
cast_to(struct onnx_node *n, int type)
{
	const struct kind *to = kind_of(type);
	const struct kind *from = kind_of(n->in[0]->type);
	Caffe__LayerParameter *l;

	if (to == NULL || from == NULL)
		return onnx_refuse(
		    n, "a cast from type %d to type %d", n->in[0]->type, type);
	if (holds(to, from) && n->in[0]->blob != NULL) {
		onnx_alias(n, 0, n->in[0], type);
		return 0;
	}
	l = onnx_layer(n, "Cast");
	l->cast_param = caffe_new(Caffe__CastParameter, cast_parameter);
	l->cast_param->has_to = 1;
	l->cast_param->to = (Caffe__CastParameter__Kind)to->cast;
	return onnx_join(n, l, n->in, 1, type, NULL);
}

static int
emit_cast(struct onnx_node *n)
{
	return cast_to(n, (int)onnx_attr_int(n, "to", 0));
}

static int
emit_cast_like(struct onnx_node *n)
{
	TRY(onnx_need_inputs(n, 2));
	return cast_to(n, n->in[1]->type);
}

const struct onnx_op onnx_ops_math[] = {
	{ "Acos", emit_math, NULL },
	{ "Acosh", emit_math, NULL },
	{ "Asin", emit_math, NULL },
	{ "Asinh", emit_math, NULL },
	{ "Atan", emit_math, NULL },
	{ "Atanh", emit_math, NULL },
	{ "Cast", emit_cast, onnx_fold_cast },
	{ "CastLike", emit_cast_like, NULL },
	{ "Ceil", emit_math, NULL },
	{ "Celu", emit_alpha, NULL },
	{ "Cos", emit_math, NULL },
	{ "Cosh", emit_math, NULL },
	{ "Det", emit_math, NULL },
	{ "Erf", emit_math, NULL },
	{ "Floor", emit_math, NULL },
	{ "IsInf", emit_is_inf, NULL },
	{ "IsNaN", emit_test, NULL },
	{ "Not", emit_test, onnx_fold_unary },
	{ "Reciprocal", emit_math, NULL },
	{ "Round", emit_math, NULL },
	{ "Selu", emit_selu, NULL },
	{ "Shrink", emit_shrink, NULL },
	{ "Sign", emit_math, onnx_fold_unary },
	{ "Sin", emit_math, NULL },
	{ "Sinh", emit_math, NULL },
	{ "Softsign", emit_math, NULL },
	{ "Sqrt", emit_math, NULL },
	{ "Swish", emit_alpha, NULL },
	{ "Tan", emit_math, NULL },
	{ "ThresholdedRelu", emit_alpha, NULL },
	{ 0 },
};
