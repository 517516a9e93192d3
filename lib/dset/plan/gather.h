/*
 * Sources to scans: the samples of a folder or a list, with the classes that it
 * has, before classes are named and samples are shared out.  All return an
 * error code with its sentence; a bad sample or line goes to bad.
 */
#ifndef DSET_PLAN_GATHER_H
#define DSET_PLAN_GATHER_H

#include <stddef.h>

#include "dset/plan/plan.h"

/* A list into p->scan[part]: its classes are the lines of the labels file, else
 * the known names (nknown of them, maybe 0), else its own names or numbers. */
int dset_gather_list(struct dset_plan *p, int part, const char *const *known,
    size_t nknown, const struct dset_plan_options *o,
    const struct dset_bad *bad);

/* A folder, archive or URL behind those of p->scan[part]. */
int dset_gather_folder(struct dset_plan *p, int part, const char *where,
    const struct dset_plan_options *o, const struct dset_bad *bad);

/* Open the stream of o: it becomes a list, of which the parts are known once it
 * was read.  o then says what the stream has. */
int dset_gather_stream(struct dset_plan *p, struct dset_plan_options *o,
    const struct dset_bad *bad);

/* Read the table of o: it is as a list, and may say what part its rows are
 * of. */
int dset_gather_table(struct dset_plan *p, struct dset_plan_options *o,
    const struct dset_bad *bad);

#endif
