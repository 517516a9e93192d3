/* Reading readme.md cards: see card.h. */
#include "zoo/card.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "file/file.h"
#include "file/sniff.h"

static const struct key {
	const char *name;
	size_t at; /* char * of struct card */
} keys[] = {
	{ "name", offsetof(struct card, name) },
	{ "caffemodel", offsetof(struct card, caffemodel) },
	{ "caffemodel_url", offsetof(struct card, caffemodel_url) },
	{ "license", offsetof(struct card, license) },
	{ "sha1", offsetof(struct card, sha1) },
	{ "caffe_commit", offsetof(struct card, caffe_commit) },
	{ "gist_id", offsetof(struct card, gist_id) },
};

static char **
card_field(struct card *c, const struct key *k)
{
	return (char **)((char *)c + k->at);
}

void
card_clear(struct card *c)
{
	for (size_t i = 0; i < LENGTH(keys); i++)
		mem_free(*card_field(c, &keys[i]));
	mem_free(c->text);
	memset(c, 0, sizeof(*c));
}

static bool
is_rule(const char *line, size_t n)
{
	while (n > 0 && isspace((unsigned char)line[n - 1]))
		n--;
	for (size_t i = 0; i < n; i++)
		if (line[i] != '-')
			return false;
	return n >= 3;
}

static bool
is_blank(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isspace((unsigned char)line[i]))
			return false;
	return true;
}

static size_t
indent(const char *line, size_t n)
{
	size_t k = 0;

	while (k < n && (line[k] == ' ' || line[k] == '\t'))
		k++;
	return k;
}

/* "## Information" in Markdown, "# comment" in YAML. */
static bool
is_heading(const char *line, size_t n)
{
	const size_t k = indent(line, n);

	return k < n && line[k] == '#';
}

/* Bytes of the key of "key: value", 0 when the line is something else. */
static size_t
key_length(const char *line, size_t n)
{
	size_t k = 0;

	while (k < n && (isalnum((unsigned char)line[k]) || line[k] == '_'))
		k++;
	return k > 0 && k < n && line[k] == ':' &&
		(k + 1 == n || isspace((unsigned char)line[k + 1]))
	    ? k
	    : 0;
}

/* The key of a card that a line gives, in any case, also without the blank after
 * its colon: its number, or LENGTH(keys). */
static size_t
find_key(const char *line, size_t n)
{
	for (size_t i = 0; i < LENGTH(keys); i++) {
		const size_t k = strlen(keys[i].name);

		if (n > k && line[k] == ':' &&
		    strncasecmp(line, keys[i].name, k) == 0)
			return i;
	}
	return LENGTH(keys);
}

/* The value of a line, without blanks and quotes around it. */
static char *
value(const char *line, size_t n)
{
	while (n > 0 && isspace((unsigned char)*line)) {
		line++;
		n--;
	}
	while (n > 0 && isspace((unsigned char)line[n - 1]))
		n--;
	if (n >= 2 &&
	    (((*line == '"' || *line == '\'') && line[n - 1] == *line) ||
		(*line == '<' && line[n - 1] == '>'))) {
		line++;
		n -= 2;
	} else if (n > 4 && *line == '[' && line[n - 1] == ')') {
		const char *url = memmem(line, n, "](", 2);

		if (url != NULL) { /* a link of Markdown */
			n -= (size_t)(url + 3 - line);
			line = url + 2;
		}
	}
	return n > 0 ? mem_strndup(line, n) : NULL;
}

static void
take_line(struct card *c, const char *line, size_t n)
{
	const size_t in = indent(line, n), i = find_key(line + in, n - in);
	char **to;
	size_t past;

	if (i == LENGTH(keys))
		return;
	to = card_field(c, &keys[i]);
	past = in + strlen(keys[i].name) + 1;
	if (*to == NULL)
		*to = value(line + past, n - past);
}

/* A line of text that is neither blank nor a heading: text before the first key
 * is passed over.  False: the front matter, which no rule ends, ends before it. */
static bool
take_text(struct card *c, bool ruled, size_t at, size_t n, size_t next)
{
	const char *line = c->text + at;
	const size_t in = indent(line, n);
	const bool known = find_key(line + in, n - in) < LENGTH(keys);
	const bool begun = c->end > c->first;

	if (!ruled && !known) {
		if (begun && key_length(line + in, n - in) == 0)
			return false;
		if (!begun)
			return true;
	}
	if (!ruled && !begun)
		c->first = at;
	take_line(c, line, n);
	c->end = next;
	return true;
}

