/* Pictures with outlines, of which masks are made: for sources/masks.c, which finds
 * that there are no pictures of masks. */
#ifndef DSET_SOURCES_OUTLINES_H
#define DSET_SOURCES_OUTLINES_H

#include "dset/sources/source.h"

/* The pictures of o->part whose labels are a COCO file, or of YOLO. */
int
dset_outlines_scan(struct dset_list *out, const struct dset_source_options *o);

#endif
