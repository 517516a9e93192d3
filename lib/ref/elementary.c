/* Elementary functions and steps of one number; see ref/unary.c for those that
 * nets are activated by. */
#include <math.h>

#include "ref/function.h"

#define PI 3.14159265358979323846

/* NAME and NAME_d: the function of x and its derivative, of x and y. */
#define FUNCTION(name, value)                                                  \
	static double name(const struct op_unary *u, double x)                 \
	{                                                                      \
		(void)u;                                                       \
		return value;                                                  \
	}
#define WITH_SLOPE(name, value, slope)                                         \
	FUNCTION(name, value)                                                  \
	static double name##_d(const struct op_unary *u, double x, double y)   \
	{                                                                      \
		(void)u;                                                       \
		(void)x;                                                       \
		(void)y;                                                       \
		return slope;                                                  \
	}

WITH_SLOPE(erf_of, erf(x), 2 / sqrt(PI) * exp(-x * x))
WITH_SLOPE(sin_of, sin(x), cos(x))
WITH_SLOPE(cos_of, cos(x), -sin(x))
WITH_SLOPE(tan_of, tan(x), 1 + tan(x) * tan(x))
WITH_SLOPE(asin_of, asin(x), 1 / sqrt(1 - x * x))
WITH_SLOPE(acos_of, acos(x), -1 / sqrt(1 - x * x))
WITH_SLOPE(atan_of, atan(x), 1 / (1 + x * x))
WITH_SLOPE(sinh_of, sinh(x), cosh(x))
WITH_SLOPE(cosh_of, cosh(x), sinh(x))
WITH_SLOPE(asinh_of, asinh(x), 1 / sqrt(x * x + 1))
WITH_SLOPE(acosh_of, acosh(x), 1 / sqrt(x * x - 1))
WITH_SLOPE(atanh_of, atanh(x), 1 / (1 - x * x))
WITH_SLOPE(softsign, x / (1 + fabs(x)), 1 / pow(1 + fabs(x), 2))
WITH_SLOPE(shrink,
    x<-(double)u->a ? x + (double)u->b : x>(double) u->a ? x - (double)u->b : 0,
    x<-(double)u->a || x>(double) u->a)
WITH_SLOPE(thresholded, x > (double)u->a ? x : 0, x > (double)u->a)
FUNCTION(floor_of, floor(x))
FUNCTION(ceil_of, ceil(x))
FUNCTION(round_of, nearbyint(x))
FUNCTION(trunc_of, trunc(x))
FUNCTION(nonzero, x != 0)
FUNCTION(is_nan, isnan(x) != 0)
FUNCTION(is_inf, isinf(x) && (x > 0 ? u->a : u->b) != 0)

/* Rounded to `bits` behind the first, halves to even; what is below 2^least has
 * fewer; what rounds to 2^top or more is infinite. */
static double
rounded(double x, int bits, int least, int top)
{
	int e;
	double unit, y;

	if (x == 0 || !isfinite(x))
		return x;
	frexp(x, &e);
	e = e - 1 < least ? least : e - 1;
	unit = ldexp(1, e - bits);
	y = nearbyint(x / unit) * unit;
	return fabs(y) >= ldexp(1, top) ? copysign(INFINITY, x) : y;
}

FUNCTION(float16, rounded(x, 10, -14, 16))
FUNCTION(bfloat16, rounded(x, 7, -126, 128))

static double
wrap(const struct op_unary *u, double x)
{
	const double lo = (double)u->a, range = (double)u->b;
	double r;

	if (!isfinite(x))
		return 0;
	r = fmod(trunc(x) - lo, range);
	return r < 0 ? r + range + lo : r + lo;
}

#define AT(fn) [UNARY_##fn - UNARY_ERF]

const struct ref_function ref_elementary[UNARY_KINDS - UNARY_ERF] = {
	AT(ERF) = { erf_of, erf_of_d },
	AT(SIN) = { sin_of, sin_of_d },
	AT(COS) = { cos_of, cos_of_d },
	AT(TAN) = { tan_of, tan_of_d },
	AT(ASIN) = { asin_of, asin_of_d },
	AT(ACOS) = { acos_of, acos_of_d },
	AT(ATAN) = { atan_of, atan_of_d },
	AT(SINH) = { sinh_of, sinh_of_d },
	AT(COSH) = { cosh_of, cosh_of_d },
	AT(ASINH) = { asinh_of, asinh_of_d },
	AT(ACOSH) = { acosh_of, acosh_of_d },
	AT(ATANH) = { atanh_of, atanh_of_d },
	AT(SOFTSIGN) = { softsign, softsign_d },
	AT(SHRINK) = { shrink, shrink_d },
	AT(THRESHOLDED) = { thresholded, thresholded_d },
	AT(FLOAT16) = { float16, NULL },
	AT(BFLOAT16) = { bfloat16, NULL },
	AT(FLOOR) = { floor_of, NULL },
	AT(CEIL) = { ceil_of, NULL },
	AT(ROUND) = { round_of, NULL },
	AT(TRUNC) = { trunc_of, NULL },
	AT(WRAP) = { wrap, NULL },
	AT(NONZERO) = { nonzero, NULL },
	AT(ISNAN) = { is_nan, NULL },
	AT(ISINF) = { is_inf, NULL },
};
