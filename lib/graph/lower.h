/*
 * What every compiler of plans asks of a graph before it makes steps of it: the
 * passes, which tensors are the same bytes, who reads them last, what is worked
 * out once, what is shared with another plan.
 *
 *	lower_passes(&g, &train, graph);
 *	lower_init(&l, g, train, reads);
 *	...  l.v[t].root, lower_dies(&l, i, t), lower_once(&l, t)
 *	lower_clear(&l);
 */
#ifndef GRAPH_LOWER_H
#define GRAPH_LOWER_H

#include <stdbool.h>

#include "graph/graph.h"

struct lower_value {
	int root; /* first tensor of a chain of RESHAPEs; itself otherwise */
	int last; /* of a root: the last op that reads any of the chain; or -1 */
	bool kept; /* of a root: some tensor of the chain is kept */
	int param; /* of a GRAD: the PARAM it is the gradient of, or -1 */
};

struct lower {
	const struct graph *graph; /* borrowed; not changed while this lives */
	bool train;                /* it has a backward part */
	struct lower_value *v;     /* of each tensor */
};

/*
 * *out: a copy of g, without what nobody reads, with ops joined as backends have
 * kernels for (GRAPH_FUSE_*; in a graph without backward part batch normalisation
 * goes into the convolution before it).  What was joined changes the number of
 * inputs of ops: op.h says how far.
 */
int lower_passes(struct graph **out, bool *train, const struct graph *g);

/* Does a backend's kernel of op read the numbers of input k, or its shape alone?
 * Only asked of inputs that are there. */
typedef bool lower_reads_fn(const struct op *op, int k);
/* reads NULL: all inputs are. */
void lower_init(
    struct lower *l, const struct graph *g, bool train, lower_reads_fn *reads);
void lower_clear(struct lower *l); /* accepts one that is all zeros */

/* Does t depend on PARAMs and CONSTs alone, in a plan that works such tensors out
 * once after parameters change? */
bool lower_once(const struct lower *l, int t);
/* May op i, which makes a value, write over the bytes of its input t: a value
 * that nobody reads later? */
bool lower_dies(const struct lower *l, int i, int t);
/* Has an input or output of op no elements?  Kernels are not asked then. */
bool lower_empty(const struct graph *g, const struct op *op);

/* Of PARAM or STATE t of g: *u becomes the tensor of the same name and kind in
 * `from`, -1 when there is none.  ERR_FORMAT when it has another number of
 * elements. */
int
lower_shared(int *u, const struct graph *g, int t, const struct graph *from);

#endif
