/*
 * Growing byte buffers that state their maximum at creation, so that input
 * cannot exhaust memory.  A failed append sets the error sentence and leaves
 * the buffer as it was.  The bytes are always followed by a 0 byte that is not
 * counted, so that text can be used as a string.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data; /* len bytes and a 0; NULL while nothing was appended */
	size_t len;
	size_t cap;
	size_t max;
};

void buf_init(struct buf *b, size_t max);
void buf_clear(struct buf *b); /* frees; the buffer may be used again */
void buf_reset(struct buf *b); /* len = 0, memory kept */

/* 0, or ERR_RANGE when the maximum would be passed. */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *b, const char *fmt, va_list ap);

/* The n bytes as a quoted JSON string; bytes that are no UTF-8 become U+FFFD. */
int buf_add_json(struct buf *b, const char *s, size_t n);
/* The n bytes as text of XML and HTML, or as an attribute's value between quotes:
 * nothing in it is markup.  Control characters become blanks, bytes that are no
 * UTF-8 U+FFFD. */
int buf_add_xml(struct buf *b, const char *s, size_t n);

/* Make room for n more bytes and return where they go; NULL past the max.
 * Follow with buf_grew(b, m), m <= n, once they are written. */
void *buf_room(struct buf *b, size_t n);
void buf_grew(struct buf *b, size_t n);

const char *buf_str(const struct buf *b); /* "" while empty; borrowed */
char *buf_steal(struct buf *b);           /* caller's; the buffer is empty */

#endif
