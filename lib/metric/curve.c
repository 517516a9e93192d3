/* Average precision: see curve.h. */
#include "metric/curve.h"

#include <math.h>

/* A step of 1 / truths where a guess is right, as high as p there. */
static double
area(const bool *right, size_t n, uint64_t hits, uint64_t truths)
{
	double best = 0, sum = 0;

	for (size_t i = n; i-- > 0;) {
		best = fmax(best, (double)hits / (double)(i + 1));
		if (right[i]) {
			sum += best;
			hits--;
		}
	}
	return sum / (double)truths;
}

/*
 * Recall only falls towards the first guess, so the places of the grid are passed
 * from the highest one down, each where it is reached for the first time.
 */
static double
grid(const bool *right, size_t n, uint64_t hits, uint64_t truths, int steps)
{
	double best = 0, sum = 0, step = 1.0 / steps, all = (double)truths;
	int at = steps;

	while (at >= 0 && (double)hits / all < at * step)
		at--;
	for (size_t i = n; i-- > 0 && at >= 0;) {
		uint64_t before = hits - right[i];

		best = fmax(best, (double)hits / (double)(i + 1));
		for (; at >= 0 && (i == 0 || (double)before / all < at * step);
		     at--)
			sum += best;
		hits = before;
	}
	return sum / (steps + 1);
}

double
curve_ap(enum curve_kind kind, const bool *right, size_t n, uint64_t truths)
{
	uint64_t hits = 0;

	if (truths == 0)
		return (double)NAN;
	for (size_t i = 0; i < n; i++)
		hits += right[i];
	if (kind == CURVE_ALL)
		return area(right, n, hits, truths);
	return grid(right, n, hits, truths, kind == CURVE_VOC11 ? 10 : 100);
}
