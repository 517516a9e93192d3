/* Lists of pictures: lines of a path and its label, or labels. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/num.h"
#include "base/path.h"
#include "base/text.h"
#include "dset/dset.h"
#include "dset/list.h"
#include "dset/sources/source.h"
#include "dset/tasks/task.h"
#include "file/file.h"
#include "file/quote.h"
#include "file/sniff.h"

/* 2 GiB of text: some twenty million lines. */
static const size_t list_bytes_max = (size_t)2 << 30;

/* So many lines tell whether a list has names for classes. */
enum { LINES_ASKED = 1000, LINE_BYTES_MAX = 1 << 16 };

void
dset_list_init(struct dset_list *l)
{
	memset(l, 0, sizeof *l);
	l->arena = arena_new();
	l->least = INT64_MAX;
	l->most = -1;
}

void
dset_list_clear(struct dset_list *l)
{
	arena_free(l->arena);
	mem_free(l->v);
	memset(l, 0, sizeof *l);
}

static void *
copy_bytes(struct arena *a, const void *p, size_t n)
{
	void *q;

	if (p == NULL)
		return NULL;
	q = arena_take(a, n ? n : 1);
	memcpy(q, p, n);
	return q;
}

static const struct value *
copy_values(struct arena *a, const struct value *values, uint32_t n)
{
	struct value *v;
	uint32_t i;
	size_t count;

	if (n == 0)
		return NULL;
	v = copy_bytes(a, values, n * sizeof *values);
	for (i = 0; i < n; i++) {
		count = value_count(&v[i]);
		v[i].data = copy_bytes(a, v[i].data, count);
		v[i].floats = copy_bytes(a, v[i].floats, count * sizeof(float));
		v[i].blob = copy_bytes(a, v[i].blob, v[i].blob_len);
		if (v[i].file != NULL)
			v[i].file = arena_strdup(a, v[i].file);
	}
	return v;
}

void
dset_list_add(struct dset_list *l, const char *path, int32_t label,
    const struct value *values, uint32_t n)
{
	mem_grow(&l->v, &l->cap, l->n + 1);
	l->v[l->n++] =
	    (struct dset_sample){ .path = arena_strdup(l->arena, path),
		    .label = label,
		    .nvalues = n,
		    .values = copy_values(l->arena, values, n) };
}

void
dset_list_hold(struct dset_list *l, const char *path, const struct value *value)
{
	dset_list_add(l, path, 0, NULL, 0);
	l->v[l->n - 1].nvalues = 1;
	l->v[l->n - 1].values = copy_bytes(l->arena, value, sizeof *value);
}

void
dset_list_say(
    struct dset_list *l, size_t i, const struct value *values, uint32_t n)
{
	l->v[i].nvalues = n;
	l->v[i].values = copy_values(l->arena, values, n);
}

void
dset_list_put(struct dset_list *l, const struct dset_list_options *o,
    const char *path, int32_t label, const struct value *values, uint32_t n)
{
	char *plain = o->nul ? NULL : quote_read(path), *joined = NULL;

	if (plain != NULL)
		path = plain;
	if (o->root != NULL && !path_is_url(path))
		joined = file_below(o->root, path);
	dset_list_add(l, joined != NULL ? joined : path, label, values, n);
	mem_free(joined);
	mem_free(plain);
}

