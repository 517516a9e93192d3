/* Text that is safe to show: see text.h. */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

size_t
text_char(uint32_t *c, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len, i;
	unsigned lo = 0x80, hi = 0xbf;

	if (n == 0)
		return 0;
	*c = s[0];
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	if (n < len || s[1] < lo || s[1] > hi)
		return 0;
	*c = s[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
		*c = *c << 6 | (s[i] & 0x3fu);
	}
	return len;
}

size_t
text_mark(const char *s, size_t n)
{
	return n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

int
text_plain(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} bad[] = {
		{ 0, 0x1f },
		{ 0x7f, 0x9f },
		{ 0x61c, 0x61c },
		{ 0x200e, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2066, 0x2069 },
	};
	size_t i;

	for (i = 0; i < LENGTH(bad); i++)
		if (c >= bad[i].from && c <= bad[i].to)
			return 0;
	return 1;
}

int
text_check(const char *s)
{
	size_t n = strlen(s), len;
	uint32_t c;

	for (; n > 0; s += len, n -= len) {
		len = text_char(&c, s, n);
		if (len == 0)
			return err_set(ERR_REFUSED, "a name that is not UTF-8");
		if (!text_plain(c))
			return err_set(ERR_REFUSED,
			    "a control character (U+%04X) in a name",
			    (unsigned)c);
	}
	return 0;
}

/*
 * Copy n bytes to out as a terminal may have them, which are at most as many;
 * how many.  Line breaks and TABs stay with keep.
 */
static size_t
tame(char *out, const char *s, size_t n, int keep)
{
	size_t len, done = 0;
	uint32_t c;

	for (; n > 0; s += len, n -= len) {
		int kept = keep && (*s == '\t' || *s == '\n' || *s == '\r');

		len = text_char(&c, s, n);
		if (len > 0 && (text_plain(c) || kept)) {
			memmove(out + done, s, len);
			done += len;
		} else {
			out[done++] = *s == '\t' ? ' ' : '?';
			len = len == 0 ? 1 : len;
		}
	}
	return done;
}

void
text_tame(char *s)
{
	s[tame(s, s, strlen(s), 0)] = '\0';
}

/* Cells of a terminal: none for what combines, two for what East Asian scripts and
 * pictures take (the broad ranges of Unicode Annex 11). */
static int
char_columns(uint32_t c)
{
	static const struct {
		uint32_t from, to;
		int columns;
	} odd[] = {
		{ 0x300, 0x36f, 0 },
		{ 0x1100, 0x115f, 2 },
		{ 0x200b, 0x200d, 0 },
		{ 0x2e80, 0x303e, 2 },
		{ 0x3041, 0xa4cf, 2 },
		{ 0xac00, 0xd7a3, 2 },
		{ 0xf900, 0xfaff, 2 },
		{ 0xfe00, 0xfe0f, 0 },
		{ 0xfe30, 0xfe6f, 2 },
		{ 0xff00, 0xff60, 2 },
		{ 0x1f300, 0x1faff, 2 },
		{ 0x20000, 0x3fffd, 2 },
	};
	size_t i;

	for (i = 0; i < LENGTH(odd); i++)
		if (c >= odd[i].from && c <= odd[i].to)
			return odd[i].columns;
	return 1;
}

size_t
text_fit(const char *s, size_t columns)
{
	size_t n = strlen(s), at = 0, used = 0, len;
	uint32_t c;

	for (; at < n; at += len) {
		len = text_char(&c, s + at, n - at);
		used += len > 0 ? (size_t)char_columns(c) : 1;
		if (used > columns)
			break;
		len += len == 0;
	}
	return at;
}

size_t
text_columns(const char *s)
{
	size_t n = strlen(s), used = 0, len;
	uint32_t c;

	for (; n > 0; s += len, n -= len) {
		len = text_char(&c, s, n);
		used += len > 0 ? (size_t)char_columns(c) : 1;
		len += len == 0;
	}
	return used;
}

/* ---- the nearest word ---------------------------------------------------- */

/*
 * By edit distance.  Only for errors, so it is the plain quadratic table of Wagner
 * and Fischer (1974) on short words, with two letters in the wrong order as one
 * mistake (Damerau 1964).
 */
