/*
 * Names line by line from a descriptor, as they come; and whether what comes there
 * are names at all.
 */
#ifndef INFER_LINES_H
#define INFER_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct lines {
	int fd; /* -1: none */
	struct buf b;
	size_t at; /* what was read and not given yet begins here */
	char delimiter;
	bool end, may_wait;
	bool zero;      /* the last line has a 0 byte inside, where it is cut */
	int64_t number; /* of the last line */
};

void lines_init(struct lines *l, int fd, char delimiter);
void lines_clear(struct lines *l); /* fd is the caller's */

/* The next one into *out (borrowed): 1, 0 at the end; QUEUE_LATER: nothing is
 * there just now, and the next call waits. */
int lines_next(struct lines *l, char **out);

enum lines_kind { LINES_NAMES, LINES_PICTURE, LINES_ARCHIVE };
/* What begins here, told by its first bytes, which may have to be waited for: a
 * name is known by its end.  What was read is in l->b from l->at. */
int lines_kind(enum lines_kind *out, struct lines *l);

#endif
