/*
 * Elementwise functions: see elementary.h.  Loops are such that they become vectors
 * but for those of the trigonometric functions, which are libm's.
 */
#include "onednn/math/elementary.h"

#include <math.h>

#include "onednn/kern.h"

/* To whole numbers, halves to even: adding and taking off 1.5 2^23 leaves no bits
 * behind the point; from 2^22 on there are at most halves, by which it may round. */
static inline float
rounded(float x)
{
	const float big = 12582912.0f;
	const float y = (x + big) - big;

	return x < 4194304.0f && x > -4194304.0f ? y : rintf(x);
}

static inline float
floored(float x)
{
	const float y = rounded(x);

	return y > x ? y - 1 : y;
}

/*
 * erf: its series near 0; else 1 - (a1 t + ... + a5 t^5) e^(-x^2) with t = 1 / (1 + p
 * |x|), of an error below 1.5e-7 (Abramowitz and Stegun, 7.1.26).
 */
static inline float
erf_of(float x)
{
	const float a = x < 0 ? -x : x, s = x * x;
	const float t = 1 / (1 + 0.3275911f * a);
	float p = 1.061405429f, near = -1.0f / 1320;

	p = p * t - 1.453152027f;
	p = p * t + 1.421413741f;
	p = p * t - 0.284496736f;
	p = p * t + 0.254829592f;
	p = 1 - p * t * od_exp(-s);
	near = near * s + 1.0f / 216;
	near = near * s - 1.0f / 42;
	near = near * s + 1.0f / 10;
	near = near * s - 1.0f / 3;
	near = (near * s + 1) * 1.12837917f * x;
	return a < 0.5f ? near : x < 0 ? -p : p;
}

/* Rounded to half precision: normal numbers keep 11 bits, those below 2^-14 are
 * multiples of 2^-24. */
static inline float
half_of(float x)
{
	const float a = x < 0 ? -x : x;
	const float small = (a + 0.75f) - 0.75f;
	uint32_t u;
	float y;

	memcpy(&u, &a, sizeof(u));
	u = (u + 0xfffu + (u >> 13 & 1)) & ~0x1fffu;
	memcpy(&y, &u, sizeof(y));
	y = a < 6.103515625e-5f ? small : y;
	y = a >= 65520.0f ? INFINITY : y;
	return a != a ? x : copysignf(y, x);
}

static float
wrapped(const struct op_unary *u, float x)
{
	const double low = (double)u->a, range = (double)u->b;
	double r;

	if (!isfinite(x))
		return 0;
	r = fmod(trunc((double)x) - low, range);
	return (float)(r < 0 ? r + range + low : r + low);
}

#define EACH(value)                                                            \
	do {                                                                   \
		for (i = 0; i < n; i++) {                                      \
			const float v = x[i];                                  \
			y[i] = (value);                                        \
		}                                                              \
	} while (0)

/* Those of libm, one at a time. */
static void
slow(const struct op_unary *u, size_t n, const float *x, float *y)
{
	size_t i;

	switch (u->fn) {
	case UNARY_SIN: EACH(sinf(v)); break;
	case UNARY_COS: EACH(cosf(v)); break;
	case UNARY_TAN: EACH(tanf(v)); break;
	case UNARY_ASIN: EACH(asinf(v)); break;
	case UNARY_ACOS: EACH(acosf(v)); break;
	case UNARY_ATAN: EACH(atanf(v)); break;
	case UNARY_SINH: EACH(sinhf(v)); break;
	case UNARY_COSH: EACH(coshf(v)); break;
	case UNARY_ASINH: EACH(asinhf(v)); break;
	case UNARY_ACOSH: EACH(acoshf(v)); break;
	case UNARY_ATANH: EACH(atanhf(v)); break;
	default: EACH(wrapped(u, v)); break;
	}
}

