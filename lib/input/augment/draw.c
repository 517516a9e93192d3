/* The pixels of a scene: see scene.h. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "input/augment/rand.h"
#include "input/augment/scene.h"

/* Where a tile of a scene is drawn. */
struct drawing {
	const struct scene_layer *layer;
	const struct scene_tile *tile;
	const struct record_item *item;
	int channels, height, width; /* of the record and of what is drawn */
	bool nearest;
	bool repeats; /* the border; else what is outside stays as it is */
	int top, left, bottom, right; /* of what is drawn */
};

static float
limit(float v, float lo, float hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* Four neighbours of a point, and the two weights. */
struct taps {
	size_t at[4];
	float fx, fy;
};

static void
find_taps(struct taps *p, float x, float y, int w, int h, bool nearest)
{
	const float cx = limit(x - 0.5F, 0, (float)(w - 1)),
		    cy = limit(y - 0.5F, 0, (float)(h - 1));
	const int x0 = nearest ? (int)(cx + 0.5F) : (int)cx,
		  y0 = nearest ? (int)(cy + 0.5F) : (int)cy;
	const int x1 = x0 + 1 < w ? x0 + 1 : x0, y1 = y0 + 1 < h ? y0 + 1 : y0;

	p->at[0] = (size_t)y0 * (size_t)w + (size_t)x0;
	p->at[1] = (size_t)y0 * (size_t)w + (size_t)x1;
	p->at[2] = (size_t)y1 * (size_t)w + (size_t)x0;
	p->at[3] = (size_t)y1 * (size_t)w + (size_t)x1;
	p->fx = nearest ? 0 : cx - (float)x0;
	p->fy = nearest ? 0 : cy - (float)y0;
}

#define TAKE(name, type)                                                       \
	static float name(const type *x, const struct taps *p)                 \
	{                                                                      \
		const float top = (float)x[p->at[0]] * (1 - p->fx) +           \
		    (float)x[p->at[1]] * p->fx;                                \
		const float low = (float)x[p->at[2]] * (1 - p->fx) +           \
		    (float)x[p->at[3]] * p->fx;                                \
                                                                               \
		return top * (1 - p->fy) + low * p->fy;                        \
	}
TAKE(take_byte, uint8_t)
TAKE(take_float, float)

static void
draw_pixel(const struct drawing *d, const struct taps *p, float *out)
{
	const size_t plane = (size_t)d->height * (size_t)d->width;
	const bool swap = record_item_is_rgb(d->item);

	for (int c = 0; c < d->channels; c++) {
		const size_t from = (size_t)(swap ? 2 - c : c) * plane;

		out[(size_t)c * plane] = d->item->data != NULL
		    ? take_byte(d->item->data + from, p)
		    : take_float(d->item->floats + from, p);
	}
}

/* The rows and columns of what is moved that the tile's part may reach. */
static void
bound(struct drawing *d)
{
	const struct scene_rect *p = &d->tile->part;
	float left = INFINITY, top = INFINITY, right = -INFINITY,
	      bottom = -INFINITY;

	for (int i = 0; i < 4; i++) {
		float x = i & 1 ? p->right : p->left,
		      y = i & 2 ? p->bottom : p->top;

		scene_apply(&d->layer->to, &x, &y);
		left = fminf(left, x);
		right = fmaxf(right, x);
		top = fminf(top, y);
		bottom = fmaxf(bottom, y);
	}
	d->left = (int)limit(floorf(left) - 1, (float)d->left, (float)d->right);
	d->right =
	    (int)limit(ceilf(right) + 1, (float)d->left, (float)d->right);
	d->top = (int)limit(floorf(top) - 1, (float)d->top, (float)d->bottom);
	d->bottom =
	    (int)limit(ceilf(bottom) + 1, (float)d->top, (float)d->bottom);
}

/* A tile onto what is moved. */
static void
draw_tile(struct drawing *d, float *out)
{
	const struct scene_rect *part = &d->tile->part;
	const float w = (float)d->width, h = (float)d->height;
	struct taps p;

	if (!d->repeats)
		bound(d);
	for (int i = d->top; i < d->bottom; i++)
		for (int j = d->left; j < d->right; j++) {
			float x = (float)j + 0.5F, y = (float)i + 0.5F;
			bool in;

			scene_apply(&d->layer->back, &x, &y);
			in = x >= part->left && x < part->right &&
			    y >= part->top && y < part->bottom;
			x -= d->tile->x;
			y -= d->tile->y;
			in = in && x >= 0 && x < w && y >= 0 && y < h;
			if (!in && !d->repeats)
				continue;
			find_taps(&p, x, y, d->width, d->height, d->nearest);
			draw_pixel(d, &p, out + i * d->width + j);
		}
}

/* Is the border repeated? */
static bool
repeats(const struct transform *t, const struct scene_layer *l)
{
	const struct augment *a = &t->augment;

	if (t->labels_of > 0 && a->has_fill_label)
		return false;
	return !a->has_fill && !augment_zooms(a) && a->translate <= 0 &&
	    a->mosaic <= 0 && l->n == 1;
}

static float
outside(const struct transform *t)
{
	const struct augment *a = &t->augment;

	if (t->labels_of > 0 && (a->has_fill_label || t->channels == 1))
		return a->has_fill_label ? (float)a->fill_label : 0;
	return a->has_fill ? (float)a->fill : AUGMENT_FILL;
}

/* A layer within the rectangle of what is moved. */
static int
draw_layer(const struct scene *s, int which, const struct transform *t,
    const struct scene_records *from, const struct scene_rect *part,
    struct transform_scratch *scratch, float *out)
{
	const struct scene_layer *l = &s->layer[which];
	const bool repeat = repeats(t, l);
	const float fill = outside(t);
	struct record_item item;

	for (int c = 0; c < t->channels && !repeat; c++)
		for (int y = (int)part->top; y < (int)part->bottom; y++)
			for (int x = (int)part->left; x < (int)part->right; x++)
				out[(c * t->height + y) * t->width + x] = fill;
	for (int i = 0; i < l->n; i++) {
		struct drawing d = { .layer = l,
			.tile = &l->tile[i],
			.item = &item,
			.channels = t->channels,
			.height = t->height,
			.width = t->width,
			.nearest = transform_is_mask(t),
			.repeats = repeat,
			.top = (int)part->top,
			.left = (int)part->left,
			.bottom = (int)part->bottom,
			.right = (int)part->right };

		TRY(from->get(from->ctx, l->tile[i].record, &item));
		TRY(transform_check(t, &item));
		if (t->augment.rand_n > 0 && t->labels_of == 0)
			rand_augment(t, s->place, which * SCENE_TILES + i,
			    scratch, &item);
		draw_tile(&d, out);
	}
	return 0;
}

static void
blend(const struct scene *s, const struct transform *t, float *x,
    const float *other)
{
	const size_t n =
	    (size_t)t->channels * (size_t)t->height * (size_t)t->width;
	const float share = (float)s->share;

	for (size_t i = 0; i < n; i++)
		x[i] = share * x[i] + (1 - share) * other[i];
}

static void
erase(const struct scene *s, const struct transform *t, struct rng *r, float *x)
{
	for (int c = 0; c < t->channels; c++)
		for (int i = (int)s->gone.top; i < (int)s->gone.bottom; i++)
			for (int j = (int)s->gone.left; j < (int)s->gone.right;
			     j++)
				x[(c * t->height + i) * t->width + j] =
				    (float)rng_below(r, 256);
}

int
scene_item(const struct scene *s, const struct transform *t,
    struct transform_scratch *scratch, const struct scene_records *from,
    float *out)
{
	const size_t n =
	    (size_t)t->channels * (size_t)t->height * (size_t)t->width;
	const struct transform_window *win = &s->window;
	const struct scene_rect all = { (float)win->x, (float)win->y,
		(float)(win->x + win->w), (float)(win->y + win->h) };
	float *x = transform_scratch_take(scratch, 0, n), *other = x;
	struct rng r = s->colour;

	TRY(draw_layer(s, 0, t, from, &all, scratch, x));
	if (s->mix == SCENE_MIXUP)
		other = transform_scratch_take(scratch, 1, n);
	if (s->nlayers > 1)
		TRY(draw_layer(s, 1, t, from,
		    s->mix == SCENE_CUTMIX ? &s->cut : &all, scratch, other));
	if (s->mix == SCENE_MIXUP)
		blend(s, t, x, other);
	if (t->labels_of == 0) {
		augment_colour(
		    &t->augment, &r, x, t->channels, t->height, t->width);
		erase(s, t, &r, x);
	}
	transform_take(t, x, win, out);
	return 0;
}
