/*
 * Messages by their descriptors: make, free, copy, compare, and the few moves
 * that are clumsy on protobuf-c's structs.  The readers (text.h, wire.h) build
 * messages with what is in msg_build.h.
 *
 * Memory: every part of a message is malloc'd, as protobuf-c's own unpacking
 * does, so caffe_msg_free, caffe__..._free_unpacked(m, NULL) and protobuf-c's
 * pack functions all work on it.  A string field that was not set points to its
 * static default and is never freed: replace one only by caffe_set_str.
 *
 * m is any Caffe__... struct; they all begin with a ProtobufCMessage.
 */
#ifndef CAFFE_MSG_H
#define CAFFE_MSG_H

#include <stdbool.h>
#include <stddef.h>

#include "caffe/caffe.pb-c.h"

/* caffe_new(Caffe__NetParameter, net_parameter): an empty one; aborts when
 * memory is exhausted, as all of this file does. */
#define caffe_new(type, name)                                                  \
	((type *)caffe_msg_new(&caffe__##name##__descriptor))

void *caffe_msg_new(const ProtobufCMessageDescriptor *type);
void caffe_msg_free(void *m);        /* accepts NULL */
void *caffe_msg_copy(const void *m); /* deep; NULL gives NULL */
/* Same type, same fields present, same values (NaN equals NaN)? */
bool caffe_msg_equal(const void *a, const void *b);

/* The field, or NULL. */
const ProtobufCFieldDescriptor *
caffe_msg_field(const ProtobufCMessageDescriptor *type, const char *name);
/* How many values: 0 or 1, or the length of a repeated field. */
size_t caffe_msg_count(const void *m, const ProtobufCFieldDescriptor *f);

/* Replace an optional string by a copy of s (NULL: unset). */
void caffe_set_str(void *m, const char *field, const char *s);
/* Append a copy of s to a repeated string. */
void caffe_add_str(char ***v, size_t *n, const char *s);
/* Append m, which changes hands, to a repeated message.
 *	caffe_add(&net->layer, &net->n_layer, layer); */
#define caffe_add(v, n, m) (*(v) = caffe_add_(*(v), (n), 1 ? (m) : (*(v))[0]))
void *caffe_add_(void *v, size_t *n, void *m);
void caffe_add_float(float **v, size_t *n, float x);
void caffe_add_i64(int64_t **v, size_t *n, int64_t x);

#endif
