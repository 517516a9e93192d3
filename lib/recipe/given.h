/*
 * The options that a training was started with, kept in info.json so that
 * --resume can say which of those given to it have no effect.
 */
#ifndef RECIPE_GIVEN_H
#define RECIPE_GIVEN_H

#include "model/model.h"

/* "options": what was given of those that last (opt.needs "=resume"). */
void given_write(struct model_info *info);
/* Warns of each that is given now and is not what it was at first.  A folder that
 * says nothing of options is not asked. */
int given_compare(const struct model_info *info);

#endif
