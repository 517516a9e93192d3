/* What the labels of records say, boxes or pixels, as text and JSON; nothing where
 * a label is a class or numbers. */
#ifndef DSET_EXPORT_SAY_H
#define DSET_EXPORT_SAY_H

#include "base/buf.h"
#include "dset/dset.h"
#include "json/json.h"
#include "prog/prog.h"

/* Of one record: an array of objects, or lines that begin with a TAB. */
int
dset_say_json(struct json_w *w, const struct record *r, const struct dset *d);
int
dset_say_text(struct buf *out, const struct record *r, const struct dset *d);
/* How much of each class there is in the parts (part -1: all). */
int dset_say_figures(struct buf *out, const struct dset *d, int part,
    int threads, enum prog_format format);

#endif
