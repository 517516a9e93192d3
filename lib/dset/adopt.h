/*
 * A data set of databases that are there: LMDBs of Caffe's, with labels in their
 * Datums or in a database of their own with the same keys; what DIGITS registers as
 * "Images > Other".  Nothing is written anew: files get a second name in the folder (a
 * hard link) or, where that cannot be, are copied.
 */
#ifndef DSET_ADOPT_H
#define DSET_ADOPT_H

#include <stdbool.h>

#include "dset/create.h"

struct dset_adopt_options {
	const char *out;
	bool force;
	/* Of each part, folders with data.mdb or that file; NULL: it has none. */
	const char *features[DSET_PARTS], *labels[DSET_PARTS];
	const char *mean;  /* a mean.binaryproto, or NULL */
	const char *names; /* of the classes, a file; or NULL */
	bool masks;        /* pictures of labels are masks, not targets */
	bool same_shape;   /* pictures of several sizes are refused */
	int threads;
	const char *command; /* for dataset.json */
};

/* Every record is looked at: a damaged one, keys that differ, a shape that differs
 * where all are to have one are ERR_FORMAT.  out as of dset_create. */
int dset_adopt(struct dset_created *out, const struct dset_adopt_options *opts);

#endif
