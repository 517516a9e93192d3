/*
 * Parts of web pages that stand by themselves: text that is no markup, and files
 * that are in the page (data: URLs, RFC 2397), so that it asks for nothing.
 */
#ifndef JSON_MARKUP_H
#define JSON_MARKUP_H

#include "base/buf.h"

/* Text of strangers, as buf_add_xml has it: nothing in it is markup; control
 * characters become blanks.  NULL is nothing. */
int markup_text(struct buf *b, const char *s);
/* "data:TYPE;base64,…" of n bytes. */
int markup_data(struct buf *b, const char *type, const void *p, size_t n);

#endif
