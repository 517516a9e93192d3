/*
 * Own gradients of convolutions of one channel each (depthwise), where oneDNN cuts
 * each channel's windows into columns for a product of one row: kernels above 3x3
 * and dilated ones.  A vector is a place's 8 or 16 channels, as blocked layouts
 * have them, so that any stride, dilation and pad is as fast.
 */
#ifndef ONEDNN_DEEP_H
#define ONEDNN_DEEP_H

#include "onednn/plan.h"

/* Build op i, or OD_REF where it is another convolution or its tensors are not in
 * blocks of channels. */
od_build_fn od_deep_data, od_deep_weight;

#endif
