/*
 * Caffe's fillers: the first values of parameters (and of DummyData).
 *
 * constant value · uniform [min, max) · gaussian mean, std, sparse · xavier
 * uniform ±sqrt(3 / n) · msra N(0, sqrt(2 / n)) · positive_unitball rows of sum
 * 1 · bilinear the kernel of an upsampling deconvolution.  n is the fan in
 * (count / dim 0), the fan out (count / dim 1) or their mean, by variance_norm.
 * Formulas: Caffe's filler.hpp; Glorot and Bengio 2010; He et al. 2015.
 */
#ifndef NN_FILLER_H
#define NN_FILLER_H

#include <stdint.h>

#include "base/rng.h"
#include "caffe/caffe.pb-c.h"
#include "graph/shape.h"

/* ERR_FORMAT when f (NULL: constant 0) cannot fill that shape. */
int filler_check(const Caffe__FillerParameter *f, const struct shape *s);
/* Fills v, shape_count(s) floats, after filler_check. */
void filler_fill(float *v, const struct shape *s,
    const Caffe__FillerParameter *f, struct rng *r);
/* Same values every time it is used? */
int filler_is_constant(const Caffe__FillerParameter *f);

#endif
