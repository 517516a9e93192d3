/* Who draws what. */
#include "dset/export/draw.h"

#include "base/err.h"
#include "dset/boxes/rows.h"
#include "dset/masks/records.h"
#include "dset/targets/records.h"
#include "dset/tasks/task.h"

bool
dset_draws(const struct dset *d, const struct record *r)
{
	return (d->kind != NULL && d->kind->draw != NULL) ||
	    dset_rows_are(d, r) || dset_masks_are(d, r) ||
	    dset_targets_are(d, r);
}

int
dset_draw(struct image *im, const struct record *r, const struct dset *d)
{
	if (d->kind != NULL && d->kind->draw != NULL)
		return d->kind->draw(im, r, d);
	if (dset_masks_are(d, r))
		return dset_masks_draw(im, r, d);
	if (dset_targets_are(d, r))
		return dset_targets_draw(im, r);
	return dset_rows_are(d, r) ? dset_rows_draw(im, r, d) : 0;
}
