/*
 * --on-done: a command of the user's, run when a training has ended in whatever way,
 * for those who wait for it.
 */
#ifndef TRAIN_MONITORS_DONE_H
#define TRAIN_MONITORS_DONE_H

#include "train/train.h"

/*
 * Run by sh, with these variables (those that are not known are not there):
 *
 *	NNUTILS_MODEL       the folder, as a full path where it is there
 *	NNUTILS_STATUS      Done, Aborted (stopped) or Error, as in info.json
 *	NNUTILS_EXIT        the exit status
 *	NNUTILS_REASON      done, until, early-stop, SIGTERM, time budget, ...
 *	NNUTILS_ERROR       the sentence of a training that failed
 *	NNUTILS_ITERATION, NNUTILS_EPOCH, NNUTILS_SECONDS, NNUTILS_SNAPSHOT
 *	NNUTILS_BEST_ITERATION, NNUTILS_BEST_SCORE
 *	NNUTILS_OUTPUTS     "loss=0.06 accuracy=0.98", of the last validation
 *
 * rc is what the training ended with.  That the command fails is said and changes
 * nothing: rc is returned, with its sentence.
 */
int done_run(const char *command, const char *model,
    const struct train_result *r, int rc);

#endif
