/* The AVX-512 kernels of small.h: register tiles of 5 by 4 and 5 by 5. */
#include "onednn/kernels/small.h"

#include <string.h>

#if defined(__x86_64__)
#include "onednn/kernels/avx512.h"

enum { T = OD_SMALL_TILE, V = 4, L = LANES };

/* ONEDNN_MAX_CPU_ISA limits these kernels too. */
bool
od_small_offered(void)
{
	int isa = (int)dnnl_get_effective_cpu_isa();

	return (isa & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
}

/* `vecs` (1 to V) vectors of T outputs at rows; left in acc. */
#define FORWARD_TILE(vecs)                                                     \
	do {                                                                   \
		UNROLL for (r = 0; r < T; r++)                                 \
		    UNROLL for (v = 0; v < (vecs); v++) acc[r][v] =            \
			_mm512_set1_ps(bias[r]);                               \
		for (k = 0; k < nk; k++) {                                     \
			const float *b = rows + off[k] + at;                   \
			__m512 x[V];                                           \
			UNROLL for (v = 0; v < (vecs); v++) x[v] =             \
			    _mm512_loadu_ps(b + v * L);                        \
			UNROLL for (r = 0; r < T; r++)                         \
			{                                                      \
				__m512 a =                                     \
				    _mm512_set1_ps(w[k * T + (size_t)r]);      \
				UNROLL for (v = 0; v < (vecs); v++)            \
				    acc[r][v] =                                \
					_mm512_fmadd_ps(a, x[v], acc[r][v]);   \
			}                                                      \
		}                                                              \
	} while (0)

AVX512 static void
store(float *y, __m512 v, size_t left, bool relu, __m512 slope)
{
	if (relu) {
		__m512 zero = _mm512_setzero_ps();

		v = _mm512_fmadd_ps(
		    slope, _mm512_min_ps(v, zero), _mm512_max_ps(v, zero));
	}
	if (left >= L)
		_mm512_storeu_ps(y, v);
	else
		_mm512_mask_storeu_ps(y, od_lanes(left), v);
}

AVX512 void
od_small_forward(const float *rows, const int32_t *off, size_t nk,
    const float *w, const float *bias, bool relu, float slope, size_t n,
    float *const *y)
{
	__m512 acc[T][V], s = _mm512_set1_ps(slope);
	size_t at, k;
	int r, v;

	for (at = 0; at + V * L <= n; at += V * L) {
		FORWARD_TILE(V);
		UNROLL for (r = 0; r < T; r++) if (y[r] != NULL)
		    UNROLL for (v = 0; v < V; v++)
			store(y[r] + at + v * L, acc[r][v], L, relu, s);
	}
	for (; at < n; at += L) {
		FORWARD_TILE(1);
		UNROLL for (r = 0; r < T; r++) if (y[r] != NULL)
		    store(y[r] + at, acc[r][0], n - at, relu, s);
	}
}

AVX512 void
od_small_dot(const float *const *dy, size_t dystep, const float *rows,
    size_t rowstep, const int32_t *off, size_t images, size_t n, float *out)
{
	__m512 acc[T][T];
	size_t i, at;
	int r, c;

	UNROLL for (r = 0; r < T; r++) UNROLL for (c = 0; c < T; c++)
	    acc[r][c] = _mm512_setzero_ps();
	for (i = 0; i < images; i++) {
		const float *b = rows + i * rowstep;
		size_t d = i * dystep;

		for (at = 0; at < n; at += L) {
			__m512 x[T];

			UNROLL for (c = 0; c < T; c++) x[c] =
			    _mm512_loadu_ps(b + off[c] + at);
			UNROLL for (r = 0; r < T; r++)
			{
				__m512 a = _mm512_loadu_ps(dy[r] + d + at);

				UNROLL for (c = 0; c < T; c++) acc[r][c] =
				    _mm512_fmadd_ps(a, x[c], acc[r][c]);
			}
		}
	}
	od_add_sums(&acc[0][0], T * T, out);
}

#define SPREAD_TILE(vecs)                                                      \
	do {                                                                   \
		UNROLL for (r = 0; r < T; r++)                                 \
		    UNROLL for (v = 0; v < (vecs); v++) acc[r][v] =            \
			_mm512_setzero_ps();                                   \
		for (o = 0; o < no; o++) {                                     \
			const float *d = dy + o * dystep + at;                 \
			__m512 x[V];                                           \
			UNROLL for (v = 0; v < (vecs); v++) x[v] =             \
			    _mm512_loadu_ps(d + v * L);                        \
			UNROLL for (r = 0; r < T; r++)                         \
			{                                                      \
				__m512 a =                                     \
				    _mm512_set1_ps(w[o * T + (size_t)r]);      \
				UNROLL for (v = 0; v < (vecs); v++)            \
				    acc[r][v] =                                \
					_mm512_fmadd_ps(a, x[v], acc[r][v]);   \
			}                                                      \
		}                                                              \
		UNROLL for (r = 0; r < T; r++)                                 \
		    UNROLL for (v = 0; v < (vecs); v++)                        \
		{                                                              \
			float *to = rows + off[r] + at + v * L;                \
			_mm512_storeu_ps(to,                                   \
			    _mm512_add_ps(_mm512_loadu_ps(to), acc[r][v]));    \
		}                                                              \
	} while (0)

AVX512 void
od_small_spread(const float *dy, size_t dystep, size_t no, const float *w,
    const int32_t *off, size_t n, float *rows)
{
	__m512 acc[T][V];
	size_t at, o;
	int r, v;

	for (at = 0; at + V * L <= n; at += V * L)
		SPREAD_TILE(V);
	for (; at < n; at += L)
		SPREAD_TILE(1);
}

AVX512 void
od_small_copy(const float *from, size_t fstep, float *to, size_t tstep,
    size_t h, size_t n)
{
	size_t i;

	for (; h > 0; h--, from += fstep, to += tstep) {
		for (i = 0; i + L <= n; i += L)
			_mm512_storeu_ps(to + i, _mm512_loadu_ps(from + i));
		if (i < n) {
			__mmask16 m = od_lanes(n - i);

			_mm512_mask_storeu_ps(
			    to + i, m, _mm512_maskz_loadu_ps(m, from + i));
		}
	}
}

/* Lanes whose index c has lo <= c < hi, for c = at .. at + 15. */
AVX512_INLINE __mmask16
between(size_t at, size_t lo, size_t hi)
{
	uint32_t above = lo <= at ? 0xffff
	    : lo - at >= L        ? 0
				  : 0xffffU << (lo - at) & 0xffff;

	return (__mmask16)(hi <= at ? 0 : above & od_lanes(hi - at));
}

AVX512 void
od_small_gather(const float *from, size_t kw, size_t hp, size_t ow, size_t ph,
    size_t pw, float *to, size_t h, size_t w)
{
	size_t c, i, j;

	for (c = 0; c < w; c += L) {
		for (i = 0; i < h; i++) {
			const float *row = from + (i + ph) * ow + c + pw;
			__m512 sum = _mm512_setzero_ps();

			/* Column c of the image is column c + pw - j of part j. */
			for (j = 0; j < kw; j++)
				sum = _mm512_add_ps(sum,
				    _mm512_maskz_loadu_ps(
					between(c + pw, j, j + ow),
					row + j * hp * ow - j));
			_mm512_mask_storeu_ps(
			    to + i * w + c, od_lanes(w - c), sum);
		}
	}
}

/* The even and the odd ones of 2n floats at x, n <= 16. */
AVX512 static inline void
halves(const float *x, size_t n, __m512 *even, __m512 *odd)
{
	const __m512i e = _mm512_set_epi32(
	    30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
	uint32_t m = n >= L ? 0xffffffffU : (1U << 2 * n) - 1;
	__m512 a = _mm512_maskz_loadu_ps((__mmask16)m, x);
	__m512 b = _mm512_maskz_loadu_ps((__mmask16)(m >> 16), x + L);

	*even = _mm512_permutex2var_ps(a, e, b);
	*odd = _mm512_permutex2var_ps(
	    a, _mm512_add_epi32(e, _mm512_set1_epi32(1)), b);
}

AVX512 static inline void
weave(float *x, size_t n, __m512 even, __m512 odd)
{
	const __m512i lo = _mm512_set_epi32(
	    23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
	const __m512i hi = _mm512_add_epi32(lo, _mm512_set1_epi32(8));
	uint32_t m = n >= L ? 0xffffffffU : (1U << 2 * n) - 1;

	_mm512_mask_storeu_ps(
	    x, (__mmask16)m, _mm512_permutex2var_ps(even, lo, odd));
	_mm512_mask_storeu_ps(
	    x + L, (__mmask16)(m >> 16), _mm512_permutex2var_ps(even, hi, odd));
}

AVX512 void
od_small_pool(const float *x, size_t oh, size_t ow, float *y, uint8_t *at)
{
	size_t i, j;
	int q;

	for (i = 0; i < oh; i++, x += 4 * ow, y += ow, at += ow) {
		for (j = 0; j < ow; j += L) {
			size_t n = ow - j < L ? ow - j : L;
			__mmask16 m = od_lanes(n);
			__m512i place = _mm512_setzero_si512();
			__m512 v[4], best;

			halves(x + 2 * j, n, &v[0], &v[1]);
			halves(x + 2 * ow + 2 * j, n, &v[2], &v[3]);
			best = v[0];
			for (q = 1; q < 4; q++) {
				__mmask16 up =
				    _mm512_cmp_ps_mask(v[q], best, _CMP_GT_OQ);

				best = _mm512_mask_mov_ps(best, up, v[q]);
				place = _mm512_mask_mov_epi32(
				    place, up, _mm512_set1_epi32(q));
			}
			_mm512_mask_storeu_ps(y + j, m, best);
			_mm_mask_storeu_epi8(
			    at + j, m, _mm512_cvtepi32_epi8(place));
		}
	}
}

AVX512 void
od_small_unpool(
    const float *dy, const uint8_t *at, size_t oh, size_t ow, float *dx)
{
	size_t i, j;
	int q;

	for (i = 0; i < oh; i++, dx += 4 * ow, dy += ow, at += ow) {
		for (j = 0; j < ow; j += L) {
			size_t n = ow - j < L ? ow - j : L;
			__mmask16 m = od_lanes(n);
			__m512 d = _mm512_maskz_loadu_ps(m, dy + j), v[4];
			__m512i place = _mm512_cvtepu8_epi32(
			    _mm_maskz_loadu_epi8(m, at + j));

			for (q = 0; q < 4; q++)
				v[q] = _mm512_maskz_mov_ps(
				    _mm512_cmpeq_epi32_mask(
					place, _mm512_set1_epi32(q)),
				    d);
			weave(dx + 2 * j, n, v[0], v[1]);
			weave(dx + 2 * ow + 2 * j, n, v[2], v[3]);
		}
	}
}

#else

/* Never called where od_small_offered says no. */
bool
od_small_offered(void)
{
	return false;
}

void
od_small_forward(const float *rows, const int32_t *off, size_t nk,
    const float *w, const float *bias, bool relu, float slope, size_t n,
    float *const *y)
{
	(void)rows, (void)off, (void)nk, (void)w, (void)bias, (void)relu;
	(void)slope, (void)n, (void)y;
}

void
od_small_dot(const float *const *dy, size_t dystep, const float *rows,
    size_t rowstep, const int32_t *off, size_t images, size_t n, float *out)
{
	(void)dy, (void)dystep, (void)rows, (void)rowstep, (void)off;
	(void)images, (void)n, (void)out;
}

void
od_small_spread(const float *dy, size_t dystep, size_t no, const float *w,
    const int32_t *off, size_t n, float *rows)
{
	(void)dy, (void)dystep, (void)no, (void)w, (void)off, (void)n;
	(void)rows;
}

void
od_small_copy(const float *from, size_t fstep, float *to, size_t tstep,
    size_t h, size_t n)
{
	(void)from, (void)fstep, (void)to, (void)tstep, (void)h, (void)n;
}

void
od_small_gather(const float *from, size_t kw, size_t hp, size_t ow, size_t ph,
    size_t pw, float *to, size_t h, size_t w)
{
	(void)from, (void)kw, (void)hp, (void)ow, (void)ph, (void)pw, (void)to;
	(void)h, (void)w;
}

void
od_small_pool(const float *x, size_t oh, size_t ow, float *y, uint8_t *at)
{
	(void)x, (void)oh, (void)ow, (void)y, (void)at;
}

void
od_small_unpool(
    const float *dy, const uint8_t *at, size_t oh, size_t ow, float *dx)
{
	(void)dy, (void)at, (void)oh, (void)ow, (void)dx;
}

#endif
