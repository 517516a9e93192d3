/* Moves of a sample: see geometry.h. */
#include "input/geometry.h"

#include <math.h>
#include <string.h>

void
geometry_window(struct geometry *g, const struct transform *t, struct rng *r)
{
	struct transform_window *win = &g->window;

	memset(g, 0, sizeof(*g));
	transform_size(t, &win->h, &win->w);
	if (t->train) {
		win->y = (int)rng_below(r, (uint64_t)(t->height - win->h + 1));
		win->x = (int)rng_below(r, (uint64_t)(t->width - win->w + 1));
		win->mirror =
		    (t->mirror || t->augment.mirror) && rng_below(r, 2) == 1;
	} else {
		win->y = (t->height - win->h) / 2;
		win->x = (t->width - win->w) / 2;
	}
}

void
geometry_moves(struct geometry *g, const struct transform *t, struct rng *r)
{
	const struct augment *a = &t->augment;

	if (!t->train)
		return;
	g->flip = a->flip && rng_below(r, 2) == 1;
	g->warps = a->rotate > 0 || a->scale > 0;
	if (g->warps)
		augment_warp_draw(&g->warp, a, r, t->height, t->width);
}

bool
geometry_is_boxes(const float *v, size_t n)
{
	if (n < GEOMETRY_BOX || n % GEOMETRY_BOX != 0 || v[1] != GEOMETRY_BOX ||
	    !(v[0] >= 0 && v[0] <= (float)(n / GEOMETRY_BOX - 1)) ||
	    v[0] != floorf(v[0]))
		return false;
	for (int i = 2; i < GEOMETRY_BOX; i++)
		if (v[i] != 0)
			return false;
	return true;
}

struct box {
	float left, top, right, bottom;
};

static void
flip_box(struct box *b, int height)
{
	const float top = (float)height - b->bottom;

	b->bottom = (float)height - b->top;
	b->top = top;
}

/* What encloses the corners, each where the warp brings it. */
static void
warp_box(struct box *b, const struct augment_warp *w)
{
	struct box out = { INFINITY, INFINITY, -INFINITY, -INFINITY };

	for (int i = 0; i < 4; i++) {
		float x = i & 1 ? b->right : b->left;
		float y = i & 2 ? b->bottom : b->top;

		augment_warp_point(w, &y, &x);
		out.left = fminf(out.left, x);
		out.right = fmaxf(out.right, x);
		out.top = fminf(out.top, y);
		out.bottom = fmaxf(out.bottom, y);
	}
	*b = out;
}

static void
window_box(struct box *b, const struct transform_window *win)
{
	b->left = fmaxf(b->left - (float)win->x, 0);
	b->top = fmaxf(b->top - (float)win->y, 0);
	b->right = fminf(b->right - (float)win->x, (float)win->w);
	b->bottom = fminf(b->bottom - (float)win->y, (float)win->h);
}

static bool
moves(const struct geometry *g, int height, int width)
{
	return g->flip || g->warps || g->window.mirror ||
	    g->window.h != height || g->window.w != width;
}

static float
area(const struct box *b)
{
	return (b->right - b->left) * (b->bottom - b->top);
}

void
geometry_boxes(const struct geometry *g, int height, int width, double least,
    float *v, size_t n)
{
	const struct transform_window *win = &g->window;
	const size_t had = (size_t)v[0];
	size_t have = 0;

	if (!moves(g, height, width))
		return;
	for (size_t i = 1; i <= had; i++) {
		float *row = v + i * GEOMETRY_BOX;
		struct box b = { row[0], row[1], row[0] + row[2],
			row[1] + row[3] };
		float whole;

		if (g->flip)
			flip_box(&b, height);
		if (g->warps)
			warp_box(&b, &g->warp);
		whole = area(&b);
		if (g->warps || win->h != height || win->w != width)
			window_box(&b, win);
		if (!(b.right > b.left && b.bottom > b.top) ||
		    area(&b) < (float)least * whole)
			continue;
		row[0] = win->mirror ? (float)win->w - b.right : b.left;
		row[1] = b.top;
		row[2] = b.right - b.left;
		row[3] = b.bottom - b.top;
		have++;
		if (have < i)
			memcpy(v + have * GEOMETRY_BOX, row,
			    GEOMETRY_BOX * sizeof(*v));
	}
	v[0] = (float)have;
	memset(v + (have + 1) * GEOMETRY_BOX, 0,
	    (n - (have + 1) * GEOMETRY_BOX) * sizeof(*v));
}
