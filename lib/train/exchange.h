/*
 * What the ranks of a data-parallel training say to each other.
 *
 * Ranks are processes that run the same training on shares of each batch: -b
 * stays the batch of all of them together, rank r of n takes every n-th record of
 * it, so the training is that of one process but for the order of sums.  After
 * each iteration's backward pass the gradients are averaged, over ranks in
 * ascending order whatever the network does, so that all ranks have the same
 * bits, and every run the same.  Rank 0 alone validates and writes.
 *
 * BatchNorm's statistics and dropout's masks are each rank's own.
 *
 * The transport is a module (base/module.h) with a table exchange_NAME.
 */
#ifndef TRAIN_EXCHANGE_H
#define TRAIN_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

struct exchange {
	const struct exchange_type *type;
	int rank, ranks;
};

struct exchange_type {
	const char *name; /* "mpi" */
	int (*open)(struct exchange **out);
	/* v becomes the sum over ranks, in their order; collective.
	 * ERR_STOPPED when stop() says so while others are waited for. */
	int (*sum)(struct exchange *x, float *v, size_t n, int (*stop)(void));
	/* status, if not 0: this rank failed, so that the others cannot go on
	 * and are ended too; does not return. */
	void (*close)(struct exchange *x, int status);
};

/* ERR_DEVICE where the module is not built or cannot start. */
int exchange_open(struct exchange **out, const char *name);
void exchange_close(struct exchange *x, int status); /* accepts NULL */

/* Is this the process that validates, writes and prints?  NULL: alone, yes. */
bool exchange_leads(const struct exchange *x);
/* 1 when flag is set on any rank, on all of them alike; or an error. */
int exchange_any(struct exchange *x, bool flag, int (*stop)(void));

#endif
