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

/* An engine with its settings, and the plan made of it. */
struct dnn_choice {
	desc config, plan;
	size_t workspace;
	int64_t engine;
	unsigned notes; /* bits: cudnnBackendNumericalNote_t */
	char name[40];  /* "A3 engine 62": place in the heuristics' list */
};

struct dnn_plan {
	desc all[DNN_DESCS_MAX]; /* what is to be destroyed */
	int n;
	desc pack; /* in all */
	struct dnn_choice best;
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

/* The pointers of all calls of a plan. */
int dnn_pack(struct dnn_plan *p, void *x, void *w, void *y, const void *b,
    const void *sum, void *scratch);

/* -- rt_dnn_tune.c -- */
/* How many engines are measured, at most. */
enum { DNN_TUNE = 8 };
/* What c is to the cache of choices (tune.h). */
void dnn_key(const struct dnn_conv *c, char *out, size_t size);
/* The fastest of n engines, run on the device; 0 where there is no room. */
int dnn_fastest(struct cu_rt *rt, struct dnn_plan *p, const char *key,
    const struct dnn_choice *list, int n);
/* The cache, opened when first wanted. */
struct tune *dnn_tune(struct cu_rt *rt);

#endif
