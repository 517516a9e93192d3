/*
 * The tokens of prototxt.  Knows nothing of messages.
 */
#include <stdint.h>
#include <string.h>

#include "caffe/text/text_lex.h"

void
lex_init(struct lex *l, const char *text, size_t n)
{
	memset(l, 0, sizeof(*l));
	l->at = l->line_start = text;
	l->end = text + n;
	l->line = 1;
}

static int
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void
skip_space(struct lex *l)
{
	for (; l->at < l->end; l->at++) {
		if (*l->at == '\n') {
			l->line++;
			l->line_start = l->at + 1;
		} else if (*l->at == '#') {
			while (l->at + 1 < l->end && l->at[1] != '\n')
				l->at++;
		} else if (memchr(" \t\r\v\f", *l->at, 5) == NULL) {
			return;
		}
	}
}

static void
take_word(struct lex *l)
{
	l->kind = LEX_WORD;
	while (l->at < l->end && (is_letter(*l->at) || is_digit(*l->at)))
		l->at++;
}

/* Digits, letters and dots, and a sign after the e of a decimal exponent. */
static void
take_number(struct lex *l)
{
	int hex = l->end - l->at > 1 && l->at[0] == '0' &&
	    (l->at[1] == 'x' || l->at[1] == 'X');

	l->kind = LEX_NUMBER;
	for (; l->at < l->end; l->at++) {
		if (is_letter(*l->at) || is_digit(*l->at) || *l->at == '.')
			continue;
		if ((*l->at == '+' || *l->at == '-') && !hex &&
		    l->at > l->tok && (l->at[-1] | 0x20) == 'e')
			continue;
		return;
	}
}

static void
take_string(struct lex *l)
{
	char quote = *l->at++;

	l->kind = LEX_STRING;
	for (; l->at < l->end && *l->at != '\n'; l->at++) {
		if (*l->at == quote) {
			l->at++;
			return;
		}
		if (*l->at == '\\' && l->at + 1 < l->end && l->at[1] != '\n')
			l->at++;
	}
	l->kind = LEX_SYMBOL;
	l->bad = "the string is not closed on its line";
}

void
lex_next(struct lex *l)
{
	skip_space(l);
	l->tok = l->at;
	l->tok_line = l->line;
	l->tok_column = (int)(l->at - l->line_start) + 1;
	l->bad = NULL;
	if (l->at == l->end) {
		l->kind = LEX_END;
	} else if (is_letter(*l->at)) {
		take_word(l);
	} else if (is_digit(*l->at) || *l->at == '.') {
		take_number(l);
	} else if (*l->at == '"' || *l->at == '\'') {
		take_string(l);
	} else {
		l->kind = LEX_SYMBOL;
		if ((unsigned char)*l->at < 0x20 ||
		    (unsigned char)*l->at >= 0x7f)
			l->bad = "a byte that is not text";
		l->at++;
	}
	l->len = (size_t)(l->at - l->tok);
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to max digits of the base at *p; their number. */
static int
take_digits(uint32_t *out, const char **p, const char *end, int max, int base)
{
	int n, d;

	*out = 0;
	for (n = 0; n < max && *p < end; n++, ++*p) {
		d = hex_digit(**p);
		if (d < 0 || d >= base)
			break;
		*out = *out * (uint32_t)base + (uint32_t)d;
	}
	return n;
}

static int
add_utf8(struct buf *b, uint32_t c)
{
	char s[4];

	if (c < 0x80)
		return buf_addc(b, (char)c);
	if (c < 0x800) {
		s[0] = (char)(0xc0 | c >> 6);
		s[1] = (char)(0x80 | (c & 63));
		return buf_add(b, s, 2);
	}
	if (c < 0x10000) {
		s[0] = (char)(0xe0 | c >> 12);
		s[1] = (char)(0x80 | (c >> 6 & 63));
		s[2] = (char)(0x80 | (c & 63));
		return buf_add(b, s, 3);
	}
	s[0] = (char)(0xf0 | c >> 18);
	s[1] = (char)(0x80 | (c >> 12 & 63));
	s[2] = (char)(0x80 | (c >> 6 & 63));
	s[3] = (char)(0x80 | (c & 63));
	return buf_add(b, s, 4);
}

/* The escape whose letter is at **p; moves past it. */
static const char *
unescape_one(struct buf *b, const char **p, const char *end)
{
	static const char from[] = "abfnrtv\\'\"?",
			  to[] = "\a\b\f\n\r\t\v\\'\"?";
	const char *known;
	char c = **p;
	uint32_t v;

	if (c >= '0' && c <= '7') {
		take_digits(&v, p, end, 3, 8);
		return v > 255 || buf_addc(b, (char)v) < 0
		    ? "an octal escape above \\377"
		    : NULL;
	}
	++*p;
	if (c == 'x' || c == 'X') {
		if (take_digits(&v, p, end, 2, 16) == 0)
			return "\\x without digits";
		return buf_addc(b, (char)v) < 0 ? "too long" : NULL;
	}
	if (c == 'u' || c == 'U') {
		int n = c == 'u' ? 4 : 8;

		if (take_digits(&v, p, end, n, 16) != n || v > 0x10ffff)
			return "a broken \\u escape";
		return add_utf8(b, v) < 0 ? "too long" : NULL;
	}
	known = memchr(from, c, sizeof(from) - 1);
	if (known == NULL)
		return "an unknown escape";
	return buf_addc(b, to[known - from]) < 0 ? "too long" : NULL;
}

const char *
lex_unescape(struct buf *b, const char *tok, size_t len)
{
	const char *p = tok + 1, *end = tok + len - 1, *run, *bad;

	while (p < end) {
		for (run = p; p < end && *p != '\\'; p++)
			;
		if (buf_add(b, run, (size_t)(p - run)) < 0)
			return "too long";
		if (p == end)
			break;
		p++;
		bad = unescape_one(b, &p, end);
		if (bad != NULL)
			return bad;
	}
	return NULL;
}
