/*
 * Looking at every record of a database on all threads, and telling the results
 * in order: what dset-show's passes are made of.
 */
#ifndef DSET_WALK_H
#define DSET_WALK_H

#include <stddef.h>

#include "record/column.h"

struct dset_walk {
	void *ctx;
	int threads;
	int flags;        /* RECORD_KEEP … */
	size_t user_size; /* bytes that work leaves for tell */
	/* Any thread; the record is gone afterwards.  May be NULL. */
	int (*work)(void *ctx, const struct record *r, void *user);
	/* The calling thread, in order.  why: the record cannot be read (or
	 * work failed), else NULL.  Of the record only index, key, label and,
	 * of its values, shape and encoded may be looked at.  < 0 stops. */
	int (*tell)(
	    void *ctx, const struct record *r, void *user, const char *why);
};

int dset_walk_run(
    const struct dset_walk *w, struct record_db *db, const char *label);

#endif
