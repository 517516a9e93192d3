/*
 * The order of nodes within their ranks.  At first as a walk from the uppermost
 * boxes meets them; then, sweep by sweep, down and up, by the mean place of the
 * neighbours in the rank before, until that stops making fewer crossings.  Crossings
 * are counted as inversions are, with a Fenwick tree.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "layout/inside.h"

enum {
	SWEEPS = 32,
	PATIENCE = 6 /* sweeps without fewer crossings */
};

/* A node or an edge, and what it is sorted by. */
struct rated {
	double mean;
	int order, id;
};

static int
by_mean(const void *a, const void *b)
{
	const struct rated *x = a, *y = b;

	if (x->mean != y->mean)
		return x->mean < y->mean ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The other end. */
static int
across(const struct grid *g, int edge, bool up)
{
	return up ? g->edge[edge].a : g->edge[edge].b;
}

void
grid_sort_edges(struct grid *g, int r, bool up)
{
	struct rated *v = NULL;
	size_t cap = 0;

	for (int i = 0; i < g->width[r]; i++) {
		struct node *p = &g->node[g->rank[r][i]];
		int *e = up ? p->up : p->down;
		const size_t n = up ? p->nup : p->ndown;

		if (n < 2)
			continue;
		mem_grow(&v, &cap, n);
		for (size_t k = 0; k < n; k++)
			v[k] =
			    (struct rated){ g->node[across(g, e[k], up)].order,
				    e[k], e[k] };
		qsort(v, n, sizeof(*v), by_mean);
		for (size_t k = 0; k < n; k++)
			e[k] = v[k].id;
	}
	mem_free(v);
}

size_t
grid_crossings(const struct grid *g, int r)
{
	const int n = g->width[r + 1];
	size_t *tree = mem_array(size_t, (size_t)n + 1), sum = 0, so_far = 0;
	int *below = NULL;
	size_t cap = 0;

	for (int i = 0; i < g->width[r]; i++) {
		const struct node *p = &g->node[g->rank[r][i]];

		mem_grow(&below, &cap, p->ndown + 1);
		/* First those that end left of what came before, then add: edges
		 * of one node do not cross. */
		for (size_t k = 0; k < p->ndown; k++) {
			size_t left = 0;

			below[k] = g->node[g->edge[p->down[k]].b].order + 1;
			for (int j = below[k]; j > 0; j -= j & -j)
				left += tree[j];
			sum += so_far - left;
		}
		for (size_t k = 0; k < p->ndown; k++)
			for (int j = below[k]; j <= n; j += j & -j)
				tree[j]++;
		so_far += p->ndown;
	}
	mem_free(tree);
	mem_free(below);
	return sum;
}

static size_t
all_crossings(const struct grid *g)
{
	size_t sum = 0;

	for (int r = 0; r + 1 < g->nranks; r++)
		sum += grid_crossings(g, r);
	return sum;
}

/* Nodes in the order in which a walk downwards meets them. */
static void
walk(struct grid *g)
{
	bool *met = mem_array(bool, g->nnodes + 1);
	int *stack = NULL;
	size_t cap = 0, n = 0;

	for (int r = 0; r < g->nranks; r++)
		g->width[r] = 0;
	for (size_t i = 0; i < g->l->nboxes; i++) {
		if (g->node[i].nup > 0)
			continue;
		mem_grow(&stack, &cap, n + 1);
		stack[n++] = (int)i;
		while (n > 0) {
			const int id = stack[--n];
			struct node *p = &g->node[id];

			if (met[id])
				continue;
			met[id] = true;
			p->order = g->width[p->rank];
			g->rank[p->rank][g->width[p->rank]++] = id;
			mem_grow(&stack, &cap, n + p->ndown + 1);
			for (size_t k = p->ndown; k-- > 0;)
				stack[n++] = g->edge[p->down[k]].b;
		}
	}
	mem_free(met);
	mem_free(stack);
}

/* By the mean of neighbours above or below; a node without any keeps its place.
 * Of equals the first stays first, or last. */
static void
sort_rank(struct grid *g, int r, bool up, bool turn)
{
	struct rated *v = mem_array(struct rated, (size_t)g->width[r] + 1);

	for (int i = 0; i < g->width[r]; i++) {
		const int id = g->rank[r][i];
		const struct node *p = &g->node[id];
		const size_t n = up ? p->nup : p->ndown;
		double sum = 0;

		for (size_t k = 0; k < n; k++)
			sum +=
			    g->node[across(g, up ? p->up[k] : p->down[k], up)]
				.order;
		v[i] = (struct rated){ n > 0 ? sum / (double)n : i,
			turn ? -i : i, id };
	}
	qsort(v, (size_t)g->width[r], sizeof(*v), by_mean);
	for (int i = 0; i < g->width[r]; i++) {
		g->rank[r][i] = v[i].id;
		g->node[v[i].id].order = i;
	}
	mem_free(v);
}

static void
sweep(struct grid *g, int nth)
{
	const bool turn = nth % 4 >= 2;

	if (nth % 2 == 0)
		for (int r = 1; r < g->nranks; r++)
			sort_rank(g, r, true, turn);
	else
		for (int r = g->nranks - 2; r >= 0; r--)
			sort_rank(g, r, false, turn);
}

static void
keep(const struct grid *g, int *best)
{
	for (size_t i = 0; i < g->nnodes; i++)
		best[i] = g->node[i].order;
}

void
grid_order(struct grid *g)
{
	int *best = mem_array(int, g->nnodes + 1);
	size_t least, now;

	walk(g);
	least = all_crossings(g);
	keep(g, best);
	for (int s = 0, since = 0; s < SWEEPS && since < PATIENCE && least > 0;
	     s++) {
		sweep(g, s);
		now = all_crossings(g);
		since++;
		if (now < least) {
			least = now;
			since = 0;
			keep(g, best);
		}
	}
	for (size_t i = 0; i < g->nnodes; i++) {
		g->node[i].order = best[i];
		g->rank[g->node[i].rank][best[i]] = (int)i;
	}
	for (int r = 0; r < g->nranks; r++) {
		grid_sort_edges(g, r, true);
		grid_sort_edges(g, r, false);
	}
	g->l->crossings = least;
	mem_free(best);
}
