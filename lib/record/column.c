/*
 * Columns.  What a label is follows from its Datum: an encoded picture, bytes of
 * a plane, or numbers.
 */
#include "record/column.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/datum.h"
#include "record/datum.h"
#include "record/db_int.h"

int
record_columns(const struct record_column **out, const struct record_db *db)
{
	*out = db->columns;
	return db->ncolumns;
}

int
record_column_find(const struct record_db *db, const char *name)
{
	int i;

	for (i = 0; i < db->ncolumns; i++)
		if (strcmp(db->columns[i].name, name) == 0)
			return i;
	return -1;
}

void
record_column_is(struct record_db *db, int column, enum value_kind kind)
{
	/* The picture and the class in its Datum are what they are. */
	if (column != RECORD_DATA &&
	    (db->mdb == NULL || db->side[column] != NULL))
		db->columns[column].kind = kind;
}

static struct record_column *
add_column(struct record_db *db, const char *name, enum value_kind kind)
{
	struct record_column *c = &db->columns[db->ncolumns++];

	*c = (struct record_column){ .name = name, .kind = kind };
	return c;
}

/* The shape of a Datum; of a picture that does not state its, its file's. */
static void
learn_shape(struct record_column *c, const struct caffe_datum *d)
{
	struct image_info info;

	c->channels = d->channels;
	c->height = d->height;
	c->width = d->width;
	if (!d->encoded || (d->channels > 0 && d->height > 0 && d->width > 0))
		return;
	if (d->data == NULL ||
	    image_probe(&info, d->data, d->ndata, "picture") < 0)
		return;
	c->channels = info.channels < 3 ? 1 : 3;
	c->height = info.height;
	c->width = info.width;
}

static enum value_kind
kind_of(const struct caffe_datum *d)
{
	if (d->encoded)
		return VALUE_IMAGE;
	return d->ndata > 0 && (d->height > 1 || d->width > 1) ? VALUE_IMAGE
							       : VALUE_NUMBERS;
}

void
record_column_add(struct record_db *db, const char *name, struct record_mdb *m)
{
	int k = db->ncolumns;

	db->names[k] = mem_strdup(name);
	db->side[k] = m;
	add_column(db, db->names[k], VALUE_NUMBERS);
}

static void
learn_side(struct record_db *db, int k)
{
	struct record_column *c = &db->columns[k];
	struct record_mdb_record r;
	struct caffe_datum d;

	record_mdb_get(&r, db->side[k], 0);
	if (caffe_datum_read(&d, r.value, r.value_len) < 0)
		return;
	c->kind = kind_of(&d);
	learn_shape(c, &d);
}

static void
learn_lmdb(struct record_db *db)
{
	struct record_column *c = &db->columns[RECORD_DATA];
	struct record_mdb_record r;
	struct caffe_datum d;

	if (db->ncolumns == 1)
		add_column(db, "label", VALUE_CLASS);
	record_mdb_get(&r, db->mdb, 0);
	if (caffe_datum_read(&d, r.value, r.value_len) == 0)
		learn_shape(c, &d);
	for (int k = RECORD_LABEL; k < db->ncolumns; k++)
		if (db->side[k] != NULL)
			learn_side(db, k);
}

/* (N, K, …) as (C, H, W): what is missing is 1, what is too much goes into W. */
static int
array_shape(struct record_column *c, const int64_t *dim, int n)
{
	int64_t side[3] = { 1, 1, 1 };
	int i;

	for (i = 0; i < n; i++) {
		int at = i < 2 ? i : 2;

		if (dim[i] < 1 || dim[i] > RECORD_MAX_ELEMENTS / side[at])
			return -1;
		side[at] *= dim[i];
	}
	c->channels = (int)side[0];
	c->height = (int)side[1];
	c->width = (int)side[2];
	return 0;
}

static void
learn_hdf5(struct record_db *db)
{
	int64_t dim[ROWS_DIMS];
	struct record_column *c;
	int k, n;

	for (k = 0; k < record_hdf5_arrays(db->hdf5); k++) {
		c = add_column(db, record_hdf5_name(db->hdf5, k),
		    k == RECORD_DATA ? VALUE_IMAGE : VALUE_NUMBERS);
		n = record_hdf5_dims(db->hdf5, k, dim);
		if (array_shape(c, dim, n) < 0)
			continue;
		if (k == RECORD_LABEL &&
		    (int64_t)c->channels * c->height * c->width == 1)
			c->kind = VALUE_CLASS;
	}
}

