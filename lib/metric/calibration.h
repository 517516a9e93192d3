/*
 * Is a classifier as often right as it is sure?  Answers are counted in bins of equal
 * width of their confidence, the probability of the best class.  With n_b answers in
 * bin b, right_b of them right and conf_b the mean of their confidence (Guo, Pleiss,
 * Sun, Weinberger, "On calibration of modern neural networks", 2017):
 *
 *	ECE = sum_b n_b / n |right_b / n_b - conf_b|
 *	MCE = max_b |right_b / n_b - conf_b|
 *
 * A bin holds what is above its lower edge up to its upper one; the first 0 too.
 */
#ifndef METRIC_CALIBRATION_H
#define METRIC_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "prog/gate.h"

enum { CALIBRATION_BINS = 15, CALIBRATION_METRICS = 2 };

struct calibration {
	uint64_t n;
	struct calibration_bin {
		uint64_t n, right;
		double sum; /* of confidences */
	} bin[CALIBRATION_BINS];
};

/* One answer; what is no share of 0 to 1 goes to the nearest bin, NaN to the first. */
void calibration_add(struct calibration *c, double confidence, bool right);
/* Of bin b; NaN where it is empty. */
double calibration_accuracy(const struct calibration *c, int b);
double calibration_confidence(const struct calibration *c, int b);
/* "ece" and "mce", by the names that gates know; NaN where nothing was counted. */
size_t calibration_metrics(
    const struct calibration *c, struct gate_value v[CALIBRATION_METRICS]);

#endif
