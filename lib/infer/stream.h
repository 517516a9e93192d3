/*
 * Pictures in, answers out: the pipeline of model-infer.
 *
 * Pictures come from source.h, or are the records of a database; they are
 * read and prepared on all threads, run in batches, and handed to `answer` in the
 * order of the input.  Never more than a few batches are in memory; where the
 * input pauses (a pipe), what is there is answered at once.
 */
#ifndef INFER_STREAM_H
#define INFER_STREAM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "infer/infer.h"

struct dset;

/* A truth that no class has: the label is below the first. */
#define ANSWER_NO_CLASS INT_MAX

struct answer {
	const char *name; /* path or key */
	/* label of the list or record, ANSWER_NO_CLASS, or -1: none */
	int truth;
	const float *
	    scores; /* of the output that the net scores; others: infer_scores */
	size_t n;
	int place; /* in the batch, for infer_scores */
};

struct stream {
	struct infer *infer;
	/* Operands: files, folders, URLs; "-": what stdin has, names of such, a
	 * picture, or an archive of samples. */
	const char *const *names;
	size_t nnames;
	const char *list; /* FILE of "path [label]", "-": stdin; or NULL */
	const char *root; /* in front of relative paths, or NULL */
	int first_label;  /* in the list: 0 or 1 */
	const char *db;   /* LMDB, or NULL */
	const struct dset *dset; /* whose part that is, or NULL */
	bool nul;                /* names end with a 0 byte */
	int threads;
	/* < 0 stops. */
	int (*answer)(void *ctx, const struct answer *a);
	/* A picture that cannot be used; < 0 stops. */
	int (*bad)(
	    void *ctx, const char *name, int64_t record, const char *reason);
	void *ctx;
};

int stream_run(const struct stream *s);

#endif
