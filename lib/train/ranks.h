/*
 * Who takes part in a training: this process alone, one for each device of a
 * list, or those that mpirun started; and which device is whose.
 */
#ifndef TRAIN_RANKS_H
#define TRAIN_RANKS_H

#include <stdbool.h>

#include "train/train.h"

struct ranks {
	struct exchange *exchange; /* NULL: alone */
	char *device;
};

/*
 * Sets the job's exchange, device and threads.  With a list of devices this
 * process is forked, so it must have neither threads nor devices yet; in each of
 * them ranks_close has to be reached.  *r is valid whatever is returned.
 */
int ranks_open(struct ranks *r, struct train_job *job, bool mpi);
/* rc: what the training returned.  Only rank 0 of forked ones comes back. */
void ranks_close(struct ranks *r, int rc);

#endif
