/*
 * One database of records: an LMDB of Caffe Datums (ours, DIGITS's, Caffe's) or
 * a folder of HDF5 files with its list.txt.  Read-only; several threads may
 * read records at once, each with a scratch of its own.
 *
 * Nothing in a damaged file can crash a reader: the B-tree of an LMDB is walked
 * once at the opening with every offset checked (mdb.h), and a Datum is taken
 * apart with bounds.  The file must not be cut short while it is mapped.
 */
#ifndef RECORD_DB_H
#define RECORD_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/image.h"
#include "record/value.h"

/*
 * One record.  Exactly one of data, floats and blob is set for the picture
 * (blob only with RECORD_KEEP); all pointers are borrowed: from the map of the file
 * or from the scratch, until that scratch is used again or the database closed.
 */
struct record_item {
	size_t index;    /* its number in the database, from 0 */
	const char *key; /* not 0-terminated; NULL in HDF5 */
	size_t key_len;
	int channels, height, width;
	const uint8_t
	    *data; /* (C, H, W) bytes, planes B G R as Caffe has them */
	const float *floats; /* (C, H, W), as stored */
	const uint8_t *blob; /* an encoded picture (PNG, JPEG, …) as stored */
	size_t blob_len;
	bool encoded;        /* stored encoded (data may have been decoded) */
	int label;           /* Datum.label */
	const float *labels; /* several numbers: the labels database, or NULL */
	size_t nlabels;
};

/* The numbers of HDF5 sets are planes R G B, as DIGITS writes them; those of
 * Datums B G R. */
static inline bool
record_item_is_rgb(const struct record_item *it)
{
	return it->floats != NULL && it->key == NULL && it->channels == 3;
}

/* Buffers that decoding needs; kept from record to record. */
struct record_scratch {
	struct image im;
	uint8_t *planes;
	size_t planes_cap;
	uint8_t *into; /* borrowed; decoded planes that fit go there, or NULL */
	size_t into_cap;
	float *floats;
	size_t floats_cap; /* elements */
	float *labels;
	size_t labels_cap;
};
void record_scratch_init(struct record_scratch *s);
void record_scratch_clear(struct record_scratch *s);

enum record_flags {
	RECORD_KEEP = 1,  /* leave an encoded picture encoded: blob, not data */
	RECORD_GREY = 2,  /* decode to one channel */
	RECORD_COLOUR = 4 /* decode to three channels */
};

/* What a picture in a record may have at most, whatever its Datum says. */
enum { RECORD_MAX_ELEMENTS = 1 << 29, RECORD_MAX_LABELS = 1 << 24 };

struct record_db;

/*
 * path: an LMDB folder, its data.mdb, a folder with features/ and labels/
 * (DIGITS's layout), a folder with list.txt of HDF5 files, or that list.
 */
int record_db_open(struct record_db **out, const char *path);
/* The same in two steps: after the first there are the number of records and
 * record 0; the second walks the trees of LMDBs, once (mdb.h). */
int record_db_begin(struct record_db **out, const char *path);
int record_db_walk(struct record_db *db);
void record_db_close(struct record_db *db); /* accepts NULL */
size_t record_db_count(const struct record_db *db);
const char *record_db_path(const struct record_db *db);    /* borrowed */
const char *record_db_backend(const struct record_db *db); /* "lmdb", "hdf5" */

/* Record i.  ERR_FORMAT names database and record. */
int record_db_get(struct record_item *out, struct record_db *db, size_t i,
    struct record_scratch *s, int flags);
/* The number of the record with this key; ERR_MISSING. */
int record_db_find(
    size_t *out, const struct record_db *db, const char *key, size_t len);
/* The key of record i, borrowed, not 0-terminated (LMDB only, else
 * ERR_UNSUPPORTED). */
int record_db_key(
    const char **key, size_t *len, const struct record_db *db, size_t i);
/* The stored bytes of record i (LMDB only, else ERR_UNSUPPORTED). */
int record_db_value(
    const void **p, size_t *n, const struct record_db *db, size_t i);
/* Tell the kernel that record i will be read soon; past the end: nothing. */
void record_db_ahead(const struct record_db *db, size_t i);

/* (C, H, W) planes B G R, or grey, into an image (H, W, C) RGB, and back. */
int record_planes_to_image(struct image *out, const uint8_t *planes,
    int channels, int height, int width);
void record_image_to_planes(uint8_t *planes, const struct image *im);

#endif
