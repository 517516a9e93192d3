/* Names between quotes: see quote.h. */
#include "file/quote.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* The letter of an escape, and what it stands for. */
static const char letters[] = "abtnvfr\"\\", meant[] = "\a\b\t\n\v\f\r\"\\";

static bool
needs_quotes(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || s[0] == '"' || s[0] == ' ' || s[n - 1] == ' ')
		return true;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

int
quote_name(struct buf *b, const char *name)
{
	const char *at;

	if (!needs_quotes(name))
		return buf_adds(b, name);
	TRY(buf_addc(b, '"'));
	for (; *name != '\0'; name++) {
		at = strchr(meant, *name);
		if (at != NULL)
			TRY(buf_printf(b, "\\%c", letters[at - meant]));
		else if ((unsigned char)*name < ' ' || *name == 0x7f)
			TRY(buf_printf(b, "\\%03o", (unsigned)*name));
		else
			TRY(buf_addc(b, *name));
	}
	return buf_addc(b, '"');
}

/* Three octal digits of a byte that a name can have; 0: none. */
static unsigned
octal(const char *s)
{
	unsigned v = 0;

	for (int i = 0; i < 3; i++) {
		if (s[i] < '0' || s[i] > '7')
			return 0;
		v = 8 * v + (unsigned)(s[i] - '0');
	}
	return v < 256 ? v : 0;
}

/* What follows a backslash, and its length; 0: nothing that we write. */
static size_t
escape_read(char *out, const char *s)
{
	const char *at = *s != '\0' ? strchr(letters, *s) : NULL;
	unsigned v = octal(s);

	*out = at != NULL ? meant[at - letters] : (char)v;
	return at != NULL ? 1 : v != 0 ? 3 : 0;
}

char *
quote_read(const char *s)
{
	char *out, *to;
	size_t n;

	if (*s++ != '"')
		return NULL;
	out = to = mem_strdup(s);
	while (*s != '\0' && *s != '"') {
		if (*s != '\\') {
			*to++ = *s++;
			continue;
		}
		n = escape_read(to++, ++s);
		if (n == 0)
			break;
		s += n;
	}
	*to = '\0';
	if (s[0] == '"' && s[1] == '\0')
		return out;
	mem_free(out);
	return NULL;
}
