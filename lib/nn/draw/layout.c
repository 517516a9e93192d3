/*
 * The layout of a net's picture, after Sugiyama, Tagawa and Toda (1981): ranks
 * by longest path, a waypoint in every rank that a line crosses, order within
 * ranks by the mean place of neighbours, then x so that lines are straight where
 * there is room.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "nn/draw/draw.h"

enum {
	POINTS_MAX = 200000,
	SWEEPS = 6,
	GAP_X = 16,
	GAP_Y = 26,
	EDGE = 20, /* around everything */
	THIN = 8   /* width of a waypoint */
};

/* A place in the layout: a box, or a waypoint of a line (box -1). */
struct place {
	int box, rank, order;
	double x, w;      /* x: centre */
	double top, foot; /* of its rank */
	int *up, nup, *down, ndown;
	size_t up_cap, down_cap;
};

struct layout {
	struct net_drawing *d;
	struct place *places;
	int nplaces;
	size_t cap;
	int nranks;
	int **rank, *nrank; /* places of each rank, in order */
};

static int
place_new(struct layout *y, int box, int rank, double w)
{
	struct place *p;

	mem_grow(&y->places, &y->cap, (size_t)y->nplaces + 1);
	p = &y->places[y->nplaces];
	memset(p, 0, sizeof(*p));
	p->box = box;
	p->rank = rank;
	p->w = w;
	return y->nplaces++;
}

static void
link_places(struct layout *y, int a, int b)
{
	struct place *p = &y->places[a], *q = &y->places[b];

	mem_grow(&p->down, &p->down_cap, (size_t)p->ndown + 1);
	p->down[p->ndown++] = b;
	mem_grow(&q->up, &q->up_cap, (size_t)q->nup + 1);
	q->up[q->nup++] = a;
}

/* Ranks by longest path; a box stands behind all it reads from. */
static int
rank_boxes(struct layout *y)
{
	const struct net_path *p;
	long points = 0;
	int i, r;

	for (i = 0; i < y->d->nboxes; i++)
		place_new(y, i, 0, y->d->boxes[i].w);
	/* Paths stand in the order of the boxes they lead to. */
	for (i = 0; i < y->d->npaths; i++) {
		p = &y->d->paths[i];
		r = y->places[p->from].rank + 1;
		if (y->places[p->to].rank < r)
			y->places[p->to].rank = r;
	}
	for (i = 0; i < y->d->npaths; i++) {
		p = &y->d->paths[i];
		points += y->places[p->to].rank - y->places[p->from].rank;
	}
	if (points > POINTS_MAX)
		return err_set(ERR_RANGE,
		    "the picture would have %ld points of lines; the most is %d",
		    points, POINTS_MAX);
	for (i = 0; i < y->nplaces; i++)
		if (y->places[i].rank >= y->nranks)
			y->nranks = y->places[i].rank + 1;
	return 0;
}

/* Waypoints; a path keeps their numbers in xy until they have places. */
static void
thread_paths(struct layout *y)
{
	struct net_path *p;
	int i, r, at, next, last;

	for (i = 0; i < y->d->npaths; i++) {
		p = &y->d->paths[i];
		last = y->places[p->to].rank;
		r = y->places[p->from].rank;
		p->xy = mem_array(double, 2 * (size_t)(last - r + 1) + 4);
		at = p->from;
		p->xy[p->n++] = at;
		while (++r < last) {
			next = place_new(y, -1, r, THIN);
			link_places(y, at, next);
			at = next;
			p->xy[p->n++] = at;
		}
		link_places(y, at, p->to);
		p->xy[p->n++] = p->to;
	}
}

static void
fill_ranks(struct layout *y)
{
	int i, r;

	y->rank = mem_array(int *, (size_t)y->nranks + 1);
	y->nrank = mem_array(int, (size_t)y->nranks + 1);
	for (i = 0; i < y->nplaces; i++)
		y->nrank[y->places[i].rank]++;
	for (r = 0; r < y->nranks; r++) {
		y->rank[r] = mem_array(int, (size_t)y->nrank[r] + 1);
		y->nrank[r] = 0;
	}
	for (i = 0; i < y->nplaces; i++) {
		r = y->places[i].rank;
		y->places[i].order = y->nrank[r];
		y->rank[r][y->nrank[r]++] = i;
	}
}

/* The mean of f over the neighbours of one side; its own where it has none. */
static double
neighbours(const struct layout *y, const struct place *p, bool up, bool x)
{
	const int *v = up ? p->up : p->down;
	int n = up ? p->nup : p->ndown, i;
	double sum = 0;

	for (i = 0; i < n; i++)
		sum += x ? y->places[v[i]].x : y->places[v[i]].order;
	if (n == 0)
		return x ? p->x : p->order;
	return sum / n;
}

struct sort_key {
	double mean;
	int order, place;
};

static int
by_mean(const void *a, const void *b)
{
	const struct sort_key *x = a, *y = b;

	if (x->mean != y->mean)
		return x->mean < y->mean ? -1 : 1;
	return x->order - y->order;
}

