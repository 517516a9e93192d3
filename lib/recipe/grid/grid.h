/*
 * A grid: a training for each combination of values of any options of model-train
 * (--sweep OPTION=A,B,C, given again for their product).  Each member is what this
 * program makes with these options, in a process of its own, in a folder of its own
 * below the sweep's (model/sweeps/sweep.h); so it is, bit for bit, what the same
 * command makes when a person, make or Slurm gives it.
 *
 * The same command given again keeps the members that are done, goes on with those
 * that were stopped or killed, and begins those that are missing.
 */
#ifndef RECIPE_GRID_GRID_H
#define RECIPE_GRID_GRID_H

#include <stdbool.h>

#include "prog/prog.h"

/* Filled by the options of model-train. */
struct grid {
	struct opt_list sweep;    /* "lr=0.1,0.01"; a comma in a value is \, */
	int jobs;                 /* members at a time */
	const char *make, *slurm; /* scripts to write instead, or NULL */
};

/* Is one of these given? */
bool grid_asked(const struct grid *g);
/* Trains what is to be trained in the folder dir, or writes the scripts, or with
 * dry_run prints the commands; then prints the table, best first.  budget: seconds
 * for all together, 0: none.  ERR_ITEMS: members failed; ERR_GATE: all that failed did
 * not meet a gate; ERR_REFUSED: dir is something else, or a sweep with other options. */
int
grid_run(const struct grid *g, const char *dir, bool dry_run, double budget);

/* sweep.json of the n models that lists of --batch-size and --lr make in one process,
 * in folders of these names in dir, the last list's values fastest; as they stand. */
int grid_note(const char *dir, char *const *names, size_t n);
/* The folder of these goes away where none of them was begun. */
void grid_forget(const char *dir);

#endif
