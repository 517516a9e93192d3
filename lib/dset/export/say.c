/* Who says what. */
#include "dset/export/say.h"

#include "base/err.h"
#include "dset/boxes/rows.h"
#include "dset/masks/records.h"

int
dset_say_json(struct json_w *w, const struct record *r, const struct dset *d)
{
	dset_rows_json(w, r, d);
	return dset_masks_json(w, r, d);
}

int
dset_say_text(struct buf *out, const struct record *r, const struct dset *d)
{
	TRY(dset_rows_text(out, r, d));
	return dset_masks_text(out, r, d);
}

int
dset_say_figures(struct buf *out, const struct dset *d, int part, int threads,
    enum prog_format format)
{
	TRY(dset_rows_figures(out, d, part, format));
	return dset_masks_figures(out, d, part, threads, format);
}
