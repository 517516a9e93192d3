/*
 * Figures of the numbers of a tensor, as DIGITS shows them of each layer: how many,
 * mean, standard deviation of the population, least and greatest, and a histogram
 * of 20 equal bins from the one to the other; where all are equal, from half below to
 * half above.  What is no finite number is counted apart and in none of these.
 */
#ifndef INFER_LAYERS_STATS_H
#define INFER_LAYERS_STATS_H

#include <stddef.h>
#include <stdint.h>

enum { LAYER_BINS = 20 };

struct layer_stats {
	size_t count, odd;          /* all values; those not finite */
	double mean, std, min, max; /* NaN where no value is finite */
	uint64_t bin[LAYER_BINS];
	double low, high; /* the outer edges of the bins */
};

void layer_stats_of(struct layer_stats *s, const float *v, size_t n);
/* The middle of a bin. */
double layer_stats_centre(const struct layer_stats *s, int bin);

#endif
