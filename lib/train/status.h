/* How a training stands, in the info.json of its folder. */
#ifndef TRAIN_STATUS_H
#define TRAIN_STATUS_H

#include "base/err.h"
#include "train/train.h"

/* It is on its way; a folder without info.json is left as it is. */
int status_begin(const char *dir);
/* After a run: how it ended, the newest snapshot and what went wrong. */
int status_finish(
    const char *dir, const struct train_result *r, const struct err_saved *why);

#endif
