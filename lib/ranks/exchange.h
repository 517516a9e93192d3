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
 * The ranks are started by mpirun or srun, and talk over a transport that is a
 * module (base/module.h) with a table exchange_NAME; or, for the devices of one
 * machine, they are forked by the first of them and share memory.
 */
#ifndef RANKS_EXCHANGE_H
#define RANKS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

struct exchange {
	const struct exchange_type *type;
	int rank, ranks;
	int local, locals; /* the same among the ranks of this machine */
};

enum { EXCHANGE_ABI = 1 };

struct exchange_type {
	int abi;          /* EXCHANGE_ABI */
	const char *name; /* "mpi" */
	int (*open)(struct exchange **out);
	/* v becomes the sum over ranks, in their order; collective.
	 * ERR_STOPPED when another rank is gone, or when stop() says so while
	 * others are waited for; the error of a rank that failed. */
	int (*sum)(struct exchange *x, float *v, size_t n, int (*stop)(void));
	/* What sum would fail with at this moment, or 0: for those who wait for
	 * other ranks by other means. */
	int (*look)(struct exchange *x, int (*stop)(void));
	/* rc, if negative: this rank failed, as err_text() says, so that the
	 * others cannot go on and are ended too. */
	void (*close)(struct exchange *x, int rc);
};

/* ERR_DEVICE where the module is not built or cannot start. */
int exchange_open(struct exchange **out, const char *name);

enum { EXCHANGE_FORKED_MAX = 64 };
/*
 * This process becomes rank 0 of so many; the others are forked off it, before
 * it has threads or a device.  They say nothing: what one fails with is rank 0's
 * error, and when one is gone it is told so and can write a snapshot.  They end
 * with rank 0 whatever becomes of it.
 */
int exchange_fork(struct exchange **out, int ranks);

/* rc: what the training returned; of rank 0 its sentence is kept.  In a forked
 * rank the process ends here.  Where MPI's rank failed, too.  Accepts NULL. */
void exchange_close(struct exchange *x, int rc);

/* Is this the process that validates, writes and prints?  NULL: alone, yes. */
bool exchange_leads(const struct exchange *x);
/* 1 when flag is set on any rank, on all of them alike; or an error. */
int exchange_any(struct exchange *x, bool flag, int (*stop)(void));
/* n bytes of rank 0 to all. */
int exchange_tell(struct exchange *x, void *bytes, size_t n, int (*stop)(void));

#endif
