/* Tensors as pictures of tiles: see tiles.h. */
#include "infer/layers/tiles.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

/* How the picture is laid out; sizes in pixels before they become squares. */
struct layout {
	const float *v;
	size_t n;         /* tiles */
	int h, w;         /* of a tile as it is stored */
	int colours;      /* 3, or 1 */
	int see_h, see_w; /* the part of it that is shown */
	int gap, rows, columns;
	double low, range; /* of all values shown */
};

static void
read_shape(struct layout *l, const struct tiles *t, const struct shape *s)
{
	const int64_t *d = s->d;

	*l = (struct layout){ .h = 1, .w = 1, .colours = 1 };
	l->n = shape_count(s);
	if (s->n < 3 || s->n > 4)
		return;
	l->h = (int)d[s->n - 2];
	l->w = (int)d[s->n - 1];
	if (!t->plain && d[s->n - 3] == 3)
		l->colours = 3;
	l->n /= (size_t)l->h * (size_t)l->w * (size_t)l->colours;
}

static void
lay_out(struct layout *l, struct tiles *t)
{
	size_t most, side = 0;

	l->see_h = l->h;
	l->see_w = l->w;
	l->gap = l->w > 1 ? 1 : 0;
	t->n = l->n;
	if (l->w > TILES_WIDTH) {
		most = 1;
		l->see_w = TILES_WIDTH;
		t->cut = true;
	} else {
		most = TILES_WIDTH / ((size_t)l->w + 1);
		most = most > 0 ? most * most : 1;
	}
	if (l->h > TILES_WIDTH) {
		l->see_h = TILES_WIDTH;
		t->cut = true;
	}
	t->shown = l->n < most ? l->n : most;
	while (side * side < t->shown)
		side++;
	l->rows = (int)side;
	l->columns =
	    (int)(side > 1 && side * (side - 1) >= t->shown ? side - 1 : side);
}

static void
find_range(struct layout *l, const struct tiles *t)
{
	const size_t n =
	    t->shown * (size_t)l->h * (size_t)l->w * (size_t)l->colours;
	double low = (double)NAN, high = (double)NAN;

	l->low = 0;
	l->range = 1;
	if (t->shares)
		return;
	for (size_t i = 0; i < n; i++)
		if (isfinite(l->v[i])) {
			low = fmin(low, (double)l->v[i]);
			high = fmax(high, (double)l->v[i]);
		}
	l->low = isnan(low) ? 0 : low;
	l->range = high > low ? high - low : 1;
}

static void
paint_pixel(
    uint8_t *to, const struct layout *l, const struct tiles *t, const float *v)
{
	const size_t plane = (size_t)l->h * (size_t)l->w;
	uint32_t colour;

	if (l->colours == 1) {
		colour =
		    heat_colour(t->map, ((double)v[0] - l->low) / l->range);
		for (int k = 0; k < 3; k++)
			to[k] = (uint8_t)(colour >> (16 - 8 * k));
		return;
	}
	for (int k = 0; k < 3; k++)
		to[k] = (uint8_t)(heat_colour(HEAT_GRAY,
				      ((double)v[plane *
					   (size_t)(t->bgr ? 2 - k : k)] -
					  l->low) /
					  l->range) &
		    255);
}

static void
paint_tile(struct image *im, const struct layout *l, const struct tiles *t,
    size_t i, int by)
{
	const int left = (int)(i % (size_t)l->columns) * (l->see_w + l->gap);
	const int top = (int)(i / (size_t)l->columns) * (l->see_h + l->gap);
	const float *v =
	    l->v + i * (size_t)l->h * (size_t)l->w * (size_t)l->colours;

	for (int y = 0; y < l->see_h * by; y++) {
		uint8_t *to = im->data +
		    3 *
			((size_t)(top * by + y) * (size_t)im->width +
			    (size_t)(left * by));

		for (int x = 0; x < l->see_w * by; x++, to += 3)
			paint_pixel(to, l, t,
			    v + (size_t)(y / by) * (size_t)l->w + x / by);
	}
}

int
tiles_draw(
    struct image *out, struct tiles *t, const float *v, const struct shape *s)
{
	struct layout l;
	int w, h, less, by;

	t->cut = false;
	read_shape(&l, t, s);
	l.v = v;
	lay_out(&l, t);
	find_range(&l, t);
	w = l.columns * (l.see_w + l.gap) - l.gap;
	h = l.rows * (l.see_h + l.gap) - l.gap;
	less = w < h ? w : h;
	by = less < TILES_MIN ? (TILES_MIN + less - 1) / less : 1;
	/* a strip is not to become a wall */
	while (by > 1 && (w > h ? w : h) * by > 2 * TILES_WIDTH)
		by--;
	TRY(image_resize_buffer(out, w * by, h * by, 3));
	memset(out->data, 255, (size_t)out->width * (size_t)out->height * 3);
	for (size_t i = 0; i < t->shown; i++)
		paint_tile(out, &l, t, i, by);
	return 0;
}
