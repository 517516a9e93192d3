/* Products of matrices in batches that stretch over each other. */
#ifndef NN_LAYERS_ARITH_MATMUL_H
#define NN_LAYERS_ARITH_MATMUL_H

#include "nn/layers/arith/broadcast.h"

/* a (..., M, K), or (..., K, M) when ta, times b (..., K, N), or (..., N, K) when
 * tb; both have two axes or more.  The tensor (..., M, N). */
int layer_matmul(struct layer *l, int a, bool ta, int b, bool tb);

#endif