OD_CLONES static void
fast(const struct op_unary *u, size_t n, const float *x, float *y)
{
	const float a = u->a, b = u->b;
	size_t i;

	switch (u->fn) {
	case UNARY_ERF: EACH(erf_of(v)); break;
	case UNARY_SOFTSIGN: EACH(v / (1 + (v < 0 ? -v : v))); break;
	case UNARY_SHRINK: EACH(v < -a ? v + b : v > a ? v - b : 0); break;
	case UNARY_THRESHOLDED: EACH(v > a ? v : 0); break;
	case UNARY_FLOAT16: EACH(half_of(v)); break;
	case UNARY_BFLOAT16: EACH(od_from_bf16(od_to_bf16(v))); break;
	case UNARY_FLOOR: EACH(floored(v)); break;
	case UNARY_CEIL: EACH(-floored(-v)); break;
	case UNARY_ROUND: EACH(rounded(v)); break;
	case UNARY_TRUNC: EACH(v < 0 ? -floored(-v) : floored(v)); break;
	case UNARY_NONZERO: EACH(v != 0 ? 1 : 0); break;
	case UNARY_ISNAN: EACH(v != v ? 1 : 0); break;
	default:
		EACH((v == INFINITY && a != 0) || (v == -INFINITY && b != 0)
			? 1
			: 0);
		break;
	}
}

void
od_elementary(const struct op_unary *u, size_t n, const float *x, float *y)
{
	if ((u->fn >= UNARY_SIN && u->fn <= UNARY_ATANH) || u->fn == UNARY_WRAP)
		slow(u, n, x, y);
	else
		fast(u, n, x, y);
}

#define SLOPE(value)                                                           \
	do {                                                                   \
		for (i = 0; i < n; i++) {                                      \
			const float v = x[i];                                  \
			dx[i] = dy[i] * (value);                               \
		}                                                              \
	} while (0)

static void
slow_grad(const struct op_unary *u, size_t n, const float *dy, const float *x,
    float *dx)
{
	size_t i;

	switch (u->fn) {
	case UNARY_SIN: SLOPE(cosf(v)); break;
	case UNARY_COS: SLOPE(-sinf(v)); break;
	case UNARY_TAN: SLOPE(1 + tanf(v) * tanf(v)); break;
	case UNARY_SINH: SLOPE(coshf(v)); break;
	default: SLOPE(sinhf(v)); break; /* UNARY_COSH */
	}
}

OD_CLONES static void
fast_grad(const struct op_unary *u, size_t n, const float *dy, const float *x,
    float *dx)
{
	const float a = u->a;
	size_t i;

	switch (u->fn) {
	case UNARY_ERF: SLOPE(1.12837917f * od_exp(-v * v)); break;
	case UNARY_ASIN: SLOPE(1 / sqrtf(1 - v * v)); break;
	case UNARY_ACOS: SLOPE(-1 / sqrtf(1 - v * v)); break;
	case UNARY_ATAN: SLOPE(1 / (1 + v * v)); break;
	case UNARY_ASINH: SLOPE(1 / sqrtf(v * v + 1)); break;
	case UNARY_ACOSH: SLOPE(1 / sqrtf(v * v - 1)); break;
	case UNARY_ATANH: SLOPE(1 / (1 - v * v)); break;
	case UNARY_SOFTSIGN:
		SLOPE(1 / ((1 + (v < 0 ? -v : v)) * (1 + (v < 0 ? -v : v))));
		break;
	case UNARY_SHRINK: SLOPE(v < -a || v > a ? 1 : 0); break;
	default: SLOPE(v > a ? 1 : 0); break; /* UNARY_THRESHOLDED */
	}
}

void
od_elementary_grad(const struct op_unary *u, size_t n, const float *dy,
    const float *x, float *dx)
{
	if (u->fn == UNARY_SIN || u->fn == UNARY_COS || u->fn == UNARY_TAN ||
	    u->fn == UNARY_SINH || u->fn == UNARY_COSH)
		slow_grad(u, n, dy, x, dx);
	else
		fast_grad(u, n, dy, x, dx);
}
