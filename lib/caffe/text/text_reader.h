/*
 * The reader of prototxt in three files: text_read.c takes messages and fields
 * apart, text_value.c numbers, words and strings; text_fork.c is for what only
 * forks of Caffe have.  See text.h for the language.
 */
#ifndef CAFFE_TEXT_READER_H
#define CAFFE_TEXT_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "caffe/caffe.pb-c.h"
#include "caffe/text.h"
#include "caffe/text/text_lex.h"

enum { TEXT_PASSED_MAX = 16, TEXT_PASSED_NAME = 64 };

/* A field of a fork's that was passed over: where it stands first. */
struct text_passed {
	const ProtobufCMessageDescriptor *in;
	char name[TEXT_PASSED_NAME];
	int line, column, times;
};

struct text_reader {
	struct lex lex;
	const char *name; /* of the file, for errors */
	size_t budget;    /* bytes of memory the message may still take */
	int depth;
	ProtobufCMessage *layer; /* that we are in, or NULL */
	const ProtobufCFieldDescriptor *path[CAFFE_TEXT_DEPTH + 1];
	struct text_passed passed[TEXT_PASSED_MAX];
	int npassed;
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

/* Is the unknown field word, the current token, a fork's that changes nothing
 * here?  near: the known one that it is most like, or NULL. */
bool text_is_fork_field(const struct text_reader *r,
    const ProtobufCMessageDescriptor *type, const char *word, const char *near);
/* Move past it and its value. */
int text_pass_field(struct text_reader *r,
    const ProtobufCMessageDescriptor *type, const char *word);
/* A word that is no value of the enum f, in a message that changes nothing here: past
 * it; false: it is not that.  The current token is the value. */
bool text_pass_value(struct text_reader *r,
    const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *f);
/* Warn of what was passed over. */
void text_passed_say(const struct text_reader *r);
/* The type of a layer of 2014 that is no word of LayerType, into fork_type;
 * false: the field f of m is not that. */
bool text_take_fork_type(
    struct text_reader *r, void *m, const ProtobufCFieldDescriptor *f);

#endif