/* Find the front matter and take its lines. */
static void
take_lines(struct card *c)
{
	size_t at = text_mark(c->text, c->len);
	bool ruled = false;

	c->first = c->end = at;
	while (at < c->len) {
		const char *line = c->text + at;
		const char *nl = memchr(line, '\n', c->len - at);
		size_t n = nl != NULL ? (size_t)(nl - line) : c->len - at;
		size_t next = at + n + (nl != NULL);

		if (is_rule(line, n)) {
			if (ruled || c->end > c->first)
				return;
			ruled = true;
			c->first = c->end = next;
		} else if (!is_blank(line, n) && !is_heading(line, n) &&
		    !take_text(c, ruled, at, n, next)) {
			return;
		}
		at = next;
	}
}

static bool
is_hex(const char *s, size_t n)
{
	size_t k = strspn(s, "0123456789abcdefABCDEF");

	return s[k] == '\0' && (n == 0 ? k > 0 && k <= 64 : k == n);
}

static int
check_field(const struct card *c, const char *name)
{
	if (c->sha1 != NULL && !is_hex(c->sha1, 40))
		return err_set(ERR_FORMAT,
		    "%s: sha1 \"%s\" is not 40 hex digits", name, c->sha1);
	if (c->gist_id != NULL && !is_hex(c->gist_id, 0))
		return err_set(ERR_FORMAT,
		    "%s: gist_id \"%s\" is not hexadecimal", name, c->gist_id);
	if (c->caffemodel != NULL &&
	    (strchr(c->caffemodel, '/') != NULL ||
		path_check_inside(c->caffemodel) < 0))
		return err_set(ERR_REFUSED,
		    "%s: caffemodel \"%s\" is not a plain file name", name,
		    c->caffemodel);
	return 0;
}

int
card_parse(struct card *c, const char *text, size_t n, const char *name)
{
	int rc;

	memset(c, 0, sizeof(*c));
	if (memchr(text, '\0', n) != NULL)
		return sniff_fail(
		    err_set(ERR_FORMAT, "%s: not text: a NUL byte", name), name,
		    text, n, "a readme.md");
	if (sniff_page(text, n))
		return sniff_fail(ERR_FORMAT, name, text, n, "a readme.md");
	c->text = mem_strndup(text, n);
	c->len = n;
	take_lines(c);
	rc = check_field(c, name);
	if (rc < 0)
		card_clear(c);
	return rc;
}

const char *
card_file(const char *dir)
{
	static const char *const names[] = { "readme.md", "README.md" };

	for (size_t i = 0; i < LENGTH(names); i++) {
		char *path = path_join(dir, names[i]);
		int there = file_exists(path);

		mem_free(path);
		if (there)
			return names[i];
	}
	return NULL;
}

int
card_read(struct card *c, const char *dir)
{
	const char *file = card_file(dir);
	struct buf b;
	char *path;
	int rc;

	memset(c, 0, sizeof(*c));
	if (file == NULL)
		return file_absent(dir, "%s has no readme.md", dir);
	path = path_join(dir, file);
	buf_init(&b, CARD_MAX);
	rc = file_read(&b, path);
	if (rc >= 0)
		rc = card_parse(c, buf_str(&b), b.len, path);
	buf_clear(&b);
	mem_free(path);
	return rc;
}

int
card_with_gist(struct buf *b, const struct card *c, const char *id)
{
	size_t mark = text_mark(c->text, c->len), at = c->first;
	bool done = false;

	if (c->end == c->first && c->first == mark) {
		TRY(buf_add(b, c->text, mark));
		TRY(buf_printf(b, "---\ngist_id: %s\n---\n", id));
		return buf_add(b, c->text + mark, c->len - mark);
	}
	TRY(buf_add(b, c->text, c->first));
	while (at < c->end) {
		const char *line = c->text + at;
		const char *nl = memchr(line, '\n', c->end - at);
		size_t n = nl != NULL ? (size_t)(nl - line) + 1 : c->end - at;
		const size_t in = indent(line, n);
		const size_t key = find_key(line + in, n - in);

		if (key < LENGTH(keys) &&
		    keys[key].at == offsetof(struct card, gist_id)) {
			TRY(buf_printf(
			    b, "%.*sgist_id: %s\n", (int)in, line, id));
			done = true;
		} else {
			TRY(buf_add(b, line, n));
		}
		at += n;
	}
	if (!done)
		TRY(buf_printf(b, "%sgist_id: %s\n",
		    b->len > 0 && b->data[b->len - 1] != '\n' ? "\n" : "", id));
	return buf_add(b, c->text + c->end, c->len - c->end);
}

int
card_write_gist(const char *dir, const struct card *c, const char *id)
{
	const char *file = card_file(dir);
	char *path = path_join(dir, file != NULL ? file : "readme.md");
	struct buf b;
	int rc;

	buf_init(&b, 2 * CARD_MAX);
	rc = card_with_gist(&b, c, id);
	if (rc >= 0)
		rc = file_write(path, buf_str(&b), b.len, 1);
	buf_clear(&b);
	mem_free(path);
	return rc;
}
