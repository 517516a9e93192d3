/*
 * Where nodes stand in their ranks, after Brandes and Koepf, "Fast and simple
 * horizontal coordinate assignment" (2001).  Four times, from above and from below,
 * to the left and to the right, each node is put into one block with the median of its
 * neighbours, where no line between waypoints is in the way; blocks are set as close as
 * they can be, in the order of the longest path among them (which is also right where
 * the paper's compaction is not); and the mean of the middle two of the four is taken.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "layout/inside.h"

enum { WAYS = 4 };

/* One of the four. */
struct way {
	struct grid *g;
	bool up;           /* by neighbours above, from the uppermost rank */
	bool right;        /* mirrored */
	int *root, *align; /* of each node: of its block, the next of it */
	double *x; /* of roots, then of all nodes; mirrored ones negative */
};

/* ---- conflicts ------------------------------------------------------------- */

/* The waypoint above a waypoint, or -1. */
static int
inner(const struct grid *g, int id)
{
	const int above = g->node[id].above;

	return is_waypoint(g, id) && is_waypoint(g, above) ? above : -1;
}

/* Between ranks r and r + 1: mark the edges that cross one between waypoints. */
static void
mark_conflicts(struct grid *g, int r)
{
	const int *low = g->rank[r + 1], n = g->width[r + 1];
	int least = 0, next = 0;

	for (int i = 0; i < n; i++) {
		const int above = inner(g, low[i]);
		int most;

		if (above < 0 && i + 1 < n)
			continue;
		most = above >= 0 ? g->node[above].order : g->width[r] - 1;
		for (; next <= i; next++) {
			const struct node *p = &g->node[low[next]];

			if (inner(g, low[next]) >= 0)
				continue;
			for (size_t k = 0; k < p->nup; k++) {
				struct edge *e = &g->edge[p->up[k]];
				const int order = g->node[e->a].order;

				if (order < least || order > most)
					e->conflict = true;
			}
		}
		least = most;
	}
}

/* ---- blocks ---------------------------------------------------------------- */

/* The place of a node in its rank, as this way sees it. */
static int
place_of(const struct way *w, int id)
{
	const struct node *p = &w->g->node[id];

	return w->right ? w->g->width[p->rank] - 1 - p->order : p->order;
}

static void
align_node(struct way *w, int id, int *last)
{
	const struct node *p = &w->g->node[id];
	const size_t n = w->up ? p->nup : p->ndown;
	const int *e = w->up ? p->up : p->down;
	size_t middle[2];

	if (n == 0)
		return;
	middle[0] = w->right ? n / 2 : (n - 1) / 2;
	middle[1] = w->right ? (n - 1) / 2 : n / 2;
	for (int k = 0; k < 2 && w->align[id] == id; k++) {
		const struct edge *x = &w->g->edge[e[middle[k]]];
		const int other = w->up ? x->a : x->b;

		if (x->conflict || place_of(w, other) <= *last)
			continue;
		w->align[other] = id;
		w->root[id] = w->root[other];
		w->align[id] = w->root[id];
		*last = place_of(w, other);
	}
}

static void
align_nodes(struct way *w)
{
	struct grid *g = w->g;

	for (size_t i = 0; i < g->nnodes; i++)
		w->root[i] = w->align[i] = (int)i;
	for (int k = 1; k < g->nranks; k++) {
		const int r = w->up ? k : g->nranks - 1 - k;
		int last = -1;

		for (int i = 0; i < g->width[r]; i++)
			align_node(w,
			    g->rank[r][w->right ? g->width[r] - 1 - i : i],
			    &last);
	}
}

/* ---- places ---------------------------------------------------------------- */

/* The node after this one in its rank, or -1, and how far from it it must be. */
static int
after(const struct way *w, int id, double *gap)
{
	const struct grid *g = w->g;
	const struct node *p = &g->node[id], *q;
	const int at = p->order + (w->right ? -1 : 1);

	if (at < 0 || at >= g->width[p->rank])
		return -1;
	q = &g->node[g->rank[p->rank][at]];
	*gap =
	    g->l->gap_x + (w->right ? p->left + q->right : p->right + q->left);
	return g->rank[p->rank][at];
}

