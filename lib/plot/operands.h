/*
 * What is to be plotted: the trainings that operands name, each with what it is
 * called.  A sweep (model/sweeps/sweep.h) is its models, called by what they differ
 * in, as far as they were begun; its sweep.json beside other operands is none.
 */
#ifndef PLOT_OPERANDS_H
#define PLOT_OPERANDS_H

#include <stdbool.h>

struct plot_operands {
	/* as plot_read takes them, and what their runs are called */
	char **path, **run;
	bool *member; /* of a sweep, where nothing may have been measured yet */
	int n;
};

/* ERR_USAGE: one is named twice; ERR_FORMAT: a sweep.json is broken; ERR_MISSING: a
 * sweep none of whose models was begun.  To be cleared whatever is returned. */
int plot_operands_find(struct plot_operands *o, char **operands, int n);
void plot_operands_clear(struct plot_operands *o);

struct plot_data;
/* All of them into d. */
int plot_operands_read(struct plot_data *d, const struct plot_operands *o);

#endif
