/*
 * Outlines of COCO's instances.  A crowd lies beneath all others and is not counted,
 * unless it is to be taken for what it is.
 */
#include "dset/masks/coco.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/coco/coco.h"
#include "dset/masks/outlines.h"

static int
take_category(void *ctx, struct coco_category *k)
{
	int rc = dset_masks_class(&k->class, ctx, k->name);

	k->other = rc == 0;
	return rc < 0 ? rc : 0;
}

/* The numbers of an array. */
static int
read_numbers(double *v, const struct json *array, const char *what)
{
	const struct json *one;
	size_t n = 0;

	for (one = json_first(array); one != NULL; one = json_next(one)) {
		v[n] = json_number(one);
		if (!isfinite(v[n++]))
			return err_set(
			    ERR_FORMAT, "%s has what is no number", what);
	}
	return 0;
}

static int
take_polygons(struct buf *out, const struct json *all, int class, bool beneath,
    const struct coco_image *im)
{
	const struct json *one;
	int rc = 0;

	if (json_length(all) == 0)
		return err_set(ERR_FORMAT,
		    "segmentation is empty: a box alone is no mask");
	for (one = json_first(all); rc == 0 && one != NULL;
	     one = json_next(one)) {
		size_t n = json_length(one);
		double *v;

		if (json_type(one) != JSON_ARRAY || n % 2 != 0)
			return err_set(
			    ERR_FORMAT, "segmentation has what is no polygon");
		v = mem_array(double, n + 1);
		rc = read_numbers(v, one, "a polygon");
		if (rc == 0)
			rc = dset_outline_polygon(out, class, beneath, v, n / 2,
			    im->width, im->height);
		mem_free(v);
	}
	return rc;
}

/* "size" is height and width. */
static int
check_size(const struct json *runs, const struct coco_image *im)
{
	const struct json *size = json_find(runs, "size");
	double v[2];

	if (size == NULL || json_type(size) != JSON_ARRAY ||
	    json_length(size) != 2)
		return err_set(ERR_FORMAT, "size is not two numbers");
	TRY(read_numbers(v, size, "size"));
	if (v[0] != im->height || v[1] != im->width)
		return err_set(ERR_FORMAT,
		    "run lengths for %gx%g pixels, and the picture has %dx%d",
		    v[1], v[0], im->width, im->height);
	return 0;
}

static int
read_counts(uint32_t *run, size_t *n, const struct json *counts)
{
	const struct json *one;

	*n = 0;
	for (one = json_first(counts); one != NULL; one = json_next(one)) {
		double v = json_number(one);

		if (!(v >= 0 && v <= UINT32_MAX && v == floor(v)))
			return err_set(
			    ERR_FORMAT, "counts has what is no run length");
		run[(*n)++] = (uint32_t)v;
	}
	return 0;
}

static int
take_runs(struct buf *out, const struct json *runs, int class, bool beneath,
    const struct coco_image *im)
{
	const struct json *counts = json_find(runs, "counts");
	const char *text = counts != NULL ? json_text(counts) : NULL;
	size_t pixels = (size_t)im->width * (size_t)im->height, n, most;
	uint32_t *run;
	int rc;

	TRY(check_size(runs, im));
	if (counts == NULL || (text == NULL && json_type(counts) != JSON_ARRAY))
		return err_set(ERR_FORMAT, "there are no counts");
	/* As many as there can be: a character of text each. */
	most = text != NULL ? strlen(text) : json_length(counts);
	if (most > 7 * (pixels + 1))
		return err_set(
		    ERR_FORMAT, "more run lengths than the picture has pixels");
	run = mem_array(uint32_t, most + 1);
	rc = text != NULL ? dset_runs_read(run, &n, most, text)
			  : read_counts(run, &n, counts);
	if (rc == 0)
		rc = dset_outline_runs(
		    out, class, beneath, run, n, im->width, im->height);
	mem_free(run);
	return rc;
}

static int
take_outline(void *ctx, struct buf *out, const struct json *j,
    const struct coco_image *im, const struct coco_category *k)
{
	struct dset_masks *m = ctx;
	const struct json *how = json_find(j, "segmentation");
	const bool beneath = coco_crowd(j);
	int class = k->class;

	if (im->width == 0 || im->height == 0)
		return err_set(ERR_FORMAT,
		    "the file does not say how large the picture is");
	if (how == NULL)
		return err_set(ERR_FORMAT,
		    "segmentation is missing: a box alone is no mask");
	if (k->other)
		dset_masks_other(m, k->name);
	if (k->other || (beneath && !m->o->difficult))
		class = MASK_IGNORED;
	if (json_type(how) == JSON_ARRAY)
		return take_polygons(out, how, class, beneath, im);
	if (json_type(how) == JSON_OBJECT)
		return take_runs(out, how, class, beneath, im);
	return err_set(
	    ERR_FORMAT, "segmentation is neither polygons nor run lengths");
}

static struct coco_reader
reader_of(struct dset_masks *m)
{
	return (struct coco_reader){ .ctx = m,
		.category = take_category,
		.annotation = take_outline,
		.kind = VALUE_IMAGE,
		.most = OUTLINES_MAX,
		.what = "outlines" };
}

int
dset_masks_coco_parse(struct dset_list *out, const char *text, size_t len,
    const char *path, const char *images, struct dset_masks *m,
    const struct dset_bad *bad)
{
	const struct coco_reader r = reader_of(m);

	return coco_parse(out, text, len, path, images, &r, bad);
}

int
dset_masks_coco(struct dset_list *out, const char *path, const char *images,
    struct dset_masks *m, const struct dset_bad *bad)
{
	const struct coco_reader r = reader_of(m);

	return coco_read(out, path, images, &r, bad);
}
