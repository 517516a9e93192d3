/*
 * Segmentation: a mask for each picture, the class of each of its pixels
 * (masks/masks.h).  A record has it as a picture of one channel, as DIGITS does.
 * What brings the picture to its size moves the mask alike, each pixel being that
 * of the nearest; what is put around a picture is 255, not counted.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/create.h"
#include "dset/masks/masks.h"
#include "dset/masks/outlines.h"
#include "dset/plan/plan.h"
#include "dset/sources/source.h"
#include "dset/table.h"
#include "dset/tasks/task.h"
#include "file/file.h"

static const struct dset_source *const sources[] = { &dset_source_masks, NULL };

static int
mask_settle(struct dset_plan *p, const struct dset_plan_options *o)
{
	struct dset_masks *m = p->masks;

	(void)o;
	if (m->others > 0)
		log_warn(
		    "%llu %s of classes that --class-labels does not have (%s%s) %s 255, not counted",
		    (unsigned long long)m->others,
		    num_plural(m->others, "outline", "outlines"), m->other,
		    m->others > 1 ? ", ..." : "",
		    num_plural(m->others, "is", "are"));
	p->nlabels = m->nlabels;
	p->labels = mem_array(char *, m->nlabels + 1);
	for (size_t i = 0; i < m->nlabels; i++)
		p->labels[i] = mem_strdup(m->labels[i]);
	return 0;
}

static int
mask_columns(struct record_column *out, const struct dset_plan *p,
    const struct record_column *picture)
{
	(void)p;
	*out = *picture;
	out->name = "label";
	out->channels = picture->width > 0 ? 1 : 0;
	out->encoding = IMAGE_PNG;
	return 1;
}

/* Where pixel i of the record is from, of n that there are; -1: from none. */
static int
from(int i, double scale, double before, int n)
{
	double at = floor((i + .5 - before) / scale);

	return at >= 0 && at < n ? (int)at : -1;
}

static void
bring(uint8_t *to, const struct image *mask, const struct dset_fit *f)
{
	const int w = f->picture->width, h = f->picture->height;
	const struct image_place place =
	    image_fit_place(mask->width, mask->height, w, h, f->mode);
	int *across = mem_array(int, (size_t)w);

	for (int x = 0; x < w; x++)
		across[x] = from(x, place.scale_x, place.left, mask->width);
	for (int y = 0; y < h; y++) {
		int row = from(y, place.scale_y, place.top, mask->height);
		const uint8_t *in = mask->data +
		    (size_t)(row < 0 ? 0 : row) * (size_t)mask->width;

		for (int x = 0; x < w; x++)
			*to++ = row < 0 || across[x] < 0 ? MASK_IGNORED
							 : in[across[x]];
	}
	mem_free(across);
}

/* Of its file, or painted by its outlines, which have the picture's size. */
static int
read_mask(struct image *mask, const struct dset_fit *f, const struct value *v,
    const char *path)
{
	const void *p;
	size_t n;
	int rc;

	if (v->width > 0) {
		TRY(image_resize_buffer(mask, v->width, v->height, 1));
		return dset_outlines_paint(mask, v->blob, v->blob_len);
	}
	if (v->blob != NULL)
		return dset_masks_decode(
		    mask, f->plan->masks, v->blob, v->blob_len, path);
	TRY(file_map(&p, &n, v->file));
	rc = dset_masks_decode(mask, f->plan->masks, p, n, v->file);
	file_unmap(p, n);
	return rc;
}

static int
fit_mask(uint8_t *to, struct image *mask, const struct dset_fit *f,
    const struct value *v, const char *path)
{
	TRY(read_mask(mask, f, v, path));
	if (mask->width != f->from_width || mask->height != f->from_height)
		return err_set(ERR_FORMAT,
		    "%s has %dx%d pixels, and the picture %dx%d", path,
		    mask->width, mask->height, f->from_width, f->from_height);
	bring(to, mask, f);
	return 0;
}

static int
mask_fit(struct value *out, struct dset_fit *f, const struct dset_sample *s)
{
	size_t n = (size_t)f->picture->width * (size_t)f->picture->height;
	uint8_t *to = buf_room(&f->room[0], n);
	struct image mask;
	int rc;

	if (to == NULL)
		return ERR_RANGE;
	image_init(&mask);
	rc = fit_mask(to, &mask, f, &s->values[0],
	    s->values[0].file != NULL ? s->values[0].file : s->path);
	image_clear(&mask);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		f->tally[to[i]]++;
	out[0] = (struct value){ .kind = VALUE_IMAGE,
		.channels = 1,
		.height = f->picture->height,
		.width = f->picture->width,
		.data = to };
	return 0;
}

/* Two classes as 0 and 255, as tools for masks of two colours write them? */
static void
warn_binary(const struct dset_created *made)
{
	const uint64_t *n = made->per_class[DSET_TRAIN];

	for (size_t i = 1; i < made->nlabels; i++)
		if (n[i] > 0)
			return;
	if (made->ignored[DSET_TRAIN] > 0)
		log_warn(
		    "all pixels for training are 255, which is not counted, or class 0: is 255 a class? --colormap FILE (0 0 0 NAME, 255 255 255 NAME) makes it one");
}

static int
mask_summary(
    struct buf *out, const struct dset_created *made, enum prog_format format)
{
	if (made->per_class[DSET_TRAIN] == NULL)
		return 0;
	warn_binary(made);
	return dset_table_classes(out, "pixels", made->labels, made->nlabels,
	    made->per_class, format);
}

const struct dset_task dset_task_segment = {
	.name = "segmentation",
	.labels_from = "masks",
	.sources = sources,
	.settle = mask_settle,
	.columns = mask_columns,
	.fit = mask_fit,
	.summary = mask_summary,
	.tallies = true,
};
