/*
 * Records out of databases.  How LMDB and HDF5 keep them is in mdb.c and
 * hdf5.c; what a Datum means, and decoding, is here.
 */
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/datum.h"
#include "record/db.h"
#include "record/hdf5.h"
#include "record/mdb.h"
#include "record/pixels.h"

/* An LMDB, and beside it perhaps one with the labels (same keys); or HDF5. */
struct record_db {
	char *path;
	struct record_mdb *mdb;
	struct record_mdb *labels;
	struct record_hdf5 *hdf5;
};

void
record_scratch_init(struct record_scratch *s)
{
	memset(s, 0, sizeof *s);
	image_init(&s->im);
}

void
record_scratch_clear(struct record_scratch *s)
{
	image_clear(&s->im);
	mem_free(s->planes);
	mem_free(s->floats);
	mem_free(s->labels);
	record_scratch_init(s);
}

/* Is there dir/name? */
static int
has(const char *dir, const char *name)
{
	char *p = path_join(dir, name);
	int is = file_may_exist(p);

	mem_free(p);
	return is;
}

static int
begin_mdb(struct record_mdb **out, const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	int rc = record_mdb_begin(out, path);

	mem_free(path);
	return rc;
}

static int
begin_any(struct record_db *db, const char *path)
{
	if (!file_exists(path))
		return file_absent(path, "%s: no such database", path);
	if (!file_is_dir(path) && path_has_ext(path, ".txt"))
		return record_hdf5_open(&db->hdf5, path);
	if (!file_is_dir(path) || has(path, "data.mdb"))
		return record_mdb_begin(&db->mdb, path);
	if (has(path, "features")) {
		TRY(begin_mdb(&db->mdb, path, "features"));
		if (has(path, "labels"))
			TRY(begin_mdb(&db->labels, path, "labels"));
		return 0;
	}
	if (has(path, "list.txt"))
		return record_hdf5_open(&db->hdf5, path);
	return file_absent(path,
	    "%s: no database (data.mdb, features/, list.txt) in it", path);
}

int
record_db_begin(struct record_db **out, const char *path)
{
	struct record_db *db = mem_new(struct record_db);
	int rc;

	*out = NULL;
	db->path = mem_strdup(path);
	rc = begin_any(db, path);
	if (rc == 0 && db->labels &&
	    record_mdb_count(db->labels) != record_mdb_count(db->mdb))
		rc = err_set(ERR_FORMAT, "%s: %zu features, but %zu labels",
		    path, record_mdb_count(db->mdb),
		    record_mdb_count(db->labels));
	if (rc == 0 && record_db_count(db) == 0)
		rc = err_set(ERR_FORMAT, "%s: no records", path);
	if (rc < 0)
		record_db_close(db);
	else
		*out = db;
	return rc;
}

int
record_db_walk(struct record_db *db)
{
	if (db->mdb)
		TRY(record_mdb_walk(db->mdb));
	return db->labels ? record_mdb_walk(db->labels) : 0;
}

int
record_db_open(struct record_db **out, const char *path)
{
	int rc = record_db_begin(out, path);

	if (rc == 0)
		rc = record_db_walk(*out);
	if (rc < 0) {
		record_db_close(*out);
		*out = NULL;
	}
	return rc;
}

void
record_db_close(struct record_db *db)
{
	if (!db)
		return;
	record_mdb_close(db->mdb);
	record_mdb_close(db->labels);
	record_hdf5_close(db->hdf5);
	mem_free(db->path);
	mem_free(db);
}

size_t
record_db_count(const struct record_db *db)
{
	return db->mdb ? record_mdb_count(db->mdb)
		       : record_hdf5_count(db->hdf5);
}

const char *
record_db_path(const struct record_db *db)
{
	return db->path;
}

const char *
record_db_backend(const struct record_db *db)
{
	return db->mdb ? "lmdb" : "hdf5";
}

/* At least n elements of size bytes in *p. */
static int
room(void **p, size_t *cap, size_t n, size_t size, size_t max)
{
	void *q;

	if (n <= *cap && *p)
		return 0;
	TRY(mem_take(&q, n, size, max, "record"));
	mem_free(*p);
	*p = q;
	*cap = n;
	return 0;
}

static int
take_floats(struct record_scratch *s, size_t n)
{
	return room((void **)&s->floats, &s->floats_cap, n, sizeof(float),
	    (size_t)RECORD_MAX_ELEMENTS * sizeof(float));
}

