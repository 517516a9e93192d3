/*
 * The fast CPU backend: oneDNN's primitives where they are fast, own kernels
 * where they are not (few channels, Caffe's pooling, losses), and `ref` for what
 * is left, which -v names once.
 *
 * Tensors are kept in the layouts the primitives like; NCHW float32 exists at
 * the doors only.  Same threads, same bits.  precision bf16 keeps activations
 * and their gradients in bf16 and parameters in float32, where the CPU has
 * avx512_bf16; tf32 is float32 here.  The names of all internals begin with od_.
 */
#ifndef ONEDNN_ONEDNN_H
#define ONEDNN_ONEDNN_H

#include "graph/backend.h"

extern const struct backend backend_onednn;

/*
 * Where the CPU is slower in bf16 than in float32, a plan that is asked for in
 * bf16 computes in float32; after this it does as asked.
 */
void onednn_keep_bf16(struct device *d);

#endif
