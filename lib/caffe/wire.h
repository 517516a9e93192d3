/*
 * Protobuf's binary format, read with bounds and written as a stream.
 *
 * Reading does not use protobuf-c's unpack, which has no limit of depth or
 * memory and gives no reason for a failure.  Here every length is checked
 * against what is left, memory against a budget that follows from the size of
 * the input, and a failure names file, byte offset and field:
 *
 *	a.caffemodel: byte 4711: layer.blobs.data: length 90000 passes the end
 *
 * Unknown fields are kept and written again.  A known field with another wire
 * type is treated as unknown, as protobuf does.  Packed floats are copied once,
 * straight from the input to the array of the message.
 */
#ifndef CAFFE_WIRE_H
#define CAFFE_WIRE_H

#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "caffe/caffe.pb-c.h"

enum { CAFFE_WIRE_DEPTH = 32 };

/* name is for errors.  *out is the caller's (caffe_msg_free). */
int
caffe_wire_parse(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const void *p, size_t n, const char *name);
/* A whole file, mapped while it is read. */
int caffe_wire_read(ProtobufCMessage **out,
    const ProtobufCMessageDescriptor *type, const char *path);

/*
 * The same without a copy of fields of bytes, which stay where they are in p: that
 * must outlive the message, which is freed with caffe_wire_view_free alone.  Any
 * protobuf's descriptor will do here, as above.
 */
int
caffe_wire_view(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const void *p, size_t n, const char *name);
void caffe_wire_view_free(void *m); /* accepts NULL */

int caffe_wire_add(struct buf *b, const void *m);
/* To a file, atomically, without a copy of the message in memory. */
int caffe_wire_write(const char *path, const void *m, int force);

/*
 * A message in pieces, which are messages of its type: one behind the other they
 * are their sum, repeated fields joined.  What does not fit in memory twice is
 * written so; the bytes are those of the whole when pieces come in the order of
 * the fields' numbers.
 */
struct caffe_wire_out;
int caffe_wire_open(struct caffe_wire_out **out, const char *path, int force);
void caffe_wire_put(struct caffe_wire_out *o, const void *m);
/* Frees; the file appears unless rc, which is returned, is an error. */
int caffe_wire_close(struct caffe_wire_out *o, int rc);

#endif
