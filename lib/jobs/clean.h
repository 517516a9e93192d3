/*
 * Removing what is of no use any more.  Only folders that are wholly ours go
 * (file/replace.h), that nobody is at work in, and what a run left hidden that was
 * killed; anything else is named and stays.
 */
#ifndef JOBS_CLEAN_H
#define JOBS_CLEAN_H

#include "jobs/list.h"

#define JOBS_CLEAN_WORDS "dead|snapshots"
enum jobs_clean { JOBS_CLEAN_DEAD, JOBS_CLEAN_SNAPSHOTS };
/* "" is dead. */
int jobs_clean_parse(enum jobs_clean *what, const char *word);

/*
 * Of the jobs in l: those that failed, were killed or stopped; or the snapshots of
 * all others that are neither the newest nor the best.  What goes is printed on
 * standard output, one path a line.  Unless force, it is asked first, which takes a
 * terminal to answer on (else ERR_REFUSED).
 */
int jobs_clean(const struct jobs *l, enum jobs_clean what, bool force);

#endif
