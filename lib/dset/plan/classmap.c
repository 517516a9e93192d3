/* Names of classes: renaming, merging, finding. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "dset/dset.h"
#include "dset/plan/classmap.h"
#include "file/file.h"

struct named {
	const char *name;
	size_t at;
};

struct dset_index {
	struct named *v;
	size_t n;
};

static int
named_cmp(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : (x->at > y->at) - (x->at < y->at);
}

struct dset_index *
dset_index_new(char *const *v, size_t n)
{
	struct dset_index *x = mem_new(struct dset_index);
	size_t i;

	x->v = mem_array(struct named, n ? n : 1);
	x->n = n;
	for (i = 0; i < n; i++) {
		x->v[i].name = v[i];
		x->v[i].at = i;
	}
	qsort(x->v, n, sizeof *x->v, named_cmp);
	return x;
}

void
dset_index_free(struct dset_index *x)
{
	if (x == NULL)
		return;
	mem_free(x->v);
	mem_free(x);
}

long
dset_index_find(const struct dset_index *x, const char *name)
{
	size_t lo = 0, hi = x->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(x->v[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < x->n && strcmp(x->v[lo].name, name) == 0 ? (long)x->v[lo].at
							     : -1;
}

long
dset_index_twice(const struct dset_index *x)
{
	size_t i;

	for (i = 1; i < x->n; i++)
		if (strcmp(x->v[i - 1].name, x->v[i].name) == 0)
			return (long)x->v[i].at;
	return -1;
}

struct dset_classmap {
	char **lines; /* "name\0new name": both texts in one */
	size_t n;
	struct dset_index *index;
	bool *used; /* by line: the name was asked for */
};

int
dset_classmap_read(struct dset_classmap **out, const char *path)
{
	struct dset_classmap *m = mem_new(struct dset_classmap);
	char *tab;
	size_t i;
	long twice;
	int rc;

	*out = NULL;
	rc = dset_labels_read(&m->lines, &m->n, path);
	for (i = 0; rc == 0 && i < m->n; i++) {
		tab = strchr(m->lines[i], '\t');
		if (tab != NULL)
			*tab = '\0';
		else
			rc = err_set(ERR_FORMAT,
			    "%s: line %zu: no TAB between the two names", path,
			    i + 1);
	}
	if (rc < 0)
		goto done;
	m->index = dset_index_new(m->lines, m->n);
	m->used = mem_array(bool, m->n + 1);
	twice = dset_index_twice(m->index);
	if (twice >= 0) {
		rc = err_set(ERR_FORMAT,
		    "%s: line %ld: \"%s\" appears a second time", path,
		    twice + 1, m->lines[twice]);
		goto done;
	}
	*out = m;
	m = NULL;
done:
	dset_classmap_free(m);
	return rc;
}

void
dset_classmap_free(struct dset_classmap *m)
{
	if (m == NULL)
		return;
	dset_index_free(m->index);
	mem_free(m->used);
	dset_labels_free(m->lines, m->n);
	mem_free(m);
}

const char *
dset_classmap_name(const struct dset_classmap *m, const char *name)
{
	long i = m != NULL ? dset_index_find(m->index, name) : -1;

	if (i < 0)
		return name;
	m->used[i] = true;
	return m->lines[i] + strlen(m->lines[i]) + 1;
}

void
dset_classmap_warn(const struct dset_classmap *m, const char *path)
{
	for (size_t i = 0; m != NULL && i < m->n; i++)
		if (!m->used[i])
			log_warn("%s: line %zu: no class is called \"%s\"",
			    path, i + 1, m->lines[i]);
}
