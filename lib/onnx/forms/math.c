/* Functions of single numbers, of pairs, and sums. */
#include <math.h>

#include "onnx/forms/form.h"
#include "onnx/forms/values.h"

struct export_value *
export_affine(
    struct export *e, struct export_value *x, float scale, float shift)
{
	if (scale != 1)
		x = export_binary(e, "Mul", x, export_scalar(e, scale));
	if (shift != 0)
		x = export_binary(e, "Add", x, export_scalar(e, shift));
	return x;
}

static struct export_value *
with_alpha(struct export *e, const char *op, struct export_value *x, float a)
{
	struct export_node *n = export_node(e, op, x, NULL);

	export_real(e, n, "alpha", a);
	return export_out(e, n);
}

/* (a + b x)^c */
static struct export_value *
power(struct export *e, struct export_value *x, const struct op_unary *u)
{
	if (u->b == 0 || u->c == 0)
		return export_filled(e, export_sizes(e, x), powf(u->a, u->c));
	x = export_affine(e, x, u->b, u->a);
	if (u->c == 1)
		return x;
	if (u->c == 0.5f)
		return export_unary(e, "Sqrt", x);
	if (u->c == -0.5f)
		return export_unary(
		    e, "Reciprocal", export_unary(e, "Sqrt", x));
	if (u->c == -1)
		return export_unary(e, "Reciprocal", x);
	if (u->c == 2)
		return export_binary(e, "Mul", x, x);
	return export_binary(e, "Pow", x, export_scalar(e, u->c));
}

static struct export_value *
clip(struct export *e, struct export_value *x, float lo, float hi)
{
	struct export_node *n = export_node(e, "Clip", x, NULL);

	export_in(n, lo > -3.4e38f ? export_scalar(e, lo) : NULL);
	export_in(n, hi < 3.4e38f ? export_scalar(e, hi) : NULL);
	return export_out(e, n);
}

static struct export_value *
gelu(struct export *e, struct export_value *x)
{
	struct export_value *v;

	if (e->opset >= 20)
		return export_unary(e, "Gelu", x);
	v = export_unary(
	    e, "Erf", export_affine(e, x, 0.70710678118654752f, 0));
	v = export_affine(e, export_affine(e, v, 1, 1), 0.5f, 0);
	return export_binary(e, "Mul", x, v);
}

static struct export_value *
mish(struct export *e, struct export_value *x)
{
	if (e->opset >= 18)
		return export_unary(e, "Mish", x);
	return export_binary(e, "Mul", x,
	    export_unary(e, "Tanh", export_unary(e, "Softplus", x)));
}

static struct export_value *
hard_swish(struct export *e, struct export_value *x)
{
	struct export_node *n;

	if (e->opset >= 14)
		return export_unary(e, "HardSwish", x);
	n = export_node(e, "HardSigmoid", x, NULL);
	export_real(e, n, "alpha", 1.0f / 6);
	export_real(e, n, "beta", 0.5f);
	return export_binary(e, "Mul", x, export_out(e, n));
}

/* 1 or 0 */
static struct export_value *
compared(struct export *e, const char *op, struct export_value *x,
    struct export_value *y)
{
	return export_cast(e, export_compare(e, op, x, y), e->real);
}

static struct export_value *
swish(struct export *e, struct export_value *x, float beta)
{
	return export_binary(e, "Mul", x,
	    export_unary(e, "Sigmoid", export_affine(e, x, beta, 0)));
}

/* Those that are an operator without attributes. */
static const char *const plain[UNARY_KINDS] = {
	[UNARY_SIGMOID] = "Sigmoid",
	[UNARY_TANH] = "Tanh",
	[UNARY_ABS] = "Abs",
	[UNARY_BNLL] = "Softplus",
	[UNARY_SIGN] = "Sign",
	[UNARY_ERF] = "Erf",
	[UNARY_SIN] = "Sin",
	[UNARY_COS] = "Cos",
	[UNARY_TAN] = "Tan",
	[UNARY_ASIN] = "Asin",
	[UNARY_ACOS] = "Acos",
	[UNARY_ATAN] = "Atan",
	[UNARY_SINH] = "Sinh",
	[UNARY_COSH] = "Cosh",
	[UNARY_ASINH] = "Asinh",
	[UNARY_ACOSH] = "Acosh",
	[UNARY_ATANH] = "Atanh",
	[UNARY_SOFTSIGN] = "Softsign",
	[UNARY_FLOOR] = "Floor",
	[UNARY_CEIL] = "Ceil",
	[UNARY_ROUND] = "Round",
};

