/*
 * A net: a prototxt for one phase, made into a graph.
 *
 * net_new filters the layers by phase and stages, adds them in order, and leaves
 * a graph with named blobs, parameters, feeds and outputs; net_backward adds the
 * gradient.  Weights are not here: they live in the plan that a device makes of
 * the graph, and net_fill / net_copy_weights / net_save_weights move them.
 *
 * Blobs are names, tensors are values: a layer that works in place gives its
 * blob a new tensor, so nothing is overwritten and any layer may work in place.
 * Fan-out needs no Split layers.
 */
#ifndef NN_NET_H
#define NN_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "caffe/caffe.pb-c.h"
#include "graph/backend.h"
#include "nn/layer.h"

enum { NET_LAYERS_MAX = 10000 };

struct net_blob {
	const char *name;
	int tensor;  /* of the last layer that made it (in-place chains) */
	int layer;   /* that layer's index */
	bool output; /* no layer reads it */
	float loss_weight; /* != 0: part of the loss */
};

struct net_param {
	char *key;          /* "conv1/0": the PARAM tensor's name */
	int layer, index;   /* which blob of which layer */
	int tensor;         /* the PARAM (the owner's) */
	struct shape shape; /* as this layer sees it */
	float lr_mult,
	    decay_mult; /* shared: what owner and sharers agreed on */
	bool learn;
	bool frozen; /* by net_freeze; of an owner */
	/* index of the param whose tensor this is (sharing), or its own index
	 */
	int owner;
	const Caffe__FillerParameter *filler; /* or NULL */
	const char *share;                    /* its param{name}, or NULL */
};

struct net {
	const char *name;
	struct graph *graph;
	bool train;
	bool force_backward;
	struct layer *layers;
	int nlayers;
	struct net_blob *blobs;
	int nblobs;
	struct net_param *params; /* in layer order, as Caffe numbers them */
	int nparams;
	Caffe__NetParameter *p; /* the filtered net; owned */
	const struct net_opts
	    *opts; /* while net_new runs, for emit(); else NULL */
	const Caffe__NetParameter
	    *whole;          /* the same: the net before the filter */
	struct arena *names; /* of blobs that the prototxt does not name */
	size_t blob_cap, param_cap;
};

struct net_opts {
	Caffe__Phase phase;
	const char *const *stages; /* NULL-terminated; may be NULL */
	int level;
	/* Gradients of the net's inputs too (also set by the prototxt's field). */
	bool force_backward;
	/* Input shapes: name -> shape, overriding the prototxt's (run-time reshape,
	 * batch size); ends with a NULL name. */
	const struct net_input {
		const char *name;
		struct shape shape;
	} * inputs;
	/* Shape of the tops of feed layers: asked for each (feeds know their data).
	 * Returns 0 and the shapes of ntop tops.  NULL: only layers that state
	 * their shapes (DummyData, MemoryData) are taken. */
	int (*feed_shape)(
	    void *ctx, const struct layer *l, struct shape *top, int ntop);
	/* Tops of feed layers as the other layers are to see them; or NULL: as
	 * they are. */
	int (*feed_made)(void *ctx, struct layer *l, int top, int tensor);
	void *feed_ctx;
	/* Told of the layer that cannot be made, while the net is there; or NULL. */
	void (*failed)(void *ctx, const struct layer *l);
	/* InnerProduct without num_output gets this (DIGITS: number of classes). */
	int classes;
};

/* caffe_net_filter (caffe/filter.h); ERR_RANGE when more than NET_LAYERS_MAX layers
 * stay. */
int net_filter(Caffe__NetParameter **out, const Caffe__NetParameter *np,
    const Caffe__NetState *state);

/* Copies what it needs of np, which must be upgraded (caffe/upgrade.h).  Errors
 * name layer and blob. */
int net_new(
    struct net **out, const Caffe__NetParameter *np, const struct net_opts *o);
void net_free(struct net *n); /* accepts NULL */

/*
 * A net that is made one layer after another, by those who must know the shapes of
 * blobs to say what comes next.  o and the layers, of which none is left out, must
 * outlive it; outputs are not marked.  After a failure it can only be freed.
 */
int net_begin(struct net **out, const struct net_opts *o);
int net_add(struct net *n, Caffe__LayerParameter *p);

const struct net_blob *net_blob_find(const struct net *n, const char *name);
/* The name of top i of a layer, also of one that the prototxt does not name. */
const char *net_top_name(const struct net *n, const struct layer *l, int i);
const struct layer *net_layer_find(const struct net *n, const char *name);
/* The tensor that is written from outside: the blob as its Input layer made it,
 * also where a layer works on it in place.  -1: the net has no such input. */
int net_input_find(const struct net *n, const char *name);

/* Before net_backward: no blob of a layer whose name matches (fnmatch) is trained
 * any more, nor those that other layers share with it.  How many layers with
 * weights match. */
int net_freeze(struct net *n, const char *pattern);

/* Append the gradient of all losses for every param with lr_mult != 0 (and for
 * the net's inputs with force_backward).  ERR_FORMAT when there is no loss. */
int net_backward(struct net *n);
/* The same from seeds of one's own instead of the losses. */
int
net_backward_from(struct net *n, const struct graph_seed *seeds, int nseeds);
/* Sum of loss_weight * loss blobs, read from the plan after a run. */
int net_loss(const struct net *n, struct plan *p, double *out);

/* Caffe's fillers (nn/filler.h), from the seed and the param's key: the same
 * numbers whatever the order of layers.  Writes every owned param of the plan. */
int net_fill(const struct net *n, struct plan *p, uint64_t seed);

/* *has: no layer of batch normalisation is without running statistics; until it has
 * seen a batch, what it gives with them is far from anything, and through many
 * layers not a number. */
int net_has_statistics(const struct net *n, struct plan *p, bool *has);

/*
 * Copy by layer name as Caffe does.  The weights are judged first (nn/match.h):
 * on ERR_FORMAT nothing was written.  Layers without weights keep what they had;
 * net_copy_whole refuses them.  report may be NULL; it is added to.
 */
struct net_copy_report;
int net_copy_weights(const struct net *n, struct plan *p,
    const Caffe__NetParameter *weights, struct net_copy_report *report);

/* The net with its weights as Caffe writes it in a caffemodel (all layers of the
 * phase, blobs with shape).  Caller's; free with caffe_msg_free. */
int net_save_weights(
    const struct net *n, struct plan *p, Caffe__NetParameter **out);
/* Into a file (HDF5 when its name ends in ".h5"), with no more in memory than a
 * layer; HDF5 takes the whole. */
int net_write_weights(
    const struct net *n, struct plan *p, const char *path, int force);

#endif
