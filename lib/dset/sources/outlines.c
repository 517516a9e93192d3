/*
 * Pictures with outlines of the objects on them, of which masks are made: COCO's
 * file, or YOLO's label files.  A sample gets one value, its outlines as a blob
 * (masks/outlines.h) with the size of the picture, and the name of the file that
 * they are from.
 */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/boxes/find.h"
#include "dset/boxes/yolo.h"
#include "dset/masks/coco.h"
#include "dset/masks/outlines.h"
#include "dset/sources/outlines.h"
#include "file/file.h"

struct outlines_scan {
	struct dset_list *list;
	const struct dset_source_options *o;
	struct dset_masks *masks;
	const struct dset_pairs *from;
	char
	    *labels; /* the folder, or the file of COCO; NULL: as YOLO has it */
	char **names; /* what YOLO's numbers stand for, or NULL */
	size_t nnames;
	char **paths; /* of the label file of each sample */
	struct buf text, said;
	size_t unlabelled;
};

static int
tell_bad(const struct outlines_scan *s, const char *path, int64_t line)
{
	if (line > 0)
		(void)err_in(ERR_FORMAT, "line %lld", (long long)line);
	return dset_bad_tell(s->o->bad, path, -1, err_text());
}

/* One more picture: 1, or it ends the scan. */
static int
take_size(const struct outlines_scan *s, const struct image_info *info,
    const char *path)
{
	TRY(dset_one_size(
	    &s->masks->size, info, path, s->masks->o->same_shape, "--size"));
	return 1;
}

/* What COCO's file says is there: is the picture, and of this size? */
static int
take_picture(void *ctx, size_t i)
{
	const struct outlines_scan *s = ctx;
	struct value v = s->list->v[i].values[0];
	const char *path = s->list->v[i].path;
	struct image_info info;

	if (dset_pairs_probe_as(&info, path, &v) < 0)
		return tell_bad(s, path, -1);
	if (v.width == 0) { /* there is nothing on it */
		v.width = info.width;
		v.height = info.height;
		dset_list_say(s->list, i, &v, 1);
	}
	return take_size(s, &info, path);
}

static int
scan_coco(struct outlines_scan *s)
{
	TRY(dset_masks_coco(
	    s->list, s->labels, s->from->images, s->masks, s->o->bad));
	if (s->from->list != NULL)
		TRY(dset_stems_pick(s->list, s->from->list, s->o->bad));
	return dset_pairs_take(
	    s->list, take_picture, s, s->from->images, "outlines");
}

static int
read_file(struct outlines_scan *s, const struct image_info *info,
    const char *path, int64_t *line)
{
	*line = -1;
	buf_reset(&s->said);
	if (!file_exists(path)) {
		s->unlabelled++;
		return 0;
	}
	buf_reset(&s->text);
	TRY(file_read(&s->text, path));
	return dset_masks_yolo(&s->said, buf_str(&s->text), s->text.len,
	    info->width, info->height, s->names, s->nnames, s->masks, line);
}

static int
take_file(void *ctx, size_t i)
{
	struct outlines_scan *s = ctx;
	const char *picture = s->list->v[i].path, *path = s->paths[i];
	struct value v = { .kind = VALUE_IMAGE };
	struct image_info info;
	int64_t line;
	int rc;

	if (path == NULL)
		return 0;
	if (dset_pairs_probe(&info, picture) < 0)
		return tell_bad(s, picture, -1);
	rc = read_file(s, &info, path, &line);
	if (rc < 0 && rc != ERR_RANGE)
		return tell_bad(s, path, line);
	if (rc < 0)
		return err_in(rc, "%s", path);
	v.width = info.width;
	v.height = info.height;
	v.blob = (const uint8_t *)s->said.data;
	v.blob_len = s->said.len;
	v.file = path;
	dset_list_say(s->list, i, &v, 1);
	return take_size(s, &info, picture);
}

/* The names behind YOLO's numbers are classes in their order, used or not. */
static int
name_classes(struct outlines_scan *s)
{
	int32_t class;

	for (size_t i = 0; i < s->nnames; i++)
		TRY(dset_masks_class(&class, s->masks, s->names[i]));
	return 0;
}

static int
scan_yolo(struct outlines_scan *s)
{
	size_t i, n;
	int rc =
	    dset_yolo_names(&s->names, &s->nnames, &s->labels, s->from->images);

	if (rc == 0)
		rc = name_classes(s);
	if (rc == 0)
		rc = dset_pairs_walk(s->list, s->from, s->o->bad);
	if (rc < 0)
		return rc;
	n = s->list->n;
	s->paths = mem_array(char *, n + 1);
	for (i = 0; i < n; i++)
		s->paths[i] = dset_labels_of(
		    s->labels, s->from->images, s->list->v[i].path, ".txt");
	rc = dset_labels_owners(s->paths, s->list, s->o->bad);
	if (rc == 0)
		rc = dset_pairs_take(
		    s->list, take_file, s, s->from->images, "outlines");
	if (rc == 0 && s->unlabelled > 0)
		log_warn("%s: %zu %s no label file, and so nothing on %s",
		    s->from->images, s->unlabelled,
		    num_plural(s->unlabelled, "picture has", "pictures have"),
		    num_plural(s->unlabelled, "it", "them"));
	for (i = 0; i < n; i++)
		mem_free(s->paths[i]);
	mem_free(s->paths);
	return rc;
}

/* A file, or a folder without pictures: what is it? */
static int
find_labels(enum dset_label_format *format, struct outlines_scan *s)
{
	const char *labels = s->from->labels;

	int rc = dset_labels_find(format, &s->labels, labels, LABELS_AUTO);

	if (rc == ERR_FORMAT && file_is_dir(labels))
		return err_set(ERR_FORMAT, "%s: no masks", labels);
	if (rc < 0)
		return rc;
	if (*format == LABELS_COCO || *format == LABELS_YOLO)
		return 0;
	return err_set(ERR_FORMAT,
	    "%s: neither masks nor outlines: pictures, a .json file of COCO, or label files of YOLO with polygons are wanted",
	    labels);
}

int
dset_outlines_scan(struct dset_list *out, const struct dset_source_options *o)
{
	struct outlines_scan s = { .list = out,
		.o = o,
		.masks = o->masks,
		.from = &o->masks->o->from[o->part] };
	enum dset_label_format format;
	int rc;

	if (s.masks->o->colormap != NULL)
		return err_set(ERR_USAGE,
		    "--colormap is for pictures of masks: %s has outlines",
		    s.from->labels);
	buf_init(&s.text, BOXES_FILE_MAX);
	buf_init(&s.said, BOXES_FILE_MAX);
	rc = find_labels(&format, &s);
	if (rc == 0)
		rc = format == LABELS_COCO ? scan_coco(&s) : scan_yolo(&s);
	for (size_t i = 0; i < s.nnames; i++)
		mem_free(s.names[i]);
	mem_free(s.names);
	mem_free(s.labels);
	buf_clear(&s.text);
	buf_clear(&s.said);
	return rc;
}
