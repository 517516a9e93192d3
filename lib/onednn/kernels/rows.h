/*
 * Matrix products with few rows: inner products of a batch, where the weights
 * are much larger than the data and must stream from memory once.
 *
 * x is (M,K), w (N,K), y (M,N), all plain and row-major:
 *	y  = x w' + b       forward
 *	dx = dy w           to the data
 *	dw = dy' x          to the weights
 * Register tiles of 6 by 4 vectors, for AVX-512; oneDNN serves other CPUs,
 * other shapes and bf16.
 */
#ifndef ONEDNN_ROWS_H
#define ONEDNN_ROWS_H

#include "onednn/plan.h"

/* Build MATMUL op i with own kernels, or OD_REF. */
od_build_fn od_rows_matmul;

enum { OD_ROWS_M = 6, OD_ROWS_N = 4, OD_ROWS_K = 64 };

/* sums[r * 4 + c] = x[r] . w[c], k long; x rows lie k apart, mr <= 6 of them. */
void od_rows_dot(
    int mr, const float *x, size_t k, const float *const *w, float *sums);
/* dx[r][0..nk) += sum over n of dy[r][n] w[n][0..nk); nk <= 64. */
void od_rows_data(int mr, const float *dy, size_t dystep, size_t n,
    const float *w, size_t k, float *dx, size_t nk);
/* dw[r][0..nk) = sum over m of dy[m][r] x[m][0..nk); dy is (M, 6), packed. */
void od_rows_weight(int mr, const float *dy, size_t m, const float *x, size_t k,
    float *dw, size_t nk);

#endif
