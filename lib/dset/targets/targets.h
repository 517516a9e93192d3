/*
 * Targets: for each picture another one, which a net is to make of it.  What a data
 * set of them is made from, and what is learnt of it while its sources are scanned.
 */
#ifndef DSET_TARGETS_TARGETS_H
#define DSET_TARGETS_TARGETS_H

#include <stdbool.h>

#include "dset/dset.h"
#include "dset/sources/partners.h"

struct dset_targets_options {
	/* labels NULL: each picture is its own target. */
	struct dset_pairs from[DSET_PARTS];
	/* What targets are brought to; 0: the size of the record where the picture
	 * is its own target, else the size that they have. */
	int width, height;
	int channels;    /* 1 or 3 */
	bool same_shape; /* targets of several sizes are refused */
	bool any_size;   /* pictures are brought to one: theirs may differ */
};

struct dset_targets {
	const struct dset_targets_options *o;
	struct dset_one_size pictures, targets;
};

struct dset_targets *dset_targets_new(const struct dset_targets_options *o);
void dset_targets_free(struct dset_targets *t); /* accepts NULL */

#endif
