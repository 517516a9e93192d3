/* Lists of pictures: lines of a path and its label, or labels. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/dset.h"
#include "dset/list.h"

/* 2 GiB of text: some twenty million lines. */
static const size_t list_bytes_max = (size_t)2 << 30;
enum { COLUMNS_MAX = 4096 };

void
dset_list_init(struct dset_list *l)
{
	memset(l, 0, sizeof *l);
	l->arena = arena_new();
}

void
dset_list_clear(struct dset_list *l)
{
	arena_free(l->arena);
	mem_free(l->v);
	memset(l, 0, sizeof *l);
}

void
dset_list_add(struct dset_list *l, const char *path, int32_t label,
    const float *labels, uint32_t n)
{
	struct dset_entry *e;

	mem_grow(&l->v, &l->cap, l->n + 1);
	e = &l->v[l->n++];
	e->path = arena_strdup(l->arena, path);
	e->label = label;
	e->nlabels = n;
	e->labels = NULL;
	if (n > 0) {
		float *copy = arena_take(l->arena, n * sizeof *labels);

		memcpy(copy, labels, n * sizeof *labels);
		e->labels = copy;
	}
}

int
dset_bad_tell(const struct dset_bad *bad, const char *path, int64_t record,
    const char *reason)
{
	return bad && bad->fn ? bad->fn(bad->ctx, path, record, reason) : 0;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' ||
	    c == '\f';
}

/* Cut blanks off both ends, in place. */
static char *
strip(char *s, size_t len)
{
	while (len > 0 && blank(s[len - 1]))
		s[--len] = '\0';
	while (blank(*s))
		s++;
	return s;
}

/* The last word of s is cut off and returned; NULL: s is a single word. */
static char *
last_word(char *s)
{
	char *p = s + strlen(s), *word;

	while (p > s && !blank(p[-1]))
		p--;
	if (p == s)
		return NULL;
	word = p;
	while (p > s && blank(p[-1]))
		p--;
	*p = '\0';
	return word;
}

struct line {
	char *path;
	int64_t label;
	float *labels; /* COLUMNS_MAX of them, when columns are asked for */
	uint32_t n;
};

/* "path label": the last word is the label. */
static int
parse_label(struct line *out, char *s, size_t classes)
{
	char *word = last_word(s);

	if (!word || *s == '\0')
		return err_set(ERR_FORMAT, "no label after the path");
	if (num_int(&out->label, word, 0,
		(int64_t)(classes ? classes : LABELS_MAX) - 1) < 0)
		return err_set(ERR_FORMAT,
		    classes ? "label \"%s\" is not within 0 to %zu"
			    : "label \"%s\" is not a number from 0 to %zu",
		    word, (classes ? classes : LABELS_MAX) - 1);
	out->path = s;
	return 0;
}

/* "path n n n": numbers from the end on, or all after the first TAB. */
static int
parse_columns(struct line *out, char *s)
{
	char *tab = strchr(s, '\t'), *word;
	double v;
	uint32_t i;
	float swap;

	out->n = 0;
	out->path = s;
	for (;;) {
		char *keep = s + strlen(s);

		if (tab && tab >= keep)
			break; /* the path alone is left */
		word = last_word(s);
		if (!word)
			break;
		if (num_double(&v, word, -3.4e38, 3.4e38) < 0) {
			if (tab)
				return err_set(
				    ERR_FORMAT, "\"%s\" is not a number", word);
			/* Part of the path: put the blanks back. */
			for (char *p = s + strlen(s); p < word; p++)
				if (*p == '\0')
					*p = ' ';
			break;
		}
		if (out->n == COLUMNS_MAX)
			return err_set(
			    ERR_FORMAT, "more than %d labels", COLUMNS_MAX);
		out->labels[out->n++] = (float)v;
	}
	if (out->n == 0)
		return err_set(ERR_FORMAT, "no label after the path");
	for (i = 0; i < out->n / 2; i++) {
		swap = out->labels[i];
		out->labels[i] = out->labels[out->n - 1 - i];
		out->labels[out->n - 1 - i] = swap;
	}
	return 0;
}

static int
parse_line(struct dset_list *l, struct line *line, char *s,
    const struct dset_list_options *o)
{
	char *joined;

	if (o->columns) {
		TRY(parse_columns(line, s));
		if (l->n > 0 && l->v[0].nlabels != line->n)
			return err_set(ERR_FORMAT,
			    "%u labels, but the first line has %u",
			    (unsigned)line->n, (unsigned)l->v[0].nlabels);
	} else {
		TRY(parse_label(line, s, o->classes));
	}
	if (o->root && !path_is_url(line->path)) {
		joined = path_join(o->root, line->path);
		dset_list_add(
		    l, joined, (int32_t)line->label, line->labels, line->n);
		mem_free(joined);
	} else {
		dset_list_add(
		    l, line->path, (int32_t)line->label, line->labels, line->n);
	}
	return 0;
}

int
dset_list_read(struct dset_list *l, const char *file,
    const struct dset_list_options *o, const struct dset_bad *bad)
{
	struct buf text;
	struct line line = { 0 };
	char *at, *end, *next, *s;
	int64_t number = 0;
	int rc;

	buf_init(&text, list_bytes_max);
	if (o->columns)
		line.labels = mem_array(float, COLUMNS_MAX);
	rc = file_read_stream(&text, file);
	if (rc < 0) {
		rc = err_in(rc, "list");
		goto done;
	}
	at = text.data;
	end = at ? at + text.len : NULL;
	for (; at < end; at = next) {
		next = memchr(at, o->nul ? '\0' : '\n', (size_t)(end - at));
		next = next ? next + 1 : end;
		number++;
		if (!o->nul && memchr(at, '\0', (size_t)(next - at))) {
			rc = dset_bad_tell(bad, file, number,
			    "a 0 byte in the line (-0 for lists that end lines so)");
			if (rc < 0)
				goto done;
			continue;
		}
		if (next[-1] == '\n' || next[-1] == '\0')
			next[-1] = '\0';
		s = strip(at, strlen(at));
		if (*s && parse_line(l, &line, s, o) < 0) {
			rc = dset_bad_tell(bad, file, number, err_text());
			if (rc < 0)
				goto done;
		}
	}
	rc = 0;
done:
	buf_clear(&text);
	mem_free(line.labels);
	return rc;
}
