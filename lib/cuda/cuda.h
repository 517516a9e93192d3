/* The CUDA backend, for device/table.c, which finds it in nnutils-cuda.so. */
#ifndef CUDA_CUDA_H
#define CUDA_CUDA_H

#include "graph/backend.h"

extern const struct backend backend_cuda;

#endif
