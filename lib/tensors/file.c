/* Opening files of arrays, whatever their form. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "file/sniff.h"
#include "tensors/safetensors.h"
#include "tensors/tensors.h"
#include "tensors/torch.h"
#include "tensors/zip.h"

void
tensors_close(struct tensors *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		mem_free(t->v[i].name);
	if (t->map != NULL)
		file_unmap(t->map, t->map_n);
	mem_free(t->v);
	if (t->zip != NULL)
		zip_clear(t->zip);
	mem_free(t->zip);
	mem_free(t->by_name);
	mem_free(t->part);
	mem_free(t->path);
	mem_free(t);
}

static int
by_name(const void *a, const void *b, void *ctx)
{
	const struct tensors *t = ctx;

	return strcmp(
	    t->v[*(const size_t *)a].name, t->v[*(const size_t *)b].name);
}

/* Sorted by name, and no name twice. */
static int
index_names(struct tensors *t)
{
	t->by_name = mem_array(size_t, t->n + 1);
	for (size_t i = 0; i < t->n; i++)
		t->by_name[i] = i;
	qsort_r(t->by_name, t->n, sizeof(*t->by_name), by_name, t);
	for (size_t i = 1; i < t->n; i++) {
		const char *name = t->v[t->by_name[i]].name;

		if (strcmp(t->v[t->by_name[i - 1]].name, name) == 0)
			return err_set(ERR_FORMAT,
			    "%s: \"%s\" is the name of two arrays", t->path,
			    name);
	}
	return 0;
}

const struct tensors_item *
tensors_find(const struct tensors *t, const char *name)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		const struct tensors_item *item = &t->v[t->by_name[mid]];
		const int cmp = strcmp(name, item->name);

		if (cmp == 0)
			return item;
		if (cmp < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

bool
tensors_is(const void *p, size_t n)
{
	return safetensors_is(p, n) || zip_is(p, n) || torch_pickle_is(p, n);
}

/* What is none of them is told what is wrong with it as safetensors. */
static int
parse(struct tensors *t, const void *p, size_t n)
{
	if (zip_is(p, n))
		return torch_zip_parse(t, p, n);
	if (torch_pickle_is(p, n) && !safetensors_is(p, n))
		return torch_old_parse(t, p, n);
	return sniff_fail(
	    safetensors_parse(t, p, n), t->path, p, n, "a file of weights");
}

int
tensors_parse(struct tensors **out, const void *p, size_t n, const char *name)
{
	struct tensors *t = mem_new(struct tensors);
	int rc;

	*out = NULL;
	t->path = mem_strdup(name);
	rc = parse(t, p, n);
	if (rc >= 0)
		rc = index_names(t);
	if (rc >= 0)
		*out = t;
	else
		tensors_close(t);
	return rc;
}

int
tensors_open(struct tensors **out, const char *path)
{
	const void *p;
	size_t n;
	int rc;

	*out = NULL;
	TRY(file_map(&p, &n, path));
	rc = tensors_parse(out, p, n, path);
	if (rc >= 0) {
		(*out)->map = p;
		(*out)->map_n = n;
	} else if (p != NULL) {
		file_unmap(p, n);
	}
	return rc;
}
