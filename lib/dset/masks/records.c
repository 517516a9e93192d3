/* Masks in records: what they are, drawn, and as files. */
#include "dset/masks/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/export/export.h"
#include "dset/tasks/task.h"
#include "image/draw.h"

bool
dset_masks_are(const struct dset *d, const struct record *r)
{
	const struct value *v = &r->v[RECORD_LABEL];
	const struct value *picture = &r->v[RECORD_DATA];

	return d->kind == &dset_task_segment ||
	    (*d->task == '\0' && r->n == 2 && v->kind == VALUE_IMAGE &&
		v->channels == 1 && v->height == picture->height &&
		v->width == picture->width && picture->height > 1);
}

int
dset_mask_image(struct image *out, const struct record *r)
{
	const struct value *v = &r->v[RECORD_LABEL];

	if (r->n <= RECORD_LABEL || v->kind != VALUE_IMAGE)
		return err_set(ERR_FORMAT, "the label is no mask");
	if (v->blob != NULL)
		TRY(image_decode(out, v->blob, v->blob_len, "mask",
		    IMAGE_NO_EXIF | IMAGE_INDICES, 0, 0));
	else
		TRY(dset_value_image(out, v));
	if (out->channels != 1)
		return err_set(ERR_FORMAT, "a mask with %d channels, not 1",
		    out->channels);
	return 0;
}

int
dset_mask_count(uint64_t n[MASK_VALUES], const struct record *r)
{
	struct image mask;
	size_t size;
	int rc;

	memset(n, 0, MASK_VALUES * sizeof *n);
	image_init(&mask);
	rc = dset_mask_image(&mask, r);
	size = rc == 0 ? (size_t)mask.width * (size_t)mask.height : 0;
	for (size_t i = 0; i < size; i++)
		n[mask.data[i]]++;
	image_clear(&mask);
	return rc;
}

/* As PASCAL VOC numbers colours: the bits of the class, from the lowest on, are the
 * bits of red, green and blue, from the highest on. */
static uint32_t
voc_colour(unsigned class)
{
	uint32_t rgb = 0;

	for (int bit = 7; class > 0 && bit >= 0; bit--, class >>= 3)
		for (int c = 0; c < 3; c++)
			rgb |= (class >> c & 1) << (16 - 8 * c + bit);
	return rgb;
}

uint32_t
dset_mask_colour(const uint32_t *palette, int n, int class)
{
	/* draw_colour has ten */
	enum { FEW = 10 };

	if (class < n)
		return palette[class];
	if (class == MASK_IGNORED)
		return 0xffffff;
	if (class > FEW)
		return voc_colour((unsigned)class);
	return class == 0 ? 0 : draw_colour((unsigned)class - 1);
}

static uint32_t
colour_of(const struct dset *d, int class)
{
	return dset_mask_colour(d->palette, d->npalette, class);
}

int
dset_masks_draw(struct image *im, const struct record *r, const struct dset *d)
{
	static const double opacity = .6;
	uint32_t palette[MASK_VALUES];
	struct image mask;
	int rc;

	image_init(&mask);
	rc = dset_mask_image(&mask, r);
	if (rc == 0 && (mask.width != im->width || mask.height != im->height))
		rc = err_set(ERR_FORMAT,
		    "the mask has %dx%d pixels, and the picture %dx%d",
		    mask.width, mask.height, im->width, im->height);
	for (int i = 0; i < MASK_VALUES; i++)
		palette[i] =
		    i == 0 || i == MASK_IGNORED ? DRAW_CLEAR : colour_of(d, i);
	if (rc == 0)
		rc = image_overlay(im, mask.data, palette, opacity);
	image_clear(&mask);
	return rc;
}

int
dset_mask_file(struct buf *b, const struct image *mask, const struct dset *d)
{
	uint8_t rgb[3 * IMAGE_COLOURS];

	for (int i = 0; i < IMAGE_COLOURS; i++)
		for (int c = 0; c < 3; c++)
			rgb[3 * i + c] =
			    (uint8_t)(colour_of(d, i) >> (16 - 8 * c));
	buf_reset(b);
	return image_encode_indexed(b, mask, rgb, IMAGE_COLOURS);
}

static const char *
name_of(const struct dset *d, int class)
{
	return (size_t) class < d->nlabels ? d->labels[class] : NULL;
}

int
dset_masks_json(struct json_w *w, const struct record *r, const struct dset *d)
{
	uint64_t n[MASK_VALUES];
	int rc;

	if (!dset_masks_are(d, r))
		return 0;
	rc = dset_mask_count(n, r);
	json_w_key(w, "pixels");
	json_w_array(w);
	for (int i = 0; i < MASK_VALUES; i++) {
		if (n[i] == 0)
			continue;
		json_w_object(w);
		json_w_kint(w, "label", i);
		json_w_kstr(w, "class", name_of(d, i));
		json_w_kint(w, "count", (int64_t)n[i]);
		json_w_object_end(w);
	}
	json_w_array_end(w);
	return rc;
}

int
dset_masks_text(struct buf *out, const struct record *r, const struct dset *d)
{
	uint64_t n[MASK_VALUES];
	int rc;

	if (!dset_masks_are(d, r))
		return 0;
	rc = dset_mask_count(n, r);
	for (int i = 0; rc == 0 && i < MASK_VALUES; i++)
		if (n[i] > 0)
			rc = buf_printf(out, "\t%d\t%s\t%" PRIu64 "\n", i,
			    i == MASK_IGNORED           ? "ignored"
				: name_of(d, i) != NULL ? name_of(d, i)
							: "-",
			    n[i]);
	return rc;
}
