/*
 * The tokens of prototxt.  For text_read.c; see text.h for the language.
 */
#ifndef CAFFE_TEXT_LEX_H
#define CAFFE_TEXT_LEX_H

#include <stddef.h>

#include "base/buf.h"

enum lex_kind {
	LEX_END,
	LEX_WORD,   /* identifier */
	LEX_NUMBER, /* starts with a digit or a dot; checked by who wants it */
	LEX_STRING, /* with its quotes, escapes as they stand */
	LEX_SYMBOL  /* one byte */
};

struct lex {
	const char *at, *end; /* what is not read yet */
	const char *line_start;
	int line; /* of at, from 1 */
	/* the current token */
	enum lex_kind kind;
	const char *tok;
	size_t len;
	int tok_line, tok_column; /* from 1, in bytes */
	const char *bad;          /* why the token is none, or NULL */
};

void lex_init(struct lex *l, const char *text, size_t n);
/* Move to the next token.  A broken one (unclosed string, control byte) is a
 * LEX_SYMBOL with bad set. */
void lex_next(struct lex *l);

static inline int
lex_is(const struct lex *l, char c)
{
	return l->kind == LEX_SYMBOL && l->bad == NULL && *l->tok == c;
}

/* Append the bytes that a string token stands for.  NULL, or what is wrong. */
const char *lex_unescape(struct buf *b, const char *tok, size_t len);

#endif
