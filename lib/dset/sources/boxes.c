/*
 * Pictures with boxes: a folder of pictures and a folder of label files, or one
 * file for all.  A sample gets one value, its boxes (struct dset_box) as a blob,
 * and the name of the file that they are from.
 *
 * A picture whose labels cannot be used whole is one bad item and is left out:
 * with some of its boxes it would teach that the others are background.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/boxes/coco.h"
#include "dset/boxes/find.h"
#include "dset/boxes/yolo.h"
#include "dset/sources/pairs.h"
#include "dset/sources/source.h"
#include "file/file.h"

struct boxes_scan {
	struct dset_list *list;
	const struct dset_source_options *o;
	struct dset_detect *detect;
	enum dset_label_format format;
	char
	    *labels; /* the folder, or the file of COCO; NULL: as YOLO has it */
	const struct dset_pairs *from;
	char **names; /* what YOLO's numbers stand for, or NULL */
	size_t nnames;
	struct dset_boxes boxes;
	struct buf text;
	char **paths; /* of the label file of each sample */
};

static int
tell_bad(const struct boxes_scan *s, const char *path, int64_t line)
{
	if (line > 0)
		(void)err_in(ERR_FORMAT, "line %lld", (long long)line);
	return dset_bad_tell(s->o->bad, path, -1, err_text());
}

/* The boxes of one label file.  1: there is none, and need not be one. */
static int
read_labels(struct boxes_scan *s, struct dset_page *p, const char *path)
{
	static int (*const readers[])(
	    struct dset_boxes *, struct dset_page *) = {
		[LABELS_KITTI] = dset_kitti_read,
		[LABELS_VOC] = dset_voc_read,
		[LABELS_YOLO] = dset_yolo_read,
	};

	s->boxes.n = 0;
	p->line = -1;
	if (!file_exists(path)) {
		if (s->format == LABELS_YOLO)
			return 1;
		return err_set(ERR_MISSING, "there is no such label file");
	}
	buf_reset(&s->text);
	TRY(file_read(&s->text, path));
	p->text = buf_str(&s->text);
	p->len = s->text.len;
	p->detect = s->detect;
	p->names = s->names;
	p->nnames = s->nnames;
	return readers[s->format](&s->boxes, p);
}

/* What holds all pictures. */
static void
grow(struct dset_detect *d, int width, int height)
{
	d->width = width > d->width ? width : d->width;
	d->height = height > d->height ? height : d->height;
}

/* Sample i with its boxes; 1: it is taken, 0: it is bad, which was told. */
static int
take_file(void *ctx, size_t i)
{
	struct boxes_scan *s = ctx;
	const char *picture = s->list->v[i].path, *path = s->paths[i];
	struct dset_page page = { .line = -1 };
	struct value v = { .kind = VALUE_BOXES };
	struct image_info info;
	int rc;

	if (path == NULL)
		return 0;
	if (dset_pairs_probe(&info, picture) < 0)
		return tell_bad(s, picture, -1);
	page.width = info.width;
	page.height = info.height;
	rc = read_labels(s, &page, path);
	if (rc < 0)
		return tell_bad(s, path, page.line);
	s->detect->unlabelled += rc == 1;
	v.width = page.width;
	v.height = page.height;
	v.blob = (const uint8_t *)s->boxes.v;
	v.blob_len = s->boxes.n * sizeof *s->boxes.v;
	v.file = rc == 1 ? NULL : path;
	dset_list_say(s->list, i, &v, 1);
	grow(s->detect, page.width, page.height);
	return 1;
}

/* Of COCO's the boxes are there: is the picture, and of this size? */
static int
take_picture(void *ctx, size_t i)
{
	struct boxes_scan *s = ctx;
	const struct value *v = s->list->v[i].values;
	const char *path = s->list->v[i].path;
	struct image_info info;

	if (dset_pairs_probe_as(&info, path, v) < 0)
		return tell_bad(s, path, -1);
	grow(s->detect, info.width, info.height);
	return 1;
}

static int
take_all(struct boxes_scan *s)
{
	return dset_pairs_take(s->list,
	    s->paths != NULL ? take_file : take_picture, s, s->from->images,
	    "labels");
}

static int
path_of_cmp(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x ? *x : "", *y ? *y : "");
}

