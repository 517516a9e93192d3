/*
 * Targets in records: what they are, shown, and as files.  Sets that DIGITS made
 * itself have no dataset.json that says so: a label that is a picture, but no mask,
 * is a target there.
 */
#ifndef DSET_TARGETS_RECORDS_H
#define DSET_TARGETS_RECORDS_H

#include <stdbool.h>

#include "dset/dset.h"
#include "image/image.h"
#include "record/column.h"

/* Are the labels of d targets?  By dataset.json, or by this record of it. */
bool dset_targets_are(const struct dset *d, const struct record *r);
/* The target of a record, however it was read. */
int dset_target_image(struct image *out, const struct record *r);
/* The record's picture and at its right its target. */
int dset_targets_draw(struct image *im, const struct record *r);

#endif