int
dset_bad_tell(const struct dset_bad *bad, const char *path, int64_t record,
    const char *reason)
{
	return bad != NULL && bad->fn != NULL
	    ? bad->fn(bad->ctx, path, record, reason)
	    : 0;
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

char *
dset_list_last_word(char *s)
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

/* Does the line end in a number (1), in what may be the name of a class (-1), or is
 * it a path alone (0)? */
static int
ends_in(const char *s, size_t n)
{
	char word[NUM_TEXT_MAX];
	size_t from;
	double v;

	while (n > 0 && blank(s[n - 1]))
		n--;
	for (from = n; from > 0 && !blank(s[from - 1]);)
		from--;
	if (from == 0 || n == 0)
		return 0;
	if (n - from < sizeof word) {
		memcpy(word, s + from, n - from);
		word[n - from] = '\0';
		if (num_double(&v, word, -1e300, 1e300) == 0)
			return 1;
		if (dset_source_picture(word))
			return 0;
	}
	return memchr(s + from, '/', n - from) != NULL ? 0 : -1;
}

/* Have most of the first lines names for classes? */
static bool
names_prevail(const char *at, const char *end, int delimiter)
{
	const char *next;
	int sum = 0, seen;

	for (seen = 0; at < end && seen < LINES_ASKED; at = next) {
		next = memchr(at, delimiter, (size_t)(end - at));
		sum += ends_in(at, (size_t)((next != NULL ? next : end) - at));
		seen += at != next; /* not those that are empty */
		next = next != NULL ? next + 1 : end;
	}
	return sum < 0;
}

/* One line, n bytes with its end. */
static int
read_line(
    struct dset_list *l, char *at, size_t n, const struct dset_list_options *o)
{
	const struct dset_task *task =
	    o->task != NULL ? o->task : &dset_task_classify;
	char *s;

	if (n > LINE_BYTES_MAX)
		return err_set(
		    ERR_RANGE, "line is longer than %d bytes", LINE_BYTES_MAX);
	if (!o->nul && memchr(at, '\0', n) != NULL)
		return err_set(ERR_FORMAT,
		    "a 0 byte in the line (-0 for lists that end lines so)");
	if (at[n - 1] == '\n')
		at[n - 1] = '\0';
	s = strip(at, strlen(at));
	return *s != '\0' ? task->scan(l, s, o) : 0;
}

/* How many lines say something. */
static uint64_t
count_lines(const char *at, const char *end, int delimiter)
{
	uint64_t n = 0;
	bool said = false;

	for (; at < end; at++) {
		if (*at == delimiter) {
			n += said;
			said = false;
		} else if (!blank(*at)) {
			said = true;
		}
	}
	return n + said;
}

int
dset_list_text(struct dset_list *l, const char *file, struct buf *text,
    const struct dset_list_options *o, const struct dset_bad *bad)
{
	const char delimiter = o->nul ? '\0' : '\n';
	char *at = text->data, *end = at != NULL ? at + text->len : NULL, *next;
	const char *start = at;
	struct dset_list_options own = *o;
	int64_t number = 0;

	if (at != NULL && sniff_page(at, text->len))
		return sniff_fail(ERR_FORMAT, file, at, text->len, "a list");
	if (at != NULL)
		at += text_mark(at, text->len);
	if (at != NULL && !names_prevail(at, end, delimiter))
		own.names = NULL;
	l->named = own.names != NULL;
	/* Before there is one to be bad: --max-bad is a share of these. */
	if (bad != NULL && bad->total != NULL && at != NULL)
		*bad->total += count_lines(at, end, delimiter);
	for (; at < end; at = next) {
		next = memchr(at, delimiter, (size_t)(end - at));
		next = next != NULL ? next + 1 : end;
		number++;
		if (read_line(l, at, (size_t)(next - at), &own) == 0)
			continue;
		/* A picture or a page in place of a list fails at once. */
		if (number == 1 && sniff(start, text->len) != NULL)
			return sniff_fail(
			    ERR_FORMAT, file, start, text->len, "a list");
		TRY(dset_bad_tell(bad, file, number, err_text()));
	}
	return 0;
}

int
dset_list_read(struct dset_list *l, const char *file,
    const struct dset_list_options *o, const struct dset_bad *bad)
{
	struct buf text;
	int rc;

	buf_init(&text, list_bytes_max);
	rc = file_read_stream(&text, file);
	if (rc < 0)
		rc = err_in(rc, "list");
	else
		rc = dset_list_text(l, file, &text, o, bad);
	buf_clear(&text);
	return rc;
}
