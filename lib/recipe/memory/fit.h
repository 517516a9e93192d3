/*
 * Whether a training fits its device, before anything of it is made.
 *
 * A training is refused only when its plans alone, whose sizes are exact, are
 * more than the device has free (of the machine's memory, which the kernel
 * estimates, by a twentieth).  A batch is offered only when all that need.h
 * counts fits.  The job's device must be open (train_job.opened).
 */
#ifndef RECIPE_FIT_H
#define RECIPE_FIT_H

#include "train/need.h"
#include "train/train.h"

/* *out: what it takes.  ERR_DEVICE: it does not fit; the sentence says what it
 * needs, what there is and, with offer, the largest batch that fits. */
int fit_check(struct need *out, const struct train_job *job, bool offer);

/* Batches of `batch`, `times` of which make one update. */
struct fit_batch {
	int batch, times;
};
/*
 * The job's batch as it is when it fits, else in as few equal parts as do; in
 * parts that do not divide it exactly where those that do are less than half as
 * large.  All ranks get the same answer, rank 0's.
 */
int fit_choose(struct fit_batch *out, const struct train_job *job);
/* The arithmetic alone: parts of at most `most`, multiples of unit. */
struct fit_batch fit_divide(int batch, int most, int unit);

#endif
