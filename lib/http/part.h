/*
 * A file on its way: PATH.part and what PATH.part.json says about it (see
 * http_fetch in http.h).  Not shared between threads; a lock on the part keeps
 * a second process away.
 */
#ifndef HTTP_PART_H
#define HTTP_PART_H

#include <stdint.h>

#include "http/follow.h"
#include "http/http.h"

struct part {
	char *path;       /* PATH.part */
	char *state_path; /* PATH.part.json */
	int fd;           /* -1: not open */
	int locked;       /* it is ours alone */
	uint64_t have;    /* bytes of it that came */
	char *buffer;     /* the last of them; of follow, or NULL */
	size_t filled;    /* ... how many they are */
	size_t flushed;   /* ... how many of these are in the file */
	uint64_t written; /* of the file, on its way to the disk */
	uint64_t total;   /* bytes of the whole; UINT64_MAX: not known */
	char *etag;       /* validators of what it is a part of, or NULL */
	char *modified;
	struct follow *follow; /* hashes it */
};

void part_init(struct part *p);
/* Open or create; keeps what an earlier run left if it can be gone on from. */
int part_open(struct part *p, const struct http_file *f);
/* Empty it, note what it is going to be, write the state. */
int part_restart(struct part *p, const struct http_file *f, const char *etag,
    const char *modified, uint64_t total);
/* Take the next bytes; the last of them may stay in a buffer ... */
int part_write(struct part *p, const char *data, size_t n);
/* ... until this writes them, which is for when nothing comes just now. */
int part_flush(struct part *p);
/* All bytes came: write the last, digests and size into f. */
int part_end(struct part *p, struct http_file *f);
/* What If-Range may carry: a strong ETag, else the date, else NULL. */
const char *part_validator(const struct part *p);
/* Give it its name; the state goes away. */
int part_commit(struct part *p, const struct http_file *f);
/* Remove both files; still to be closed. */
void part_discard(struct part *p);
/* Keeps what came; an empty part goes.  May be called twice. */
void part_close(struct part *p);

#endif
