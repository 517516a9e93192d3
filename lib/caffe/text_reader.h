/*
 * The reader of prototxt in two files: text_read.c takes messages and fields
 * apart, text_value.c numbers, words and strings.  See text.h for the language.
 */
#ifndef CAFFE_TEXT_READER_H
#define CAFFE_TEXT_READER_H

#include <stddef.h>

#include "caffe/caffe.pb-c.h"
#include "caffe/text.h"
#include "caffe/text_lex.h"

struct text_reader {
	struct lex lex;
	const char *name; /* of the file, for errors */
	size_t budget;    /* bytes of memory the message may still take */
	int depth;
	const ProtobufCFieldDescriptor *path[CAFFE_TEXT_DEPTH + 1];
};

/* ERR_FORMAT with file, line, column and path in front. */
int text_fail(struct text_reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The same: "want is missing before TOKEN". */
int text_fail_want(struct text_reader *r, const char *want);
/* Take bytes from the budget. */
int text_pay(struct text_reader *r, size_t bytes);

/* The value of a field that is no message into *to; moves past its tokens. */
int text_take_scalar(
    struct text_reader *r, void *to, const ProtobufCFieldDescriptor *f);

#endif
