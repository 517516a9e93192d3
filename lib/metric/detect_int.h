/* Shared by the files of detect.h alone. */
#ifndef METRIC_DETECT_INT_H
#define METRIC_DETECT_INT_H

#include "metric/detect.h"

/* A guess and what it came to: bit t of right[a] and aside[a] for threshold t and
 * area a. */
struct detect_kept {
	double score;
	uint32_t class;
	uint32_t order; /* in which it was added */
	uint32_t rank;  /* in its picture and class, from 0 */
	uint16_t right[DETECT_AREAS], aside[DETECT_AREAS];
};

/* Lowest and highest area that count. */
extern const double detect_ranges[DETECT_AREAS][2];

/* How many areas the rule knows. */
size_t detect_areas(const struct detect *d);

/*
 * The guesses of one class in one picture, by falling score, into out (nguesses);
 * taken: ntruths words of 0, which are written; shares: room for ntruths.
 */
void detect_match(const struct detect *d, struct detect_kept *out,
    const struct detect_truth *truths, size_t ntruths,
    const struct detect_guess *guesses, size_t nguesses, uint64_t *taken,
    double *shares);

double detect_truth_area(const struct detect_truth *t);

#endif
