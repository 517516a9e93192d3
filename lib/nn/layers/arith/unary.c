/*
 * Functions of one number as ONNX names and parametrises them: a table of those
 * that are one op, and a function each for those made of several.  Those with
 * steps give no gradient, as elsewhere it is 0.
 */
#include <string.h>

#include "nn/layers/arith/broadcast.h"

static const Caffe__UnaryParameter none = CAFFE__UNARY_PARAMETER__INIT;

/* a, b, c as UNARY_POWER, UNARY_SHRINK and others take them. */
static const struct entry {
	const char *type;
	enum unary_fn fn;
	float a, b, c;
} table[] = {
	{ "Acos", UNARY_ACOS },
	{ "Acosh", UNARY_ACOSH },
	{ "Asin", UNARY_ASIN },
	{ "Asinh", UNARY_ASINH },
	{ "Atan", UNARY_ATAN },
	{ "Atanh", UNARY_ATANH },
	{ "Ceil", UNARY_CEIL },
	{ "Cos", UNARY_COS },
	{ "Cosh", UNARY_COSH },
	{ "Erf", UNARY_ERF },
	{ "Floor", UNARY_FLOOR },
	{ "IsNaN", UNARY_ISNAN },
	{ "Not", UNARY_POWER, 1, -1, 1 },
	{ "Reciprocal", UNARY_POWER, 0, 1, -1 },
	{ "Round", UNARY_ROUND },
	{ "Sign", UNARY_SIGN },
	{ "Sin", UNARY_SIN },
	{ "Sinh", UNARY_SINH },
	{ "Softsign", UNARY_SOFTSIGN },
	{ "Sqrt", UNARY_POWER, 0, 1, 0.5f },
	{ "Tan", UNARY_TAN },
};

static int
emit(struct layer *l)
{
	const struct entry *e = table;

	while (strcmp(e->type, l->type->name) != 0)
		e++;
	return layer_top(
	    l, 0, graph_unary(l->graph, l->bottom[0], e->fn, e->a, e->b, e->c));
}

/* The parameter, or the operator's default. */
#define GIVEN(p, field, value) ((p)->has_##field ? (p)->field : (value))

/* gamma (x > 0 ? x : alpha (e^x - 1)); Klambauer et al., 2017 */
static int
emit_selu(struct layer *l)
{
	const Caffe__UnaryParameter *p = LAYER_PARAM(l, unary_param, &none);
	int y;

	TRY(y = graph_unary(l->graph, l->bottom[0], UNARY_ELU,
		GIVEN(p, alpha, 1.67326319217681884765625f), 0, 0));
	return layer_top(l, 0,
	    layer_affine(l, y, GIVEN(p, gamma, 1.05070102214813232421875f), 0));
}

/* alpha ELU(x / alpha); Barron, 2017 */
static int
emit_celu(struct layer *l)
{
	const Caffe__UnaryParameter *p = LAYER_PARAM(l, unary_param, &none);
	const float alpha = GIVEN(p, alpha, 1);
	int y;

	if (!(alpha > 0))
		return err_set(ERR_RANGE, "alpha is %g; it must be above 0",
		    (double)alpha);
	TRY(y = layer_affine(l, l->bottom[0], 1 / alpha, 0));
	TRY(y = graph_unary(l->graph, y, UNARY_ELU, 1, 0, 0));
	return layer_top(l, 0, layer_affine(l, y, alpha, 0));
}

/* alpha x + beta between 0 and 1 */
static int
emit_hard_sigmoid(struct layer *l)
{
	const Caffe__UnaryParameter *p = LAYER_PARAM(l, unary_param, &none);
	int y;

	TRY(y = layer_affine(
		l, l->bottom[0], GIVEN(p, alpha, 0.2f), GIVEN(p, beta, 0.5f)));
	return layer_top(l, 0, graph_unary(l->graph, y, UNARY_CLIP, 0, 1, 0));
}

static int
emit_thresholded_relu(struct layer *l)
{
	const Caffe__UnaryParameter *p = LAYER_PARAM(l, unary_param, &none);

	return layer_top(l, 0,
	    graph_unary(l->graph, l->bottom[0], UNARY_THRESHOLDED,
		GIVEN(p, alpha, 1), 0, 0));
}

static int
emit_shrink(struct layer *l)
{
	const Caffe__UnaryParameter *p = LAYER_PARAM(l, unary_param, &none);

	return layer_top(l, 0,
	    graph_unary(
		l->graph, l->bottom[0], UNARY_SHRINK, p->lambd, p->bias, 0));
}

static int
emit_is_inf(struct layer *l)
{
	const Caffe__UnaryParameter *p = LAYER_PARAM(l, unary_param, &none);

	return layer_top(l, 0,
	    graph_unary(l->graph, l->bottom[0], UNARY_ISINF,
		p->positive ? 1 : 0, p->negative ? 1 : 0, 0));
}

#define ONE(field, type, how)                                                  \
	const struct layer_type layer_##field = { type, 1, 1, 1, 1,            \
		.emit = how }
#define STEP(field, type, how)                                                 \
	const struct layer_type layer_##field = { type, 1, 1, 1, 1,            \
		.emit = how, .no_grad = 1 }

ONE(acos, "Acos", emit);
ONE(acosh, "Acosh", emit);
ONE(asin, "Asin", emit);
ONE(asinh, "Asinh", emit);
ONE(atan, "Atan", emit);
ONE(atanh, "Atanh", emit);
STEP(ceil, "Ceil", emit);
ONE(celu, "Celu", emit_celu);
ONE(cos, "Cos", emit);
ONE(cosh, "Cosh", emit);
ONE(erf, "Erf", emit);
STEP(floor, "Floor", emit);
ONE(hard_sigmoid, "HardSigmoid", emit_hard_sigmoid);
STEP(is_inf, "IsInf", emit_is_inf);
STEP(is_nan, "IsNaN", emit);
STEP(not, "Not", emit);
ONE(reciprocal, "Reciprocal", emit);
STEP(round, "Round", emit);
ONE(selu, "Selu", emit_selu);
ONE(shrink, "Shrink", emit_shrink);
STEP(sign, "Sign", emit);
ONE(sin, "Sin", emit);
ONE(sinh, "Sinh", emit);
ONE(softsign, "Softsign", emit);
ONE(sqrt, "Sqrt", emit);
ONE(tan, "Tan", emit);
ONE(thresholded_relu, "ThresholdedRelu", emit_thresholded_relu);