static void
sort_rank(struct layout *y, int r, bool up)
{
	struct sort_key *k =
	    mem_array(struct sort_key, (size_t)y->nrank[r] + 1);
	struct place *p;
	int i;

	for (i = 0; i < y->nrank[r]; i++) {
		p = &y->places[y->rank[r][i]];
		k[i] = (struct sort_key){ neighbours(y, p, up, false), p->order,
			y->rank[r][i] };
	}
	qsort(k, (size_t)y->nrank[r], sizeof(*k), by_mean);
	for (i = 0; i < y->nrank[r]; i++) {
		y->rank[r][i] = k[i].place;
		y->places[k[i].place].order = i;
	}
	mem_free(k);
}

/* Push places apart to the right, then the row back by the mean shift. */
static void
spread_rank(struct layout *y, int r)
{
	double want = 0, got = 0, least = -INFINITY;
	struct place *p;
	int i;

	for (i = 0; i < y->nrank[r]; i++) {
		p = &y->places[y->rank[r][i]];
		want += p->x;
		if (p->x - p->w / 2 < least)
			p->x = least + p->w / 2;
		least = p->x + p->w / 2 + GAP_X;
		got += p->x;
	}
	for (i = 0; i < y->nrank[r]; i++)
		y->places[y->rank[r][i]].x += (want - got) / y->nrank[r];
}

static void
align_rank(struct layout *y, int r, bool up)
{
	struct place *p;
	int i;

	for (i = 0; i < y->nrank[r]; i++) {
		p = &y->places[y->rank[r][i]];
		p->x = neighbours(y, p, up, true);
	}
	spread_rank(y, r);
}

static void
arrange(struct layout *y)
{
	int s, r;

	for (s = 0; s < SWEEPS; s++)
		for (r = 0; r < y->nranks; r++)
			sort_rank(y, s % 2 ? y->nranks - 1 - r : r, s % 2 == 0);
	for (r = 0; r < y->nranks; r++)
		spread_rank(y, r);
	for (s = 0; s < SWEEPS; s++)
		for (r = 0; r < y->nranks; r++)
			align_rank(
			    y, s % 2 ? y->nranks - 1 - r : r, s % 2 == 0);
}

static void
set_boxes(struct layout *y)
{
	double left = INFINITY, right = 0, top = EDGE, tall;
	struct net_box *b;
	struct place *p;
	int i, r;

	for (i = 0; i < y->nplaces; i++)
		left = fmin(left, y->places[i].x - y->places[i].w / 2);
	for (i = 0; i < y->nplaces; i++) {
		p = &y->places[i];
		p->x += EDGE - left;
		right = fmax(right, p->x + p->w / 2);
	}
	for (r = 0; r < y->nranks; r++) {
		tall = 0;
		for (i = 0; i < y->nrank[r]; i++) {
			p = &y->places[y->rank[r][i]];
			p->top = top;
			if (p->box < 0)
				continue;
			b = &y->d->boxes[p->box];
			b->x = p->x - b->w / 2;
			b->y = top;
			tall = fmax(tall, b->h);
		}
		for (i = 0; i < y->nrank[r]; i++)
			y->places[y->rank[r][i]].foot = top + tall;
		top += tall + GAP_Y;
	}
	y->d->w = right + EDGE;
	y->d->h = top - GAP_Y + EDGE;
}

static void
add_point(double *xy, int *n, double x, double y)
{
	xy[2 * *n] = x;
	xy[2 * *n + 1] = y;
	++*n;
}

/* From the foot of a box, straight through the ranks between, to the head of
 * the next. */
static void
set_paths(struct layout *y)
{
	const struct place *p;
	struct net_path *e;
	double *xy;
	int i, k, n;

	for (i = 0; i < y->d->npaths; i++) {
		e = &y->d->paths[i];
		xy = mem_array(double, 4 * (size_t)e->n + 4);
		n = 0;
		for (k = 0; k < e->n; k++) {
			p = &y->places[(int)e->xy[k]];
			if (k == 0) {
				add_point(xy, &n, p->x,
				    p->top + y->d->boxes[p->box].h);
				continue;
			}
			add_point(xy, &n, p->x, p->top);
			if (k < e->n - 1)
				add_point(xy, &n, p->x, p->foot);
		}
		mem_free(e->xy);
		e->xy = xy;
		e->n = n;
	}
}

int
net_drawing_lay_out(struct net_drawing *d)
{
	struct layout y = { .d = d };
	int i, rc;

	rc = rank_boxes(&y);
	if (rc < 0)
		goto done;
	thread_paths(&y);
	fill_ranks(&y);
	arrange(&y);
	set_boxes(&y);
	set_paths(&y);
done:
	for (i = 0; i < y.nplaces; i++) {
		mem_free(y.places[i].up);
		mem_free(y.places[i].down);
	}
	for (i = 0; y.rank != NULL && i < y.nranks; i++)
		mem_free(y.rank[i]);
	mem_free(y.rank);
	mem_free(y.nrank);
	mem_free(y.places);
	return rc;
}
