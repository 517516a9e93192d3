/* Parts of web pages: see markup.h. */
#include "json/markup.h"

#include <stdint.h>

#include "base/err.h"

int
markup_text(struct buf *b, const char *s)
{
	for (; s != NULL && *s != '\0'; s++) {
		switch (*s) {
		case '<': TRY(buf_adds(b, "&lt;")); break;
		case '>': TRY(buf_adds(b, "&gt;")); break;
		case '&': TRY(buf_adds(b, "&amp;")); break;
		case '"': TRY(buf_adds(b, "&quot;")); break;
		case '\'': TRY(buf_adds(b, "&#39;")); break;
		default: TRY(buf_addc(b, (unsigned char)*s < 0x20 ? ' ' : *s));
		}
	}
	return 0;
}

int
markup_data(struct buf *b, const char *type, const void *p, size_t n)
{
	static const char digit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *v = p;

	TRY(buf_printf(b, "data:%s;base64,", type));
	for (size_t i = 0; i < n; i += 3) {
		const size_t more = n - i < 3 ? n - i : 3;
		uint32_t bits = (uint32_t)v[i] << 16;
		char four[4];

		bits |= more > 1 ? (uint32_t)v[i + 1] << 8 : 0;
		bits |= more > 2 ? v[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			four[k] =
			    k <= more ? digit[bits >> (18 - 6 * k) & 63] : '=';
		TRY(buf_add(b, four, 4));
	}
	return 0;
}
