/*
 * Names line by line from a descriptor, as they come; and whether what comes there
 * are names at all.
 */
#ifndef INFER_NAMES_H
#define INFER_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct names {
	int fd; /* -1: none */
	struct buf b;
	size_t at; /* what was read and not given yet begins here */
	char delimiter;
	bool end, may_wait;
	bool zero;      /* the last line has a 0 byte inside, where it is cut */
	int64_t number; /* of the last line */
};

void names_init(struct names *l, int fd, char delimiter);
void names_clear(struct names *l); /* fd is the caller's */

/* The next one into *out (borrowed): 1, 0 at the end; QUEUE_LATER: nothing is
 * there just now, and the next call waits. */
int names_next(struct names *l, char **out);

enum names_kind { NAMES_LINES, NAMES_PICTURE, NAMES_ARCHIVE };
/* What begins here, told by its first bytes, which may have to be waited for: a
 * name is known by its end.  What was read is in l->b from l->at. */
int names_kind(enum names_kind *out, struct names *l);

#endif
