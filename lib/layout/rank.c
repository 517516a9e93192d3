/* Ranks, and the nodes and edges in between: see layout.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "layout/inside.h"

enum { WAYPOINT = 4 }; /* what one takes on each side */

static int
node_new(struct grid *g, int rank)
{
	struct node *n;

	mem_grow(&g->node, &g->node_cap, g->nnodes + 1);
	n = &g->node[g->nnodes];
	memset(n, 0, sizeof(*n));
	n->rank = rank;
	n->above = -1;
	n->left = n->right = WAYPOINT;
	return (int)g->nnodes++;
}

static void
edge_new(struct grid *g, int a, int b)
{
	struct node *up = &g->node[a], *down = &g->node[b];
	struct edge *e;

	mem_grow(&g->edge, &g->edge_cap, g->nedges + 1);
	e = &g->edge[g->nedges];
	*e = (struct edge){ .a = a, .b = b };
	mem_grow(&up->down, &up->down_cap, up->ndown + 1);
	up->down[up->ndown++] = (int)g->nedges;
	mem_grow(&down->up, &down->up_cap, down->nup + 1);
	down->up[down->nup++] = (int)g->nedges;
	g->nedges++;
}

/* Lines by the box that they lead to, as each box comes behind all before it. */
static int
by_end(const void *a, const void *b)
{
	const struct layout_line *const *x = a, *const *y = b;

	if ((*x)->to != (*y)->to)
		return (*x)->to < (*y)->to ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

/* Those that stand at the lower edge have the last rank for themselves. */
static void
pin_boxes(struct layout *l)
{
	int last = -1;

	for (size_t i = 0; i < l->nboxes; i++)
		if (l->box[i].pin != LAYOUT_BOTTOM && l->box[i].rank > last)
			last = l->box[i].rank;
	for (size_t i = 0; i < l->nboxes; i++)
		if (l->box[i].pin == LAYOUT_BOTTOM)
			l->box[i].rank = last + 1;
}

/* Below all that a box takes from; what takes from nothing right above the first that
 * takes from it. */
static void
rank_boxes(struct grid *g)
{
	struct layout *l = g->l;
	struct layout_line **v = mem_array(struct layout_line *, l->nlines + 1);
	int *least = mem_array(int, l->nboxes + 1);
	bool *fed = mem_array(bool, l->nboxes + 1);
	size_t i;

	for (i = 0; i < l->nlines; i++)
		v[i] = &l->line[i];
	qsort(v, l->nlines, sizeof(struct layout_line *), by_end);
	for (i = 0; i < l->nboxes; i++) {
		l->box[i].rank = 0;
		least[i] = -1;
	}
	for (i = 0; i < l->nlines; i++) {
		const int r = l->box[v[i]->from].rank + 1;

		fed[v[i]->to] = true;
		if (l->box[v[i]->to].rank < r)
			l->box[v[i]->to].rank = r;
	}
	for (i = 0; i < l->nlines; i++) {
		const int r = l->box[v[i]->to].rank;
		int *from = &least[v[i]->from];

		if (*from < 0 || r < *from)
			*from = r;
	}
	for (i = 0; i < l->nboxes; i++)
		if (!fed[i] && least[i] > 0 && l->box[i].pin == LAYOUT_FREE)
			l->box[i].rank = least[i] - 1;
	pin_boxes(l);
	mem_free(v);
	mem_free(least);
	mem_free(fed);
}

/* A line for sorting: those that carry one thing together, the nearest first. */
struct key {
	int from, what, rank, to;
	size_t line;
};

static int
by_thing(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static struct key *
sorted_lines(const struct layout *l)
{
	struct key *k = mem_array(struct key, l->nlines + 1);

	for (size_t i = 0; i < l->nlines; i++) {
		const struct layout_line *x = &l->line[i];

		k[i] = (struct key){ x->from, x->what, l->box[x->to].rank,
			x->to, i };
	}
	qsort(k, l->nlines, sizeof(*k), by_thing);
	return k;
}

static bool
same_thing(const struct key *a, const struct key *b)
{
	return a->from == b->from && a->what == b->what;
}

/* How many nodes there will be. */
static uint64_t
count_nodes(const struct layout *l, const struct key *k)
{
	uint64_t n = l->nboxes;

	for (size_t i = 0; i < l->nlines; i++)
		if (i + 1 == l->nlines || !same_thing(&k[i], &k[i + 1]))
			n += (uint64_t)(k[i].rank - l->box[k[i].from].rank - 1);
	return n;
}

/* Waypoints from rank to rank, and from them what leaves there. */
static void
thread_lines(struct grid *g, const struct key *k)
{
	struct layout *l = g->l;
	int at = -1, r = 0;
	size_t lead = 0;

	for (size_t i = 0; i < l->nlines; i++) {
		const bool first = i == 0 || !same_thing(&k[i - 1], &k[i]);

		if (first) {
			at = k[i].from;
			r = l->box[at].rank;
			lead = k[i].line;
		}
		g->lead[k[i].line] = lead;
		if (!first && k[i].to == k[i - 1].to) {
			g->tail[k[i].line] = -1;
			continue;
		}
		g->head[k[i].line] = at;
		while (r < k[i].rank - 1) {
			const int next = node_new(g, ++r);

			g->node[next].above = at;
			edge_new(g, at, next);
			at = next;
		}
		edge_new(g, at, k[i].to);
		g->tail[k[i].line] = at;
	}
}

static void
fill_ranks(struct grid *g)
{
	size_t i;
	int r;

	for (i = 0; i < g->nnodes; i++)
		if (g->node[i].rank >= g->nranks)
			g->nranks = g->node[i].rank + 1;
	g->rank = mem_array(int *, (size_t)g->nranks + 1);
	g->width = mem_array(int, (size_t)g->nranks + 1);
	for (i = 0; i < g->nnodes; i++)
		g->width[g->node[i].rank]++;
	for (r = 0; r < g->nranks; r++) {
		g->rank[r] = mem_array(int, (size_t)g->width[r] + 1);
		g->width[r] = 0;
	}
	for (i = 0; i < g->nnodes; i++) {
		r = g->node[i].rank;
		g->node[i].order = g->width[r];
		g->rank[r][g->width[r]++] = (int)i;
	}
}

int
grid_rank(struct grid *g)
{
	struct layout *l = g->l;
	uint64_t nodes;
	struct key *k;
	int rc = 0;

	rank_boxes(g);
	k = sorted_lines(l);
	nodes = count_nodes(l, k);
	if (nodes > LAYOUT_NODES_MAX) {
		rc = err_set(ERR_RANGE,
		    "the picture would have %llu places of boxes and lines; the most is %d",
		    (unsigned long long)nodes, LAYOUT_NODES_MAX);
		goto done;
	}
	for (size_t i = 0; i < l->nboxes; i++) {
		const struct layout_box *b = &l->box[i];
		const double anchor = b->anchor > 0 ? b->anchor : b->w / 2;
		const int id = node_new(g, b->rank);
		struct node *n = &g->node[id];

		n->left = anchor;
		n->right = b->w - anchor;
	}
	g->lead = mem_array(size_t, l->nlines + 1);
	g->head = mem_array(int, l->nlines + 1);
	g->tail = mem_array(int, l->nlines + 1);
	thread_lines(g, k);
	fill_ranks(g);
done:
	mem_free(k);
	return rc;
}

void
grid_clear(struct grid *g)
{
	for (size_t i = 0; i < g->nnodes; i++) {
		mem_free(g->node[i].up);
		mem_free(g->node[i].down);
	}
	for (int r = 0; g->rank != NULL && r < g->nranks; r++)
		mem_free(g->rank[r]);
	mem_free(g->rank);
	mem_free(g->width);
	mem_free(g->node);
	mem_free(g->edge);
	mem_free(g->lead);
	mem_free(g->head);
	mem_free(g->tail);
}
