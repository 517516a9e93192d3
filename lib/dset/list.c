/* Lists of pictures: lines of a path and its label, or labels. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/path.h"
#include "dset/dset.h"
#include "dset/list.h"
#include "dset/tasks/task.h"
#include "file/file.h"

/* 2 GiB of text: some twenty million lines. */
static const size_t list_bytes_max = (size_t)2 << 30;

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
	struct dset_sample *s;

	mem_grow(&l->v, &l->cap, l->n + 1);
	s = &l->v[l->n++];
	s->path = arena_strdup(l->arena, path);
	s->label = label;
	s->nvalues = n;
	s->values = copy_values(l->arena, values, n);
}

void
dset_list_put(struct dset_list *l, const struct dset_list_options *o,
    const char *path, int32_t label, const struct value *values, uint32_t n)
{
	char *joined = o->root != NULL && !path_is_url(path)
	    ? file_below(o->root, path)
	    : NULL;

	dset_list_add(l, joined != NULL ? joined : path, label, values, n);
	mem_free(joined);
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

int
dset_list_read(struct dset_list *l, const char *file,
    const struct dset_list_options *o, const struct dset_bad *bad)
{
	const struct dset_task *task =
	    o->task != NULL ? o->task : &dset_task_classify;
	struct buf text;
	char *at, *end, *next, *s;
	int64_t number = 0;
	int rc;

	buf_init(&text, list_bytes_max);
	rc = file_read_stream(&text, file);
	if (rc < 0) {
		rc = err_in(rc, "list");
		goto done;
	}
	at = text.data;
	end = at != NULL ? at + text.len : NULL;
	for (; at < end; at = next) {
		next = memchr(at, o->nul ? '\0' : '\n', (size_t)(end - at));
		next = next != NULL ? next + 1 : end;
		number++;
		if (!o->nul && memchr(at, '\0', (size_t)(next - at)) != NULL) {
			rc = dset_bad_tell(bad, file, number,
			    "a 0 byte in the line (-0 for lists that end lines so)");
			if (rc < 0)
				goto done;
			continue;
		}
		if (next[-1] == '\n' || next[-1] == '\0')
			next[-1] = '\0';
		s = strip(at, strlen(at));
		if (*s && task->scan(l, s, o) < 0) {
			rc = dset_bad_tell(bad, file, number, err_text());
			if (rc < 0)
				goto done;
		}
	}
	rc = 0;
done:
	buf_clear(&text);
	return rc;
}
