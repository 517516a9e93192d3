/*
 * Inside nn/layers/moving: layers named after ONNX's operators that move and choose
 * numbers.  Their parameters are those of the operators, in caffe.proto.
 */
#ifndef NN_LAYERS_MOVING_H
#define NN_LAYERS_MOVING_H

#include "nn/layers/types.h"

/* The box of x that begins at start and goes on by step, of size y->n axes: as
 * OP_SLICE where every step is 1, else OP_TAKE; the tensor or an error. */
int moving_take(struct layer *l, int x, const struct op_take *a);

#endif
