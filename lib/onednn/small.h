/* Own convolutions for few channels, where blocks of 16 are mostly padding. */
#ifndef ONEDNN_SMALL_H
#define ONEDNN_SMALL_H

#include "onednn/plan.h"

/* Build op i with own kernels, or OD_REF where oneDNN is faster. */
od_build_fn od_small_conv, od_small_data, od_small_weight;

/* A step that adds bias (C) to v, of axes (N,C,S). */
int od_add_bias(struct od_plan *p, int bias, const struct od_view *v);

#endif
