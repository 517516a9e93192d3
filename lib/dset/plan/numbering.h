/*
 * The classes of a list: from the names or numbers that its lines have, to those of
 * a scan; and what is odd about the numbers.  For plan.c alone.
 */
#ifndef DSET_NUMBERING_H
#define DSET_NUMBERING_H

#include <stdbool.h>

#include "dset/sources/source.h"

/* o->classes are known, by those names; 0: as many as the list has, sorted where it
 * names them. */
void dset_numbering_classes(struct dset_scan *s,
    const struct dset_list_options *o, const char *const *known);
/* Numbers that begin with 1, and (all: every class is to be there) gaps. */
void dset_numbering_warn(const struct dset_scan *s, const char *file,
    const struct dset_list_options *o, bool all);

#endif
