/*
 * Who takes part in a training: this process alone, one for each device of a
 * list, or those that mpirun started; and which device is whose.
 */
#ifndef RANKS_RANKS_H
#define RANKS_RANKS_H

#include <stdbool.h>

#include "ranks/exchange.h"

struct ranks {
	struct exchange *exchange; /* NULL: alone */
	char *device;              /* of this one; NULL: as was asked */
	int threads;               /* for this one */
};

/*
 * device and threads as asked for.  With a list of devices this process is forked,
 * so it must have neither threads nor devices yet; in each of them ranks_close has
 * to be reached.  *r is valid whatever is returned.
 */
int ranks_open(struct ranks *r, const char *device, int threads, bool mpi);
/* rc: what the training returned.  Only rank 0 of forked ones comes back. */
void ranks_close(struct ranks *r, int rc);

#endif
