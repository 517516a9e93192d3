/*
 * --args FILE: options from a file, one a line, as curl's -K takes them:
 *
 *	# a comment
 *	epochs = 30
 *	lr: 0.01
 *	--note "two words"
 *	mirror
 *	-b 64
 *
 * Between name and value stand blanks, "=" or ":".  What a line says is given to
 * the parser as one word of the command line, "--epochs=30".
 */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "file/file.h"
#include "prog/prog_int.h"

enum { ARGS_MAX = 1 << 20 };

static struct arena *words; /* the options' values are in them: never freed */

static const char blanks[] = " \t\r\f\v";

/* A value in double quotes, in place; what follows it in *rest. */
static int
unquote(char *s, char **rest)
{
	static const char names[] = "ntr", bytes[] = "\n\t\r";
	char *out = s, *p = s + 1;
	const char *at;

	for (; *p != '"'; p++) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
			at = strchr(names, *p);
			*out++ = at != NULL ? bytes[at - names] : *p;
		} else if (*p == '\0') {
			return err_set(
			    ERR_USAGE, "a quoted value has no closing quote");
		} else {
			*out++ = *p;
		}
	}
	*rest = p + 1;
	*out = '\0';
	return 0;
}

/* The value at s, which may be quoted and goes to the end of its line. */
static int
take_value(char **s)
{
	char *rest = *s, *end;

	if (**s != '"') {
		end = *s + strlen(*s);
		while (end > *s && strchr(blanks, end[-1]) != NULL)
			*--end = '\0';
		return 0;
	}
	TRY(unquote(*s, &rest));
	if (rest[strspn(rest, blanks)] != '\0')
		return err_set(ERR_USAGE, "'%s' after the quoted value", rest);
	return 0;
}

/* "--name=value" in what is never freed. */
static char *
word(const char *dashes, const char *name, size_t n, const char *between,
    const char *value)
{
	const size_t size =
	    strlen(dashes) + n + strlen(between) + strlen(value) + 1;
	char *out;

	if (words == NULL)
		words = arena_new();
	out = arena_take(words, size);
	snprintf(out, size, "%s%.*s%s%s", dashes, (int)n, name, between, value);
	return out;
}

/* A line as a word of the command line; NULL: it says nothing. */
static int
line_word(char **out, char *line)
{
	char *name = line + strspn(line, blanks), *value;
	size_t n;
	bool letter, given; /* a value stands there, maybe an empty one */

	*out = NULL;
	if (*name == '\0' || *name == '#')
		return 0;
	letter = name[0] == '-' && name[1] != '-';
	if (!letter)
		name += strspn(name, "-");
	n = letter ? 2 : strcspn(name, " \t\r\f\v=:");
	if (n == 0 || (letter && name[1] == '\0'))
		return err_set(ERR_USAGE, "'%s' is not an option", name);
	value = name + n + strspn(name + n, blanks);
	given = *value == '=' || *value == ':';
	if (given)
		value += 1 + strspn(value + 1, blanks);
	given |= *value != '\0';
	TRY(take_value(&value));
	if (letter)
		*out = word("", name, 2, "", value);
	else if (!given)
		*out = word("--", name, n, "", "");
	else
		*out = word("--", name, n, "=", value);
	return 0;
}

int
prog_args_read(const char *path, prog_args_take *take, void *ctx)
{
	struct buf b;
	char *line, *next, *taken;
	int number = 0, rc;

	buf_init(&b, ARGS_MAX);
	rc = file_read_stream(&b, path);
	if (rc < 0)
		rc = err_in(rc, "--args");
	if (rc == 0 && b.len > 0 && memchr(b.data, '\0', b.len) != NULL)
		rc = err_set(ERR_FORMAT, "--args: %s is not a text", path);
	for (line = rc == 0 && b.len > 0 ? b.data + text_mark(b.data, b.len)
					 : NULL;
	     line != NULL && rc >= 0; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		number++;
		rc = line_word(&taken, line);
		if (rc >= 0 && taken != NULL)
			rc = take(ctx, taken);
		if (rc < 0)
			rc = err_in(rc, "%s: line %d", path, number);
	}
	buf_clear(&b);
	return rc;
}
