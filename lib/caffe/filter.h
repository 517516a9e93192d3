/*
 * Which layers a net has in a given use: the include and exclude rules with
 * phase, level and stage, as Caffe and DIGITS decide them.
 *
 * A layer with include rules is in when one of them holds; one with exclude
 * rules (or none) is in unless one of them holds; both together are an error.
 */
#ifndef CAFFE_FILTER_H
#define CAFFE_FILTER_H

#include <stdbool.h>

#include "caffe/caffe.pb-c.h"

bool
caffe_rule_holds(const Caffe__NetStateRule *rule, const Caffe__NetState *state);
/* 1, 0, or ERR_FORMAT. */
int caffe_layer_in(
    const Caffe__LayerParameter *layer, const Caffe__NetState *state);
/* The layer without its rules: in whatever the state is. */
void caffe_layer_unrule(Caffe__LayerParameter *layer);
/* A copy of the net with the layers that are in; its state is set to state.
 * net must be upgraded.  Blobs of layers are copied too. */
int caffe_net_filter(Caffe__NetParameter **out, const Caffe__NetParameter *net,
    const Caffe__NetState *state);
/* A state made of a phase and a NULL-terminated list of stages (may be NULL);
 * caller's, caffe_msg_free. */
Caffe__NetState *
caffe_state_new(Caffe__Phase phase, int level, const char *const *stages);

#endif
