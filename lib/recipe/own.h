/*
 * What the standard nets were published with: the rate, the decay, … of the
 * solver that stands beside them in Caffe, or that DIGITS's own example names.
 * They count where the user names none.
 */
#ifndef RECIPE_OWN_H
#define RECIPE_OWN_H

#include "model/model.h"
#include "recipe/sweep.h"

/* Into the sweep's setup and rates, before its texts are read.  Nothing happens
 * for nets that are not standard, or bring nothing. */
void own_take(struct sweep *s);
/* What was taken, into info.json: "net defaults". */
void own_describe(struct model_info *m, const struct setup *s);

#endif