void
record_columns_learn(struct record_db *db)
{
	if (db->mdb != NULL)
		learn_lmdb(db);
	else
		learn_hdf5(db);
}

/* A Datum that states no shape has one number after the other. */
static int
take_datum(struct value *v, const struct record_mdb_record *r,
    struct record_scratch *s, int flags)
{
	struct caffe_datum d;

	TRY(caffe_datum_read(&d, r->value, r->value_len));
	if (d.channels == 0 && d.height == 0 && d.width == 0 && !d.encoded &&
	    d.nfloats > 0 && d.nfloats <= RECORD_MAX_LABELS) {
		d.channels = (int32_t)d.nfloats;
		d.height = d.width = 1;
	}
	if (v->kind == VALUE_TEXT) {
		v->blob = d.data;
		v->blob_len = d.ndata;
		return 0;
	}
	return record_datum_value(v, &d, s, flags);
}

static int
get_lmdb(struct value *v, const struct record_db *db, size_t i, int column,
    struct record_scratch *s, int flags)
{
	struct record_mdb_record r;
	struct caffe_datum d;
	int rc;

	if (db->side[column] != NULL) {
		TRY(record_side_at(&r, db, i, column));
		rc = take_datum(v, &r, s, flags);
		return rc < 0 ? err_in(rc, "%s", db->columns[column].name) : 0;
	}
	record_mdb_get(&r, db->mdb, i);
	if (column == RECORD_DATA)
		return take_datum(v, &r, s, flags);
	TRY(caffe_datum_read(&d, r.value, r.value_len));
	v->label = d.label;
	v->channels = v->height = v->width = 1;
	return 0;
}

static int
get_hdf5(struct value *v, const struct record_db *db, size_t i, int column,
    struct record_scratch *s)
{
	const struct record_column *c = &db->columns[column];
	size_t n;

	v->channels = c->channels;
	v->height = c->height;
	v->width = c->width;
	TRY(record_shape_count(&n, v));
	TRY(record_room_floats(s, n));
	TRY(record_hdf5_row(db->hdf5, column, i, s->floats));
	v->floats = s->floats;
	v->rgb = c->kind == VALUE_IMAGE && v->channels == 3;
	if (c->kind == VALUE_CLASS)
		v->label = record_label_of(s->floats[0]);
	return 0;
}

int
record_column_get(struct value *v, struct record_db *db, size_t i, int column,
    struct record_scratch *s, int flags)
{
	int rc;

	*v = (struct value){ .kind = db->columns[column].kind };
	if (i >= record_db_count(db))
		return err_set(ERR_MISSING, "%s: record %zu of %zu", db->path,
		    i, record_db_count(db));
	rc = db->mdb != NULL ? get_lmdb(v, db, i, column, s, flags)
			     : get_hdf5(v, db, i, column, s);
	return record_blame(rc, db, i);
}

void
record_tools_init(struct record_tools *t)
{
	for (int k = 0; k < RECORD_COLUMNS_MAX; k++)
		record_scratch_init(&t->scratch[k]);
}

void
record_tools_clear(struct record_tools *t)
{
	for (int k = 0; k < RECORD_COLUMNS_MAX; k++)
		record_scratch_clear(&t->scratch[k]);
}

void
record_key(struct record *out, const struct record_db *db, size_t i)
{
	struct record_mdb_record r;

	*out = (struct record){ .index = i };
	if (db->mdb == NULL || i >= record_db_count(db))
		return;
	record_mdb_get(&r, db->mdb, i);
	out->key = r.key;
	out->key_len = r.key_len;
}

int
record_read(struct record *out, struct record_db *db, size_t i,
    struct record_tools *t, int flags)
{
	int k;

	record_key(out, db, i);
	out->n = db->ncolumns;
	for (k = 0; k < out->n; k++)
		TRY(record_column_get(&out->v[k], db, i, k, &t->scratch[k],
		    k == RECORD_DATA ? flags
				     : flags & ~(RECORD_GREY | RECORD_COLOUR)));
	out->label = db->mdb != NULL
	    ? out->v[RECORD_DATA].label
	    : record_label_of(out->v[RECORD_LABEL].floats[0]);
	return 0;
}
