/*
 * From the places of nodes to those of boxes and the points of lines.  A line goes
 * straight down beside the boxes of a rank, and bends in the space between two ranks,
 * where there are no boxes: so none is ever crossed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "layout/inside.h"

enum {
	PORT_GAP = 12, /* between the ends of lines at a box */
	PORT_EDGE = 8, /* between them and the box's corners */
	BEND_MAX = 60  /* what wide bends add to the space between ranks */
};

/* The end of a line at a box, while those of one side are spread. */
struct port {
	double want; /* x */
	size_t line;
	int box;
};

struct route {
	struct grid *g;
	double *top, *foot;   /* of ranks */
	double *out_x, *in_x; /* of lines: where they leave and reach boxes */
};

static int
by_want(const void *a, const void *b)
{
	const struct port *x = a, *y = b;

	if (x->box != y->box)
		return x->box < y->box ? -1 : 1;
	if (x->want != y->want)
		return x->want < y->want ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* n ports of one side of a box, in order: each as near as can be to where it wants to
 * be; one alone in the middle. */
static void
spread(const struct grid *g, const struct port *p, size_t n, double *x)
{
	const struct node *box = &g->node[p->box];
	const double lo = box->x - box->left + PORT_EDGE;
	const double hi = box->x + box->right - PORT_EDGE;
	const double gap =
	    n > 1 ? fmin(PORT_GAP, (hi - lo) / (double)(n - 1)) : 0;
	double least = lo, most = hi;

	if (n == 1 || hi <= lo) {
		for (size_t i = 0; i < n; i++)
			x[p[i].line] = box->x;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		x[p[i].line] = fmax(fmin(p[i].want, hi), least);
		least = x[p[i].line] + gap;
	}
	for (size_t i = n; i-- > 0;) {
		x[p[i].line] = fmin(x[p[i].line], most);
		most = x[p[i].line] - gap;
	}
}

static void
spread_all(struct route *t, struct port *p, size_t n, double *x)
{
	size_t from = 0;

	qsort(p, n, sizeof(*p), by_want);
	for (size_t i = 1; i <= n; i++)
		if (i == n || p[i].box != p[from].box) {
			spread(t->g, p + from, i - from, x);
			from = i;
		}
}

static bool
begins_at_box(const struct grid *g, size_t line)
{
	return g->tail[line] >= 0 && g->head[line] == g->l->line[line].from;
}

/* The node that follows the box where a line begins. */
static int
first_step(const struct grid *g, size_t line)
{
	int id = g->tail[line], below = g->l->line[line].to;

	while (id != g->head[line]) {
		below = id;
		id = g->node[id].above;
	}
	return below;
}

/* Ports below boxes: lines that carry one thing share it. */
static void
set_outs(struct route *t)
{
	const struct layout *l = t->g->l;
	struct port *p = mem_array(struct port, l->nlines + 1);
	size_t n = 0;

	for (size_t i = 0; i < l->nlines; i++) {
		const struct layout_line *x = &l->line[i];
		const struct node *box = &t->g->node[x->from];

		if (t->g->lead[i] != i)
			continue;
		if (x->from_port > LAYOUT_ANYWHERE)
			t->out_x[i] = box->x - box->left + x->from_port;
		else
			p[n++] =
			    (struct port){ t->g->node[first_step(t->g, i)].x, i,
				    x->from };
	}
	spread_all(t, p, n, t->out_x);
	for (size_t i = 0; i < l->nlines; i++)
		t->out_x[i] = t->out_x[t->g->lead[i]];
	mem_free(p);
}

static void
set_ins(struct route *t)
{
	const struct layout *l = t->g->l;
	struct port *p = mem_array(struct port, l->nlines + 1);
	size_t n = 0;

	for (size_t i = 0; i < l->nlines; i++) {
		const struct layout_line *x = &l->line[i];
		const struct node *box = &t->g->node[x->to];

		if (t->g->tail[i] < 0)
			continue;
		if (x->to_port > LAYOUT_ANYWHERE)
			t->in_x[i] = box->x - box->left + x->to_port;
		else
			p[n++] = (struct port){ t->g->tail[i] == x->from
				    ? t->out_x[i]
				    : t->g->node[t->g->tail[i]].x,
				i, x->to };
	}
	spread_all(t, p, n, t->in_x);
	mem_free(p);
}

/* Heights of ranks; between them more space where lines go far to the side. */
static void
set_ranks(struct route *t)
{
	const struct grid *g = t->g;
	double y = 0;

	for (int r = 0; r < g->nranks; r++) {
		double tall = 0, far = 0;

		for (int i = 0; i < g->width[r]; i++) {
			const int id = g->rank[r][i];
			const struct node *p = &g->node[id];

			if (!is_waypoint(g, id))
				tall = fmax(tall, g->l->box[id].h);
			for (size_t k = 0; k < p->ndown; k++)
				far = fmax(far,
				    fabs(p->x -
					g->node[g->edge[p->down[k]].b].x));
		}
		t->top[r] = y;
		t->foot[r] = y + tall;
		y += tall + g->l->gap_y + fmin(far * 0.1, BEND_MAX);
	}
	g->l->h = g->nranks > 0 ? t->foot[g->nranks - 1] : 0;
}

static void
set_boxes(struct route *t)
{
	const struct grid *g = t->g;
	double lo = INFINITY, hi = -INFINITY;

	for (size_t i = 0; i < g->nnodes; i++) {
		lo = fmin(lo, g->node[i].x - g->node[i].left);
		hi = fmax(hi, g->node[i].x + g->node[i].right);
	}
	for (size_t i = 0; i < g->nnodes; i++)
		g->node[i].x -= lo;
	for (size_t i = 0; i < g->l->nboxes; i++) {
		struct layout_box *b = &g->l->box[i];

		b->x = g->node[i].x - g->node[i].left;
		b->y = b->pin == LAYOUT_TOP ? t->top[b->rank]
		    : b->pin == LAYOUT_BOTTOM
		    ? t->foot[b->rank] - b->h
		    : (t->top[b->rank] + t->foot[b->rank] - b->h) / 2;
	}
	g->l->w = hi > lo ? hi - lo : 0;
}

/* ---- lines ----------------------------------------------------------------- */

static void
add_point(struct layout_line *x, size_t *cap, double px, double py)
{
	mem_grow(&x->xy, cap, 2 * (x->n + 1));
	x->xy[2 * x->n] = px;
	x->xy[2 * x->n + 1] = py;
	x->n++;
}

/* Straight down where x stays, so that pieces become one, else a bend. */
static void
go(struct layout_line *l, size_t *cap, bool *straight, double x, double y)
{
	const double *p = &l->xy[2 * (l->n - 1)], px = p[0], py = p[1];

	if (px == x && py == y)
		return;
	if (fabs(px - x) < 0.01) {
		if (*straight)
			l->n -= 3;
		p = &l->xy[2 * (l->n - 1)];
		add_point(l, cap, p[0], p[1] + (y - p[1]) / 3);
		p = &l->xy[2 * (l->n - 2)];
		add_point(l, cap, p[0], p[1] + (y - p[1]) * 2 / 3);
		add_point(l, cap, x, y);
		*straight = true;
		return;
	}
	add_point(l, cap, px, (py + y) / 2);
	add_point(l, cap, x, (py + y) / 2);
	add_point(l, cap, x, y);
	*straight = false;
}

static void
route_line(struct route *t, size_t i)
{
	const struct grid *g = t->g;
	struct layout_line *l = &g->l->line[i];
	const struct layout_box *from = &g->l->box[l->from];
	const struct layout_box *to = &g->l->box[l->to];
	int *chain = NULL, n = 0;
	size_t cap = 0, chain_cap = 0;
	bool straight = false;

	for (int id = g->tail[i]; id != g->head[i]; id = g->node[id].above) {
		mem_grow(&chain, &chain_cap, (size_t)n + 1);
		chain[n++] = id;
	}
	if (begins_at_box(g, i)) {
		add_point(l, &cap, t->out_x[i], from->y + from->h);
		go(l, &cap, &straight, t->out_x[i], t->foot[from->rank]);
	} else {
		const struct node *p = &g->node[g->head[i]];

		add_point(l, &cap, p->x, t->foot[p->rank]);
	}
	while (n > 0) {
		const struct node *p = &g->node[chain[--n]];

		go(l, &cap, &straight, p->x, t->top[p->rank]);
		go(l, &cap, &straight, p->x, t->foot[p->rank]);
	}
	go(l, &cap, &straight, t->in_x[i], t->top[to->rank]);
	go(l, &cap, &straight, t->in_x[i], to->y);
	mem_free(chain);
}

void
grid_route(struct grid *g)
{
	struct route t = { .g = g };

	t.top = mem_array(double, (size_t)g->nranks + 1);
	t.foot = mem_array(double, (size_t)g->nranks + 1);
	t.out_x = mem_array(double, g->l->nlines + 1);
	t.in_x = mem_array(double, g->l->nlines + 1);
	set_ranks(&t);
	set_boxes(&t);
	set_outs(&t);
	set_ins(&t);
	for (size_t i = 0; i < g->l->nlines; i++)
		if (g->tail[i] >= 0)
			route_line(&t, i);
	mem_free(t.top);
	mem_free(t.foot);
	mem_free(t.out_x);
	mem_free(t.in_x);
}
