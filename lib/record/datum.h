/*
 * A Datum as a value, and the memory that takes; for db.c and column.c alone.
 * Everything in a Datum is checked here; errors do not name the record.
 */
#ifndef RECORD_DATUM_H
#define RECORD_DATUM_H

#include "caffe/datum.h"
#include "record/db.h"

/* The picture or tensor of d (kind and flags are the caller's) and its label. */
int record_datum_value(struct value *v, const struct caffe_datum *d,
    struct record_scratch *s, int flags);

/* The number of elements that the shape asks for; ERR_FORMAT. */
int record_shape_count(size_t *out, const struct value *v);

/* A label that is stored as a float; 0 when it cannot be one. */
int32_t record_label_of(float v);

/* At least n elements of size bytes in *p; what it held is lost. */
int record_room(void **p, size_t *cap, size_t n, size_t size, size_t max);
int record_room_floats(struct record_scratch *s, size_t n);

#endif
