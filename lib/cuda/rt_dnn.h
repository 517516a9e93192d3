/*
 * Inside of the convolutions by cuDNN: the graph of operations (rt_dnn_graph.c)
 * and the search for an engine that runs it (rt_dnn.c).
 *
 * Descriptors are kept in a list and destroyed together.  The first refusal is
 * remembered with the library's sentence, and nothing is done any more after it:
 * a graph or a plan that is refused means that the library has no engine for it,
 * and the caller then asks for less.
 */
#ifndef CUDA_RT_DNN_H
#define CUDA_RT_DNN_H

#include "cuda/rt_int.h"

enum { DNN_DESCS_MAX = 64 };
enum { UID_X = 1, UID_W, UID_Y, UID_B, UID_SUM, UID_PASSING };

typedef cudnnBackendDescriptor_t desc;

struct dnn_plan {
	desc all[DNN_DESCS_MAX]; /* what is to be destroyed */
	int n;
	desc config, plan, pack; /* pack is in all, too */
	size_t workspace;
	int64_t engine;
	unsigned notes; /* bits: cudnnBackendNumericalNote_t */
	struct dnn_conv c;
	bool failed;   /* some call was refused */
	char why[256]; /* the library's sentence about it */
};

/* A step of the making. */
void dnn_ok(struct dnn_plan *p, cudnnStatus_t s);
/* NULL after a refusal. */
desc dnn_desc(struct dnn_plan *p, cudnnBackendDescriptorType_t type);
void dnn_put(struct dnn_plan *p, desc d, cudnnBackendAttributeName_t name,
    cudnnBackendAttributeType_t type, int64_t n, const void *v);
void dnn_finish(struct dnn_plan *p, desc d);

/* The operations of p->c in a graph; the caller finishes it. */
desc dnn_graph(struct dnn_plan *p);

#endif
