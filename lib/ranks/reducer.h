/*
 * Gradients averaged over ranks on their devices (graph/backend.h's struct
 * plan_reducer), by NCCL: a module (base/module.h), opened when more than one
 * GPU takes part.
 *
 * The exchange stays for what hosts say to each other: flags, where to meet, and
 * that a rank is gone, which NCCL alone would wait for in vain.
 */
#ifndef RANKS_REDUCER_H
#define RANKS_REDUCER_H

#include <stdbool.h>

#include "graph/backend.h"
#include "ranks/exchange.h"

struct reducer {
	struct plan_reducer plan;
	const struct reducer_type *type;
};

enum { REDUCER_ADDRESS = 128 }; /* bytes that say where to meet */

struct reducer_opts {
	struct exchange *exchange;
	int (*stop)(void); /* as struct exchange_type has it */
	bool deterministic;
	char address[REDUCER_ADDRESS]; /* rank 0's */
};

enum { REDUCER_ABI = 1 };

struct reducer_type {
	int abi;          /* REDUCER_ABI */
	const char *name; /* "nccl" */
	/* Of rank 0, for all. */
	int (*address)(char out[REDUCER_ADDRESS]);
	/* On the device that this thread uses; collective. */
	int (*open)(struct reducer **out, const struct reducer_opts *o);
	/* whole: the training ended well, on all ranks; collective then. */
	void (*close)(struct reducer *r, bool whole);
};

/*
 * Collective.  able: this rank's device takes a reducer.  *out is NULL, and 0
 * returned, where one rank's does not or has no module: then gradients go by the
 * exchange, which is said where it is a pity.
 */
int reducer_open(struct reducer **out, bool able, const struct reducer_opts *o);
void reducer_close(struct reducer *r, bool whole); /* accepts NULL */

#endif
