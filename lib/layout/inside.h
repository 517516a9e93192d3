/* What the steps of a layout hand on: see layout.h. */
#ifndef LAYOUT_INSIDE_H
#define LAYOUT_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "layout/layout.h"

/* A box, or a waypoint of a line (its number is not less than that of boxes). */
struct node {
	int rank, order;
	int above;          /* of a waypoint: the node that it comes from */
	double left, right; /* what it takes on both sides of x */
	double x;
	int *up, *down; /* edges, in the order of their other ends */
	size_t nup, ndown;
	size_t up_cap, down_cap;
};

/* Between nodes of neighbouring ranks. */
struct edge {
	int a, b; /* the upper, the lower */
	bool
	    conflict; /* it crosses one between waypoints: not to be straight */
};

struct grid {
	struct layout *l;
	struct node *node;
	size_t nnodes, node_cap;
	struct edge *edge;
	size_t nedges, edge_cap;
	int **rank; /* nodes of each rank, in order */
	int *width; /* how many */
	int nranks;
	/* Of each line: the node where it begins to be its own, and the one above its
	 * end; -1: another has all of it. */
	int *head, *tail;
	size_t
	    *lead; /* the first of those that carry the same, which has all */
};

/* rank.c: ranks, waypoints, edges. */
int grid_rank(struct grid *g);
/* order.c: the order within ranks; how many crossings there are. */
void grid_order(struct grid *g);
/* The crossings between ranks r and r + 1. */
size_t grid_crossings(const struct grid *g, int r);
/* Edges of nodes of rank r, up or down, by the order of their other ends. */
void grid_sort_edges(struct grid *g, int r, bool up);
/* place.c: x of nodes. */
void grid_place(struct grid *g);
/* route.c: places of boxes, points of lines. */
void grid_route(struct grid *g);

void grid_clear(struct grid *g);

static inline bool
is_waypoint(const struct grid *g, int node)
{
	return (size_t)node >= g->l->nboxes;
}

#endif