/* Blocks in an order in which each comes behind all on its left: roots; how many. */
static size_t
order_blocks(const struct way *w, int *order)
{
	const struct grid *g = w->g;
	int *waits = mem_array(int, g->nnodes + 1);
	size_t n = 0;
	double gap;
	int next;

	for (size_t i = 0; i < g->nnodes; i++) {
		next = after(w, (int)i, &gap);
		if (next >= 0)
			waits[w->root[next]]++;
	}
	for (size_t i = 0; i < g->nnodes; i++)
		if (w->root[i] == (int)i && waits[i] == 0)
			order[n++] = (int)i;
	for (size_t i = 0; i < n; i++) {
		int id = order[i];

		do {
			next = after(w, id, &gap);
			if (next >= 0 && --waits[w->root[next]] == 0)
				order[n++] = w->root[next];
			id = w->align[id];
		} while (id != order[i]);
	}
	mem_free(waits);
	return n;
}

/* As far left as can be, then each block as far right as what is behind lets it. */
static void
set_blocks(struct way *w)
{
	int *order = mem_array(int, w->g->nnodes + 1), id, next;
	const size_t n = order_blocks(w, order);
	double gap;

	for (size_t i = 0; i < n; i++) {
		id = order[i];
		do {
			next = after(w, id, &gap);
			if (next >= 0)
				w->x[w->root[next]] = fmax(
				    w->x[w->root[next]], w->x[order[i]] + gap);
			id = w->align[id];
		} while (id != order[i]);
	}
	for (size_t i = n; i-- > 0;) {
		double most = INFINITY;

		id = order[i];
		do {
			next = after(w, id, &gap);
			if (next >= 0)
				most = fmin(most, w->x[w->root[next]] - gap);
			id = w->align[id];
		} while (id != order[i]);
		if (most < INFINITY && most > w->x[order[i]])
			w->x[order[i]] = most;
	}
	mem_free(order);
}

static void
run_way(struct way *w)
{
	const size_t n = w->g->nnodes;

	w->root = mem_array(int, n + 1);
	w->align = mem_array(int, n + 1);
	w->x = mem_array(double, n + 1);
	align_nodes(w);
	set_blocks(w);
	for (size_t i = 0; i < n; i++)
		if (w->root[i] != (int)i)
			w->x[i] = w->x[w->root[i]];
	for (size_t i = 0; w->right && i < n; i++)
		w->x[i] = -w->x[i];
	mem_free(w->root);
	mem_free(w->align);
}

/* ---- the four together ----------------------------------------------------- */

static void
extent(const struct way *w, double *lo, double *hi)
{
	*lo = INFINITY;
	*hi = -INFINITY;
	for (size_t i = 0; i < w->g->nnodes; i++) {
		*lo = fmin(*lo, w->x[i] - w->g->node[i].left);
		*hi = fmax(*hi, w->x[i] + w->g->node[i].right);
	}
}

static int
by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Moved to where the narrowest is, by the side that they lean to. */
static void
balance(struct grid *g, struct way *way)
{
	double lo[WAYS], hi[WAYS], shift[WAYS], v[WAYS];
	int best = 0;

	for (int k = 0; k < WAYS; k++) {
		extent(&way[k], &lo[k], &hi[k]);
		if (hi[k] - lo[k] < hi[best] - lo[best])
			best = k;
	}
	for (int k = 0; k < WAYS; k++)
		shift[k] = way[k].right ? hi[best] - hi[k] : lo[best] - lo[k];
	for (size_t i = 0; i < g->nnodes; i++) {
		for (int k = 0; k < WAYS; k++)
			v[k] = way[k].x[i] + shift[k];
		qsort(v, WAYS, sizeof(*v), by_value);
		g->node[i].x = (v[1] + v[2]) / 2;
	}
}

void
grid_place(struct grid *g)
{
	struct way way[WAYS];

	for (int r = 1; r + 2 < g->nranks; r++)
		mark_conflicts(g, r);
	for (int k = 0; k < WAYS; k++) {
		way[k] = (struct way){ .g = g, .up = k < 2, .right = k % 2 };
		run_way(&way[k]);
	}
	balance(g, way);
	for (int k = 0; k < WAYS; k++)
		mem_free(way[k].x);
}
