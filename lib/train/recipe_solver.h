/* The solver of a recipe, from percentages and epochs to iterations. */
#ifndef TRAIN_RECIPE_SOLVER_H
#define TRAIN_RECIPE_SOLVER_H

#include "train/recipe.h"

/* Sets r->solver, iters_per_epoch and max_iter from the counts and batches in r. */
int recipe_solver_make(struct recipe *r, const struct recipe_opts *o);

#endif
