/* The classes that a net finds most likely. */
#ifndef METRIC_TOP_H
#define METRIC_TOP_H

#include <stddef.h>

/*
 * The indices of the k highest of n scores into order, by falling score, of
 * equals the lower index first.  Room for min(k, n); returns how many.  Takes time
 * in n * k.
 */
size_t top_indices(int *order, size_t k, const float *scores, size_t n);

#endif
