/*
 * What the score layers of a test net count (nn/layer.h, .counts), added up over a
 * pass.  A pass may go through several nets of the same prototxt, for batches of
 * other sizes: their layers are the same ones by their place.
 */
#ifndef TRAIN_TALLIES_H
#define TRAIN_TALLIES_H

#include "graph/backend.h"
#include "nn/net.h"
#include "train/journal.h"

struct tallies;

/* names: of classes, as far as they are known.  Nothing is borrowed. */
int tallies_new(struct tallies **out, const struct net *net,
    const char *const *names, size_t nnames);
void tallies_free(struct tallies *t); /* accepts NULL */
void tallies_reset(struct tallies *t);
/* The step that the plan of that net has just run.  Waits for it. */
int tallies_add(struct tallies *t, const struct net *net, struct plan *plan);
/* The figures, into m behind those there.  A name that m has already gets that of
 * its layer in front: "LAYER/NAME".  Names are the tallies'. */
void tallies_figures(struct tallies *t, struct measurement *m);

#endif
