/*
 * Is what was made again as it was, bit for bit?  A line on standard output, or a JSON
 * object, for each snapshot or each part of a data set: its name, and whether it is.
 */
#ifndef JOBS_COMPARE_H
#define JOBS_COMPARE_H

#include <stddef.h>

struct comparing {
	const char *dir;  /* as it was */
	const char *made; /* as it is now */
	size_t n, same;   /* how many there are, and how many are the same */
};

/* The snapshots of a model: all weights, and the bytes of the solver's states. */
int compare_models(struct comparing *c);
/* The digests of a data set's parts, which their makers wrote down. */
int compare_sets(struct comparing *c);

#endif
