/* Elementwise functions from UNARY_ERF on, as ref/elementary.c defines them, in
 * float: n numbers at a time, y and dx may be an input. */
#ifndef ONEDNN_MATH_ELEMENTARY_H
#define ONEDNN_MATH_ELEMENTARY_H

#include <stddef.h>

#include "graph/op.h"

void
od_elementary(const struct op_unary *u, size_t n, const float *x, float *y);
/* dx from dy and x; of those that have a gradient. */
void od_elementary_grad(const struct op_unary *u, size_t n, const float *dy,
    const float *x, float *dx);

#endif