enum { NEAR_LEN = 63 };

static size_t
least_of(size_t a, size_t b, size_t c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

static bool
same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

size_t
text_distance(const char *a, const char *b)
{
	size_t rows[3][NEAR_LEN + 1], na = strlen(a), nb = strlen(b), i, j;

	if (na > NEAR_LEN || nb > NEAR_LEN)
		return SIZE_MAX; /* no word is so long */
	for (j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (i = 1; i <= na; i++) {
		const size_t *last = rows[(i - 1) % 3];
		const size_t *before = rows[(i + 1) % 3]; /* of i - 2 */
		size_t *row = rows[i % 3];

		row[0] = i;
		for (j = 1; j <= nb; j++) {
			row[j] = least_of(last[j] + 1, row[j - 1] + 1,
			    last[j - 1] + !same_letter(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]))
				row[j] =
				    least_of(row[j], row[j], before[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

const char *
text_near(const char *word, size_t n,
    const char *(*get)(const void *ctx, size_t i), const void *ctx)
{
	const char *best = NULL;
	size_t i, d, nearest = 1 + (strlen(word) + 1) / 3;

	for (i = 0; i < n; i++) {
		d = text_distance(word, get(ctx, i));
		if (d < nearest) {
			nearest = d;
			best = get(ctx, i);
		}
	}
	return best;
}

/* ---- standard output ---------------------------------------------------- */

enum { STEP = 4096, CHAR_MAX_BYTES = 4 };

static struct {
	char begun[CHAR_MAX_BYTES]; /* of a character that was cut */
	size_t n;
} cut;

/* Bytes at the end of s that may begin a character of more. */
static size_t
begun(const char *s, size_t n)
{
	size_t k, len;

	for (k = 1; k < CHAR_MAX_BYTES && k <= n; k++) {
		unsigned char c = (unsigned char)s[n - k];

		if (c >= 0x80 && c < 0xc0)
			continue;
		len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;
		return len > k ? k : 0;
	}
	return 0;
}

static int
write_tamed(const char *s, size_t n)
{
	char out[STEP + CHAR_MAX_BYTES], *p = out;
	ssize_t w;

	for (n = tame(out, s, n, 1); n > 0; p += w, n -= (size_t)w) {
		w = write(STDOUT_FILENO, p, n);
		if (w < 0 && errno != EINTR)
			return -1;
		if (w < 0)
			w = 0;
	}
	return 0;
}

static ssize_t
guard_write(void *ctx, const char *s, size_t n)
{
	char in[STEP + CHAR_MAX_BYTES];
	size_t done, step, all;

	(void)ctx;
	for (done = 0; done < n; done += step) {
		step = n - done < STEP ? n - done : STEP;
		memcpy(in, cut.begun, cut.n);
		memcpy(in + cut.n, s + done, step);
		all = cut.n + step;
		cut.n = begun(in, all);
		memcpy(cut.begun, in + all - cut.n, cut.n);
		if (write_tamed(in, all - cut.n) < 0)
			return done > 0 ? (ssize_t)done : 0;
	}
	return (ssize_t)n;
}

bool
text_terminal(int fd, int *columns, int *lines)
{
	struct winsize w;

	if (ioctl(fd, TIOCGWINSZ, &w) != 0)
		return false;
	if (w.ws_col > 0)
		*columns = w.ws_col;
	if (w.ws_row > 0)
		*lines = w.ws_row;
	return true;
}

static int
guard_close(void *ctx)
{
	int rc = write_tamed(cut.begun, cut.n);

	(void)ctx;
	return close(STDOUT_FILENO) < 0 ? -1 : rc;
}

void
text_guard_stdout(void)
{
	const cookie_io_functions_t io = { .write = guard_write,
		.close = guard_close };
	FILE *guard;

	if (!isatty(STDOUT_FILENO))
		return;
	guard = fopencookie(NULL, "w", io);
	if (guard == NULL)
		return;
	setvbuf(guard, NULL, _IOLBF, 0);
	fflush(stdout);
	stdout = guard;
}
