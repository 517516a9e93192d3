/*
 * Own convolutions for few channels, where oneDNN's blocks of 16 are mostly
 * padding (LeNet: 1, 20 and 50 channels), and the kernels they stand on.
 *
 * An image is spread into rows: row k = (c, i, j) of a convolution without
 * stride is the image of channel c shifted by (i, j), cut to the output's width.
 * Shifts by whole rows overlap in memory, so only the kw horizontal ones are
 * stored: `rows` holds (C, kw, H + 2 pad, W') and row k begins at off[k], its
 * P = H' W' values side by side.  Then, with y and dy as (O, P),
 *	y  = w rows         od_small_forward, 5 outputs at a time
 *	dw = dy rows'       od_small_dot, 5 by 5
 *	drows = w' dy       od_small_spread, 5 rows at a time, added into rows
 * The kernels are for AVX-512; other CPUs use oneDNN.
 */
#ifndef ONEDNN_SMALL_H
#define ONEDNN_SMALL_H

#include "onednn/plan.h"

/* Build op i with own kernels, or OD_REF where oneDNN is faster. */
od_build_fn od_small_conv, od_small_data, od_small_weight;

/* A step that adds bias (C) to v, of axes (N,C,S). */
int od_add_bias(struct od_plan *p, int bias, const struct od_view *v);

/* Are the kernels below for this CPU? */
bool od_small_offered(void);

enum { OD_SMALL_TILE = 5, OD_SMALL_SLACK = 64 }; /* floats past rows' end */

/* y[r][0..n) = bias[r] + sum over k of w[k][r] rows[off[k]..]; y[r] NULL: not
 * wanted.  relu: max(y, 0) + slope min(y, 0). */
void od_small_forward(const float *rows, const int32_t *off, size_t nk,
    const float *w, const float *bias, bool relu, float slope, size_t n,
    float *const *y);
/* out[r * 5 + c] += sum over images and 0..n of dy[r] rows[off[c]]; n a multiple
 * of 16; the images lie dystep and rowstep apart. */
void od_small_dot(const float *const *dy, size_t dystep, const float *rows,
    size_t rowstep, const int32_t *off, size_t images, size_t n, float *out);
/* rows[off[c] + 0..n) += sum over o of w[o][c] dy[o * dystep ..]; n as above. */
void od_small_spread(const float *dy, size_t dystep, size_t no, const float *w,
    const int32_t *off, size_t n, float *rows);

/* Copy h rows of n floats; rows lie fstep and tstep apart. */
void od_small_copy(const float *from, size_t fstep, float *to, size_t tstep,
    size_t h, size_t n);
/*
 * One channel of rows back into its image: to (h, w) = the sum over j < kw of
 * from (kw, hp, ow) shifted by j - pw, from its row ph on.
 */
void od_small_gather(const float *from, size_t kw, size_t hp, size_t ow,
    size_t ph, size_t pw, float *to, size_t h, size_t w);

/* 2x2 windows, stride 2, of planes with even sides: y and which of the four was
 * the first maximum, and back. */
void od_small_pool(const float *x, size_t oh, size_t ow, float *y, uint8_t *at);
void od_small_unpool(
    const float *dy, const uint8_t *at, size_t oh, size_t ow, float *dx);

#endif