/* Label files that no picture has, where the folder is of these pictures alone. */
static int
warn_unused(const struct boxes_scan *s, const char *ext)
{
	const struct dset_detect_options *o = s->detect->o;
	char **names, **used, *path, *first = NULL;
	size_t i, n, unused = 0;

	for (int part = 0; part < DSET_PARTS; part++)
		if (part != (int)s->o->part && o->from[part].labels != NULL &&
		    strcmp(o->from[part].labels, o->from[s->o->part].labels) ==
			0)
			return 0;
	TRY(file_list(&names, &n, s->labels));
	used = mem_array(char *, s->list->n + 1);
	memcpy(used, s->paths, s->list->n * sizeof *used);
	qsort(used, s->list->n, sizeof *used, path_of_cmp);
	for (i = 0; i < n; i++) {
		path = mem_printf("%s/%s", s->labels, names[i]);
		if (path_has_ext(names[i], ext) &&
		    strcmp(names[i], "classes.txt") != 0 &&
		    bsearch(&path, used, s->list->n, sizeof *used,
			path_of_cmp) == NULL &&
		    unused++ == 0)
			first = mem_strdup(names[i]);
		mem_free(path);
	}
	if (unused > 0)
		log_warn("%s: %zu %s of no picture in %s (%s%s)", s->labels,
		    unused, num_plural(unused, "file is", "files are"),
		    s->from->images, first, unused > 1 ? ", ..." : "");
	mem_free(first);
	mem_free(used);
	file_list_free(names, n);
	return 0;
}

/* Pictures of a folder, each with a label file. */
static int
scan_files(struct boxes_scan *s)
{
	const char *ext = s->format == LABELS_VOC ? ".xml" : ".txt";
	size_t i, n;
	int rc = dset_pairs_walk(s->list, s->from, s->o->bad);

	if (rc < 0)
		return rc;
	n = s->list->n;
	s->paths = mem_array(char *, n + 1);
	for (i = 0; i < n; i++)
		s->paths[i] = dset_labels_of(
		    s->labels, s->from->images, s->list->v[i].path, ext);
	rc = dset_labels_owners(s->paths, s->list, s->o->bad);
	if (rc == 0 && s->from->list == NULL && s->labels != NULL)
		rc = warn_unused(s, ext);
	if (rc == 0)
		rc = take_all(s);
	for (i = 0; i < n; i++)
		mem_free(s->paths[i]);
	mem_free(s->paths);
	s->paths = NULL;
	return rc;
}

/* Pictures that a COCO file names. */
static int
scan_coco(struct boxes_scan *s)
{
	const struct dset_pairs *from = s->from;
	int rc = dset_coco_read(
	    s->list, s->labels, from->images, s->detect, s->o->bad);

	if (rc == 0 && from->list != NULL)
		rc = dset_stems_pick(s->list, from->list, s->o->bad);
	return rc == 0 ? take_all(s) : rc;
}

/* The names behind YOLO's numbers are classes in their order, used or not. */
static int
name_classes(struct boxes_scan *s)
{
	int32_t class;

	for (size_t i = 0; i < s->nnames; i++)
		TRY(dset_detect_name(&class, s->detect, s->names[i]));
	return 0;
}

static int
scan(struct dset_scan *out, const char *where,
    const struct dset_source_options *o)
{
	const struct dset_detect_options *d = o->detect->o;
	struct boxes_scan s = { .list = &out->list,
		.o = o,
		.detect = o->detect,
		.from = &d->from[o->part] };
	int rc;

	(void)where; /* s.from->images */
	buf_init(&s.text, BOXES_FILE_MAX);
	rc = dset_labels_find(&s.format, &s.labels, s.from->labels,
	    (enum dset_label_format)d->format);
	if (rc == 0)
		dset_detect_use(s.detect, s.format);
	if (rc == 0 && s.format == LABELS_YOLO)
		rc = dset_yolo_names(
		    &s.names, &s.nnames, &s.labels, s.from->images);
	if (rc == 0)
		rc = name_classes(&s);
	if (rc == 0)
		rc = s.format == LABELS_COCO ? scan_coco(&s) : scan_files(&s);
	for (size_t i = 0; i < s.nnames; i++)
		mem_free(s.names[i]);
	mem_free(s.names);
	mem_free(s.labels);
	buf_clear(&s.text);
	dset_boxes_clear(&s.boxes);
	return rc;
}

const struct dset_source dset_source_boxes = {
	.name = "boxes",
	.what = "a folder of pictures",
	.fits = file_is_dir,
	.scan = scan,
};
