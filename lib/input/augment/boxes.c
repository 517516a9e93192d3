/* The boxes of a scene: see scene.h. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "input/augment/scene.h"
#include "input/geometry.h"

static float
area(const struct scene_rect *b)
{
	return b->right > b->left && b->bottom > b->top
	    ? (b->right - b->left) * (b->bottom - b->top)
	    : 0;
}

static void
clip(struct scene_rect *b, const struct scene_rect *to)
{
	b->left = fmaxf(b->left, to->left);
	b->top = fmaxf(b->top, to->top);
	b->right = fminf(b->right, to->right);
	b->bottom = fminf(b->bottom, to->bottom);
}

/* What encloses the corners, each where it comes to lie. */
static struct scene_rect
moved(const struct scene_rect *b, const struct scene_map *to)
{
	struct scene_rect o = { INFINITY, INFINITY, -INFINITY, -INFINITY };

	for (int i = 0; i < 4; i++) {
		float x = i & 1 ? b->right : b->left;
		float y = i & 2 ? b->bottom : b->top;

		scene_apply(to, &x, &y);
		o.left = fminf(o.left, x);
		o.right = fmaxf(o.right, x);
		o.top = fminf(o.top, y);
		o.bottom = fmaxf(o.bottom, y);
	}
	return o;
}

/* What is seen of a box of layer 0 beside the rectangle that covers it; a box of
 * which no side is covered whole stays as it is.  Returns the share that is seen.
 */
static float
beside(struct scene_rect *b, const struct scene_rect *cut)
{
	const float was = area(b);
	struct scene_rect both = *b;

	clip(&both, cut);
	if (area(&both) <= 0 || was <= 0)
		return 1;
	if (both.top <= b->top && both.bottom >= b->bottom) {
		if (both.left <= b->left)
			b->left = both.right;
		else if (both.right >= b->right)
			b->right = both.left;
	} else if (both.left <= b->left && both.right >= b->right) {
		if (both.top <= b->top)
			b->top = both.bottom;
		else if (both.bottom >= b->bottom)
			b->bottom = both.top;
	}
	return (was - area(&both)) / was;
}

/* Into the window; false: it is not seen, or too little of it. */
static bool
place_box(const struct scene *s, const struct transform *t, int layer,
    const struct scene_tile *tile, struct scene_rect *b)
{
	const struct transform_window *win = &s->window;
	const struct scene_rect all = { (float)win->x, (float)win->y,
		(float)(win->x + win->w), (float)(win->y + win->h) };
	const struct scene_map *to = &s->layer[layer].to;
	struct scene_rect whole;
	float seen;

	b->left += tile->x;
	b->right += tile->x;
	b->top += tile->y;
	b->bottom += tile->y;
	whole = moved(b, to);
	clip(b, &tile->part);
	if (area(b) <= 0)
		return false;
	*b = moved(b, to);
	clip(b, s->mix == SCENE_CUTMIX && layer == 1 ? &s->cut : &all);
	seen = area(&whole) > 0 ? area(b) / area(&whole) : 0;
	if (s->mix == SCENE_CUTMIX && layer == 0)
		seen *= beside(b, &s->cut);
	return area(b) > 0 && seen >= (float)t->augment.min_box;
}

static void
put_row(const struct transform_window *win, const float *row,
    const struct scene_rect *b, float *out)
{
	memcpy(out, row, GEOMETRY_BOX * sizeof(*out));
	out[0] = win->mirror ? (float)(win->x + win->w) - b->right
			     : b->left - (float)win->x;
	out[1] = b->top - (float)win->y;
	out[2] = b->right - b->left;
	out[3] = b->bottom - b->top;
}

int
scene_boxes(const struct scene *s, const struct transform *t,
    const float *const v[SCENE_LAYERS][SCENE_TILES], float *out, size_t rows)
{
	size_t have = 0;

	memset(out, 0, rows * GEOMETRY_BOX * sizeof(*out));
	for (int i = 0; i < s->nlayers; i++)
		for (int k = 0; k < s->layer[i].n; k++) {
			const float *list = v[i][k];
			const size_t n = list != NULL ? (size_t)list[0] : 0;

			for (size_t j = 1; j <= n; j++) {
				const float *row = list + j * GEOMETRY_BOX;
				struct scene_rect b = { row[0], row[1],
					row[0] + row[2], row[1] + row[3] };

				if (!place_box(
					s, t, i, &s->layer[i].tile[k], &b))
					continue;
				if (++have >= rows)
					return err_set(ERR_RANGE,
					    "more than %zu boxes in one sample",
					    rows - 1);
				put_row(&s->window, row, &b,
				    out + have * GEOMETRY_BOX);
			}
		}
	out[0] = (float)have;
	out[1] = GEOMETRY_BOX;
	return 0;
}

size_t
scene_rows(const struct augment *a, size_t rows)
{
	const size_t samples = (a->mosaic > 0 ? SCENE_TILES : 1) +
	    (size_t)(augment_mixes(a) ? 1 : 0);

	return rows > 0 ? samples * (rows - 1) + 1 : 0;
}
