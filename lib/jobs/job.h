/*
 * What a folder is, for the list of job-list: a model (info.json), a sweep
 * (sweep.json), weights to start from, a data set (dataset.json, or a train_db folder of DIGITS), a packed model,
 * or what a run that makes one of these has not finished.
 *
 * Only the small files are read; sizes are those of the files in the folder and in
 * the folders in it, without what links lead to.  Nothing that lies in a folder
 * makes reading it fail: what is broken is told by status and error.
 */
#ifndef JOBS_JOB_H
#define JOBS_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum job_kind {
	JOB_NONE,
	JOB_DATASET,
	JOB_MODEL,
	JOB_SWEEP,      /* a folder of models that were trained alike */
	JOB_PRETRAINED, /* weights that were trained elsewhere */
	JOB_PACKED,     /* an archive of a model */
	JOB_OTHER,      /* none of these; only where it was asked for */
	JOB_KINDS
};
/* As options and JSON have them, and for people. */
#define JOB_KIND_WORDS "dataset|model|sweep|pretrained|packed|other"
const char *job_kind_word(enum job_kind kind);
const char *job_kind_name(enum job_kind kind);

/* What status may be: DIGITS's words, and ours for what says nothing any more. */
#define JOB_STATUS_WORDS                                                       \
	"Init|Running|Done|Aborted|Error|Killed|Corrupt|Unreadable|Missing|Foreign"

/* Texts are owned and NULL where unknown. */
struct job {
	char *path;
	enum job_kind kind;
	char *name; /* of the model; else the folder's */
	/* info.json's; a data set that is there is Done, and what runs no more
	 * without having said so Killed */
	char *status;
	char *error;     /* what a failed training said; what is broken */
	bool broken;     /* Corrupt or Unreadable */
	bool unfinished; /* a hidden folder of a run that makes `name` */
	double progress; /* share of the iterations, 0..1; -1: unknown */
	double elapsed;  /* seconds of training; -1: unknown */
	double eta;      /* seconds that are left, of one that runs; -1 */
	/* of the best snapshot (model/history.h); -1: none was measured */
	double accuracy;
	char *metric; /* that output's name, accuracy or not, and its value */
	double value;
	double score;      /* higher is better; NAN: none */
	int64_t best_iter; /* -1 */
	uint64_t bytes;
	time_t changed; /* when the last of its small files was; 0 */
	char *group, *note;
};

/* kind JOB_NONE: it is nothing of the kind; with all, a folder is JOB_OTHER then.
 * Fails only where a signal asked to stop.  To be cleared. */
int job_read(struct job *j, const char *path, bool all);
void job_clear(struct job *j);

/* Is the status one of a run that will not go on by itself: Error, Killed or
 * Aborted? */
bool job_is_dead(const struct job *j);

#endif
