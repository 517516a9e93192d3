/*
 * A net: a prototxt for one phase, made into a graph.
 *
 * net_new filters the layers by phase and stages, adds them in order, and leaves
 * a graph with named blobs, parameters, feeds and outputs; net_backward adds the
 * gradient.  Weights are not here: they live in the plan that a device makes of
 * the graph, and net_fill / net_copy_weights / net_save_weights move them.
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

struct net_blob {
	const char *name;
	int tensor;       /* of the last layer that made it (in-place chains) */
	int layer;        /* that layer's index, -1: a net input */
	bool output;      /* no layer reads it */
	float loss_weight; /* != 0: part of the loss */
};

struct net_param {
	char *key;        /* "conv1/0": the PARAM tensor's name */
	int layer, index; /* which blob of which layer */
	int tensor;
	float lr_mult, decay_mult;
	bool learn;
	int owner;        /* index of the param whose tensor this is (sharing), or
	                     its own index */
	const Caffe__FillerParameter *filler; /* or NULL */
};

struct net {
	const char *name;
	struct graph *graph;
	bool train;
	struct layer *layers;
	int nlayers;
	struct net_blob *blobs;
	int nblobs;
	struct net_param *params; /* in layer order, as Caffe numbers them */
	int nparams;
	Caffe__NetParameter *p;   /* the filtered net; owned */
};

struct net_opts {
	Caffe__Phase phase;
	const char *const *stages; /* NULL-terminated; may be NULL */
	int level;
	bool force_backward;
	/* Input shapes: name -> shape, overriding the prototxt's (run-time reshape,
	 * batch size); ends with a NULL name. */
	const struct net_input {
		const char *name;
		struct shape shape;
	} *inputs;
	/* Shape of the tops of feed layers: asked for each (feeds know their data).
	 * Returns 0 and the shapes of ntop tops.  NULL: feeds are refused. */
	int (*feed_shape)(void *ctx, const struct layer *l, struct shape *top, int ntop);
	void *feed_ctx;
	/* InnerProduct without num_output gets this (DIGITS: number of classes). */
	int classes;
};

/* Copies what it needs of np, which must be upgraded (caffe/upgrade.h).  Errors
 * name layer and blob. */
int net_new(struct net **out, const Caffe__NetParameter *np,
    const struct net_opts *o);
void net_free(struct net *n); /* accepts NULL */

const struct net_blob *net_blob_find(const struct net *n, const char *name);
const struct layer *net_layer_find(const struct net *n, const char *name);

/* Append the gradient of all losses for every param with lr_mult != 0 (all
 * learnable ones and inputs with force_backward). */
int net_backward(struct net *n);
/* Sum of loss_weight * loss blobs, read from the plan after a run. */
int net_loss(const struct net *n, struct plan *p, double *out);

/* Caffe's fillers, from the seed and the param's key: the same numbers whatever
 * the order of layers.  Writes every owned param of the plan. */
int net_fill(const struct net *n, struct plan *p, uint64_t seed);

/* What became of each blob of a weights file. */
enum net_copy_state { NET_COPIED, NET_SKIPPED, NET_MISMATCH, NET_MISSING };
struct net_copy_report {
	struct net_copy_row {
		char *layer;
		int index;
		enum net_copy_state state;
		struct shape have, want;
	} *rows;
	size_t n;
};
/*
 * Copy by layer name as Caffe does.  A blob of the right count but another shape
 * in the legacy 4-D form is taken; another count is ERR_FORMAT that names layer,
 * both shapes and the remedy (rename the layer).  report may be NULL.
 */
int net_copy_weights(const struct net *n, struct plan *p,
    const Caffe__NetParameter *weights, struct net_copy_report *report);
void net_copy_report_clear(struct net_copy_report *r);

/* The net with its weights as Caffe writes it in a caffemodel (all layers of the
 * phase, blobs with shape).  Caller's; free with caffe__net_parameter__free_unpacked
 * (.., NULL). */
int net_save_weights(const struct net *n, struct plan *p,
    Caffe__NetParameter **out);

#endif
