/*
 * The names of a data.yaml.  Of YAML that much is read: "names:" at the left
 * margin, and behind it [a, b] (maybe over several lines), lines "- a", or lines
 * "0: a".  Quotes and comments are heeded; whatever else a data.yaml has is passed
 * over.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/boxes/detect.h"
#include "dset/boxes/yolo.h"

struct names {
	char **v;
	size_t n, cap;
};

static int
put(struct names *l, size_t at, char *name)
{
	if (at > DETECT_CLASSES_MAX || (at < l->n && l->v[at] != NULL)) {
		mem_free(name);
		return err_set(ERR_FORMAT,
		    at > DETECT_CLASSES_MAX ? "names: more than %d"
					    : "names: a number appears twice",
		    DETECT_CLASSES_MAX);
	}
	mem_grow(&l->v, &l->cap, at + 1);
	while (l->n <= at)
		l->v[l->n++] = NULL;
	l->v[at] = name;
	return 0;
}

/* A quoted word, *s at its quote; a doubled '' is one, \" and \\ are too. */
static char *
quoted(const char **s)
{
	char quote = **s, *out = mem_strndup(*s + 1, strcspn(*s + 1, "\n"));
	char *to = out;
	const char *at = *s + 1;

	for (;; at++) {
		if (*at == '\0' || *at == '\n') {
			mem_free(out);
			return NULL;
		}
		if ((quote == '\'' && at[0] == quote && at[1] == quote) ||
		    (quote == '"' && *at == '\\' && at[1] != '\0' &&
			at[1] != '\n'))
			at++;
		else if (*at == quote)
			break;
		*to++ = *at;
	}
	*to = '\0';
	*s = at + 1;
	return out;
}

/* A plain or quoted word, up to one of stop; *s is then there.  NULL: no second
 * quote. */
static char *
scalar(const char **s, const char *stop)
{
	const char *at = *s + strspn(*s, " \t"), *end;

	if (*at == '"' || *at == '\'') {
		*s = at;
		return quoted(s);
	}
	end = at;
	while (*end && strchr(stop, *end) == NULL &&
	    !(*end == '#' && end > at && (end[-1] == ' ' || end[-1] == '\t')))
		end++;
	*s = end;
	while (end > at && strchr(" \t\r", end[-1]) != NULL)
		end--;
	return mem_strndup(at, (size_t)(end - at));
}

static const char *
past_line(const char *s)
{
	s += strcspn(s, "\n");
	return *s ? s + 1 : s;
}

/* Blanks, ends of lines, comments. */
static const char *
past_blanks(const char *s)
{
	for (;;) {
		s += strspn(s, " \t\r\n");
		if (*s != '#')
			return s;
		s = past_line(s);
	}
}

/* "[a, b, c]" or "{0: a, 1: b}", s behind the bracket. */
static int
read_flow(struct names *l, const char *s, char close)
{
	int64_t number;
	char *word;
	size_t at;

	for (s = past_blanks(s); *s != close; s = past_blanks(s)) {
		if (*s == '\0')
			return err_set(ERR_FORMAT, "names: no %c", close);
		at = l->n;
		word = scalar(&s, close == '}' ? ":\n" : ",]\n");
		if (word == NULL)
			return err_set(ERR_FORMAT, "names: no second quote");
		if (close == '}') {
			if (*s != ':' ||
			    num_int(&number, word, 0, DETECT_CLASSES_MAX) < 0) {
				mem_free(word);
				return err_set(ERR_FORMAT,
				    "names: a number and a colon are wanted");
			}
			mem_free(word);
			s++;
			at = (size_t)number;
			word = scalar(&s, ",}\n");
			if (word == NULL)
				return err_set(
				    ERR_FORMAT, "names: no second quote");
		}
		TRY(put(l, at, word));
		s = past_blanks(s);
		if (*s == ',')
			s++;
		else if (*s != close)
			return err_set(ERR_FORMAT,
			    "names: a comma or %c is wanted", close);
	}
	return 0;
}

/* Lines "- a" or "0: a", until one of another kind. */
static int
read_block(struct names *l, const char *s)
{
	int64_t number;
	const char *line;
	char *word;

	for (;;) {
		line = past_blanks(s);
		if (*line == '-' && line[1] == ' ') {
			s = line + 2;
			word = scalar(&s, "\n");
			if (word == NULL)
				return err_set(
				    ERR_FORMAT, "names: no second quote");
			TRY(put(l, l->n, word));
			s = past_line(s);
			continue;
		}
		if (*line < '0' || *line > '9')
			return 0;
		s = line;
		word = scalar(&s, ":\n");
		if (word == NULL || *s != ':' ||
		    num_int(&number, word, 0, DETECT_CLASSES_MAX) < 0) {
			mem_free(word);
			return err_set(
			    ERR_FORMAT, "names: \"number: name\" is wanted");
		}
		mem_free(word);
		s++;
		word = scalar(&s, "\n");
		if (word == NULL)
			return err_set(ERR_FORMAT, "names: no second quote");
		TRY(put(l, (size_t)number, word));
		s = past_line(s);
	}
}

/* Behind "names:" of a line of its own. */
static const char *
find_names(const char *s)
{
	for (; *s; s = past_line(s))
		if (strncmp(s, "names:", 6) == 0)
			return s + 6;
	return NULL;
}

int
dset_yolo_yaml(char ***names, size_t *n, const char *text)
{
	const char *s = find_names(text), *at;
	struct names l = { 0 };
	size_t i;
	int rc = 0;

	*names = NULL;
	*n = 0;
	if (s == NULL)
		return err_set(ERR_FORMAT, "no \"names:\"");
	at = past_blanks(s);
	if (*at == '[')
		rc = read_flow(&l, at + 1, ']');
	else if (*at == '{')
		rc = read_flow(&l, at + 1, '}');
	else
		rc = read_block(&l, s);
	if (rc == 0 && l.n == 0)
		rc = err_set(ERR_FORMAT, "names: none");
	for (i = 0; rc == 0 && i < l.n; i++)
		if (l.v[i] == NULL)
			rc = err_set(ERR_FORMAT, "names: none for %zu", i);
	if (rc == 0) {
		*names = l.v;
		*n = l.n;
		return 0;
	}
	for (i = 0; i < l.n; i++)
		mem_free(l.v[i]);
	mem_free(l.v);
	return rc;
}
