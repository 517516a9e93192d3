/*
 * One database from a list of pictures: read, decode, bring to size and encode
 * on all threads, write in order from one.  The bytes written depend on the
 * pictures and options alone, never on the number of threads, and memory does
 * not grow with the number of pictures.
 */
#ifndef DSET_WRITER_H
#define DSET_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "dset/dset.h"
#include "dset/list.h"
#include "dset/mean.h"
#include "dset/plan/duplicates.h"
#include "dset/tasks/task.h"
#include "record/digest.h"
#include "record/sink.h"

/* A picture file may have at most so many bytes. */
enum { WRITER_FILE_MAX = 1 << 29 };

enum dset_on_duplicate { DSET_REPORT, DSET_DROP, DSET_IGNORE };

/* A picture that was seen before. */
struct dset_duplicate {
	enum dset_part part, first_part;
	const char *path, *first_path;
	int label, first_label;
	bool conflict; /* they say different things */
};

/* What the parts of a data set share while they are written. */
struct dset_writer {
	const struct dset_task *task;
	const struct record_backend *backend;
	struct record_form form;
	enum image_mode mode;
	int pad_width, pad_height;    /* black around first, 0: none */
	const struct dset_plan *plan; /* whose samples these are */
	int image_flags;              /* IMAGE_NO_EXIF */
	bool deep;   /* 16 bits of pictures are kept (deep.h) */
	bool arrays; /* of a stream, in place of pictures */
	int threads;
	const char *s3_endpoint; /* or NULL */
	enum dset_on_duplicate on_duplicate;
	struct dset_duplicates *duplicates;
	/* The samples of the parts, those written so far first (for names). */
	struct dset_sample *samples[DSET_PARTS];
	struct dset_bad bad;
	void (*duplicate)(
	    void *ctx, const struct dset_duplicate *t); /* or NULL */
	void *ctx;
	uint64_t total;       /* pictures of all parts, for --max-bad */
	struct image_low low; /* whoever runs the parts warns at the end */
};

struct dset_written {
	char digest[DIGEST_MAX];
	size_t n;          /* records; samples[0..n) are what was written */
	size_t bad;        /* could not be read */
	size_t duplicates; /* seen before (dropped, with DSET_DROP) */
	uint64_t
	    tally[DSET_TALLY]; /* of what was written, if the task tallies */
};

/*
 * Write samples[part], n of them, into the folder dir, which is made.  The keys
 * count from first in steps.  mean may be NULL.  When nothing could be written:
 * ERR_FORMAT.
 */
int dset_writer_run(struct dset_written *out, struct dset_writer *w,
    enum dset_part part, size_t n, const char *dir, uint64_t first,
    uint64_t step, struct dset_mean *mean);

#endif
