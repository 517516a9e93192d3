/* Binary functions of plain tensors that stretch over each other in any way. */
#ifndef ONEDNN_MATH_STRETCH_H
#define ONEDNN_MATH_STRETCH_H

#include "onednn/plan.h"

/* Build BINARY op i; never OD_REF. */
od_build_fn od_stretch_binary;

/* z = fn(x, y) for n numbers, of which x and y go on by 1 or 0. */
void od_binary_run(enum binary_fn fn, const float *x, size_t xstep,
    const float *y, size_t ystep, float *z, size_t n);

#endif
