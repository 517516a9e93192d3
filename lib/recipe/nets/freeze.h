/* --freeze: layers that are not trained. */
#ifndef RECIPE_FREEZE_H
#define RECIPE_FREEZE_H

#include "nn/net.h"
#include "train/train.h"

/*
 * Builds the net for phase TRAIN with the job's data (extra: the solver's
 * train_state, or NULL), freezes what the patterns say (net_freeze) and writes
 * that down in the prototxt: lr_mult and decay_mult 0 for just those blobs.
 * ERR_USAGE when a pattern matches no layer with weights.
 */
int freeze_layers(Caffe__NetParameter *net, const struct train_job *job,
    const Caffe__NetState *extra, const char *const *patterns, size_t n);

#endif
