/*
 * How long runs took, and what that comes to.  A percentile is the nearest rank's
 * (of n times in order, number ceil(p n / 100)): a time that was measured, with p99
 * the longest of up to 100 runs.
 */
#ifndef SPEED_TIMES_H
#define SPEED_TIMES_H

#include <stddef.h>

struct times {
	double *v; /* seconds */
	size_t n, cap;
};

void times_add(struct times *t, double seconds);
void times_clear(struct times *t); /* accepts zeros */

struct times_sum { /* seconds; all 0 where there are none */
	double mean, p50, p90, p99, min, max;
};
/* Sorts them. */
void times_sum(struct times_sum *out, struct times *t);

#endif
