/*
 * Text from elsewhere: names in stores and archives, notes, sentences with both
 * in them.  What a terminal would obey, or show as something else than it is,
 * is told apart here:
 *
 *	control characters	U+0000 .. U+001F, U+007F .. U+009F
 *	line separators		U+2028, U+2029
 *	bidirectional controls	U+061C, U+200E, U+200F, U+202A .. U+202E,
 *				U+2066 .. U+2069 (Unicode Annex 9)
 *	bytes that are no UTF-8
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of the well-formed UTF-8 character at s (RFC 3629: no surrogates,
 * no overlong forms) and its number in *c; 0 when there is none in n bytes.
 */
size_t text_char(uint32_t *c, const char *s, size_t n);

/* The length of the byte order mark that some editors put in front of UTF-8: 3, or
 * 0 where there is none.  Readers of texts begin after it. */
size_t text_mark(const char *s, size_t n);

/* Is the character only shown, none of the above? */
int text_plain(uint32_t c);

/* Is all of s plain?  0, or ERR_REFUSED with the reason. */
int text_check(const char *s);

/* Make it so, in place: a TAB becomes a blank, anything else '?'. */
void text_tame(char *s);

/* The columns that s takes on a terminal, and the bytes of what fits into so many. */
size_t text_columns(const char *s);
size_t text_fit(const char *s, size_t columns);

/* The size of the terminal that fd is, as far as it is told; false: it is none. */
bool text_terminal(int fd, int *columns, int *lines);

/* "Did you mean …?": the one of n words that is nearest to word, or NULL where none
 * is near.  get(ctx, i) gives word i. */
const char *text_near(const char *word, size_t n,
    const char *(*get)(const void *ctx, size_t i), const void *ctx);

/* The mistakes that make one word of the other, as text_near counts them; SIZE_MAX
 * of words of more than 63 letters. */
size_t text_distance(const char *a, const char *b);

/*
 * Where standard output is a terminal, the same for all that is written to
 * stdout from now on; its line breaks and TABs stay.
 */
void text_guard_stdout(void);

#endif
