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
	uint64_t have;    /* bytes in it */
	uint64_t written; /* of them, on their way to the disk */
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
int part_write(struct part *p, const char *data, size_t n);
/* What If-Range may carry: a strong ETag, else the date, else NULL. */
const char *part_validator(const struct part *p);
/* Give it its name; the state goes away. */
int part_commit(struct part *p, const struct http_file *f);
/* Remove both files; still to be closed. */
void part_discard(struct part *p);
void part_close(struct part *p); /* keeps the files; may be called twice */

#endif
