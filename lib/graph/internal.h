/* The inside of a graph, for the files of lib/graph alone: backward and the
 * compiler's passes edit the arrays that others see through graph.h. */
#ifndef GRAPH_INTERNAL_H
#define GRAPH_INTERNAL_H

#include <stddef.h>

#include "graph/graph.h"

struct arena;

struct graph {
	struct arena *mem; /* names, in/out arrays, numbers of CONSTs */
	struct tensor *tensors;
	size_t ntensors, tensor_cap;
	/* Where named tensors are, of the first `indexed`: their numbers + 1 by hash
	 * of the name, slots of them, a power of two; 0: free. */
	int *index;
	size_t slots, names, indexed;
	struct op *ops;
	size_t nops, op_cap;
	const char *layer;   /* name that new ops carry */
	enum op_stage stage; /* of ops added now */
};

/* Inputs that an op's rules may ask for without looking: -1 past the end. */
static inline int
op_in(const struct op *op, int i)
{
	return i < op->nin ? op->in[i] : -1;
}

/*
 * Appends an op without shape rules: outputs exist.  What passes use to put an
 * op that replaces others; in and out are copied.
 */
struct op graph_make_op(struct graph *g, enum op_kind kind,
    const union op_attr *a, const int *in, int nin, const int *out, int nout);
int *graph_copy_ids(struct graph *g, const int *ids, int n);
int graph_new_tensor(struct graph *g, enum tensor_kind kind, const char *name,
    const struct shape *s);

/* Removes the ops marked in drop (NULL: none) and sets every producer anew. */
void graph_renumber(struct graph *g, const bool *drop);

/* For rules: t summed over the axes where `to` has 1 and t more. */
int graph_sum_to(struct graph *g, int t, const struct shape *to);
/* For rules: "input 1 is 3x4 where 3x5 is needed". */
int graph_bad_shape(const struct graph *g, const struct op *op, int i,
    const struct shape *need);
int graph_need_shape(const struct graph *g, const struct op *op, int i,
    const struct shape *need);
int graph_need_axes(
    const struct graph *g, const struct op *op, int i, int lo, int hi);

#endif
