/*
 * Where records go: an LMDB, or HDF5 files.  Packing (a picture into the bytes
 * of a record) may be done by any thread; putting is for one, in order.  To add
 * a backend: one file that fills a struct record_backend, one line in sink.c.
 */
#ifndef RECORD_SINK_H
#define RECORD_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "image/image.h"
#include "record/column.h"
#include "record/digest.h"

/* What all records of a database have in common. */
struct record_form {
	int width, height, channels;
	enum image_encoding encoding; /* of the pictures in LMDB records */
	int quality;                  /* of JPEG */
	int level;                    /* of PNG, -1: default */
	bool gzip;                    /* HDF5 */
	uint64_t hdf5_limit;          /* elements of one file, 0: 2^31 */
	/* Beside the picture, the first called label; borrowed.  None: a record
	 * has a class, which a Datum holds itself. */
	const struct record_column *columns;
	int ncolumns;
};

/* A record that waits to be put. */
struct record_packed {
	int32_t label;
	/* For who packs: numbers or bytes in place of the picture, which are kept
	 * as they are; NULL: there is a picture. */
	const struct value *array;
	struct buf data;                       /* the picture's */
	struct buf column[RECORD_COLUMNS_MAX]; /* of each column */
	struct record_print print;
};
void record_packed_init(struct record_packed *p);
void record_packed_clear(struct record_packed *p);
/* The fingerprints of what was packed: the picture, and n columns of these values. */
void
record_packed_print(struct record_packed *p, const struct value *values, int n);

/* The most bytes one record may have. */
enum { RECORD_BYTES_MAX = 1 << 30 };

struct record_sink;

struct record_backend {
	const char *name;
	int (*open)(struct record_sink **out, const char *dir,
	    const struct record_form *form);
	/* Make the bytes of a record, and its fingerprints; scratch is a buffer
	 * to use.  values: form->ncolumns, or the class. */
	int (*pack)(struct record_packed *out, struct buf *scratch,
	    const struct image *im, const struct value *values,
	    const struct record_form *form);
	/* number: of the record in the key. */
	int (*put)(struct record_sink *s, uint64_t number,
	    const struct record_packed *p);
	/* Everything is on its way to the disk; frees, also on failure. */
	int (*finish)(struct record_sink *s);
	void (*abort)(struct record_sink *s); /* accepts NULL */
};

extern const struct record_backend record_backend_lmdb;
extern const struct record_backend record_backend_hdf5;
int record_backend_find(const struct record_backend **out, const char *name);

/* Is the value what the column takes: its kind, its shape where all have one? */
int record_value_check(const struct value *v, const struct record_column *c);

#endif
