/*
 * A layer type: how one of Caffe's layers is expressed in ops.
 *
 * A type is one file that checks its parameters and emits ops.  It has no loops
 * over pixels and never knows the backend.  nn/table.c lists the types; a
 * plug-in (--layers FILE.so) exports the same struct.
 *
 *	static int
 *	emit(struct layer *l)
 *	{
 *		float slope = LAYER_PARAM(l, relu_param, &none)->negative_slope;
 *
 *		return layer_top(l, 0, graph_unary(l->graph, l->bottom[0],
 *		    UNARY_RELU, slope, 0, 0));
 *	}
 *	const struct layer_type layer_relu = { "ReLU", 1, 1, 1, 1, .emit = emit };
 */
#ifndef NN_LAYER_H
#define NN_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "graph/graph.h"

struct net;
struct tally; /* metric/tally.h */

/* Raised when the structs below change; a plug-in states what it was built
 * with. */
enum { LAYER_ABI = 4 };

struct layer {
	const Caffe__LayerParameter *p; /* borrowed from the net */
	const char *name;
	const struct layer_type *type;
	struct net *net;
	struct graph *graph;
	int index;  /* in net->layers */
	bool train; /* phase TRAIN */
	int nbottom, ntop;
	int *bottom;  /* tensor ids */
	int *top;     /* set by emit through layer_top */
	int op, nops; /* its ops: [op, op + nops) of the graph */
	int param,
	    nparams; /* its params: [param, param + nparams) of the net */
	void *state; /* the type's own; freed by type->free */
};

/* What a layer is for, to those who change nets or look for something in them
 * without building them. */
enum layer_role {
	LAYER_PLAIN,
	LAYER_INPUT,  /* blobs that are written from outside */
	LAYER_DATA,   /* what is fed: every type with feed set */
	LAYER_LOSS,   /* every type with a loss weight */
	LAYER_SCORE,  /* a figure of how good the answers are */
	LAYER_SINK,   /* takes blobs and makes none */
	LAYER_ANSWER, /* makes probabilities */
	LAYER_NORM    /* normalises with statistics */
};

/* Most tensors of counts that a score layer has. */
enum { LAYER_COUNTS = 4 };

struct layer_type {
	const char *name;           /* the "type" string of a prototxt */
	int min_bottom, max_bottom; /* max -1: any number */
	int min_top, max_top;
	/* Append ops, make params, set every top.  Errors need not name the
	 * layer: the net does. */
	int (*emit)(struct layer *l);
	/* Default loss weight of top 0 (losses: 1); 0 for the others.  A loss
	 * without tops gets its first min_top ones. */
	float loss_weight;
	/* Bit i: no gradient to bottom i ever (labels). */
	uint64_t no_grad;
	void (*free)(struct layer *l); /* releases state; may be NULL */
	/* A layer that is fed from outside (Data, HDF5Data, ImageData, ...): the
	 * trainer binds a feed to it.  Its tops are INPUT tensors. */
	bool feed;
	/* A type that stands for others (Python): the one that is meant, or NULL
	 * with the sentence set. */
	const struct layer_type *(*resolve)(const Caffe__LayerParameter *p);
	/* Where feed and loss_weight do not say it: see layer_role. */
	enum layer_role role;
	/*
	 * A score that is no mean over batches (metric/tally.h); both NULL: it is
	 * one.  counts: the kept tensors whose values of each batch are added up;
	 * how many, 0: this layer counts nothing.  tally: what adds them up, the
	 * caller's; names of classes as far as they are known.  The layer's tops
	 * are figures of one batch, and are not averaged where it counts.
	 */
	int (*counts)(const struct layer *l, int tensor[LAYER_COUNTS]);
	int (*tally)(const struct layer *l, const char *const *names,
	    size_t nnames, struct tally **out);
};

extern const struct layer_type *const layer_types[];        /* ends with NULL */
const struct layer_type *layer_type_find(const char *name); /* or NULL */
/* LAYER_PLAIN when there is no such type. */
enum layer_role layer_role(const char *type);
/* Does a data layer give labels alone?  One top that is called so, or a source
 * that is (DIGITS: .../labels). */
bool layer_gives_labels(const Caffe__LayerParameter *l);

/* The tensors of its counts; how many, 0: it has none. */
int layer_counts(const struct layer *l, int tensor[LAYER_COUNTS]);

/* Is the blob one of its tops? */
bool layer_makes(const Caffe__LayerParameter *l, const char *blob);

/* The parameter message of a type, or its defaults:
 *	static const Caffe__ReLUParameter none = CAFFE__RE_LUPARAMETER__INIT;
 *	LAYER_PARAM(l, relu_param, &none)->negative_slope */
#define LAYER_PARAM(l, field, none) ((l)->p->field ? (l)->p->field : (none))

/* For emit(): shape of bottom i.  Borrowed until the next op is added. */
const struct shape *layer_shape(const struct layer *l, int i);
/* Sets top i.  The id is forwarded; negative ids are errors and returned. */
int layer_top(struct layer *l, int i, int tensor);
/* Axis a of bottom i, negative from the end; ERR_RANGE naming the shape. */
int layer_axis(const struct layer *l, int i, int axis, int *out);
/* A tensor that carries no gradient: x, or an identity that stops it. */
int layer_stop_gradient(struct layer *l, int x);

/*
 * Parameter blob i of this layer: a PARAM tensor of that shape, shared when the
 * prototxt's param{name} says so, filled by `filler` (NULL: constant 0) when the
 * net is started without weights.  learn false: never updated by the solver
 * (BatchNorm's running sums).  Called for i = 0, 1, … in order.  Returns the
 * tensor id.
 */
int layer_param(struct layer *l, int i, const struct shape *s,
    const Caffe__FillerParameter *filler, bool learn);
extern const Caffe__FillerParameter layer_fill_one; /* constant 1 */

/* A BlobShape as a shape; ERR_RANGE when it cannot be one. */
int layer_blob_shape(struct shape *out, const Caffe__BlobShape *s);

#endif
