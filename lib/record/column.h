/*
 * Columns: what every record of a database has, by name.
 *
 *	an LMDB of Datums       data, label: a picture and its class
 *	features/ and labels/   data, label: a picture, and numbers of any shape
 *	                        or a picture (encoded or not)
 *	NAME/ beside them       NAME: as label
 *	HDF5                    data and label, then each array with as many rows
 *
 * Column 0 is the picture, 1 the label.  A column's kind and shape are those of
 * record 0, which opening looks at; other records may have other shapes, as each
 * value tells.  Who writes says the shape that all have, or 0 where they differ.
 */
#ifndef RECORD_COLUMN_H
#define RECORD_COLUMN_H

#include "image/image.h"
#include "record/db.h"
#include "record/value.h"

/* The picture and the label are columns of every database. */
enum { RECORD_DATA, RECORD_LABEL, RECORD_COLUMNS_MAX = 16 };

struct record_column {
	const char *name; /* the database's */
	enum value_kind kind;
	/* (C, H, W) of record 0; 0 when it cannot be told. */
	int channels, height, width;
	enum image_encoding encoding; /* of pictures; for who writes */
};

/* How many there are, one at least; *out: borrowed from the database. */
int
record_columns(const struct record_column **out, const struct record_db *db);
/* The number of the column with this name, or -1. */
int record_column_find(const struct record_db *db, const char *name);

/* What only a data set's notes tell: that numbers are boxes, bytes a text.  Before
 * records are read.  Nothing where that cannot be: the picture, and the class in
 * its Datum. */
void record_column_is(struct record_db *db, int column, enum value_kind kind);

/*
 * One column of record i, as db.h's flags ask for it.  The value is good until
 * the scratch is used again: each value that is held needs one of its own.
 * Several threads may read at once.  ERR_FORMAT names database and record.
 *
 * A label that is a class is in out->label; in HDF5 also in out->floats.
 */
int record_column_get(struct value *out, struct record_db *db, size_t i,
    int column, struct record_scratch *s, int flags);

/* A whole record. */
struct record {
	size_t index;
	const char *key; /* not 0-terminated; NULL in HDF5 */
	size_t key_len;
	/* The class; where labels are numbers what stands in its place. */
	int32_t label;
	int n; /* columns */
	struct value v[RECORD_COLUMNS_MAX];
};

/* What reading one takes; for one thread. */
struct record_tools {
	struct record_scratch scratch[RECORD_COLUMNS_MAX];
};
void record_tools_init(struct record_tools *t);
void record_tools_clear(struct record_tools *t);

/* All columns of record i; the values are good until the tools are used again.
 * RECORD_GREY and RECORD_COLOUR are for column 0 alone. */
int record_read(struct record *out, struct record_db *db, size_t i,
    struct record_tools *t, int flags);
/* Its number and key alone. */
void record_key(struct record *out, const struct record_db *db, size_t i);

#endif
