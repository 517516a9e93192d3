/*
 * The losses and outputs of a net while it runs: noted by the plan with each
 * step, fetched for several steps at once, so that a device need not be waited
 * for each time (graph/backend.h).
 */
#ifndef TRAIN_WATCH_H
#define TRAIN_WATCH_H

#include "graph/backend.h"
#include "nn/net.h"
#include "train/journal.h"

struct watch;

/* net and plan must outlive it; one watch a plan.  A loss that is not finite
 * ends the plan's updates. */
int watch_new(struct watch **out, const struct net *net, struct plan *plan);
void watch_free(struct watch *w); /* accepts NULL */

/* As plan_step.  *full: fetch before the next one. */
int watch_step(struct watch *w, const struct plan_step *s, bool *full);
/* What the steps since the last time gave; *steps: how many.  Waits for them;
 * free when there are none. */
int watch_fetch(struct watch *w, int *steps);
/* Of those, step i (0: the oldest): Caffe's loss, the sum of all. */
double watch_loss(const struct watch *w, int i);
/* The outputs, multiplied by `weight` and added to m; names (borrowed from the
 * net) and count into m.  Outputs with several values are averaged. */
void
watch_add(const struct watch *w, int i, double weight, struct measurement *m);

/* The outputs that watch_add will give: their names, into m behind those there. */
void watch_names(const struct net *net, struct measurement *m);

#endif
