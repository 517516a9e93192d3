/*
 * What a record says, drawn upon its picture.  Apart from the tasks: only a
 * program that draws is to need what drawing takes.
 */
#ifndef DSET_EXPORT_DRAW_H
#define DSET_EXPORT_DRAW_H

#include "dset/dset.h"

/* Is there anything to draw for records like this one? */
bool dset_draws(const struct dset *d, const struct record *r);
/* im is the record's picture, and becomes RGB. */
int dset_draw(struct image *im, const struct record *r, const struct dset *d);

#endif
