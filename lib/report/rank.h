/*
 * How well scores tell what is of a class from what is not: the curves of precision
 * over recall and of the ROC, and the areas below them.
 *
 * Samples stand in order of falling score; with a threshold between any two scores
 * (equal ones are passed together), of P that are of the class and N that are not,
 * tp and fp stand above it:
 *
 *	recall = true positive rate = tp / P    false positive rate = fp / N
 *	precision = tp / (tp + fp)
 *	AUC = the area below the ROC, by trapezoids
 *	    = P(a score of the class > one of the others) + P(equal) / 2
 *	AP = sum over thresholds of precision times what recall grew by
 *
 * Fawcett, "An introduction to ROC analysis", 2006; Davis and Goadrich, "The
 * relationship between Precision-Recall and ROC curves", 2006.
 */
#ifndef REPORT_RANK_H
#define REPORT_RANK_H

#include <stdbool.h>
#include <stddef.h>

enum { RANK_POINTS = 256 };

/* Points (x, y) of a curve, thinned: each is RANK_STEP from the one before. */
struct rank_line {
	double xy[2 * (RANK_POINTS + 2)];
	size_t n;
};

struct rank {
	size_t positives, negatives;
	double auc, ap; /* 0..1; NAN where one side is missing */
	struct rank_line roc, pr;
};

/* score: of n samples, each `step` behind the last; is: of the class.  A score that is
 * NAN is below all others. */
void rank_make(
    struct rank *r, const float *score, size_t step, const bool *is, size_t n);

#endif
