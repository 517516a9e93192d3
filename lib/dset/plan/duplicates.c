/* An open-addressing table of fingerprints; 40 bytes a cell, half full. */
#include <string.h>

#include "base/mem.h"
#include "dset/plan/duplicates.h"
#include "record/pixels.h"

struct cell {
	struct dset_fingerprint print; /* both 0: free */
	struct dset_seen seen;
};

struct dset_duplicates {
	struct cell *v;
	size_t n, size; /* size: a power of two */
};

enum { FIRST_SIZE = 1024 };

struct dset_fingerprint
dset_fingerprint_of(const void *p, size_t n)
{
	struct dset_fingerprint print;
	uint64_t v[2];

	pixels_print(v, p, n);
	print.a = v[0];
	print.b = v[1];
	if (print.a == 0 && print.b == 0)
		print.a = 1;
	return print;
}

struct dset_duplicates *
dset_duplicates_new(void)
{
	struct dset_duplicates *t = mem_new(struct dset_duplicates);

	t->size = FIRST_SIZE;
	t->v = mem_array(struct cell, t->size);
	return t;
}

void
dset_duplicates_free(struct dset_duplicates *t)
{
	if (t == NULL)
		return;
	mem_free(t->v);
	mem_free(t);
}

/* The cell with this fingerprint, or the free one where it belongs. */
static struct cell *
find(const struct dset_duplicates *t, struct dset_fingerprint print)
{
	size_t i = (size_t)print.a & (t->size - 1);

	while ((t->v[i].print.a || t->v[i].print.b) &&
	    (t->v[i].print.a != print.a || t->v[i].print.b != print.b))
		i = (i + 1) & (t->size - 1);
	return &t->v[i];
}

static void
grow_table(struct dset_duplicates *t)
{
	struct dset_duplicates big = { .size = 2 * t->size, .n = t->n };
	size_t i;

	big.v = mem_array(struct cell, big.size);
	for (i = 0; i < t->size; i++)
		if (t->v[i].print.a || t->v[i].print.b)
			*find(&big, t->v[i].print) = t->v[i];
	mem_free(t->v);
	*t = big;
}

const struct dset_seen *
dset_duplicates_add(struct dset_duplicates *t, struct dset_fingerprint print,
    struct dset_seen here)
{
	struct cell *c = find(t, print);

	if (c->print.a || c->print.b)
		return &c->seen;
	c->print = print;
	c->seen = here;
	if (2 * ++t->n > t->size)
		grow_table(t);
	return NULL;
}