/* The number of values the shape asks for, or an error. */
static int
shape_count(size_t *out, const struct record_item *it)
{
	size_t n = 0;

	if (it->channels < 1 || it->height < 1 || it->width < 1 ||
	    mem_mul(&n, (size_t)it->channels, (size_t)it->height) < 0 ||
	    mem_mul(&n, n, (size_t)it->width) < 0 || n > RECORD_MAX_ELEMENTS)
		return err_set(ERR_FORMAT, "shape %dx%dx%d", it->channels,
		    it->height, it->width);
	*out = n;
	return 0;
}

/* Room for n bytes of planes: the caller's if it is enough, else our own. */
static int
take_planes(uint8_t **out, struct record_scratch *s, size_t n)
{
	*out = s->into;
	if (s->into != NULL && n <= s->into_cap)
		return 0;
	TRY(room(
	    (void **)&s->planes, &s->planes_cap, n, 1, RECORD_MAX_ELEMENTS));
	*out = s->planes;
	return 0;
}

/* An encoded picture into planes. */
static int
decode(struct record_item *it, struct record_scratch *s, int flags)
{
	uint8_t *planes;
	size_t n;

	if (!it->blob || it->blob_len == 0)
		return err_set(ERR_FORMAT, "encoded, but there is no data");
	if (flags & RECORD_KEEP)
		return 0;
	/* Orientation was seen to when the record was made. */
	TRY(image_decode(&s->im, it->blob, it->blob_len, "picture",
	    IMAGE_NO_EXIF | (flags & RECORD_GREY ? IMAGE_GREY : 0), 0, 0));
	if (flags & (RECORD_GREY | RECORD_COLOUR))
		TRY(image_channels(&s->im, flags & RECORD_GREY ? 1 : 3));
	it->channels = s->im.channels;
	it->height = s->im.height;
	it->width = s->im.width;
	TRY(shape_count(&n, it));
	TRY(take_planes(&planes, s, n));
	record_image_to_planes(planes, &s->im);
	it->data = planes;
	it->blob = NULL;
	it->blob_len = 0;
	return 0;
}

/* Raw planes to another number of channels, through a picture. */
static int
convert(struct record_item *it, struct record_scratch *s, int flags)
{
	int want = flags & RECORD_GREY ? 1 : 3;
	uint8_t *planes;
	size_t n;

	if (!(flags & (RECORD_GREY | RECORD_COLOUR)) || it->channels == want ||
	    !it->data)
		return 0;
	if (it->channels != 1 && it->channels != 3)
		return err_set(ERR_FORMAT, "%d channels: a picture has 1 or 3",
		    it->channels);
	TRY(record_planes_to_image(
	    &s->im, it->data, it->channels, it->height, it->width));
	TRY(image_channels(&s->im, want));
	it->channels = want;
	TRY(shape_count(&n, it));
	TRY(take_planes(&planes, s, n));
	record_image_to_planes(planes, &s->im);
	it->data = planes;
	return 0;
}

/* A Datum into an item. */
static int
take_datum(struct record_item *it, const struct caffe_datum *d,
    struct record_scratch *s, int flags)
{
	size_t n;

	it->channels = d->channels;
	it->height = d->height;
	it->width = d->width;
	it->label = d->label;
	it->encoded = d->encoded;
	if (d->encoded) {
		it->blob = d->data;
		it->blob_len = d->ndata;
		return decode(it, s, flags);
	}
	TRY(shape_count(&n, it));
	if (d->ndata > 0) {
		if (d->ndata != n)
			return err_set(ERR_FORMAT,
			    "%zu bytes of data for shape %dx%dx%d", d->ndata,
			    it->channels, it->height, it->width);
		it->data = d->data;
		return convert(it, s, flags);
	}
	if (d->nfloats != n)
		return err_set(ERR_FORMAT, "%zu values for shape %dx%dx%d",
		    d->nfloats, it->channels, it->height, it->width);
	TRY(take_floats(s, n));
	caffe_datum_floats(s->floats, d);
	it->floats = s->floats;
	return 0;
}

/* The labels database's record with the same key. */
static int
take_labels(struct record_item *it, const struct record_db *db, size_t i,
    struct record_scratch *s)
{
	struct record_mdb_record r;
	struct caffe_datum d;
	size_t k, n;

