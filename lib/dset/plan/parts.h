/*
 * Folders of another depth than class folders: train/, val/ and test/ with the
 * classes below each, an archive's one folder, and those where names do not tell.
 * For plan.c alone.
 */
#ifndef DSET_PARTS_H
#define DSET_PARTS_H

#include "base/mem.h"
#include "dset/plan/plan.h"

/*
 * Where the one source of o is a folder of parts, its source and part_folder become
 * those (texts in the arena), and that is said; else what is odd about it is.
 */
void dset_parts_find(struct dset_plan_options *o, struct arena *arena);
/* Says where the classes from first on, of a source that is not of this machine, are
 * called after parts: these are not looked into. */
void
dset_parts_warn(const struct dset_scan *s, size_t first, const char *where);
/* After rc, "too few classes": rc, and where the one folder of the source holds
 * folders, that it may be the source. */
int dset_parts_hint(int rc, const struct dset_plan_options *o);

#endif
