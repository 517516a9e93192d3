/*
 * How the pictures of one class are shared out over train, val and test: the
 * rule of DIGITS's parse_folder, so that the same percentages give the same
 * counts.  Every part that is asked for gets at least one picture where the
 * class has enough of them.
 */
#ifndef DSET_SPLIT_H
#define DSET_SPLIT_H

#include <stddef.h>

#include "dset/dset.h"

/* n pictures into out[DSET_TRAIN], out[DSET_VAL], out[DSET_TEST] (sum n). */
void dset_split(
    size_t out[DSET_PARTS], size_t n, double val_percent, double test_percent);

/* Both 0..100 and together at most 100: 0, or ERR_USAGE. */
int dset_split_check(double val_percent, double test_percent);

#endif
