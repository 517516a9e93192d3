/* The AVX-512 kernels of rows.h. */
#include "onednn/kernels/rows.h"

#if defined(__x86_64__)
#include "onednn/kernels/avx512.h"

enum { V = OD_ROWS_K / LANES };

/* Calls tile(R, ...) with R a constant. */
#define BY_ROWS(tile, rows, ...)                                               \
	do {                                                                   \
		switch (rows) {                                                \
		case 1: tile(1, __VA_ARGS__); break;                           \
		case 2: tile(2, __VA_ARGS__); break;                           \
		case 3: tile(3, __VA_ARGS__); break;                           \
		case 4: tile(4, __VA_ARGS__); break;                           \
		case 5: tile(5, __VA_ARGS__); break;                           \
		default: tile(6, __VA_ARGS__); break;                          \
		}                                                              \
	} while (0)

AVX512_INLINE void
dot(const int mr, const float *x, size_t k, const float *const *w, float *sums)
{
	const float *w0 = w[0], *w1 = w[1], *w2 = w[2], *w3 = w[3];
	__m512 acc[OD_ROWS_M * OD_ROWS_N];
	size_t i;
	int r;

	UNROLL for (r = 0; r < mr * OD_ROWS_N; r++) acc[r] =
	    _mm512_setzero_ps();
	for (i = 0; i < k; i += LANES) {
		__mmask16 m = od_lanes(k - i);
		__m512 b0 = _mm512_maskz_loadu_ps(m, w0 + i);
		__m512 b1 = _mm512_maskz_loadu_ps(m, w1 + i);
		__m512 b2 = _mm512_maskz_loadu_ps(m, w2 + i);
		__m512 b3 = _mm512_maskz_loadu_ps(m, w3 + i);

		UNROLL for (r = 0; r < mr; r++)
		{
			__m512 a =
			    _mm512_maskz_loadu_ps(m, x + (size_t)r * k + i);

			acc[4 * r] = _mm512_fmadd_ps(a, b0, acc[4 * r]);
			acc[4 * r + 1] = _mm512_fmadd_ps(a, b1, acc[4 * r + 1]);
			acc[4 * r + 2] = _mm512_fmadd_ps(a, b2, acc[4 * r + 2]);
			acc[4 * r + 3] = _mm512_fmadd_ps(a, b3, acc[4 * r + 3]);
		}
	}
	UNROLL for (r = 0; r < mr * OD_ROWS_N; r++) sums[r] = 0;
	od_add_sums(acc, mr * OD_ROWS_N, sums);
}

AVX512 void
od_rows_dot(
    int mr, const float *x, size_t k, const float *const *w, float *sums)
{
	BY_ROWS(dot, mr, x, k, w, sums);
}

AVX512_INLINE void
data(const int mr, const float *dy, size_t dystep, size_t n, const float *w,
    size_t k, float *dx, size_t nk)
{
	__m512 acc[OD_ROWS_M][V];
	__mmask16 m[V];
	size_t i;
	int r, v;

	UNROLL for (v = 0; v < V; v++) m[v] =
	    nk > (size_t)v * LANES ? od_lanes(nk - (size_t)v * LANES) : 0;
	UNROLL for (r = 0; r < mr; r++) UNROLL for (v = 0; v < V; v++)
	    acc[r][v] =
		_mm512_maskz_loadu_ps(m[v], dx + (size_t)r * k + v * LANES);
	for (i = 0; i < n; i++) {
		__m512 b[V];

		UNROLL for (v = 0; v < V; v++) b[v] =
		    _mm512_maskz_loadu_ps(m[v], w + i * k + v * LANES);
		UNROLL for (r = 0; r < mr; r++)
		{
			__m512 a = _mm512_set1_ps(dy[(size_t)r * dystep + i]);

			UNROLL for (v = 0; v < V; v++) acc[r][v] =
			    _mm512_fmadd_ps(a, b[v], acc[r][v]);
		}
	}
	UNROLL for (r = 0; r < mr; r++) UNROLL for (v = 0; v < V; v++)
	    _mm512_mask_storeu_ps(
		dx + (size_t)r * k + v * LANES, m[v], acc[r][v]);
}

AVX512 void
od_rows_data(int mr, const float *dy, size_t dystep, size_t n, const float *w,
    size_t k, float *dx, size_t nk)
{
	BY_ROWS(data, mr, dy, dystep, n, w, k, dx, nk);
}

AVX512_INLINE void
weight(const int mr, const float *dy, size_t m, const float *x, size_t k,
    float *dw, size_t nk)
{
	__m512 acc[OD_ROWS_M][V];
	__mmask16 mask[V];
	size_t i;
	int r, v;

	UNROLL for (v = 0; v < V; v++) mask[v] =
	    nk > (size_t)v * LANES ? od_lanes(nk - (size_t)v * LANES) : 0;
	UNROLL for (r = 0; r < mr; r++) UNROLL for (v = 0; v < V; v++)
	    acc[r][v] = _mm512_setzero_ps();
	for (i = 0; i < m; i++) {
		__m512 b[V];

		UNROLL for (v = 0; v < V; v++) b[v] =
		    _mm512_maskz_loadu_ps(mask[v], x + i * k + v * LANES);
		UNROLL for (r = 0; r < mr; r++)
		{
			__m512 a =
			    _mm512_set1_ps(dy[i * OD_ROWS_M + (size_t)r]);

			UNROLL for (v = 0; v < V; v++) acc[r][v] =
			    _mm512_fmadd_ps(a, b[v], acc[r][v]);
		}
	}
	UNROLL for (r = 0; r < mr; r++) UNROLL for (v = 0; v < V; v++)
	    _mm512_mask_storeu_ps(
		dw + (size_t)r * k + v * LANES, mask[v], acc[r][v]);
}

AVX512 void
od_rows_weight(int mr, const float *dy, size_t m, const float *x, size_t k,
    float *dw, size_t nk)
{
	BY_ROWS(weight, mr, dy, m, x, k, dw, nk);
}

#else

void
od_rows_dot(
    int mr, const float *x, size_t k, const float *const *w, float *sums)
{
	(void)mr, (void)x, (void)k, (void)w, (void)sums;
}

void
od_rows_data(int mr, const float *dy, size_t dystep, size_t n, const float *w,
    size_t k, float *dx, size_t nk)
{
	(void)mr, (void)dy, (void)dystep, (void)n, (void)w, (void)k, (void)dx;
	(void)nk;
}

void
od_rows_weight(int mr, const float *dy, size_t m, const float *x, size_t k,
    float *dw, size_t nk)
{
	(void)mr, (void)dy, (void)m, (void)x, (void)k, (void)dw, (void)nk;
}

#endif
