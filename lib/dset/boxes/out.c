/* Files of labels: see out.h. */
#include "dset/boxes/out.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/boxes/write.h"
#include "dset/export/pass.h"
#include "dset/masks/records.h"
#include "dset/masks/write.h"

enum { LABELS_BYTES_MAX = 1 << 30 };

/* What one file of a part holds: ImageSets's lines, COCO's two arrays. */
struct part_out {
	char *name;
	struct buf images, annotations;
	uint64_t nimages, nboxes;
};

struct dset_labels_out {
	const struct dset *d;
	const char *dir;
	enum dset_label_format format;
	struct part_out part[DSET_PARTS];
	int parts;
	struct buf text;
	uint64_t left_out;
	int32_t most;  /* the highest class that was met */
	bool dontcare; /* a box is that and no more: COCO needs a category */
	bool masks;    /* annotations are masks, of classes from 1 */
};

int
dset_labels_out_new(struct dset_labels_out **out, const char *dir,
    const struct dset *d, enum dset_label_format format)
{
	struct dset_labels_out *o = mem_new(struct dset_labels_out);

	o->d = d;
	o->dir = dir;
	o->format = format;
	buf_init(&o->text, LABELS_BYTES_MAX);
	*out = o;
	return 0;
}

void
dset_labels_out_free(struct dset_labels_out *o)
{
	if (o == NULL)
		return;
	for (int i = 0; i < o->parts; i++) {
		mem_free(o->part[i].name);
		buf_clear(&o->part[i].images);
		buf_clear(&o->part[i].annotations);
	}
	buf_clear(&o->text);
	mem_free(o);
}

/* Parts come one after the other. */
static struct part_out *
part_of(struct dset_labels_out *o, const char *name)
{
	struct part_out *p = o->parts ? &o->part[o->parts - 1] : NULL;

	if (p != NULL && strcmp(p->name, name) == 0)
		return p;
	p = &o->part[o->parts++];
	p->name = mem_strdup(name);
	buf_init(&p->images, LABELS_BYTES_MAX);
	buf_init(&p->annotations, LABELS_BYTES_MAX);
	return p;
}

/* A new file below dir. */
static int
write_new(struct dset_labels_out *o, const char *rel, const struct buf *b)
{
	char *path = path_join(o->dir, rel);
	int rc = dset_file_new(path, b);

	mem_free(path);
	return rc;
}

/* ---- COCO ---- */

static int
coco_image(struct part_out *p, const struct dset_labelled *l)
{
	struct json_w w;

	if (p->images.len > 0)
		TRY(buf_adds(&p->images, ",\n"));
	json_w_init(&w, &p->images, 0);
	json_w_object(&w);
	json_w_kint(&w, "id", (int64_t)++p->nimages);
	json_w_kstr(&w, "file_name", l->file);
	json_w_kint(&w, "width", l->width);
	json_w_kint(&w, "height", l->height);
	json_w_object_end(&w);
	return json_w_end(&w);
}

static int
coco_box(struct dset_labels_out *o, struct part_out *p, const float *row)
{
	double area =
	    dset_decimal(row[ROW_WIDTH]) * dset_decimal(row[ROW_HEIGHT]);
	struct json_w w;
	bool aside;
	int32_t class = dset_row_written(&aside, o->d, row);

	o->dontcare |= class == dset_dontcare(o->d);
	o->most = class > o->most ? class : o->most;
	if (p->annotations.len > 0)
		TRY(buf_adds(&p->annotations, ",\n"));
	json_w_init(&w, &p->annotations, 0);
	json_w_object(&w);
	json_w_kint(&w, "id", (int64_t)++p->nboxes);
	json_w_kint(&w, "image_id", (int64_t)p->nimages);
	json_w_kint(&w, "category_id", class);
	json_w_key(&w, "bbox");
	json_w_array(&w);
	for (int k = ROW_LEFT; k <= ROW_HEIGHT; k++)
		json_w_number(&w, dset_decimal(row[k]));
	json_w_array_end(&w);
	json_w_key(&w, "area");
	json_w_number(&w, area);
	json_w_kint(&w, "iscrowd", aside);
	json_w_object_end(&w);
	return json_w_end(&w);
}

