/*
 * Pictures of a data set that look the same: copies in another size or compression, a
 * little brighter, with a mark upon them.  One that stands in train and in val makes
 * the validation worth less; with two labels it teaches nothing.
 *
 * Two belong together when their hashes differ in few bits and their small pictures
 * agree (look.h); groups are what hangs together by such pairs.
 */
#ifndef DSET_NEAR_H
#define DSET_NEAR_H

#include "base/buf.h"
#include "dset/dset.h"
#include "dset/list.h"
#include "prog/prog.h"

enum { NEAR_BITS = 8 }; /* unless it is said */

struct near_options {
	int part;    /* -1: all */
	int bits;    /* in which hashes may differ, 0 to PAIRS_BITS_MAX */
	bool across; /* only groups that stand in several parts */
	int threads;
	enum prog_format format;
	const struct opt_list *require; /* gates */
	const struct dset_bad *bad;
};

/* The groups and their figures into out; ERR_GATE where a gate is not met. */
int
near_show(struct buf *out, const struct dset *d, const struct near_options *o);

#endif
