/* Counts of classes and parts as text for people, TAB-separated, or JSON. */
#ifndef DSET_TABLE_H
#define DSET_TABLE_H

#include "base/buf.h"
#include "dset/create.h"
#include "prog/prog.h"

/* Rows of classes with their counts; for people with bars, and with what is
 * counted ("boxes") above the names.  counts[part] is NULL for a part that is not
 * there. */
int dset_table_classes(struct buf *out, const char *what, char *const *labels,
    size_t n, uint64_t *const counts[DSET_PARTS], enum prog_format format);

/* The result of dset-create. */
int dset_table_created(struct buf *out, const struct dset_created *made,
    const struct dset_create_options *o, enum prog_format format);

#endif