static int
coco_add(struct dset_labels_out *o, struct part_out *p,
    const struct dset_labelled *l)
{
	const float *v;
	size_t n, i;

	(void)dset_rows(&v, &n, l->r);
	TRY(coco_image(p, l));
	for (i = 0; i < n; i++)
		TRY(coco_box(o, p, v + i * ROW_NUMBERS));
	return 0;
}

/* The record's mask, in place of boxes. */
static int
coco_mask(struct dset_labels_out *o, struct part_out *p,
    const struct dset_labelled *l)
{
	struct image mask;
	int rc;

	image_init(&mask);
	TRY(coco_image(p, l));
	rc = dset_mask_image(&mask, l->r);
	if (rc == 0)
		rc = dset_mask_annotations(
		    &p->annotations, &p->nboxes, &o->most, p->nimages, &mask);
	image_clear(&mask);
	return rc;
}

static int
coco_category(struct buf *b, int32_t id, const char *name, bool first)
{
	struct json_w w;

	if (!first)
		TRY(buf_adds(b, ",\n"));
	json_w_init(&w, b, 0);
	json_w_object(&w);
	json_w_kint(&w, "id", id);
	json_w_kstr(&w, "name", name);
	json_w_object_end(&w);
	return json_w_end(&w);
}

static int
coco_end(struct dset_labels_out *o, const struct part_out *p)
{
	char *rel = mem_printf("annotations/instances_%s.json", p->name);
	int32_t dontcare = dset_dontcare(o->d), i, n = (int32_t)o->d->nlabels;
	struct buf *b = &o->text;
	char number[24];
	bool first = true;
	int rc;

	if (n == 0 || (o->masks && n < 2))
		n = o->most + 1;
	buf_reset(b);
	rc = buf_adds(b, "{\"images\": [\n");
	if (rc == 0)
		rc = buf_add(b, buf_str(&p->images), p->images.len);
	if (rc == 0)
		rc = buf_adds(b, "],\n\"annotations\": [\n");
	if (rc == 0)
		rc = buf_add(b, buf_str(&p->annotations), p->annotations.len);
	if (rc == 0)
		rc = buf_adds(b, "],\n\"categories\": [\n");
	for (i = 0; rc == 0 && i < n; i++) {
		if (o->masks ? i == 0 : i == dontcare && !o->dontcare)
			continue;
		rc = coco_category(
		    b, i, dset_class_text(number, o->d, i), first);
		first = false;
	}
	if (rc == 0)
		rc = buf_adds(b, "]}\n");
	if (rc == 0)
		rc = write_new(o, rel, b);
	mem_free(rel);
	return rc;
}

/* ---- all ---- */

static const struct layout {
	const char *picture, *labels; /* of part, key and extension */
} layouts[] = {
	[LABELS_KITTI] = { "%s/images/%s%s", "%s/labels/%s%s" },
	[LABELS_VOC] = { "JPEGImages/%s_%s%s", "Annotations/%s_%s%s" },
	[LABELS_COCO] = { "images/%s/%s%s", NULL },
	[LABELS_YOLO] = { "images/%s/%s%s", "labels/%s/%s%s" },
};

