/*
 * Inside nn/torch: how layers of the standard nets are called by others.
 *
 * A rule says which layers it is of and what their module is.  In the layer's name #
 * stands for a number, and in the module's $ for that number.  The first that fits
 * counts.  Layers of blocks that are alike have a rule for the block, which is what
 * their names begin with, and rules for its parts.
 */
#ifndef NN_TORCH_RULES_H
#define NN_TORCH_RULES_H

#include <stdbool.h>

#include "base/buf.h"
#include "caffe/caffe.pb-c.h"

struct net_rule {
	const char *layer, *module;
};

struct net_block {
	const char *layer, *module;
	const struct net_rule *parts; /* ends with a NULL layer */
};

struct net_names {
	const char *net;                /* the standard net's name */
	const char *whose;              /* "torchvision's VGG-16" */
	const struct net_rule *rules;   /* ends with a NULL layer */
	const struct net_block *blocks; /* the same; or NULL */
	/* Units of a convolution X and its normalisation X/bn: the rules are of X,
	 * and the module's ".conv" and ".bn" follow. */
	bool units;
};

extern const struct net_names net_names_all[]; /* ends with a NULL net */

/* A net that has the name of one of ours, and another make. */
struct net_stranger {
	const char *layer;  /* a layer of ours */
	const char *array;  /* an array of theirs */
	const char *differ; /* how it differs */
};
extern const struct net_stranger net_strangers[]; /* ends with a NULL layer */

/* The module of that layer into b: 1, or 0 when no rule fits it. */
int net_names_apply(
    struct buf *b, const struct net_names *names, const char *layer);

/* For how many of a net's convolutions and linear layers they have a word. */
void net_names_cover(size_t *named, size_t *all, const struct net_names *names,
    const Caffe__NetParameter *net);

#endif
