/*
 * What the readers build messages with.  For the inside of this module.
 *
 * A field of a protobuf-c struct is a value at f->offset and, where it can be
 * absent or repeated, a has_ flag or a count at f->quantifier_offset; strings
 * and messages are absent when their pointer is NULL or the static default.
 */
#ifndef CAFFE_MSG_BUILD_H
#define CAFFE_MSG_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"

/* The most fields any message of caffe.proto has (checked by a test). */
enum { CAFFE_FIELDS_MAX = 256 };

/* Bytes of one value of that type in a struct or array. */
size_t caffe_elem_size(ProtobufCType type);

static inline void *
caffe_field_at(const void *m, const ProtobufCFieldDescriptor *f)
{
	return (char *)m + f->offset;
}

/* A note of ours about a text, which no file has as a field: it is not read by
 * name, not written as text and makes no difference to caffe_msg_equal. */
static inline bool
caffe_field_hidden(const ProtobufCFieldDescriptor *f)
{
	return f->id == 50098 || f->id == 50099;
}

/* The count of a repeated field. */
static inline size_t *
caffe_field_n(const void *m, const ProtobufCFieldDescriptor *f)
{
	return (size_t *)((char *)m + f->quantifier_offset);
}

/* Value i of a field that is there. */
void *
caffe_field_value(const void *m, const ProtobufCFieldDescriptor *f, size_t i);

/* Mark an optional scalar as present. */
void caffe_field_set(void *m, const ProtobufCFieldDescriptor *f);

/* The name of a field as files have it: without a trailing underscore.  Its
 * length goes to *len. */
const char *caffe_field_name(const ProtobufCFieldDescriptor *f, size_t *len);

#endif