static struct export_value *
shrink(struct export *e, struct export_value *x, const struct op_unary *u)
{
	struct export_node *n = export_node(e, "Shrink", x, NULL);

	export_real(e, n, "lambd", u->a);
	export_real(e, n, "bias", u->b);
	return export_out(e, n);
}

/* 1 where an operator says so, else 0. */
static struct export_value *
is(struct export *e, struct export_node *n)
{
	return export_cast(e, export_out_of(e, n, EXPORT_BOOL), e->real);
}

static struct export_value *
is_infinite(struct export *e, struct export_value *x, const struct op_unary *u)
{
	struct export_node *n = export_node(e, "IsInf", x, NULL);

	export_int(e, n, "detect_positive", u->a != 0);
	export_int(e, n, "detect_negative", u->b != 0);
	return is(e, n);
}

static struct export_value *
through(struct export *e, struct export_value *x, int type)
{
	return export_cast(e, export_cast(e, x, type), e->real);
}

/* NULL: it has no form. */
static struct export_value *
function(struct export *e, struct export_value *x, const struct op_unary *u)
{
	switch (u->fn) {
	case UNARY_RELU:
		return u->a == 0 ? export_unary(e, "Relu", x)
				 : with_alpha(e, "LeakyRelu", x, u->a);
	case UNARY_CLIP: return clip(e, x, u->a, u->b);
	case UNARY_ELU: return with_alpha(e, "Elu", x, u->a);
	case UNARY_EXP:
		return export_unary(e, "Exp", export_affine(e, x, u->a, u->b));
	case UNARY_LOG:
		x = export_unary(e, "Log", export_affine(e, x, u->b, u->c));
		return export_affine(e, x, u->a, 0);
	case UNARY_POWER: return power(e, x, u);
	case UNARY_THRESHOLD:
		return compared(e, "Greater", x, export_scalar(e, u->a));
	case UNARY_SWISH: return swish(e, x, u->a);
	case UNARY_GELU: return gelu(e, x);
	case UNARY_MISH: return mish(e, x);
	case UNARY_HARDSWISH: return hard_swish(e, x);
	case UNARY_SHRINK: return shrink(e, x, u);
	case UNARY_THRESHOLDED:
		return with_alpha(e, "ThresholdedRelu", x, u->a);
	case UNARY_FLOAT16: return through(e, x, EXPORT_HALF);
	case UNARY_BFLOAT16:
		return through(e, x, ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16);
	case UNARY_TRUNC: return through(e, x, EXPORT_INT);
	case UNARY_NONZERO: return through(e, x, EXPORT_BOOL);
	case UNARY_ISNAN: return is(e, export_node(e, "IsNaN", x, NULL));
	case UNARY_ISINF: return is_infinite(e, x, u);
	default:
		return plain[u->fn] != NULL ? export_unary(e, plain[u->fn], x)
					    : NULL;
	}
}

EXPORT_OP(export_unary_op)
{
	struct export_value *y =
	    function(e, export_of(e, op->in[0]), &op->a.unary);

	if (y == NULL)
		return err_set(
		    ERR_UNSUPPORTED, "its function has no form in ONNX");
	export_top(e, op->out[0], y);
	return 0;
}

static struct export_value *
floor_mod(struct export *e, struct export_value *x, struct export_value *y)
{
	struct export_value *q =
	    export_unary(e, "Floor", export_binary(e, "Div", x, y));

	return export_binary(e, "Sub", x, export_binary(e, "Mul", y, q));
}

static struct export_value *
trunc_mod(struct export *e, struct export_value *x, struct export_value *y)
{
	struct export_node *n = export_node(e, "Mod", x, y, NULL);

	export_int(e, n, "fmod", 1);
	return export_out(e, n);
}

/* Of what is 0 or not. */
static struct export_value *
logic(struct export *e, const char *op, struct export_value *x,
    struct export_value *y)
{
	x = export_cast(e, x, EXPORT_BOOL);
	y = export_cast(e, y, EXPORT_BOOL);
	return compared(e, op, x, y);
}

