/* A sweep (model/sweeps/sweep.h) as one job: how its models stand together. */
#ifndef JOBS_SWEEP_H
#define JOBS_SWEEP_H

#include "jobs/job.h"

/*
 * status: Running, Error, Corrupt, Unreadable, Killed or Aborted where a model is, by
 * the first of these; Done where all are, Aborted where some were not begun, Init
 * where none was.  progress is their mean, elapsed their sum, the best is the best
 * of all, the error that of the first that failed.  ERR_FORMAT: a sweep.json of
 * others.  path is set, figures are as job_read begins with.
 */
int job_read_sweep(struct job *j);

#endif
