/*
 * Records out of databases.  How LMDB and HDF5 keep them is in mdb.c and
 * hdf5.c; what a Datum means, and decoding, is in datum.c.
 */
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/datum.h"
#include "record/datum.h"
#include "record/db_int.h"

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
	if (rc < 0) {
		record_db_close(db);
		return rc;
	}
	record_columns_learn(db);
	*out = db;
	return 0;
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

int
record_labels_at(
    struct record_mdb_record *out, const struct record_db *db, size_t i)
{
	struct record_mdb_record r;

	record_mdb_get(&r, db->mdb, i);
	record_mdb_get(out, db->labels, i);
	if (out->key_len != r.key_len ||
	    memcmp(out->key, r.key, r.key_len) != 0)
		return err_set(ERR_FORMAT, "the labels have key %.*s here",
		    (int)out->key_len, out->key);
	return 0;
}

int
record_blame(int rc, const struct record_db *db, size_t i)
{
	struct record_mdb_record r;

	if (rc >= 0)
		return 0;
	if (!db->mdb)
		return err_in(rc, "%s: record %zu", db->path, i);
	record_mdb_get(&r, db->mdb, i);
	return err_in(rc, "%s: record %.*s", db->path, (int)r.key_len, r.key);
}

/* The numbers of the labels database. */
static int
take_labels(struct record_item *it, const struct record_db *db, size_t i,
    struct record_scratch *s)
{
	struct record_mdb_record r;
	struct caffe_datum d;
	size_t k, n;

	TRY(record_labels_at(&r, db, i));
	TRY(caffe_datum_read(&d, r.value, r.value_len));
	if (d.encoded)
		return err_set(ERR_UNSUPPORTED,
		    "its label is a picture, which cannot be used here");
	n = d.nfloats ? d.nfloats : d.ndata;
	if (n == 0 || n > RECORD_MAX_LABELS)
		return err_set(ERR_UNSUPPORTED, "labels of %zu numbers", n);
	TRY(record_room((void **)&s->labels, &s->labels_cap, n, sizeof(float),
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
	struct value v = { .kind = VALUE_IMAGE };

	record_mdb_get(&r, db->mdb, i);
	it->key = r.key;
	it->key_len = r.key_len;
	TRY(caffe_datum_read(&d, r.value, r.value_len));
	TRY(record_datum_value(&v, &d, s, flags));
	it->channels = v.channels;
	it->height = v.height;
	it->width = v.width;
	it->data = v.data;
	it->floats = v.floats;
	it->blob = v.blob;
	it->blob_len = v.blob_len;
	it->encoded = v.encoded;
	it->label = v.label;
	return db->labels ? take_labels(it, db, i, s) : 0;
}

static int
get_hdf5(struct record_item *it, const struct record_db *db, size_t i,
    struct record_scratch *s)
{
	struct value v = { 0 };
	size_t n;

	record_hdf5_shape(
	    db->hdf5, &v.channels, &v.height, &v.width, &it->nlabels);
	TRY(record_shape_count(&n, &v));
	TRY(record_room_floats(s, n));
	TRY(record_room((void **)&s->labels, &s->labels_cap, it->nlabels,
	    sizeof(float), RECORD_MAX_LABELS * sizeof(float)));
	TRY(record_hdf5_read(db->hdf5, i, s->floats, s->labels));
	it->channels = v.channels;
	it->height = v.height;
	it->width = v.width;
	it->floats = s->floats;
	it->label = record_label_of(s->labels[0]);
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
	return record_blame(rc, db, i);
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
record_db_key(
    const char **key, size_t *len, const struct record_db *db, size_t i)
{
	struct record_mdb_record r;

	if (!db->mdb)
		return err_set(
		    ERR_UNSUPPORTED, "%s: HDF5 has no keys", db->path);
	record_mdb_get(&r, db->mdb, i);
	*key = r.key;
	*len = r.key_len;
	return 0;
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