	record_mdb_get(&r, db->labels, i);
	if (r.key_len != it->key_len || memcmp(r.key, it->key, r.key_len) != 0)
		return err_set(ERR_FORMAT, "the labels have key %.*s here",
		    (int)r.key_len, r.key);
	TRY(caffe_datum_read(&d, r.value, r.value_len));
	n = d.nfloats ? d.nfloats : d.encoded ? 0 : d.ndata;
	if (n == 0 || n > RECORD_MAX_LABELS)
		return err_set(ERR_UNSUPPORTED, "labels of %zu numbers", n);
	TRY(room((void **)&s->labels, &s->labels_cap, n, sizeof(float),
	    RECORD_MAX_LABELS * sizeof(float)));
	if (d.nfloats)
		caffe_datum_floats(s->labels, &d);
	for (k = 0; !d.nfloats && k < n; k++)
		s->labels[k] = d.data[k];
	it->labels = s->labels;
	it->nlabels = n;
	return 0;
}

static int
get_mdb(struct record_item *it, const struct record_db *db, size_t i,
    struct record_scratch *s, int flags)
{
	struct record_mdb_record r;
	struct caffe_datum d;

	record_mdb_get(&r, db->mdb, i);
	it->key = r.key;
	it->key_len = r.key_len;
	TRY(caffe_datum_read(&d, r.value, r.value_len));
	TRY(take_datum(it, &d, s, flags));
	return db->labels ? take_labels(it, db, i, s) : 0;
}

static int
get_hdf5(struct record_item *it, const struct record_db *db, size_t i,
    struct record_scratch *s)
{
	size_t n;

	record_hdf5_shape(
	    db->hdf5, &it->channels, &it->height, &it->width, &it->nlabels);
	TRY(shape_count(&n, it));
	TRY(take_floats(s, n));
	TRY(room((void **)&s->labels, &s->labels_cap, it->nlabels,
	    sizeof(float), RECORD_MAX_LABELS * sizeof(float)));
	TRY(record_hdf5_read(db->hdf5, i, s->floats, s->labels));
	it->floats = s->floats;
	it->label = s->labels[0] >= -2e9f && s->labels[0] <= 2e9f
	    ? (int)s->labels[0]
	    : 0;
	it->labels = s->labels;
	return 0;
}

int
record_db_get(struct record_item *it, struct record_db *db, size_t i,
    struct record_scratch *s, int flags)
{
	int rc;

	memset(it, 0, sizeof *it);
	it->index = i;
	if (i >= record_db_count(db))
		return err_set(ERR_MISSING, "%s: record %zu of %zu", db->path,
		    i, record_db_count(db));
	rc = db->mdb ? get_mdb(it, db, i, s, flags) : get_hdf5(it, db, i, s);
	if (rc < 0 && it->key)
		return err_in(
		    rc, "%s: record %.*s", db->path, (int)it->key_len, it->key);
	return rc < 0 ? err_in(rc, "%s: record %zu", db->path, i) : 0;
}

int
record_db_find(
    size_t *out, const struct record_db *db, const char *key, size_t len)
{
	if (!db->mdb)
		return err_set(
		    ERR_UNSUPPORTED, "%s: HDF5 has no keys", db->path);
	return record_mdb_find(out, db->mdb, key, len);
}

int
record_db_value(const void **p, size_t *n, const struct record_db *db, size_t i)
{
	struct record_mdb_record r;

	if (!db->mdb)
		return err_set(ERR_UNSUPPORTED, "%s: no LMDB", db->path);
	record_mdb_get(&r, db->mdb, i);
	*p = r.value;
	*n = r.value_len;
	return 0;
}

void
record_db_ahead(const struct record_db *db, size_t i)
{
	if (db->mdb && i < record_db_count(db))
		record_mdb_ahead(db->mdb, i);
}

int
record_planes_to_image(struct image *out, const uint8_t *planes, int channels,
    int height, int width)
{
	size_t n = (size_t)height * (size_t)width;

	TRY(image_resize_buffer(out, width, height, channels));
	if (channels == 1) {
		memcpy(out->data, planes, n);
		return 0;
	}
	pixels_from_planes(out->data, planes, n);
	return 0;
}

void
record_image_to_planes(uint8_t *planes, const struct image *im)
{
	size_t n = (size_t)im->height * (size_t)im->width;

	if (im->channels == 1)
		memcpy(planes, im->data, n);
	else
		pixels_to_planes(planes, im->data, n);
}
