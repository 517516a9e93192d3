/* What db.c and column.c share; nobody else includes this. */
#ifndef RECORD_DB_INT_H
#define RECORD_DB_INT_H

#include "record/column.h"
#include "record/db.h"
#include "record/hdf5.h"
#include "record/mdb.h"

/*
 * An LMDB, and beside it perhaps others with the same keys; or HDF5.  side[k] is
 * the LMDB of column k; NULL: the column is the class in the Datum.
 */
struct record_db {
	char *path;
	struct record_mdb *mdb;
	struct record_mdb *side[RECORD_COLUMNS_MAX];
	struct record_hdf5 *hdf5;
	struct record_column columns[RECORD_COLUMNS_MAX];
	char *names[RECORD_COLUMNS_MAX]; /* those that are folders' */
	int ncolumns;
};

/* Fill in the columns, from what record 0 is; what is damaged there is left for
 * who reads it to say. */
void record_columns_learn(struct record_db *db);
/* A further column of an LMDB, from here on the database's. */
void
record_column_add(struct record_db *db, const char *name, struct record_mdb *m);
/* A side column's record i, which must have the same key as record i. */
int record_side_at(struct record_mdb_record *out, const struct record_db *db,
    size_t i, int column);
/* rc < 0 with database and record in front of its sentence. */
int record_blame(int rc, const struct record_db *db, size_t i);

#endif
