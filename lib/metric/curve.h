/*
 * The curve of precision over recall, and the area below it: average precision.
 *
 * Guesses stand in order of falling score, each right or wrong.  After the first i
 * of them, r of which are right, with n truths that were to be found:
 *
 *	precision(i) = r / i        recall(i) = r / n
 *	p(x) = the highest precision(i) of those with recall(i) >= x, else 0
 *
 *	CURVE_VOC11   the mean of p at x = 0, 0.1 .. 1   (Pascal VOC 2007)
 *	CURVE_ALL     the area under p from 0 to 1       (Pascal VOC 2010 on)
 *	CURVE_COCO101 the mean of p at x = 0, 0.01 .. 1  (COCO)
 *
 * Everingham et al., "The Pascal Visual Object Classes (VOC) Challenge", IJCV 2010,
 * section 4.2; Lin et al., "Microsoft COCO", ECCV 2014.  The grids are i * 0.1 and
 * i * 0.01 in doubles, as in the evaluators of both; a recall of exactly 0.3 so
 * lies below 3 * 0.1, which is a little more.
 */
#ifndef METRIC_CURVE_H
#define METRIC_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum curve_kind { CURVE_ALL, CURVE_VOC11, CURVE_COCO101 };

/* 0..1; NAN without truths. */
double
curve_ap(enum curve_kind kind, const bool *right, size_t n, uint64_t truths);

#endif
