/*
 * The moving average of the weights (Polyak and Juditsky 1992), which often does
 * better than the weights themselves.
 *
 * average = d * average + (1 - d) * weights for each iteration, with d =
 * min(decay, (1 + t) / (10 + t)) after t of them, so that the start is soon
 * forgotten.  To go through all weights costs, so several iterations are taken
 * together (d raised to their number): a tenth of what the average spans, at
 * most 100.  The average lies in the plan, as what a solver remembers does.  What is not learned (BatchNorm's sums) is not averaged.
 *
 * Validation and the .caffemodel of a snapshot have the average; the weights
 * that training goes on with are in NAME.training.caffemodel beside it, which is
 * what the solver state names.
 */
#ifndef TRAIN_AVERAGE_H
#define TRAIN_AVERAGE_H

#include <stdint.h>

#include "graph/backend.h"
#include "nn/net.h"

struct average;

/* Before the plan: adds STATE tensors to the net, which must outlive it.  It
 * starts with average_take. */
int average_new(struct average **out, const struct net *net, double decay);
void average_free(struct average *a); /* accepts NULL */
/* After iteration `iter` (from 1) has changed the weights. */
int average_step(struct average *a, struct plan *plan, int64_t iter);
/* Average and weights trade places; and back. */
int average_show(struct average *a, struct plan *plan);
int average_hide(struct average *a, struct plan *plan);
/* Take the plan's weights as the average (of a snapshot). */
int average_take(struct average *a, struct plan *plan);

#endif
