/*
 * Growing byte buffers with a cap.  Growth doubles; a buffer that reaches its
 * cap reports ERR_RANGE, exhaustion of the machine's memory aborts (mem.h).
 */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max < SIZE_MAX ? max : SIZE_MAX - 1 };
}

void
buf_clear(struct buf *b)
{
	mem_free(b->data);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void *
buf_room(struct buf *b, size_t n)
{
	size_t need, cap;

	if (mem_add(&need, b->len, n) < 0 || need > b->max) {
		err_set(ERR_RANGE, "more than the %zu bytes allowed", b->max);
		return NULL;
	}
	if (need + 1 > b->cap) {
		cap = b->cap > b->max / 2 ? b->max + 1 : b->cap * 2;
		if (cap < need + 1)
			cap = need + 1;
		if (cap < 64 && b->max >= 64)
			cap = 64;
		b->data = mem_realloc(b->data, cap, 1);
		b->cap = cap;
		b->data[b->len] = '\0';
	}
	return b->data + b->len;
}

void
buf_grew(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = '\0';
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	void *to = buf_room(b, n);

	if (to == NULL)
		return ERR_RANGE;
	if (n > 0)
		memcpy(to, p, n);
	buf_grew(b, n);
	return 0;
}

int
buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return rc;
}

int
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	char small[256];
	char *to;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n < 0) {
		va_end(again);
		return err_set(ERR_RANGE, "text cannot be formatted");
	}
	if ((size_t)n < sizeof(small)) {
		va_end(again);
		return buf_add(b, small, (size_t)n);
	}
	to = buf_room(b, (size_t)n);
	if (to != NULL) {
		vsnprintf(to, (size_t)n + 1, fmt, again);
		buf_grew(b, (size_t)n);
	}
	va_end(again);
	return to == NULL ? ERR_RANGE : 0;
}

static int
add_escaped(struct buf *b, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = c == '\0' ? NULL : strchr(from, c);

	if (at != NULL)
		return buf_printf(b, "\\%c", to[at - from]);
	return buf_printf(b, "\\u%04x", c);
}

int
buf_add_json(struct buf *b, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0, run = 0, len, start = b->len;
	uint32_t c;
	int rc = buf_addc(b, '"');

	while (rc == 0 && i + run < n) {
		len = text_char(&c, text + i + run, n - i - run);
		if (len > 0 && s[i + run] >= 0x20 && s[i + run] != '"' &&
		    s[i + run] != '\\' && s[i + run] != 0x7f) {
			run += len;
			continue;
		}
		rc = buf_add(b, s + i, run);
		if (rc == 0)
			rc = len == 0 ? buf_adds(b, "\xef\xbf\xbd")
				      : add_escaped(b, s[i + run]);
		i += run + 1;
		run = 0;
	}
	if (rc == 0)
		rc = buf_add(b, s + i, run);
	if (rc == 0)
		rc = buf_addc(b, '"');
	if (rc < 0 && b->data != NULL) {
		b->len = start;
		b->data[start] = '\0';
	}
	return rc;
}

int
buf_add_xml(struct buf *b, const char *s, size_t n)
{
	uint32_t c;

	for (size_t i = 0, len; i<n; i += len> 0 ? len : 1) {
		len = text_char(&c, s + i, n - i);
		if (len == 0)
			TRY(buf_adds(b, "\xef\xbf\xbd"));
		else if (len > 1)
			TRY(buf_add(b, s + i, len));
		else if (c == '<')
			TRY(buf_adds(b, "&lt;"));
		else if (c == '>')
			TRY(buf_adds(b, "&gt;"));
		else if (c == '&')
			TRY(buf_adds(b, "&amp;"));
		else if (c == '"')
			TRY(buf_adds(b, "&quot;"));
		else if (c == '\'')
			TRY(buf_adds(b, "&#39;"));
		else
			TRY(buf_addc(b, c < 0x20 || c == 0x7f ? ' ' : (char)c));
	}
	return 0;
}

const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

char *
buf_steal(struct buf *b)
{
	char *p = b->data != NULL ? b->data : mem_strdup("");

	b->data = NULL;
	buf_init(b, b->max);
	return p;
}