static int
write_labels(struct dset_labels_out *o, struct part_out *p, const char *key,
    const struct dset_labelled *l)
{
	struct buf *b = &o->text;
	char *rel;
	int rc;

	if (o->masks)
		return coco_mask(o, p, l);
	if (o->format == LABELS_COCO)
		return coco_add(o, p, l);
	buf_reset(b);
	rel = mem_printf(layouts[o->format].labels, p->name, key,
	    o->format == LABELS_VOC ? ".xml" : ".txt");
	rc = o->format == LABELS_KITTI ? dset_kitti_write(b, l)
	    : o->format == LABELS_VOC  ? dset_voc_write(b, l)
				       : dset_yolo_write(b, l, &o->left_out);
	if (rc == 0)
		rc = write_new(o, rel, b);
	if (rc == 0 && o->format == LABELS_VOC)
		rc = buf_printf(&p->images, "%s_%s\n", p->name, key);
	mem_free(rel);
	return rc;
}

/* Has the record what is written?  Masks are told by the first of them. */
static int
check_record(
    struct dset_labels_out *o, const char *part, const struct record *r)
{
	const struct dset *d = o->d;
	const float *v;
	size_t n;

	if (dset_masks_are(d, r)) {
		if (o->format != LABELS_COCO)
			return err_set(ERR_UNSUPPORTED,
			    "masks are written as coco has them, or as pictures without --label-format");
		if (!o->masks && d->nlabels > 0 &&
		    strcmp(d->labels[0], MASK_BACKGROUND) != 0)
			log_warn(
			    "class 0 (%s) is what has no annotation: it is " MASK_BACKGROUND
			    " where the file is read",
			    d->labels[0]);
		o->masks = true;
		o->most = o->most > 0 ? o->most : 1;
		return 0;
	}
	if (!dset_rows(&v, &n, r))
		return err_set(ERR_FORMAT,
		    "record %zu of %s has neither boxes nor a mask: a label format is for detection and segmentation",
		    r->index, part);
	for (size_t i = 0; i < n; i++)
		if (!dset_row_sound(v + i * ROW_NUMBERS))
			return err_set(ERR_FORMAT,
			    "record %zu of %s: box %zu is none", r->index, part,
			    i);
	return 0;
}

int
dset_labels_out_add(struct dset_labels_out *o, const char *part,
    const char *key, const struct buf *picture, const char *ext,
    const struct record *r)
{
	struct dset_labelled l = { .d = o->d, .r = r };
	struct image_info info;
	char *rel;
	int rc;

	TRY(check_record(o, part, r));
	TRY(image_probe(&info, picture->data, picture->len, "picture"));
	l.width = info.width;
	l.height = info.height;
	l.channels = info.channels < 3 ? 1 : 3;
	rel = mem_printf(layouts[o->format].picture, part, key, ext);
	l.file = path_base(rel);
	rc = write_new(o, rel, picture);
	if (rc == 0)
		rc = write_labels(o, part_of(o, part), key, &l);
	mem_free(rel);
	return rc;
}

/* data.yaml: where the pictures of each part are, and the names. */
static int
yolo_end(struct dset_labels_out *o)
{
	struct buf *b = &o->text;
	const char *name;

	buf_reset(b);
	TRY(buf_adds(b, "path: .\n"));
	for (int i = 0; i < o->parts; i++) {
		name = o->part[i].name;
		TRY(buf_printf(b, "%s: images/%s\n", name, name));
	}
	TRY(dset_yolo_names_write(b, o->d));
	if (o->left_out > 0)
		log_warn(
		    "%llu %s left out: dontcare, or outside of the picture",
		    (unsigned long long)o->left_out,
		    num_plural(o->left_out, "box is", "boxes are"));
	return write_new(o, "data.yaml", b);
}

int
dset_labels_out_end(struct dset_labels_out *o)
{
	char *rel;

	if (o->format == LABELS_YOLO)
		return yolo_end(o);
	for (int i = 0; i < o->parts; i++) {
		const struct part_out *p = &o->part[i];
		int rc = 0;

		if (o->format == LABELS_COCO)
			rc = coco_end(o, p);
		if (o->format == LABELS_VOC) {
			rel = mem_printf("ImageSets/Main/%s.txt", p->name);
			rc = write_new(o, rel, &p->images);
			mem_free(rel);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}
