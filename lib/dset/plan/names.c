/* An open-addressing table of numbers, half full, over an array of names. */
#include "dset/plan/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dset/dset.h"
#include "file/hash.h"

struct dset_names {
	char **v;
	size_t n, cap;
	uint32_t *cell; /* number + 1; 0: free */
	size_t size;    /* a power of two */
	bool closed;
};

enum { FIRST_SIZE = 64 };

/* The cell that holds name, or the free one where it belongs. */
static uint32_t *
find_cell(const struct dset_names *t, const char *name)
{
	size_t i = (size_t)hash_fast(name, strlen(name), 0) & (t->size - 1);

	while (t->cell[i] != 0 && strcmp(t->v[t->cell[i] - 1], name) != 0)
		i = (i + 1) & (t->size - 1);
	return &t->cell[i];
}

/* Of two that are the same the first is found. */
static void
place(struct dset_names *t, size_t i)
{
	uint32_t *cell = find_cell(t, t->v[i]);

	if (*cell == 0)
		*cell = (uint32_t)i + 1;
}

static void
grow_cells(struct dset_names *t)
{
	mem_free(t->cell);
	t->size = t->size > 0 ? 2 * t->size : FIRST_SIZE;
	t->cell = mem_array(uint32_t, t->size);
	for (size_t i = 0; i < t->n; i++)
		place(t, i);
}

static void
add(struct dset_names *t, const char *name)
{
	mem_grow(&t->v, &t->cap, t->n + 1);
	t->v[t->n++] = mem_strdup(name);
	if (2 * t->n > t->size)
		grow_cells(t);
	else
		place(t, t->n - 1);
}

int32_t
dset_names_number(struct dset_names *t, const char *name)
{
	const uint32_t *cell = find_cell(t, name);

	if (*cell != 0)
		return (int32_t)(*cell - 1);
	if (t->closed || t->n >= LABELS_MAX)
		return -1;
	add(t, name);
	return (int32_t)t->n - 1;
}

struct dset_names *
dset_names_new(const char *const *known, size_t n)
{
	struct dset_names *t = mem_new(struct dset_names);

	grow_cells(t);
	for (size_t i = 0; i < n; i++)
		add(t, known[i]);
	t->closed = n > 0;
	return t;
}

void
dset_names_free(struct dset_names *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		mem_free(t->v[i]);
	mem_free(t->v);
	mem_free(t->cell);
	mem_free(t);
}

size_t
dset_names_count(const struct dset_names *t)
{
	return t->n;
}

const char *
dset_names_at(const struct dset_names *t, size_t i)
{
	return t->v[i];
}

struct placed {
	char *name;
	size_t was;
};

static int
placed_cmp(const void *a, const void *b)
{
	return strcmp(
	    ((const struct placed *)a)->name, ((const struct placed *)b)->name);
}

void
dset_names_sort(struct dset_names *t, int32_t *now)
{
	struct placed *p = mem_array(struct placed, t->n + 1);

	for (size_t i = 0; i < t->n; i++)
		p[i] = (struct placed){ t->v[i], i };
	qsort(p, t->n, sizeof *p, placed_cmp);
	for (size_t i = 0; i < t->n; i++) {
		t->v[i] = p[i].name;
		now[p[i].was] = (int32_t)i;
	}
	mem_free(p);
	memset(t->cell, 0, t->size * sizeof *t->cell);
	for (size_t i = 0; i < t->n; i++)
		place(t, i);
}
