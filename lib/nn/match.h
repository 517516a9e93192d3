/*
 * Do these weights belong to that net?  The one judge that every program asks.
 *
 * Layers are found by name, as Caffe does it; of several that have one name (or
 * none) the first in the file is for the first in the net, and so on.  Shapes
 * agree up to axes of 1 (the 4-D form of before 2015), and those of a convolution of
 * each channel by itself (C, 1, K, K) with those of all, (C, C, K, K), which are 0 but
 * for each channel's own: FCN's weights have them so.
 *
 * Refused with ERR_FORMAT are weights of another net (not one layer is the
 * net's), a layer whose blobs differ in shape or number (a bias that is missing),
 * and numbers that are NaN or infinite.  That a layer has no weights at all is
 * only written down: fine-tuning wants that, running a net does not
 * (net_copy_whole).
 */
#ifndef NN_MATCH_H
#define NN_MATCH_H

#include <stdbool.h>

#include "base/buf.h"
#include "caffe/caffe.pb-c.h"
#include "graph/graph.h"

struct net;

/* What becomes of each blob of a weights file. */
enum net_copy_state {
	NET_COPIED,
	NET_SKIPPED,  /* the file has a layer that the net has not */
	NET_MISMATCH, /* shapes differ: refused */
	NET_MISSING   /* the net has a param that the file has not */
};
struct net_copy_report {
	struct net_copy_row {
		char *layer;
		int index; /* which blob of the layer */
		enum net_copy_state state;
		struct shape have, want; /* in the file, in the net */
		int param;               /* of the net; -1 for NET_SKIPPED */
		bool own; /* the channels' own weights, out of those of all */
		/* of the weights; NULL for NET_MISSING */
		const Caffe__BlobProto *blob;
	} * rows;
	size_t n, cap;
	size_t layers; /* of the net that want weights of their own */
	size_t filled; /* of these, by this file */
};

/* The verdict without a plan; report is added to. */
int net_match_weights(const struct net *n, const Caffe__NetParameter *weights,
    struct net_copy_report *report);
void net_copy_report_clear(struct net_copy_report *r);
const char *net_copy_state_name(enum net_copy_state s);

/* 0, or ERR_FORMAT that names the layers without weights. */
int net_copy_whole(const struct net_copy_report *r);
/* Call for each layer without weights, in the order of the net. */
void net_copy_each_missing(const struct net_copy_report *r,
    void (*found)(void *ctx, const char *layer), void *ctx);
/* Their names, "conv2, ip1, … and 12 more". */
void net_copy_missing_text(struct buf *b, const struct net_copy_report *r);

/* 0, or ERR_FORMAT that names the first blob with a number that is none. */
int net_layer_finite(const Caffe__LayerParameter *l);
/* Are all of these numbers finite?  The place of the first that is not, or n. */
size_t net_first_infinite(const float *v, size_t n);

#endif
