/*
 * What layers of ONNX's operators share: shapes that stretch over each other as
 * numpy's do, and a layer's axes.
 */
#ifndef NN_LAYERS_ARITH_BROADCAST_H
#define NN_LAYERS_ARITH_BROADCAST_H

#include "nn/layers/types.h"

/* Tensor x with n axes: axes of 1 are put before its own. */
int layer_lift(struct layer *l, int x, int n);
/* The shape that the shapes of both stretch to, axes counted from the last;
 * ERR_FORMAT naming both. */
int
layer_stretch(struct shape *out, const struct shape *a, const struct shape *b);
/* x stretched to s, which has as many axes or more. */
int layer_stretch_to(struct layer *l, int x, const struct shape *s);
/* fn of two tensors that stretch over each other. */
int layer_binary(struct layer *l, int x, int y, enum binary_fn fn);
/* f(x) = scale x + shift. */
int layer_affine(struct layer *l, int x, float scale, float shift);

#endif
