/*
 * Columns: what every record of a database has, by name.
 *
 *	an LMDB of Datums          data, label: a picture and its class
 *	features/ and labels/      data, label: a picture, and numbers of any
 *	                           shape or a picture (encoded or not)
 *	HDF5                       data and label, as its arrays are
 *
 * Column 0 is the picture.  A column's kind and shape are those of record 0, which
 * opening looks at; other records may have other shapes, as each value tells.
 */
#ifndef RECORD_COLUMN_H
#define RECORD_COLUMN_H

#include "record/db.h"
#include "record/value.h"

enum { RECORD_COLUMNS_MAX = 16 };

struct record_column {
	const char *name; /* the database's */
	enum value_kind kind;
	/* (C, H, W) of record 0; 0 when it cannot be told. */
	int channels, height, width;
};

/* How many there are, one at least; *out: borrowed from the database. */
int
record_columns(const struct record_column **out, const struct record_db *db);
/* The number of the column with this name, or -1. */
int record_column_find(const struct record_db *db, const char *name);

/*
 * One column of record i, as db.h's flags ask for it.  The value is good until
 * the scratch is used again: each value that is held needs one of its own.
 * Several threads may read at once.  ERR_FORMAT names database and record.
 *
 * A label that is a class is in out->label; in HDF5 also in out->floats.
 */
int record_column_get(struct value *out, struct record_db *db, size_t i,
    int column, struct record_scratch *s, int flags);

#endif
