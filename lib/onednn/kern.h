/*
 * What own kernels share: clones for the instruction sets of the CPU, an even
 * split of work over OpenMP's threads, bf16 conversion, e^x that vectorises.
 *
 * A kernel that does arithmetic on a range is marked OD_CLONES and called from
 * a parallel region elsewhere: GCC does not clone the regions themselves.
 * Results never depend on which thread does what, except where sums are
 * split by thread, which is the same in every run with the same threads.
 */
#ifndef ONEDNN_KERN_H
#define ONEDNN_KERN_H

#include <omp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/clones.h"

#define OD_CLONES CLONES("avx512f", "avx2,fma", "default")

enum { OD_GRAIN = 1 << 14 }; /* elements worth a second thread */

/* This thread's part [*lo, *hi) of n, in multiples of unit. */
static inline void
od_part(size_t n, size_t unit, size_t *lo, size_t *hi)
{
	size_t t = (size_t)omp_get_num_threads();
	size_t me = (size_t)omp_get_thread_num();
	size_t units = (n + unit - 1) / unit;
	size_t each = units / t, rest = units % t;

	*lo = (me * each + (me < rest ? me : rest)) * unit;
	*hi = *lo + (each + (me < rest ? 1 : 0)) * unit;
	if (*lo > n)
		*lo = n;
	if (*hi > n)
		*hi = n;
}

static inline float
od_from_bf16(uint16_t h)
{
	uint32_t u = (uint32_t)h << 16;
	float f;

	memcpy(&f, &u, sizeof(f));
	return f;
}

/* Round to nearest even; NaN stays NaN. */
static inline uint16_t
od_to_bf16(float f)
{
	uint32_t u;

	memcpy(&u, &f, sizeof(u));
	if ((u & 0x7fffffffu) > 0x7f800000u)
		return (uint16_t)(u >> 16 | 0x40);
	return (uint16_t)((u + 0x7fffu + (u >> 16 & 1)) >> 16);
}

/* Elements converted at a time where floats are computed for bf16. */
enum { OD_CHUNK = 256 };

static inline void
od_widen(float *to, const uint16_t *from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = od_from_bf16(from[i]);
}

static inline void
od_narrow(uint16_t *to, const float *from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = od_to_bf16(from[i]);
}

/*
 * e^x within 2 ulp for x in [ln FLT_MIN, 88], clamped outside: 2^k e^r with
 * r in [-ln2/2, ln2/2] by its Taylor polynomial of degree 7.  The lower end is
 * where losses stop too (Caffe's log of at least FLT_MIN): one that is nearer
 * would make a hopeless softmax look better than it is.
 */
static inline float
od_exp(float x)
{
	float k, r, p;
	int32_t i;

	x = x < -87.3365402f ? -87.3365402f : x;
	x = x > 88.0f ? 88.0f : x;
	k = x * 1.44269504f + 12582912.0f; /* 1.5 * 2^23: rounds to integer */
	k -= 12582912.0f;
	r = x - k * 0.693359375f;
	r += k * 2.12194440e-4f;
	p = 1.0f / 5040;
	p = p * r + 1.0f / 720;
	p = p * r + 1.0f / 120;
	p = p * r + 1.0f / 24;
	p = p * r + 1.0f / 6;
	p = p * r + 0.5f;
	p = p * r + 1.0f;
	p = p * r + 1.0f;
	i = (int32_t)((uint32_t)((int32_t)k + 127) << 23);
	memcpy(&r, &i, sizeof(r));
	return p * r;
}

#endif
