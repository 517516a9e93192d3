/* Targets in records: see records.h. */
#include "dset/targets/records.h"

#include <string.h>

#include "base/err.h"
#include "dset/export/export.h"
#include "dset/masks/records.h"
#include "dset/tasks/task.h"

enum { GAP = 2, GROUND = 255 };

bool
dset_targets_are(const struct dset *d, const struct record *r)
{
	const struct value *v = &r->v[RECORD_LABEL];

	return d->kind == &dset_task_image ||
	    (*d->task == '\0' && r->n == 2 && v->kind == VALUE_IMAGE &&
		(v->channels == 1 || v->channels == 3) && v->height > 1 &&
		!dset_masks_are(d, r));
}

int
dset_target_image(struct image *out, const struct record *r)
{
	const struct value *v = &r->v[RECORD_LABEL];

	if (r->n <= RECORD_LABEL || v->kind != VALUE_IMAGE)
		return err_set(ERR_FORMAT, "the label is no picture");
	if (v->blob != NULL)
		return image_decode(
		    out, v->blob, v->blob_len, "target", IMAGE_NO_EXIF, 0, 0);
	return dset_value_image(out, v);
}

static void
put_at(struct image *out, const struct image *im, int x)
{
	const size_t row = (size_t)im->width * 3;

	for (int y = 0; y < im->height; y++)
		memcpy(out->data +
			((size_t)y * (size_t)out->width + (size_t)x) * 3,
		    im->data + (size_t)y * row, row);
}

int
dset_targets_draw(struct image *im, const struct record *r)
{
	struct image target, both;
	int h, rc;

	image_init(&target);
	image_init(&both);
	rc = dset_target_image(&target, r);
	if (rc == 0)
		rc = image_channels(&target, 3);
	if (rc == 0)
		rc = image_channels(im, 3);
	h = im->height > target.height ? im->height : target.height;
	if (rc == 0)
		rc = image_resize_buffer(
		    &both, im->width + GAP + target.width, h, 3);
	if (rc == 0) {
		memset(both.data, GROUND, (size_t)both.width * (size_t)h * 3);
		put_at(&both, im, 0);
		put_at(&both, &target, im->width + GAP);
		rc = image_copy(im, &both);
	}
	image_clear(&target);
	image_clear(&both);
	return rc;
}
