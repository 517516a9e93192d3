/* Pieces of a JSON text: see slice.h. */
#include "dset/coco/slice.h"

#include <string.h>

#include "base/err.h"
#include "json/json.h"

char
slice_peek(struct slice *s)
{
	while (s->at < s->len && memchr(" \t\r\n", s->text[s->at], 4) != NULL)
		s->at++;
	return s->at < s->len ? s->text[s->at] : '\0';
}

int
slice_take(struct slice *s, char c)
{
	if (slice_peek(s) != c)
		return 0;
	s->at++;
	return 1;
}

/* Past the string whose quote is at s->at. */
static int
skip_string(struct slice *s)
{
	for (s->at++; s->at < s->len; s->at++) {
		if (s->text[s->at] == '\\')
			s->at++;
		else if (s->text[s->at] == '"') {
			s->at++;
			return 0;
		}
	}
	s->at = s->len;
	return err_set(ERR_FORMAT, "the text ends within a string");
}

int
slice_value(size_t *from, struct slice *s)
{
	int depth = 0;
	char c = slice_peek(s);

	*from = s->at;
	if (c == '\0' || c == ',' || c == ':' || c == ']' || c == '}')
		return err_set(ERR_FORMAT, "a value is missing");
	do {
		c = s->at < s->len ? s->text[s->at] : '\0';
		if (s->at >= s->len)
			return err_set(ERR_FORMAT, "the text ends too early");
		if (c == '"') {
			TRY(skip_string(s));
			continue;
		}
		if (c == '[' || c == '{')
			depth++;
		else if (c == ']' || c == '}')
			depth--;
		if (depth > JSON_MAX_DEPTH)
			return err_set(ERR_FORMAT, "values more than %d deep",
			    JSON_MAX_DEPTH);
		s->at++;
		if (depth == 0 && c != ']' && c != '}') {
			/* A number or a word: up to what ends it. */
			while (s->at < s->len &&
			    memchr(",:]} \t\r\n", s->text[s->at], 8) == NULL)
				s->at++;
		}
	} while (depth > 0);
	return 0;
}

long long
slice_line(struct slice *s, size_t at)
{
	if (at < s->counted)
		s->counted = s->lines = 0;
	for (; s->counted < at && s->counted < s->len; s->counted++)
		s->lines += s->text[s->counted] == '\n';
	return (long long)s->lines + 1;
}