EXPORT_OP(export_binary_op)
{
	static const struct {
		const char *name;
		struct export_value *(*make)(struct export *e, const char *op,
		    struct export_value *x, struct export_value *y);
	} fns[BINARY_KINDS] = {
		[BINARY_ADD] = { "Add", export_binary },
		[BINARY_SUB] = { "Sub", export_binary },
		[BINARY_MUL] = { "Mul", export_binary },
		[BINARY_DIV] = { "Div", export_binary },
		[BINARY_MAX] = { "Max", export_binary },
		[BINARY_MIN] = { "Min", export_binary },
		[BINARY_POW] = { "Pow", export_binary },
		[BINARY_GT] = { "Greater", compared },
		[BINARY_GE] = { "GreaterOrEqual", compared },
		[BINARY_LT] = { "Less", compared },
		[BINARY_LE] = { "LessOrEqual", compared },
		[BINARY_EQ] = { "Equal", compared },
		[BINARY_AND] = { "And", logic },
		[BINARY_OR] = { "Or", logic },
		[BINARY_XOR] = { "Xor", logic },
	};
	const enum binary_fn fn = op->a.binary.fn;
	struct export_value *x = export_of(e, op->in[0]);
	struct export_value *y = export_of(e, op->in[1]);

	if (fn == BINARY_MOD)
		y = floor_mod(e, x, y);
	else if (fn == BINARY_FMOD)
		y = trunc_mod(e, x, y);
	else if (fns[fn].make != NULL)
		y = fns[fn].make(e, fns[fn].name, x, y);
	else
		return err_set(
		    ERR_UNSUPPORTED, "its function has no form in ONNX");
	export_top(e, op->out[0], y);
	return 0;
}

EXPORT_OP(export_sum)
{
	const float *c = op->a.sum.coeff;
	struct export_value *in[OP_SUM_MAX], *y;

	for (int i = 0; i < op->nin; i++)
		in[i] = export_of(e, op->in[i]);
	if (op->nin == 2 && c[0] == 1 && c[1] == -1) {
		y = export_binary(e, "Sub", in[0], in[1]);
	} else {
		for (int i = 0; i < op->nin; i++)
			in[i] = export_affine(e, in[i], c[i], 0);
		y = op->nin == 1
		    ? in[0]
		    : export_out(e,
			  export_node_of(e, op->nin == 2 ? "Add" : "Sum", in,
			      (size_t)op->nin));
	}
	export_top(e, op->out[0], y);
	return 0;
}

void
export_axes(
    struct export *e, struct export_node *n, uint32_t axes, int rank, int since)
{
	int64_t v[SHAPE_MAX];
	size_t k = 0;

	for (int i = 0; i < rank; i++)
		if (axes >> i & 1)
			v[k++] = i;
	if (e->opset >= since)
		export_in(n, export_whole_numbers(e, v, k));
	else
		export_ints(e, n, "axes", v, k);
}

EXPORT_OP(export_reduce)
{
	static const struct {
		const char *name;
		int since; /* axes are an input from that opset on */
	} fns[] = { [REDUCE_SUM] = { "ReduceSum", 13 },
		[REDUCE_ASUM] = { "ReduceL1", 18 },
		[REDUCE_SUMSQ] = { "ReduceSumSquare", 18 },
		[REDUCE_MAX] = { "ReduceMax", 18 },
		[REDUCE_MIN] = { "ReduceMin", 18 } };
	const struct op_reduce *r = &op->a.reduce;
	const struct shape *x = export_shape(e, op->in[0]);
	const char *name = fns[r->fn].name;
	int since = fns[r->fn].since;
	float coeff = r->coeff;
	struct export_node *n;
	double count = 1;

	for (int i = 0; i < x->n; i++)
		if (r->axes >> i & 1)
			count *= (double)x->d[i];
	if (r->axes == 0) {
		export_top(e, op->out[0], export_of(e, op->in[0]));
		return 0;
	}
	if (r->fn == REDUCE_SUM && coeff == (float)(1 / count)) {
		name = "ReduceMean";
		since = 18;
		coeff = 1;
	}
	n = export_node(e, name, export_of(e, op->in[0]), NULL);
	export_axes(e, n, r->axes, x->n, since);
	export_top(e, op->out[0], export_affine(e, export_out(e, n), coeff, 0));
	return 0;
}
