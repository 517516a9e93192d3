/* Groups of pictures that look the same: see near_int.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/near/near_int.h"
#include "dset/near/pairs.h"

/*
 * Of the pictures with one hash each that looks unlike those before it stands for
 * those that look like it, so that a thousand black ones are not compared with one
 * another.  Where a hash has more than LEADERS_MOST, the first of them are asked.
 */
enum { LEADERS_MOST = 64 };

struct hash {
	uint64_t v;
	size_t first, n; /* of join.leader */
};

struct join {
	struct near_set *s;
	size_t *up; /* the tree of each item: its parent, or itself */
	size_t *by_hash;
	struct hash *hash;
	size_t nhash;
	size_t *leader;
	size_t nleaders;
};

static size_t
root(struct join *j, size_t i)
{
	while (j->up[i] != i)
		i = j->up[i] = j->up[j->up[i]];
	return i;
}

/* The one that comes first stays the root. */
static void
unite(struct join *j, size_t a, size_t b)
{
	a = root(j, a);
	b = root(j, b);
	if (a < b)
		j->up[b] = a;
	else
		j->up[a] = b;
}

static int
compare(const void *a, const void *b, void *ctx)
{
	const struct near_item *v = ctx;
	const size_t x = *(const size_t *)a, y = *(const size_t *)b;

	if (v[x].look.hash != v[y].look.hash)
		return v[x].look.hash < v[y].look.hash ? -1 : 1;
	return (x > y) - (x < y);
}

/* Item i has the hash h: it joins the leader that it looks like, or is one. */
static void
lead(struct join *j, struct hash *h, size_t i)
{
	const struct near_item *v = j->s->v;

	for (size_t k = 0; k < h->n; k++) {
		const size_t l = j->leader[h->first + k];

		if (!look_alike(&v[l].look, &v[i].look))
			continue;
		unite(j, l, i);
		return;
	}
	if (h->n < LEADERS_MOST) {
		j->leader[j->nleaders++] = i;
		h->n++;
	}
}

static void
find_leaders(struct join *j)
{
	const struct near_set *s = j->s;

	for (size_t i = 0; i < s->n; i++)
		j->by_hash[i] = i;
	qsort_r(j->by_hash, s->n, sizeof(*j->by_hash), compare, s->v);
	for (size_t i = 0; i < s->n; i++) {
		const uint64_t v = s->v[j->by_hash[i]].look.hash;

		if (j->nhash == 0 || j->hash[j->nhash - 1].v != v)
			j->hash[j->nhash++] =
			    (struct hash){ .v = v, .first = j->nleaders };
		lead(j, &j->hash[j->nhash - 1], j->by_hash[i]);
	}
}

static int
found(void *ctx, size_t a, size_t b)
{
	struct join *j = ctx;
	const struct hash *x = &j->hash[a], *y = &j->hash[b];
	const struct near_item *v = j->s->v;

	for (size_t i = 0; i < x->n; i++)
		for (size_t k = 0; k < y->n; k++) {
			const size_t l = j->leader[x->first + i],
				     m = j->leader[y->first + k];

			if (root(j, l) != root(j, m) &&
			    look_alike(&v[l].look, &v[m].look))
				unite(j, l, m);
		}
	return 0;
}

static void
add_item(struct near_set *s, struct near_group *g, size_t i)
{
	const struct near_item *x = &s->v[i];

	if (g->n > 0) {
		const struct near_item *first = &s->v[g->item[0]];

		g->across = g->across || x->part != first->part;
		g->conflict =
		    g->conflict || (s->classes && x->label != first->label);
	}
	g->item[g->n++] = i;
}

/* Trees of several items become groups, in the order of their first. */
static void
make_groups(struct join *j)
{
	struct near_set *s = j->s;
	size_t *size = mem_array(size_t, s->n + 1);

	for (size_t i = 0; i < s->n; i++) {
		s->v[i].group = NEAR_ALONE;
		size[root(j, i)]++;
	}
	for (size_t i = 0; i < s->n; i++)
		s->ngroups += size[i] > 1;
	s->group = mem_array(struct near_group, s->ngroups + 1);
	s->ngroups = 0;
	for (size_t i = 0; i < s->n; i++) {
		const size_t r = root(j, i);

		if (size[r] < 2)
			continue;
		if (r == i) {
			s->group[s->ngroups].item = mem_array(size_t, size[i]);
			s->v[i].group = s->ngroups++;
		}
		s->v[i].group = s->v[r].group;
		add_item(s, &s->group[s->v[i].group], i);
	}
	mem_free(size);
}

int
near_join(struct near_set *s)
{
	struct join j = { .s = s };
	uint64_t *v = NULL;
	int rc;

	j.up = mem_array(size_t, s->n + 1);
	j.by_hash = mem_array(size_t, s->n + 1);
	j.leader = mem_array(size_t, s->n + 1);
	j.hash = mem_array(struct hash, s->n + 1);
	for (size_t i = 0; i < s->n; i++)
		j.up[i] = i;
	find_leaders(&j);
	v = mem_array(uint64_t, j.nhash + 1);
	for (size_t i = 0; i < j.nhash; i++)
		v[i] = j.hash[i].v;
	rc = pairs_find(v, j.nhash, s->o->bits, found, &j);
	if (rc >= 0)
		make_groups(&j);
	mem_free(v);
	mem_free(j.up);
	mem_free(j.by_hash);
	mem_free(j.leader);
	mem_free(j.hash);
	return rc;
}

/* Is it, pixel for pixel, one of the group before it? */
static bool
is_copy(const struct near_set *s, const struct near_group *g, size_t k)
{
	const struct dset_fingerprint p = s->v[g->item[k]].print;

	for (size_t i = 0; i < k; i++) {
		const struct dset_fingerprint q = s->v[g->item[i]].print;

		if (p.a == q.a && p.b == q.b)
			return true;
	}
	return false;
}

void
near_count(struct near_figures *f, const struct near_set *s)
{
	memset(f, 0, sizeof(*f));
	for (size_t i = 0; i < s->ngroups; i++) {
		const struct near_group *g = &s->group[i];

		f->near += g->n - 1;
		f->conflicts += g->conflict;
		for (size_t k = 1; k < g->n; k++) {
			f->equal += is_copy(s, g, k);
			f->leaks +=
			    s->v[g->item[k]].part != s->v[g->item[0]].part;
		}
	}
}
