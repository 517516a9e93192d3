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
struct value;

/* A truth that no class has: the label is below the first. */
#define ANSWER_NO_CLASS INT_MAX

/* A part of a picture that is run by itself. */
struct stream_piece {
	int x, y, w, h;
};

struct answer {
	const char *name; /* path or key */
	/* label of the list or record, ANSWER_NO_CLASS, or -1: none */
	int truth;
	const float *
	    scores; /* of the output that the net scores; others: infer_scores */
	size_t n;
	int place;      /* in the batch, for infer_scores */
	int64_t record; /* its number in the database, from 0; -1: of none */
	/* It is about piece `piece` of `pieces` of its picture, which follow one
	 * another; 0 of 1: about the whole. */
	size_t piece, pieces;
	const struct stream_piece *part; /* that piece; NULL: the whole */
	const struct infer_place *where; /* from the picture to the input */
	const struct infer_input *input; /* as it was run */
	/* Borrowed; NULL where the stream was not asked for it: the picture,
	 * upright, before it was prepared; */
	const struct image *picture;
	/* and what its record says beside a class (boxes, a mask); NULL: nothing */
	const struct value *label;
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
	bool pictures, labels; /* answers are to have them */
	bool alone; /* each picture is run by itself, whatever the batch */
	/* NULL, or the pieces of the picture of that name and size, one at least,
	 * into *out, of mem_*. */
	int (*cut)(void *ctx, const char *name, int width, int height,
	    struct stream_piece **out, size_t *n);
	/* They are warped to the net's input with so many pixels of context there
	 * (infer_prepare_window); -1: prepared as pictures are. */
	int context;
	/* < 0 stops. */
	int (*answer)(void *ctx, const struct answer *a);
	/* A picture that cannot be used; < 0 stops. */
	int (*bad)(
	    void *ctx, const char *name, int64_t record, const char *reason);
	void *ctx;
};

/* May what is asked about have labels? */
bool stream_may_have_labels(const struct stream *s);

int stream_run(const struct stream *s);

#endif
