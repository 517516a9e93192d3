/*
 * A classifier's answers counted against the truth: the share of right ones
 * (top-1) and of those with the truth among the first five (top-5), precision and
 * recall of each class, the confusion matrix.
 *
 * With C classes, M(i, j) counts the samples of class i that were taken for class
 * j.  Precision of i is M(i, i) over the sum of column i (of what is called i, how
 * much is i), recall is M(i, i) over the sum of row i (of what is i, how much is
 * called so).  Shares are 0..1.
 */
#ifndef METRIC_CONFUSION_H
#define METRIC_CONFUSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prog/gate.h"

struct confusion {
	size_t classes;
	uint64_t *truths;  /* (C): sums of rows */
	uint64_t *answers; /* (C): sums of columns */
	uint64_t *right;   /* (C): the diagonal */
	uint64_t *matrix;  /* (C, C), row: truth, column: answer; or NULL */
	uint64_t n, top1, top5;
	uint64_t outside; /* not counted: the truth or the answer is no class */
};

/* ERR_RANGE without classes.  c is valid (to be cleared) whatever is returned. */
int confusion_init(struct confusion *c, size_t classes, bool matrix);
void confusion_clear(struct confusion *c);

/*
 * One sample.  order: classes by falling score, n of them, at least min(5, C) for
 * top-5 to be right.  Returns false when it is not counted.
 */
bool confusion_add(struct confusion *c, int truth, const int *order, size_t n);

/* Of class i; 0 where nothing was answered so, or nothing is of the class. */
double confusion_precision(const struct confusion *c, size_t i);
double confusion_recall(const struct confusion *c, size_t i);
/* M(truth, answer); only with a matrix. */
uint64_t confusion_at(const struct confusion *c, size_t truth, size_t answer);

enum { CONFUSION_METRICS = 2 };
/* "top1" and "top5" as shares, by the names that gates know, 0 where nothing
 * was counted.  Returns their number. */
size_t confusion_metrics(
    const struct confusion *c, struct gate_value v[CONFUSION_METRICS]);

#endif
