/*
 * The losses and outputs of a net while it runs: noted by the plan with each
 * step, fetched for several steps at once, so that a device need not be waited
 * for each time (graph/backend.h).
 */
#ifndef TRAIN_METRICS_H
#define TRAIN_METRICS_H

#include "graph/backend.h"
#include "nn/net.h"
#include "train/journal.h"

struct metrics;

/* Outputs of a net that are shown; those of the rest of it are not. */
enum { METRICS_OUTPUTS = 32 };

/* net and plan must outlive it; one a plan.  A loss that is not finite
 * ends the plan's updates.  means: of a pass, without the figures of layers that
 * count instead (nn/layer.h, .tally). */
int metrics_new(
    struct metrics **out, const struct net *net, struct plan *plan, bool means);
void metrics_free(struct metrics *x); /* accepts NULL */

/* As plan_step.  *full: fetch before the next one. */
int metrics_step(struct metrics *x, const struct plan_step *s, bool *full);
/* What the steps since the last time gave; *steps: how many.  Waits for them;
 * free when there are none. */
int metrics_fetch(struct metrics *x, int *steps);
/* Of those, step i (0: the oldest): Caffe's loss, the sum of all. */
double metrics_loss(const struct metrics *x, int i);
/* The outputs, multiplied by `weight` and added to m; names (borrowed from the
 * net) and count into m.  Outputs with several values are averaged. */
void metrics_add(
    const struct metrics *x, int i, double weight, struct measurement *m);

/* The outputs that metrics_add will give with means: their names, into m behind
 * those there. */
void metrics_names(const struct net *net, struct measurement *m);

#endif
