/* Elementwise functions of one tensor: a table of f and f' by unary_fn. */
#include <math.h>

#include "ref/function.h"
#include "ref/kernel.h"

static double
sigmoid(double x)
{
	return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double
softplus(double x)
{
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double
relu(const struct op_unary *u, double x)
{
	return x > 0 ? x : (double)u->a * x;
}

static double
clip_value(const struct op_unary *u, double x)
{
	return fmin(fmax(x, (double)u->a), (double)u->b);
}

static double
elu(const struct op_unary *u, double x)
{
	return x > 0 ? x : (double)u->a * expm1(x);
}

static double
logistic(const struct op_unary *u, double x)
{
	(void)u;
	return sigmoid(x);
}

static double
hyperbolic(const struct op_unary *u, double x)
{
	(void)u;
	return tanh(x);
}

static double
absolute(const struct op_unary *u, double x)
{
	(void)u;
	return fabs(x);
}

static double
bnll(const struct op_unary *u, double x)
{
	(void)u;
	return softplus(x);
}

static double
exponential(const struct op_unary *u, double x)
{
	return exp((double)u->a * x + (double)u->b);
}

static double
logarithm(const struct op_unary *u, double x)
{
	return (double)u->a * log((double)u->b * x + (double)u->c);
}

static double
power(const struct op_unary *u, double x)
{
	if (u->b * u->c == 0)
		return u->c == 0 ? 1 : pow((double)u->a, (double)u->c);
	x = (double)u->a + (double)u->b * x;
	return u->c == 1 ? x : pow(x, (double)u->c);
}

static double
threshold(const struct op_unary *u, double x)
{
	return x > (double)u->a ? 1 : 0;
}

static double
swish(const struct op_unary *u, double x)
{
	return x * sigmoid((double)u->a * x);
}

static double
gelu(const struct op_unary *u, double x)
{
	(void)u;
	return 0.5 * x * (1 + erf(x / sqrt(2)));
}

static double
mish(const struct op_unary *u, double x)
{
	(void)u;
	return x * tanh(softplus(x));
}

static double
hardswish(const struct op_unary *u, double x)
{
	(void)u;
	return x * fmin(fmax(x + 3, 0), 6) / 6;
}

static double
sign(const struct op_unary *u, double x)
{
	(void)u;
	return x > 0 ? 1 : x < 0 ? -1 : 0;
}

/* f' at x, where y = f(x); by op.h each looks at only one of them. */
static double
relu_d(const struct op_unary *u, double x, double y)
{
	return (u->a >= 0 ? y : x) > 0 ? 1 : (double)u->a;
}

static double
clip_d(const struct op_unary *u, double x, double y)
{
	(void)y;
	return x >= (double)u->a && x <= (double)u->b ? 1 : 0;
}

static double
elu_d(const struct op_unary *u, double x, double y)
{
	if (u->a >= 0)
		return y > 0 ? 1 : y + (double)u->a;
	return x > 0 ? 1 : (double)u->a * exp(x);
}

static double
logistic_d(const struct op_unary *u, double x, double y)
{
	(void)u;
	(void)x;
	return y * (1 - y);
}

static double
hyperbolic_d(const struct op_unary *u, double x, double y)
{
	(void)u;
	(void)x;
	return 1 - y * y;
}

static double
absolute_d(const struct op_unary *u, double x, double y)
{
	(void)y;
	return sign(u, x);
}

static double
bnll_d(const struct op_unary *u, double x, double y)
{
	(void)u;
	(void)y;
	return sigmoid(x);
}

static double
exponential_d(const struct op_unary *u, double x, double y)
{
	(void)x;
	return (double)u->a * y;
}

static double
logarithm_d(const struct op_unary *u, double x, double y)
{
	(void)y;
	return (double)u->a * (double)u->b / ((double)u->b * x + (double)u->c);
}

static double
power_d(const struct op_unary *u, double x, double y)
{
	const double slope = (double)u->b * (double)u->c;

	(void)y;
	if (slope == 0 || u->c == 1)
		return slope;
	return slope * pow((double)u->a + (double)u->b * x, (double)u->c - 1);
}

static double
swish_d(const struct op_unary *u, double x, double y)
{
	const double s = sigmoid((double)u->a * x);

	(void)y;
	return s + (double)u->a * x * s * (1 - s);
}

static double
gelu_d(const struct op_unary *u, double x, double y)
{
	(void)u;
	(void)y;
	return 0.5 * (1 + erf(x / sqrt(2))) +
	    x * exp(-x * x / 2) / sqrt(2 * acos(-1));
}

static double
mish_d(const struct op_unary *u, double x, double y)
{
	const double t = tanh(softplus(x));

	(void)u;
	(void)y;
	return t + x * (1 - t * t) * sigmoid(x);
}

static double
hardswish_d(const struct op_unary *u, double x, double y)
{
	(void)u;
	(void)y;
	if (x <= -3)
		return 0;
	return x >= 3 ? 1 : (2 * x + 3) / 6;
}

static const struct ref_function functions[UNARY_ERF] = {
	[UNARY_RELU] = { relu, relu_d },
	[UNARY_CLIP] = { clip_value, clip_d },
	[UNARY_ELU] = { elu, elu_d },
	[UNARY_SIGMOID] = { logistic, logistic_d },
	[UNARY_TANH] = { hyperbolic, hyperbolic_d },
	[UNARY_ABS] = { absolute, absolute_d },
	[UNARY_BNLL] = { bnll, bnll_d },
	[UNARY_EXP] = { exponential, exponential_d },
	[UNARY_LOG] = { logarithm, logarithm_d },
	[UNARY_POWER] = { power, power_d },
	[UNARY_THRESHOLD] = { threshold, NULL },
	[UNARY_SWISH] = { swish, swish_d },
	[UNARY_GELU] = { gelu, gelu_d },
	[UNARY_MISH] = { mish, mish_d },
	[UNARY_HARDSWISH] = { hardswish, hardswish_d },
	[UNARY_SIGN] = { sign, NULL },
};

static const struct ref_function *
function_of(const struct op_unary *u)
{
	return u->fn < UNARY_ERF ? &functions[u->fn]
				 : &ref_elementary[u->fn - UNARY_ERF];
}

/* x -> y */
KERNEL(ref_unary)
{
	const struct op_unary *u = &op->a.unary;
	const struct ref_function *fn = function_of(u);
	const size_t n = shape_count(out_shape(g, op, 0));

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++)
		out[0][i] = (float)fn->f(u, (double)in[0][i]);
	return 0;
}

/* dy, [x], [y] -> dx */
KERNEL(ref_unary_grad)
{
	const struct op_unary *u = &op->a.unary;
	const struct ref_function *fn = function_of(u);
	const size_t n = shape_count(out_shape(g, op, 0));
	const float *x = op->nin > 1 ? in[1] : NULL;
	const float *y = op->nin > 2 ? in[2] : NULL;

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		const double vx = x != NULL ? (double)x[i] : 0;
		const double vy = y != NULL ? (double)y[i] : 0;

		out[0][i] = (float)((double)in[0][i] * fn->d(u, vx, vy));
	}
	return 0;
}
