/* What dset-show prints: a data set's summary, statistics, one record. */
#ifndef DSET_SHOW_H
#define DSET_SHOW_H

#include "base/buf.h"
#include "dset/dset.h"
#include "dset/list.h"
#include "prog/prog.h"

struct dset_show_options {
	int part;    /* -1: all */
	bool pixels; /* --stats */
	int threads;
	enum prog_format format;
	const struct dset_bad *bad;
};

int dset_show_summary(
    struct buf *out, const struct dset *d, const struct dset_show_options *o);

/* The record with this key, or number, of the first part (or o->part) that has
 * it: its facts into out and, with file, the picture into it ("-": stdout). */
int dset_show_record(struct buf *out, const struct dset *d, const char *key,
    const char *file, int force, const struct dset_show_options *o);

#endif
