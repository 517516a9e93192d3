/*
 * Prototxt: protobuf's text format, read and written for any message.
 *
 * Reading takes what protobuf's TextFormat takes: "a: 1", "a { }", "a: { }",
 * "a < >", "a: [1, 2]", strings in ' or " with C escapes and put together from
 * pieces, enums by name or number, true/false/t/f/1/0, decimal, hex and octal
 * integers, inf and nan, # comments, an optional , or ; after each field.  A
 * field that is not repeated may stand once.  Errors begin with
 * "name:line:column: " and the path of the message, and guess what was meant:
 *
 *	net.prototxt:12:5: layer.convolution_param: no field "kernel_sz" (did you
 *	mean kernel_size?)
 *
 * Fields that only forks of Caffe have are passed over with a warning where they
 * change nothing here (text/text_fork.c); parameters of their layer types are such.
 *
 * Writing gives the text of protobuf's DebugString (fields by number, two
 * spaces a level), floats in the shortest form that reads back the same, so that
 * files differ from Caffe's only where nets do.
 *
 * Field names are those of caffe.proto less a trailing underscore.  Nothing here
 * upgrades old nets: see upgrade.h, and nn/read.h, which is what most want.
 */
#ifndef CAFFE_TEXT_H
#define CAFFE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "caffe/caffe.pb-c.h"

enum {
	CAFFE_TEXT_MAX = 64 << 20, /* bytes of text */
	CAFFE_TEXT_DEPTH = 64      /* messages within messages */
};

/* name is for errors.  *out is the caller's (caffe_msg_free). */
int
caffe_text_parse(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const char *text, size_t n, const char *name);
int caffe_text_read(ProtobufCMessage **out,
    const ProtobufCMessageDescriptor *type, const char *path);

/*
 * The layers of a net's text that has no need to be a net, for errors: each is told
 * its name ("" without one), the type it states, as it is called today, and the line
 * it begins on.  Ends with the text, where the text breaks off, or with what each
 * returns if that is not 0.
 */
int caffe_text_layers(const char *text, size_t n,
    int (*each)(void *ctx, const char *name, const char *type, int line),
    void *ctx);

/* Does the text have one of these words, which end with NULL, outside all brackets,
 * as far as its tokens can be told?  For errors as well. */
bool caffe_text_names(const char *text, size_t n, const char *const *words);

/* Append the text of m.  ERR_RANGE when the buffer's maximum would be passed. */
int caffe_text_add(struct buf *b, const void *m);
/* Append one value of a field that is no message. */
int caffe_text_value(
    struct buf *b, const void *v, const ProtobufCFieldDescriptor *f);
/* To a file, atomically; "-" is stdout. */
int caffe_text_write(const char *path, const void *m, int force);

#endif
