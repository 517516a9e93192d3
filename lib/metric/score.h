/*
 * How good a validation is, in one number: the value of its output "miou", the mean
 * IoU of segmentation, or "mean-ap" or "ap50", of boxes; else of the first one with "accuracy" in its name (whatever
 * the case of its letters); else its first output, which is taken for a loss.
 *
 * It decides which snapshot is the best one and when --early-stop ends a training.
 */
#ifndef METRIC_SCORE_H
#define METRIC_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "prog/gate.h"

struct score {
	double
	    value; /* higher is better: a loss with its sign changed; NAN: none */
	bool
	    accuracy; /* it is one, or as good as one: 0..1, higher is better */
};

/* Which output it is, of n; 0 where there are none. */
size_t score_first(const struct gate_value *v, size_t n);

/* Is an output of that name of a part alone ("iou/cat")?  Texts leave it out. */
bool score_detail(const char *name);

/* Of n outputs; none gives NAN. */
struct score score_outputs(const struct gate_value *v, size_t n);

/* > 0 when a is better than b, < 0 when b is, 0 when neither.  NAN is worse than
 * any number, and equal to itself. */
int score_compare(double a, double b);

#endif
