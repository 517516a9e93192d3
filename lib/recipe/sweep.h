/*
 * One training, or one for each combination of batch sizes and learning rates,
 * and the printing of what came out.
 */
#ifndef RECIPE_SWEEP_H
#define RECIPE_SWEEP_H

#include <stddef.h>

#include "recipe/setup.h"

/* Filled by the options of model-train, zero elsewhere. */
struct sweep {
	struct setup
	    setup; /* model, recipe.batch and .lr change with the run */
	/* texts that sweep_open reads */
	const char *batch;      /* "32,64", "auto", or NULL: the net's */
	const char *lr;         /* "0.01,0.003" */
	const char *stepvalues; /* "50,85" percent, or NULL */
	const char *mean;       /* "image", "pixel", "none" or "124,117,104" */
	const char *std;        /* "58,57,57", or NULL */
	const char *scales;     /* "320-640/32@10", or NULL */
	struct opt_list inputs; /* "TOP=FILE.npy" */
	struct opt_list until, require; /* gates */
	/* what they say */
	double *batches, *rates, *steps;
	size_t nbatches, nrates, nsteps;
	struct arena *room;
};

/* Reads the texts, into setup too.  ERR_USAGE names the option.  To be closed
 * whatever is returned. */
int sweep_open(struct sweep *s);
void sweep_close(struct sweep *s);
/* Train them all, print the results (text, JSON, TSV). */
int sweep_run(struct sweep *s);

#endif
