/* Inside of the device proper: for rt_*.c, which include NVIDIA's headers. */
#ifndef CUDA_RT_INT_H
#define CUDA_RT_INT_H

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "cuda/rt.h"

enum { FEED_SLOTS = 3 };

/* A way to the device that is not in use by more than one copy at a time. */
struct feed {
	void *pinned, *there;
	size_t size;
	cudaEvent_t copied, used;
	bool busy;
};

struct cu_rt {
	int index;
	cudaStream_t stream, copies;
	cudaStream_t side; /* made when first wanted, with its events */
	cudaEvent_t forked, joined;
	cudnnHandle_t dnn; /* made when first wanted */
	cublasLtHandle_t blas;
	struct tune *tune; /* NULL until something is measured */
	struct feed feed[FEED_SLOTS];
	int next;
	bool recording;
	uint64_t waits;
	/* A device that is only described: nothing of the above (rt_like.c). */
	cudnnBackendDescriptor_t like;
	size_t total;
};

/* -- rt_feed.c -- */
int rt_feeds_open(struct cu_rt *rt);
void rt_feeds_close(struct cu_rt *rt);

/* 0, or the error of a CUDA call as ERR_DEVICE.  Also what kernels call. */
int cu_failed(int status, const char *what);
int rt_dnn(struct cu_rt *rt, cudnnHandle_t *out);
int rt_blas(struct cu_rt *rt, cublasLtHandle_t *out);

#endif
