/* COCO's files: see coco.h. */
#include "dset/coco/coco.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"
#include "dset/coco/slice.h"
#include "file/file.h"
#include "image/image.h"

enum { IMAGES_MAX = 1 << 24, ANNOTATIONS_MAX = 1 << 26 };
static const size_t said_bytes_max = (size_t)4 << 30;

/* What one annotation says. */
struct piece {
	size_t image;     /* of images, by id */
	size_t at, bytes; /* of said */
};

struct coco {
	const char *path, *images_dir;
	const struct coco_reader *r;
	const struct dset_bad *bad;
	struct slice text;
	size_t images_at, annotations_at, categories_at; /* 0: none */
	struct coco_image *image;                        /* sorted by id */
	size_t nimages, images_cap;
	struct coco_category *category; /* sorted by id */
	size_t ncategories, categories_cap;
	struct piece *piece;
	size_t npieces, pieces_cap;
	struct buf said;
};

/* An item of the file that is of no use: told with its line. */
static int
tell(struct coco *c, size_t at, const char *list, size_t i)
{
	char *why = mem_printf("line %lld: %s[%zu]: %s",
	    slice_line(&c->text, at), list, i, err_text());
	int rc = dset_bad_tell(c->bad, c->path, -1, why);

	mem_free(why);
	return rc;
}

static int
need_id(int64_t *out, const struct json *j, const char *key)
{
	double v;

	TRY(json_need_num(&v, j, key));
	if (!(fabs(v) <= 9007199254740992.0) || v != floor(v))
		return err_set(
		    ERR_FORMAT, "%s is %g, not a whole number", key, v);
	*out = (int64_t)v;
	return 0;
}

static int
need_file_name(const char **name, const struct json *j)
{
	*name = NULL;
	TRY(json_need_str(name, j, "file_name"));
	if (path_check_inside(*name) < 0)
		return err_set(ERR_FORMAT,
		    "file_name \"%.100s\" is not below a folder", *name);
	return 0;
}

static int
read_image(struct coco *c, const struct json *j, size_t place)
{
	struct coco_image im = { .place = place };
	const char *name;
	double w = json_num(j, "width", 0), h = json_num(j, "height", 0);
	int rc;

	TRY(need_id(&im.id, j, "id"));
	if (c->nimages == IMAGES_MAX)
		return err_set(ERR_RANGE, "more than %d images", IMAGES_MAX);
	/* Without a file it is still known, to its annotations. */
	rc = need_file_name(&name, j);
	im.bad = rc < 0;
	if (w >= 1 && w <= IMAGE_MAX_SIDE && h >= 1 && h <= IMAGE_MAX_SIDE) {
		im.width = (int)w;
		im.height = (int)h;
	}
	im.path = path_join(c->images_dir, name != NULL ? name : "");
	mem_grow(&c->image, &c->images_cap, c->nimages + 1);
	c->image[c->nimages++] = im;
	return rc;
}

static int
read_category(struct coco *c, const struct json *j, size_t place)
{
	struct coco_category k = { 0 };
	const char *name;

	(void)place;
	TRY(need_id(&k.id, j, "id"));
	TRY(json_need_str(&name, j, "name"));
	if (c->ncategories == COCO_CATEGORIES_MAX)
		return err_set(
		    ERR_RANGE, "more than %d categories", COCO_CATEGORIES_MAX);
	k.name = mem_strdup(name);
	mem_grow(&c->category, &c->categories_cap, c->ncategories + 1);
	c->category[c->ncategories++] = k;
	return 0;
}

