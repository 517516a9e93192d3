/*
 * Pictures out of a stream of samples (archive/stream.h): KEY.png, and KEY.cls with
 * the number of its class before or behind it, as "dset-show --cat" writes them and
 * WebDataset has them.  A file is a picture by its bytes, whatever it is called; its
 * key is its name up to the first dot behind the last slash.
 */
#ifndef INFER_SAMPLES_H
#define INFER_SAMPLES_H

#include <stddef.h>

#include "archive/stream.h"
#include "base/buf.h"
#include "base/err.h"

struct sample {
	char *key;  /* NULL: there is none */
	char *name; /* of the picture; NULL: it has not come yet */
	char *cls;  /* of the file that tells the truth; NULL: as well */
	struct buf bytes;
	/* code < 0: the picture is too large, or a link */
	struct err_saved failure;
	int truth; /* -1: not told */
};

struct samples {
	struct archive_stream *archive;
	struct sample next; /* one that is not whole yet */
	bool end, may_wait;
	int fd;
	size_t others; /* files passed over: no picture, no class of one */
	char *other;   /* the first of them */
};

/* As archive_stream_open. */
int samples_open(
    struct samples *s, int fd, const char *name, const void *head, size_t n);
void samples_close(struct samples *s); /* accepts what was not opened */
/* The next picture: 1, 0 at the end, QUEUE_LATER: nothing is there just now.  Its
 * name and bytes are then the caller's; key and cls are NULL. */
int samples_next(struct samples *s, struct sample *out);

#endif
