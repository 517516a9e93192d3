/*
 * A line of parts, of which those are left out that do not fit the terminal: for
 * progress.c alone.
 */
#ifndef BASE_PROGRESS_LINE_H
#define BASE_PROGRESS_LINE_H

#include "base/buf.h"

enum { PROGRESS_PART_MAX = 256, PROGRESS_PARTS_MAX = 24 };

/* Rank 0 is left out last. */
struct progress_part {
	char text[PROGRESS_PART_MAX];
	int rank;
};

struct progress_line { /* begins as zeros */
	struct progress_part parts[PROGRESS_PARTS_MAX];
	int n;
};

/* One that says nothing is none. */
void progress_line_add(struct progress_line *l, int rank, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The parts of text, with two blanks between: part i has ranks[i], the last of them
 * and more where there are none. */
void progress_line_split(
    struct progress_line *l, const char *text, const int *ranks, int nranks);
/* Append what fits into the terminal of stderr (else 80 columns), and cut what is
 * too long even so; parts are taken out of l for that. */
void progress_line_put(struct buf *b, struct progress_line *l);

#endif
