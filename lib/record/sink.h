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
#include "record/value.h"

/* What all records of a database have in common. */
struct record_form {
	int width, height, channels;
	enum image_encoding encoding; /* of the pictures in LMDB records */
	int quality;                  /* of JPEG */
	int level;                    /* of PNG, -1: default */
	size_t labels;       /* numbers for each record; 0: Datum.label alone */
	bool gzip;           /* HDF5 */
	uint64_t hdf5_limit; /* elements of one file, 0: 2^31 */
};

/* The most bytes one record may have. */
enum { RECORD_BYTES_MAX = 1 << 30 };

struct record_sink;

struct record_backend {
	const char *name;
	bool label_apart; /* the value does not hold the label */
	int (*open)(struct record_sink **out, const char *dir,
	    const struct record_form *form);
	/* Append the record's bytes to value; scratch is a buffer to use.
	 * label: a class, or form->labels numbers. */
	int (*pack)(struct buf *value, struct buf *scratch,
	    const struct image *im, const struct value *label,
	    const struct record_form *form);
	/* number: of the record in the key. */
	int (*put)(struct record_sink *s, uint64_t number,
	    const struct value *label, const struct buf *value);
	/* Everything is on its way to the disk; frees, also on failure. */
	int (*finish)(struct record_sink *s);
	void (*abort)(struct record_sink *s); /* accepts NULL */
};

extern const struct record_backend record_backend_lmdb;
extern const struct record_backend record_backend_hdf5;
int record_backend_find(const struct record_backend **out, const char *name);

#endif
