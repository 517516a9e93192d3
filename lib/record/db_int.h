/* What db.c and column.c share; nobody else includes this. */
#ifndef RECORD_DB_INT_H
#define RECORD_DB_INT_H

#include "record/column.h"
#include "record/db.h"
#include "record/hdf5.h"
#include "record/mdb.h"

/* An LMDB, and beside it perhaps one with the labels (same keys); or HDF5. */
struct record_db {
	char *path;
	struct record_mdb *mdb;
	struct record_mdb *labels;
	struct record_hdf5 *hdf5;
	struct record_column columns[RECORD_COLUMNS_MAX];
	int ncolumns;
};

/* Fill in the columns, from what record 0 is; what is damaged there is left for
 * who reads it to say. */
void record_columns_learn(struct record_db *db);
/* The labels' record i, which must have the same key as record i. */
int record_labels_at(
    struct record_mdb_record *out, const struct record_db *db, size_t i);
/* rc < 0 with database and record in front of its sentence. */
int record_blame(int rc, const struct record_db *db, size_t i);

#endif
