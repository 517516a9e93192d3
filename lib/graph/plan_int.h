/* What backend.c and iterate.c share: the checks of every call on a plan. */
#ifndef GRAPH_PLAN_INT_H
#define GRAPH_PLAN_INT_H

#include "graph/backend.h"

/* ERR_UNSUPPORTED for a plan that is only measured. */
int plan_check_runs(const struct plan *p);
/* Tensor t, or NULL when there is none. */
const struct tensor *plan_tensor(const struct plan *p, int t);
void plan_notes_free(struct plan_notes *o); /* accepts NULL */

#endif
