/*
 * Boxes of COCO's instances.  What else an annotation has (polygons, run lengths,
 * areas) is not needed for a box.  iscrowd makes it one that is put aside.
 */
#include "dset/boxes/coco.h"

#include <math.h>

#include "base/err.h"
#include "dset/coco/coco.h"

/* Classes are numbered in the order of the ids of their categories. */
static int
take_category(void *ctx, struct coco_category *k)
{
	int rc = dset_detect_name(&k->class, ctx, k->name);

	if (rc < 0)
		return rc;
	k->out = rc == 0;
	k->other = rc == DETECT_OTHER;
	return 0;
}

static int
take_box(void *ctx, struct buf *out, const struct json *j,
    const struct coco_image *im, const struct coco_category *k)
{
	const struct json *bbox = json_find(j, "bbox"), *side;
	struct dset_boxes one = { 0 };
	double v[4];
	struct dset_box b;
	int rc, n = 0;

	if (bbox == NULL || json_type(bbox) != JSON_ARRAY ||
	    json_length(bbox) != 4)
		return err_set(ERR_FORMAT, "bbox is not four numbers");
	for (side = json_first(bbox); side != NULL; side = json_next(side)) {
		v[n] = json_number(side);
		if (!(fabs(v[n]) <= 1e9))
			return err_set(ERR_FORMAT, "bbox is not four numbers");
		n++;
	}
	b = dset_box_make(v[0], v[1], v[0] + v[2], v[1] + v[3]);
	b.class = k->class;
	b.aside = coco_crowd(j);
	rc = dset_boxes_add(&one, &b, im->width, im->height);
	dset_boxes_clear(&one);
	if (rc < 0 || k->out)
		return rc;
	if (k->other)
		dset_detect_other(ctx, k->name);
	return buf_add(out, &b, sizeof b);
}

static struct coco_reader
reader_of(struct dset_detect *detect)
{
	return (struct coco_reader){ .ctx = detect,
		.category = take_category,
		.annotation = take_box,
		.kind = VALUE_BOXES,
		.most = BOXES_MAX,
		.what = "boxes" };
}

int
dset_coco_parse(struct dset_list *out, const char *text, size_t len,
    const char *path, const char *images, struct dset_detect *detect,
    const struct dset_bad *bad)
{
	const struct coco_reader r = reader_of(detect);

	return coco_parse(out, text, len, path, images, &r, bad);
}

int
dset_coco_read(struct dset_list *out, const char *path, const char *images,
    struct dset_detect *detect, const struct dset_bad *bad)
{
	const struct coco_reader r = reader_of(detect);

	return coco_read(out, path, images, &r, bad);
}
