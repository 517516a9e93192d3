/*
 * Records out of databases.  How LMDB and HDF5 keep them is in mdb.c and
 * hdf5.c; what a Datum means, and decoding, is in datum.c.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/datum.h"
#include "file/file.h"
#include "record/datum.h"
#include "record/db_int.h"

/* Is there dir/name? */
static int
has(const char *dir, const char *name)
{
	char *p = path_join(dir, name);
	int is = file_exists(p);

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

/* The LMDBs beside features/, each a column: labels/ as label, first.  No two
 * have one name. */
static int
begin_sides(struct record_db *db, const char *path)
{
	struct record_mdb *m;
	char **names, *data;
	size_t i, n;
	int rc = 0;

	if (!has(path, "labels"))
		return 0;
	TRY(begin_mdb(&m, path, "labels"));
	record_column_add(db, "label", m);
	TRY(file_list(&names, &n, path));
	for (i = 0; rc == 0 && i < n; i++) {
		data = mem_printf("%s/data.mdb", names[i]);
		if (strcmp(names[i], "features") != 0 &&
		    strcmp(names[i], "labels") != 0 &&
		    record_column_find(db, names[i]) < 0 && has(path, data) &&
		    db->ncolumns < RECORD_COLUMNS_MAX) {
			rc = begin_mdb(&m, path, names[i]);
			if (rc == 0)
				record_column_add(db, names[i], m);
		}
		mem_free(data);
	}
	file_list_free(names, n);
	return rc;
}

static int
begin_any(struct record_db *db, const char *path)
{
	if (!file_exists(path))
		return file_absent(path, "%s: no such database", path);
	if (!file_is_dir(path) && path_has_ext(path, ".txt"))
		return record_hdf5_open(&db->hdf5, path);
	db->columns[db->ncolumns++] =
	    (struct record_column){ .name = "data", .kind = VALUE_IMAGE };
	if (!file_is_dir(path) || has(path, "data.mdb"))
		return record_mdb_begin(&db->mdb, path);
	if (has(path, "features")) {
		TRY(begin_mdb(&db->mdb, path, "features"));
		return begin_sides(db, path);
	}
	db->ncolumns = 0;
	if (has(path, "list.txt"))
		return record_hdf5_open(&db->hdf5, path);
	return file_absent(path,
	    "%s: no database (data.mdb, features/, list.txt) in it", path);
}

/* All columns have as many records. */
static int
check_counts(const struct record_db *db)
{
	size_t n = record_db_count(db), m;

	if (n == 0)
		return err_set(ERR_FORMAT, "%s: no records", db->path);
	for (int k = 0; k < db->ncolumns; k++) {
		if (db->side[k] == NULL)
			continue;
		m = record_mdb_count(db->side[k]);
		if (m != n)
			return err_set(ERR_FORMAT,
			    "%s: %zu features, but %zu %s%s", db->path, n, m,
			    db->columns[k].name, k == RECORD_LABEL ? "s" : "");
	}
	return 0;
}

int
record_db_begin(struct record_db **out, const char *path)
{
	struct record_db *db = mem_new(struct record_db);
	int rc;

	*out = NULL;
	db->path = mem_strdup(path);
	rc = begin_any(db, path);
	if (rc == 0)
		rc = check_counts(db);
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
	if (db->mdb != NULL)
		TRY(record_mdb_walk(db->mdb));
	for (int k = 0; k < db->ncolumns; k++)
		if (db->side[k] != NULL)
			TRY(record_mdb_walk(db->side[k]));
	return 0;
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
	if (db == NULL)
		return;
	record_mdb_close(db->mdb);
	for (int k = 0; k < RECORD_COLUMNS_MAX; k++) {
		record_mdb_close(db->side[k]);
		mem_free(db->names[k]);
	}
	record_hdf5_close(db->hdf5);
	mem_free(db->path);
	mem_free(db);
}

size_t
record_db_count(const struct record_db *db)
{
	return db->mdb != NULL ? record_mdb_count(db->mdb)
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
	return db->mdb != NULL ? "lmdb" : "hdf5";
}

int
record_side_at(struct record_mdb_record *out, const struct record_db *db,
    size_t i, int column)
{
	struct record_mdb_record r;

	record_mdb_get(&r, db->mdb, i);
	record_mdb_get(out, db->side[column], i);
	if (out->key_len != r.key_len ||
	    memcmp(out->key, r.key, r.key_len) != 0)
		return err_set(ERR_FORMAT, "%s%s key %.*s here",
		    column == RECORD_LABEL ? "the labels have"
					   : db->columns[column].name,
		    column == RECORD_LABEL ? "" : " has", (int)out->key_len,
		    out->key);
	return 0;
}

int
record_blame(int rc, const struct record_db *db, size_t i)
{
	struct record_mdb_record r;

	if (rc >= 0)
		return 0;
	if (db->mdb == NULL)
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

	TRY(record_side_at(&r, db, i, RECORD_LABEL));
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
	return db->side[RECORD_LABEL] != NULL ? take_labels(it, db, i, s) : 0;
}

static int
get_hdf5(struct record_item *it, const struct record_db *db, size_t i,
    struct record_scratch *s)
{
	const struct record_column *c = db->columns;
	const struct value v = { .channels = c[RECORD_DATA].channels,
		.height = c[RECORD_DATA].height,
		.width = c[RECORD_DATA].width };
	const struct value label = { .channels = c[RECORD_LABEL].channels,
		.height = c[RECORD_LABEL].height,
		.width = c[RECORD_LABEL].width };
	size_t n;

	TRY(record_shape_count(&n, &v));
	TRY(record_shape_count(&it->nlabels, &label));
	TRY(record_room_floats(s, n));
	TRY(record_room((void **)&s->labels, &s->labels_cap, it->nlabels,
	    sizeof(float), RECORD_MAX_LABELS * sizeof(float)));
	TRY(record_hdf5_row(db->hdf5, RECORD_DATA, i, s->floats));
	TRY(record_hdf5_row(db->hdf5, RECORD_LABEL, i, s->labels));
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
	rc = db->mdb != NULL ? get_mdb(it, db, i, s, flags)
			     : get_hdf5(it, db, i, s);
	return record_blame(rc, db, i);
}

int
record_db_find(
    size_t *out, const struct record_db *db, const char *key, size_t len)
{
	if (db->mdb == NULL)
		return err_set(
		    ERR_UNSUPPORTED, "%s: HDF5 has no keys", db->path);
	return record_mdb_find(out, db->mdb, key, len);
}

int
record_db_key(
    const char **key, size_t *len, const struct record_db *db, size_t i)
{
	struct record_mdb_record r;

	if (db->mdb == NULL)
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

	if (db->mdb == NULL)
		return err_set(ERR_UNSUPPORTED, "%s: not an LMDB", db->path);
	record_mdb_get(&r, db->mdb, i);
	*p = r.value;
	*n = r.value_len;
	return 0;
}

void
record_db_ahead(const struct record_db *db, size_t i)
{
	if (db->mdb != NULL && i < record_db_count(db))
		record_mdb_ahead(db->mdb, i);
}