static int
image_cmp(const void *a, const void *b)
{
	const struct coco_image *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static int
category_cmp(const void *a, const void *b)
{
	const struct coco_category *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

bool
coco_crowd(const struct json *annotation)
{
	const struct json *crowd = json_find(annotation, "iscrowd");

	return crowd != NULL &&
	    (json_type(crowd) == JSON_NUMBER ? json_number(crowd) != 0
					     : json_truth(crowd) > 0);
}

/* What an annotation says is kept until all are read. */
static int
read_said(struct coco *c, const struct json *j, struct coco_image *im,
    const struct coco_category *k)
{
	const size_t at = c->said.len;

	TRY(c->r->annotation(c->r->ctx, &c->said, j, im, k));
	if (c->said.len == at)
		return 0;
	mem_grow(&c->piece, &c->pieces_cap, c->npieces + 1);
	c->piece[c->npieces++] =
	    (struct piece){ (size_t)(im - c->image), at, c->said.len - at };
	return 0;
}

static int
read_annotation(struct coco *c, const struct json *j, size_t place)
{
	struct coco_image *im, key = { 0 };
	struct coco_category *k, which = { 0 };
	int64_t id;
	size_t lo = 0, hi = c->nimages;
	int rc;

	(void)place;
	if (c->npieces == ANNOTATIONS_MAX)
		return err_set(
		    ERR_RANGE, "more than %d annotations", ANNOTATIONS_MAX);
	TRY(need_id(&id, j, "image_id"));
	key.id = id;
	while (lo < hi) { /* the first with this id */
		size_t mid = lo + (hi - lo) / 2;

		if (c->image[mid].id < key.id)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == c->nimages || c->image[lo].id != id)
		return err_set(ERR_FORMAT,
		    "image_id %lld is not among the images", (long long)id);
	im = &c->image[lo];
	rc = need_id(&which.id, j, "category_id");
	k = rc == 0 && c->ncategories > 0
	    ? bsearch(&which, c->category, c->ncategories, sizeof which,
		  category_cmp)
	    : NULL;
	if (rc == 0 && k == NULL)
		rc = err_set(ERR_FORMAT,
		    "category_id %lld is not among the categories",
		    (long long)which.id);
	if (rc == 0)
		rc = read_said(c, j, im, k);
	if (rc == ERR_RANGE)
		return rc;
	if (rc < 0 && im->bad)
		return 0; /* the picture is out already */
	if (rc < 0)
		im->bad = true;
	return rc < 0 ? err_in(rc, "%s", path_base(im->path)) : 0;
}

/* Each object of the array that begins at `at`. */
static int
read_array(struct coco *c, size_t at, const char *list,
    int (*read)(struct coco *c, const struct json *j, size_t place))
{
	struct slice s = c->text;
	struct json *j;
	size_t from, i;
	int rc;

	s.at = at;
	if (at == 0 || !slice_take(&s, '['))
		return err_set(ERR_FORMAT,
		    at ? "%s is no array"
		       : "there are no %s: this is not a file of COCO's instances",
		    list);
	if (slice_take(&s, ']'))
		return 0;
	for (i = 0;; i++) {
		if (i % 1024 == 0 && stop_asked())
			return err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
		TRY(slice_value(&from, &s));
		rc = json_parse(&j, s.text + from, s.at - from, list);
		if (rc < 0)
			return err_set(rc, "line %lld: %s[%zu] is not JSON",
			    slice_line(&c->text, from), list, i);
		rc = json_type(j) == JSON_OBJECT
		    ? read(c, j, i)
		    : err_set(ERR_FORMAT, "no object");
		json_free(j);
		if (rc == ERR_RANGE || rc == ERR_STOPPED)
			return rc;
		if (rc < 0)
			TRY(tell(c, from, list, i));
		if (slice_take(&s, ']'))
			return 0;
		if (!slice_take(&s, ','))
			return err_set(ERR_FORMAT,
			    "line %lld: a comma is wanted in %s",
			    slice_line(&s, s.at), list);
	}
}

/* Where the three arrays begin. */
static int
read_top(struct coco *c)
{
	struct slice *s = &c->text;
	size_t from, value;

	if (!slice_take(s, '{'))
		return err_set(ERR_FORMAT, "no JSON object");
	while (!slice_take(s, '}')) {
		if (slice_peek(s) != '"')
			return err_set(ERR_FORMAT, "line %lld: a key is wanted",
			    slice_line(s, s->at));
		TRY(slice_value(&from, s));
		value = s->at;
		if (!slice_take(s, ':'))
			return err_set(ERR_FORMAT,
			    "line %lld: a colon is wanted",
			    slice_line(s, s->at));
		if (value - from == 8 &&
		    memcmp(s->text + from, "\"images\"", 8) == 0)
			c->images_at = s->at;
		else if (value - from == 13 &&
		    memcmp(s->text + from, "\"annotations\"", 13) == 0)
			c->annotations_at = s->at;
		else if (value - from == 12 &&
		    memcmp(s->text + from, "\"categories\"", 12) == 0)
			c->categories_at = s->at;
		TRY(slice_value(&from, s));
		if (!slice_take(s, ',') && slice_peek(s) != '}')
			return err_set(ERR_FORMAT,
			    "line %lld: a comma is wanted",
			    slice_line(s, s->at));
	}
	return 0;
}

static int
name_classes(struct coco *c)
{
	struct coco_category *k;
	size_t i;
	int rc;

	if (c->ncategories > 0)
		qsort(c->category, c->ncategories, sizeof *c->category,
		    category_cmp);
	for (i = 0; i < c->ncategories; i++) {
		k = &c->category[i];
		if (i > 0 && k->id == k[-1].id)
			return err_set(ERR_FORMAT,
			    "two categories have the id %lld",
			    (long long)k->id);
		rc = c->r->category(c->r->ctx, k);
		if (rc < 0)
			return err_in(rc, "category %lld", (long long)k->id);
	}
	return 0;
}

/* Of images with one id, one: which of them annotations mean cannot be told. */
static int
sort_images(struct coco *c)
{
	size_t i;

	if (c->nimages > 0)
		qsort(c->image, c->nimages, sizeof *c->image, image_cmp);
	for (i = 1; i < c->nimages; i++)
		if (c->image[i].id == c->image[i - 1].id)
			return err_set(ERR_FORMAT,
			    "two images have the id %lld (%s and %s)",
			    (long long)c->image[i].id,
			    path_base(c->image[i - 1].path),
			    path_base(c->image[i].path));
	return 0;
}

static int
place_cmp(const void *a, const void *b)
{
	const struct coco_image *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

/* What is said of each image together, in the order of the file. */
static uint8_t *
share(struct coco *c)
{
	uint8_t *v = mem_array(uint8_t, c->said.len + 1);
	struct coco_image *im;
	size_t i, at = 0;

	for (i = 0; i < c->npieces; i++)
		c->image[c->piece[i].image].bytes += c->piece[i].bytes;
	for (i = 0; i < c->nimages; i++) {
		c->image[i].first = at;
		at += c->image[i].bytes;
		c->image[i].bytes = 0;
	}
	for (i = 0; i < c->npieces; i++) {
		const struct piece *p = &c->piece[i];

		im = &c->image[p->image];
		memcpy(
		    v + im->first + im->bytes, c->said.data + p->at, p->bytes);
		im->bytes += p->bytes;
		im->n++;
	}
	return v;
}

/* The images that can be used, in the order of the file. */
static int
hand_out(struct coco *c, struct dset_list *out)
{
	uint8_t *v = share(c);
	struct value value = { .kind = c->r->kind, .file = c->path };
	int rc = 0;

	if (c->nimages > 0)
		qsort(c->image, c->nimages, sizeof *c->image, place_cmp);
	for (size_t i = 0; rc == 0 && i < c->nimages; i++) {
		const struct coco_image *im = &c->image[i];

		if (im->n > c->r->most && !im->bad) {
			(void)err_set(ERR_RANGE,
			    "%zu %s, more than the %zu that a picture may have",
			    im->n, c->r->what, c->r->most);
			rc = dset_bad_tell(c->bad, im->path, -1, err_text());
			continue;
		}
		if (im->bad)
			continue;
		value.width = im->width;
		value.height = im->height;
		value.blob = v + im->first;
		value.blob_len = im->bytes;
		dset_list_add(out, im->path, 0, &value, 1);
	}
	mem_free(v);
	return rc;
}

static void
clear(struct coco *c)
{
	for (size_t i = 0; i < c->nimages; i++)
		mem_free(c->image[i].path);
	for (size_t i = 0; i < c->ncategories; i++)
		mem_free(c->category[i].name);
	mem_free(c->image);
	mem_free(c->category);
	mem_free(c->piece);
	buf_clear(&c->said);
}

int
coco_parse(struct dset_list *out, const char *text, size_t len,
    const char *path, const char *images, const struct coco_reader *r,
    const struct dset_bad *bad)
{
	struct coco c = { .path = path,
		.images_dir = images,
		.r = r,
		.bad = bad,
		.text = { .text = text, .len = len } };
	int rc;

	buf_init(&c.said, said_bytes_max);
	rc = read_top(&c);

	if (rc == 0)
		rc = read_array(&c, c.images_at, "images", read_image);
	if (rc == 0)
		rc = read_array(
		    &c, c.categories_at, "categories", read_category);
	if (rc == 0)
		rc = sort_images(&c);
	/* Before there is more to be bad: --max-bad is a share of these. */
	if (rc == 0 && bad != NULL && bad->total != NULL)
		*bad->total += c.nimages;
	if (rc == 0)
		rc = name_classes(&c);
	if (rc == 0)
		rc = read_array(
		    &c, c.annotations_at, "annotations", read_annotation);
	if (rc == 0)
		rc = hand_out(&c, out);
	if (rc == 0 && c.nimages == 0)
		rc = err_set(ERR_FORMAT, "images: none");
	clear(&c);
	return rc;
}

int
coco_read(struct dset_list *out, const char *path, const char *images,
    const struct coco_reader *r, const struct dset_bad *bad)
{
	struct buf b;
	int rc;

	buf_init(&b, COCO_BYTES_MAX);
	rc = file_read(&b, path);
	if (rc == 0)
		rc = coco_parse(out, buf_str(&b), b.len, path, images, r, bad);
	else
		rc = err_in(rc, "labels");
	buf_clear(&b);
	if (rc == ERR_FORMAT)
		return err_in(rc, "%s", path);
	return rc;
}
