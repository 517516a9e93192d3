/* What the AVX-512 kernels share. */
#ifndef ONEDNN_AVX512_H
#define ONEDNN_AVX512_H

#include <immintrin.h>
#include <stddef.h>

#define AVX512        __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma")))
#define AVX512_INLINE AVX512 static inline __attribute__((always_inline))
#define UNROLL        _Pragma("GCC unroll 8")

enum { LANES = 16 };

/* Lanes 0..n-1, all of them when n >= 16. */
static inline __mmask16
od_lanes(size_t n)
{
	return (__mmask16)(n >= LANES ? 0xffff : (1U << n) - 1);
}

/* a and b summed in pairs of neighbours, in 32-bit then 64-bit steps. */
AVX512_INLINE __m512
od_fold1(__m512 a, __m512 b)
{
	return _mm512_add_ps(
	    _mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
}

AVX512_INLINE __m512
od_fold2(__m512 a, __m512 b)
{
	__m512d x = _mm512_castps_pd(a), y = _mm512_castps_pd(b);

	return _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(x, y)),
	    _mm512_castpd_ps(_mm512_unpackhi_pd(x, y)));
}

/* out[i] += the sum of v[i], i < n.  Four vectors fold into one whose four
 * quarters hold partial sums of each; four of those are transposed. */
AVX512_INLINE void
od_add_sums(const __m512 *v, int n, float *out)
{
	int i, k;

	for (i = 0; i < n; i += LANES) {
		__m512 q[4], t[4], sum;
		__mmask16 m = od_lanes((size_t)(n - i));

		UNROLL for (k = 0; k < 4; k++)
		{
			__m512 z = _mm512_setzero_ps();
			int j = i + 4 * k;

			q[k] = od_fold2(od_fold1(j < n ? v[j] : z,
					    j + 1 < n ? v[j + 1] : z),
			    od_fold1(j + 2 < n ? v[j + 2] : z,
				j + 3 < n ? v[j + 3] : z));
		}
		t[0] = _mm512_shuffle_f32x4(q[0], q[1], 0x88);
		t[1] = _mm512_shuffle_f32x4(q[0], q[1], 0xdd);
		t[2] = _mm512_shuffle_f32x4(q[2], q[3], 0x88);
		t[3] = _mm512_shuffle_f32x4(q[2], q[3], 0xdd);
		t[0] = _mm512_add_ps(t[0], t[1]);
		t[2] = _mm512_add_ps(t[2], t[3]);
		sum = _mm512_add_ps(_mm512_shuffle_f32x4(t[0], t[2], 0x88),
		    _mm512_shuffle_f32x4(t[0], t[2], 0xdd));
		_mm512_mask_storeu_ps(out + i, m,
		    _mm512_add_ps(sum, _mm512_maskz_loadu_ps(m, out + i)));
	}
}

#endif
