/*
 * A process that is asked and answers, a line each way.  It ends when its input does,
 * and with the process that started it.
 */
#ifndef SPEED_CHILD_H
#define SPEED_CHILD_H

#include <stdio.h>
#include <sys/types.h>

#include "base/buf.h"

struct child {
	pid_t pid; /* 0: none */
	FILE *to;
	int from;
	struct buf in;   /* what it said, from the last answer on */
	size_t answered; /* bytes of that answer */
	char *line;      /* it, without its line break; until the next */
	char *what;      /* in sentences */
};

/* argv[0] is looked for in PATH; what names it in sentences.  ERR_MISSING: there is
 * no such program. */
int child_start(struct child *c, const char *what, const char *const *argv);
int child_ask(struct child *c, const char *line);
/* The next line: c->line.  ERR_IO where it ended without one, ERR_STOPPED where this
 * process was told to stop meanwhile. */
int child_answer(struct child *c);
/* Waits for its end, after closing its input; accepts zeros.  Its exit status, or
 * -1. */
int child_end(struct child *c);

#endif
