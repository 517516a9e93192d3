/*
 * What a folder is, for the list of job-list: a model (info.json, or a training's
 * train.ndjson) or a data set (dataset.json, or a train_db folder of DIGITS).
 * Only these small files are read; sizes are those of the files in the folder
 * and in the folders in it.
 */
#ifndef MODEL_JOB_H
#define MODEL_JOB_H

#include <stdint.h>

enum job_kind { JOB_NONE, JOB_DATASET, JOB_MODEL };
const char *job_kind_name(enum job_kind kind);

/* Texts are owned and NULL where unknown. */
struct job {
	enum job_kind kind;
	char *name; /* of the model; else the folder's */
	/* info.json's; a data set that is there is Done, and a training that
	 * runs no more without having said so Killed */
	char *status;
	char *error;     /* what a failed training said */
	double progress; /* share of the iterations, 0..1; -1: unknown */
	double elapsed;  /* seconds of training; -1: unknown */
	/* of the best snapshot (model/history.h); -1: none was measured */
	double accuracy;
	uint64_t bytes;
	char *group, *note;
};

/* kind JOB_NONE: the folder is neither.  A broken info.json is an error. */
int job_read(struct job *j, const char *dir);
void job_clear(struct job *j);

#endif
