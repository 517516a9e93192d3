/*
 * One training, or one for each combination of batch sizes and learning rates,
 * and the printing of what came out.
 */
#ifndef RECIPE_SWEEP_H
#define RECIPE_SWEEP_H

#include <stddef.h>

#include "recipe/setup.h"

struct sweep {
	struct train_setup
	    setup; /* recipe.batch and .lr change from run to run */
	double *batch, *lr, *stepvalues;
	size_t nbatch, nlr, nstepvalues;
};

/* Numbers separated by commas, each within lo..hi; what names the option. */
int sweep_numbers(double **out, size_t *n, const char *text, double lo,
    double hi, const char *what);

/* batch and stepvalues may be NULL. */
int sweep_init(struct sweep *s, const struct train_setup *setup,
    const char *batch, const char *lr, const char *stepvalues);
void sweep_clear(struct sweep *s);
/* Train them all, print the results (text, JSON, TSV). */
int sweep_run(struct sweep *s);

#endif
