/*
 * Datum, the record of Caffe's data sets, coded by hand: reading is a view into
 * the record without a copy, writing goes straight into the database's memory.
 *
 * Strict: lengths are checked, known fields must have their wire type, unknown
 * fields are skipped.  What the numbers mean (shape against length of data) is
 * for the caller to check.  Re-entrant.
 */
#ifndef CAFFE_DATUM_H
#define CAFFE_DATUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct caffe_datum {
	int32_t channels, height, width; /* 0 when absent */
	int32_t label;                   /* 0 when absent */
	bool has_label;
	bool encoded;        /* data is a picture file */
	const uint8_t *data; /* borrowed; NULL when absent */
	size_t ndata;
	/* Writing: the values.  Reading: NULL; nfloats says how many there are
	 * and caffe_datum_floats copies them. */
	const float *floats;
	size_t nfloats;
	const uint8_t *record; /* reading: the whole record, borrowed */
	size_t nrecord;
};

/* ERR_FORMAT with byte and field. */
int caffe_datum_read(struct caffe_datum *out, const void *p, size_t n);
/* Copy float_data of a datum that was read: d->nfloats values. */
void caffe_datum_floats(float *out, const struct caffe_datum *d);

/* Exact size, and the bytes in the order Caffe writes them.  Shape is always
 * written, label when has_label, data when not NULL, encoded when true. */
size_t caffe_datum_size(const struct caffe_datum *d);
void
caffe_datum_put(void *p, const struct caffe_datum *d); /* that many bytes */
int caffe_datum_add(struct buf *b, const struct caffe_datum *d);
/* Where data would go: writes all but the ndata bytes of d->data (which may be
 * NULL) and returns the place for them, so that pixels need no second copy. */
uint8_t *caffe_datum_place(void *p, const struct caffe_datum *d);

#endif
