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

/* Pixels side by side: the four neighbours of each in its picture, and weights. */
enum { BLOCK = 64, NEAR = 4 };
struct taps {
	int n;
	uint32_t at[NEAR][BLOCK];
	float fx[BLOCK], fy[BLOCK];
};

static void
find_tap(struct taps *p, int k, float x, float y, const struct drawing *d)
{
	const int w = d->width, h = d->height;
	const float half = d->nearest ? 0.5F : 0;
	const float cx = limit(x - 0.5F, 0, (float)(w - 1)),
		    cy = limit(y - 0.5F, 0, (float)(h - 1));
	const int x0 = (int)(cx + half), y0 = (int)(cy + half);
	const int right = x0 + 1 < w, low = y0 + 1 < h ? w : 0;
	const int at = y0 * w + x0;

	p->at[0][k] = (uint32_t)at;
	p->at[1][k] = (uint32_t)(at + right);
	p->at[2][k] = (uint32_t)(at + low);
	p->at[3][k] = (uint32_t)(at + low + right);
	p->fx[k] = d->nearest ? 0 : cx - (float)x0;
	p->fy[k] = d->nearest ? 0 : cy - (float)y0;
}

#define TAKE(name, type)                                                       \
	static void name(                                                      \
	    float *restrict out, const type *restrict x, const struct taps *p) \
	{                                                                      \
		for (int k = 0; k < p->n; k++) {                               \
			const float fx = p->fx[k], fy = p->fy[k];              \
			const float top = (float)x[p->at[0][k]] * (1 - fx) +   \
			    (float)x[p->at[1][k]] * fx;                        \
			const float low = (float)x[p->at[2][k]] * (1 - fx) +   \
			    (float)x[p->at[3][k]] * fx;                        \
                                                                               \
			out[k] = top * (1 - fy) + low * fy;                    \
		}                                                              \
	}
TAKE(take_bytes, uint8_t)
TAKE(take_floats, float)

/* Columns from..to of a row of what is moved. */
static void
draw_row(const struct drawing *d, int row, int from, int to, float *out)
{
	const size_t plane = (size_t)d->height * (size_t)d->width;
	const bool swap = record_item_is_rgb(d->item);
	const struct scene_map *back = &d->layer->back;
	struct taps p;

	for (int j = from; j < to; j += BLOCK) {
		p.n = to - j < BLOCK ? to - j : BLOCK;
		for (int k = 0; k < p.n; k++) {
			float x = (float)(j + k) + 0.5F, y = (float)row + 0.5F;

			scene_apply(back, &x, &y);
			find_tap(&p, k, x - d->tile->x, y - d->tile->y, d);
		}
		for (int c = 0; c < d->channels; c++) {
			const size_t at = (size_t)(swap ? 2 - c : c) * plane;
			float *o = out + (size_t)c * plane +
			    (size_t)row * (size_t)d->width + (size_t)j;

			if (d->item->data != NULL)
				take_bytes(o, d->item->data + at, &p);
			else
				take_floats(o, d->item->floats + at, &p);
		}
	}
}

/* The same where pixels fall on pixels: copied, from row y, column x on. */
static void
copy_row(const struct drawing *d, int row, int from, int to, int y, int x,
    float *out)
{
	const size_t plane = (size_t)d->height * (size_t)d->width;
	const bool swap = record_item_is_rgb(d->item);

	for (int c = 0; c < d->channels; c++) {
		const size_t at = (size_t)(swap ? 2 - c : c) * plane +
		    (size_t)y * (size_t)d->width + (size_t)x;
		float *o = out + (size_t)c * plane +
		    (size_t)row * (size_t)d->width + (size_t)from;

		if (d->item->data != NULL)
			for (int j = 0; j < to - from; j++)
				o[j] = d->item->data[at + (size_t)j];
		else
			memcpy(o, d->item->floats + at,
			    (size_t)(to - from) * sizeof(*o));
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

/* Is the middle of that pixel in the tile's part, and in its picture? */
static bool
inside(const struct drawing *d, int row, int column)
{
	const struct scene_rect *part = &d->tile->part;
	float x = (float)column + 0.5F, y = (float)row + 0.5F;

	scene_apply(&d->layer->back, &x, &y);
	if (!(x >= part->left && x < part->right && y >= part->top &&
		y < part->bottom))
		return false;
	x -= d->tile->x;
	y -= d->tile->y;
	return x >= 0 && x < (float)d->width && y >= 0 && y < (float)d->height;
}

/* Of lo <= at + j step < hi, the columns j; from and to become narrower. */
static void
narrow(float at, float step, float lo, float hi, int *from, int *to)
{
	float a, b;

	if (fabsf(step) < 1e-6F) {
		if (at < lo - 1 || at > hi + 1)
			*to = *from;
		return;
	}
	a = (step > 0 ? lo - at : hi - at) / step;
	b = (step > 0 ? hi - at : lo - at) / step;
	*from = (int)limit(floorf(a) - 2, (float)*from, (float)*to);
	*to = (int)limit(ceilf(b) + 2, (float)*from, (float)*to);
}

/* The columns of a row that are inside: a convex part, so one stretch. */
static void
find_columns(const struct drawing *d, int row, int *from, int *to)
{
	const struct scene_rect *part = &d->tile->part;
	const float *m = d->layer->back.m;
	const float w = (float)d->width, h = (float)d->height;
	float x = 0.5F, y = (float)row + 0.5F;

	*from = d->left;
	*to = d->right;
	scene_apply(&d->layer->back, &x, &y);
	narrow(x, m[0], fmaxf(part->left, d->tile->x),
	    fminf(part->right, d->tile->x + w), from, to);
	narrow(y, m[3], fmaxf(part->top, d->tile->y),
	    fminf(part->bottom, d->tile->y + h), from, to);
	while (*from < *to && !inside(d, row, *from))
		++*from;
	while (*from < *to && !inside(d, row, *to - 1))
		--*to;
}

/* A tile onto what is moved. */
static void
draw_tile(struct drawing *d, float *out)
{
	const float *m = d->layer->back.m;
	const float dx = m[2] - d->tile->x, dy = m[5] - d->tile->y;
	const bool still = m[0] == 1 && m[1] == 0 && m[3] == 0 && m[4] == 1 &&
	    dx == floorf(dx) && dy == floorf(dy) &&
	    (!d->repeats || (dx == 0 && dy == 0));

	if (!d->repeats)
		bound(d);
	for (int i = d->top; i < d->bottom; i++) {
		int from = d->left, to = d->right;

		if (!d->repeats || still)
			find_columns(d, i, &from, &to);
		if (still && from < to)
			copy_row(
			    d, i, from, to, i + (int)dy, from + (int)dx, out);
		else
			draw_row(d, i, from, to, out);
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
