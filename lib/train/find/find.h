/*
 * The learning-rate range test (Smith, "Cyclical Learning Rates for Training Neural
 * Networks", WACV 2017, section 3.3): a training whose rate rises from min to max by
 * the same factor each iteration,
 *
 *	rate(i) = min * (max / min)^(i / (iterations - 1))
 *
 * while the loss is watched.  It ends early where the smoothed loss is no number or
 * FIND_DIVERGED times its least.  Nothing is written and nothing validated.
 *
 * The loss is smoothed by a moving average without the pull of its beginning,
 * m = 0.9 m + 0.1 loss, smooth(i) = m / (1 - 0.9^(i + 1)).
 */
#ifndef TRAIN_FIND_FIND_H
#define TRAIN_FIND_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "train/train.h"

#define FIND_DIVERGED 4.0

enum { FIND_ITERATIONS_MIN = 10, FIND_ITERATIONS_MAX = 100000 };

struct find_opts {
	double min, max; /* 0 < min < max */
	int iterations;  /* at most so many; >= FIND_ITERATIONS_MIN */
};

struct find_point {
	double rate, loss, smooth; /* loss may be no number, at the end */
};

struct find_result {
	struct find_point *v;
	size_t n;
	bool diverged; /* it ended early */
	/* of the smoothed loss: the rate at which it falls most steeply over the
	 * logarithm of the rate, and that of the least one; NAN: it never fell */
	double steepest, least;
};

/* Fills r from a training of job, which has no folder, average or validation.
 * ERR_STOPPED: it was asked to stop.  r is to be cleared whatever is returned. */
int find_run(struct find_result *r, const struct train_job *job,
    const struct find_opts *o);
void find_result_clear(struct find_result *r);

/* Its parts: a measured loss more; false: it has diverged. */
bool find_add(struct find_result *r, double rate, double loss);
/* steepest and least of the points that there are. */
void find_judge(struct find_result *r);

#endif
