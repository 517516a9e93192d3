/* The solver of a recipe, from percentages and epochs to iterations. */
#ifndef RECIPE_RECIPE_SOLVER_H
#define RECIPE_RECIPE_SOLVER_H

#include "recipe/recipe.h"

/* Sets r->solver, iters_per_epoch and max_iter from the counts and batches in r. */
int recipe_solver_make(struct recipe *r, const struct recipe_opts *o);
/* So many epochs as iterations of a solver; ERR_USAGE where they are less than one,
 * or more than it can count. */
int recipe_iterations(int64_t *out, double epochs, double per_epoch);

#endif
