/* What is drawn for a scene: see scene.h. */
#include "input/augment/scene.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "input/geometry.h"

/* Keeps the draws of scenes apart from those of windows and colours. */
static const uint64_t scene_stream = 0x7363656e65000000; /* "scene" */

bool
scene_is(const struct transform *t)
{
	return t->train && augment_is_scene(&t->augment);
}

void
scene_apply(const struct scene_map *m, float *x, float *y)
{
	const float u = *x, v = *y;

	*x = m->m[0] * u + m->m[1] * v + m->m[2];
	*y = m->m[3] * u + m->m[4] * v + m->m[5];
}

/* Matrices in double while they are put together. */
struct affine {
	double m[6];
};

static const struct affine unit = { { 1, 0, 0, 0, 1, 0 } };

/* First a, then b. */
static void
then(struct affine *a, const struct affine *b)
{
	const struct affine o = *a;
	const double *p = b->m, *q = o.m;

	*a = (struct affine){ { p[0] * q[0] + p[1] * q[3],
	    p[0] * q[1] + p[1] * q[4], p[0] * q[2] + p[1] * q[5] + p[2],
	    p[3] * q[0] + p[4] * q[3], p[3] * q[1] + p[4] * q[4],
	    p[3] * q[2] + p[4] * q[5] + p[5] } };
}

static void
shift(struct affine *a, double x, double y)
{
	then(a, &(struct affine){ { 1, 0, x, 0, 1, y } });
}

static void
stretch(struct affine *a, double x, double y)
{
	then(a, &(struct affine){ { x, 0, 0, 0, y, 0 } });
}

static void
turn(struct affine *a, double co, double si)
{
	then(a, &(struct affine){ { co, -si, 0, si, co, 0 } });
}

static struct affine
inverse(const struct affine *a)
{
	const double *m = a->m;
	const double det = m[0] * m[4] - m[1] * m[3];
	struct affine o = { { m[4] / det, -m[1] / det, 0, -m[3] / det,
	    m[0] / det, 0 } };

	o.m[2] = -(o.m[0] * m[2] + o.m[1] * m[5]);
	o.m[5] = -(o.m[3] * m[2] + o.m[4] * m[5]);
	return o;
}

static double
between(struct rng *r, const double v[2])
{
	return v[0] + (v[1] - v[0]) * rng_uniform(r);
}

/* By 90 degrees, `times` times. */
static void
quad(struct affine *a, enum augment_quad kind, struct rng *r)
{
	static const double co[] = { 1, 0, -1, 0 }, si[] = { 0, 1, 0, -1 };
	static const int quarters[] = { 0, 1, 3 };
	int times = 0;

	if (kind == QUAD_QUARTER)
		times = quarters[rng_below(r, 3)];
	else if (kind == QUAD_HALF)
		times = 2 * (int)rng_below(r, 2);
	else if (kind == QUAD_ALL)
		times = (int)rng_below(r, 4);
	turn(a, co[times], si[times]);
}

/* DIGITS's rotation with zoom and shift: the part that is taken is (1 + k) of the
 * picture, its middle up to k of the half away. */
static void
warp(struct affine *a, const struct augment *o, struct rng *r, int h, int w)
{
	const double k = fmax(rng_normal(r) * o->scale, -0.95);
	const double y = k * (2 * rng_uniform(r) - 1) * (h - 1) / 2;
	const double x = k * (2 * rng_uniform(r) - 1) * (w - 1) / 2;
	const double angle = o->rotate * (2 * rng_uniform(r) - 1) * M_PI / 180;

	shift(a, -x, -y);
	turn(a, cos(angle), sin(angle));
	stretch(a, 1 / (1 + k), 1 / (1 + k));
}

/* A part of the picture becomes the window: of ten that are drawn the first that
 * is not larger than the picture, else the largest one in the middle. */
static void
resized_crop(struct affine *a, const struct transform *t,
    const struct transform_window *win, struct rng *r)
{
	const double h = t->height, w = t->width;
	const double one[2] = { 1, 1 };
	const double *area = t->augment.area[1] > 0 ? t->augment.area : one;
	const double *aspect =
	    t->augment.aspect[1] > 0 ? t->augment.aspect : one;
	const double logs[2] = { log(aspect[0]), log(aspect[1]) };
	double cw = 0, ch = 0, x = 0, y = 0;
	bool fits = false;

	for (int i = 0; i < 10 && !fits; i++) {
		const double size = between(r, area) * h * w;
		const double ratio = exp(between(r, logs));

		cw = sqrt(size * ratio);
		ch = sqrt(size / ratio);
		x = rng_uniform(r);
		y = rng_uniform(r);
		fits = cw <= w + 1e-9 && ch <= h + 1e-9;
	}
	if (!fits) {
		const double ratio = fmin(fmax(w / h, aspect[0]), aspect[1]);

		cw = fmin(w, h * ratio);
		ch = fmin(h, w / ratio);
		x = y = 0.5;
	}
	shift(a, -x * (w - cw), -y * (h - ch));
	stretch(a, win->w / cw, win->h / ch);
	shift(a, win->x, win->y);
}

static void
set_maps(struct scene_layer *l, const struct affine *a)
{
	const struct affine back = inverse(a);

	for (int i = 0; i < 6; i++) {
		l->to.m[i] = (float)a->m[i];
		l->back.m[i] = (float)back.m[i];
	}
}

/* From a canvas of height x width to what is moved. */
static void
draw_moves(struct scene_layer *l, const struct transform *t,
    const struct transform_window *win, double height, double width,
    struct rng *r)
{
	const struct augment *o = &t->augment;
	struct affine a = unit;

	shift(&a, -width / 2, -height / 2);
	if (o->flip && rng_below(r, 2) == 1)
		stretch(&a, 1, -1);
	if (o->quad_rotate != QUAD_NONE)
		quad(&a, (enum augment_quad)o->quad_rotate, r);
	if (o->rotate > 0 || o->scale > 0)
		warp(&a, o, r, t->height, t->width);
	if (augment_zooms(o)) {
		const double z = between(r, o->zoom);

		stretch(&a, z, z);
	}
	if (o->translate > 0) {
		const double y = (2 * rng_uniform(r) - 1) * o->translate;
		const double x = (2 * rng_uniform(r) - 1) * o->translate;

		shift(&a, x * t->width, y * t->height);
	}
	shift(&a, (double)t->width / 2, (double)t->height / 2);
	if (augment_crops(o))
		resized_crop(&a, t, win, r);
	set_maps(l, &a);
}

static void
draw_mosaic(struct scene_layer *l, const struct transform *t, size_t records,
    struct rng *r)
{
	const int h = t->height, w = t->width;
	const float cy = (float)(h / 2 + (int)rng_below(r, (uint64_t)h + 1));
	const float cx = (float)(w / 2 + (int)rng_below(r, (uint64_t)w + 1));

	l->n = SCENE_TILES;
	for (int i = 0; i < SCENE_TILES; i++) {
		const bool right = i & 1, low = i & 2;
		struct scene_tile *tile = &l->tile[i];

		if (i > 0)
			tile->record = (size_t)rng_below(r, records);
		tile->x = right ? cx : cx - (float)w;
		tile->y = low ? cy : cy - (float)h;
		tile->part = (struct scene_rect){ right ? cx : 0, low ? cy : 0,
			right ? (float)(2 * w) : cx,
			low ? (float)(2 * h) : cy };
	}
}

static void
draw_layer(struct scene_layer *l, const struct transform *t,
    const struct transform_window *win, size_t record, size_t records,
    bool mosaic, struct rng *r)
{
	const float h = (float)t->height, w = (float)t->width;

	l->n = 1;
	l->tile[0] =
	    (struct scene_tile){ .record = record, .part = { 0, 0, w, h } };
	if (mosaic)
		draw_mosaic(l, t, records, r);
	draw_moves(l, t, win, (mosaic ? 2 : 1) * (double)h,
	    (mosaic ? 2 : 1) * (double)w, r);
}

/* Gamma(a, 1), a > 0 (Marsaglia and Tsang 2000). */
static double
draw_gamma(double a, struct rng *r)
{
	const double d = (a < 1 ? a + 1 : a) - 1.0 / 3;
	const double c = 1 / sqrt(9 * d);

	for (;;) {
		const double x = rng_normal(r), u = 1 - rng_uniform(r);
		const double v = pow(fmax(1 + c * x, 0), 3);

		if (v > 0 && log(u) < x * x / 2 + d - d * v + d * log(v))
			return d * v *
			    (a < 1 ? pow(1 - rng_uniform(r), 1 / a) : 1);
	}
}

static double
draw_beta(double alpha, struct rng *r)
{
	const double a = draw_gamma(alpha, r), b = draw_gamma(alpha, r);

	return a + b > 0 ? a / (a + b) : (rng_below(r, 2) == 0 ? 0 : 1);
}

/* A rectangle of that share of the picture about a point of it, cut at its edges:
 * whole pixels. */
static void
draw_cut(struct scene *s, struct rng *r)
{
	const struct transform_window *win = &s->window;
	const double side = sqrt(1 - s->share);
	const double h = side * win->h / 2, w = side * win->w / 2;
	const double y = rng_uniform(r) * win->h, x = rng_uniform(r) * win->w;
	const double left = round(fmax(x - w, 0)), top = round(fmax(y - h, 0));
	const double right = round(fmin(x + w, win->w)),
		     bottom = round(fmin(y + h, win->h));

	s->cut =
	    (struct scene_rect){ (float)(left + win->x), (float)(top + win->y),
		    (float)(right + win->x), (float)(bottom + win->y) };
	s->share =
	    1 - (right - left) * (bottom - top) / ((double)win->h * win->w);
}

static void
draw_mix(
    struct scene *s, const struct transform *t, size_t records, struct rng *r)
{
	const struct augment *o = &t->augment;
	const bool any = o->mix_share <= 0 || rng_uniform(r) < o->mix_share;
	const bool cut =
	    o->cutmix > 0 && (o->mixup <= 0 || rng_below(r, 2) == 1);
	const size_t record = (size_t)rng_below(r, records);

	s->share = 1;
	if (!augment_mixes(o) || !any)
		return;
	s->mix = cut ? SCENE_CUTMIX : SCENE_MIXUP;
	s->nlayers = 2;
	s->share = draw_beta(cut ? o->cutmix : o->mixup, r);
	if (cut)
		draw_cut(s, r);
	draw_layer(&s->layer[1], t, &s->window, record, records, false, r);
}

/* Random erasing: of ten rectangles that are drawn the first that is in the
 * window. */
static void
draw_gone(struct scene *s, const struct augment *o, struct rng *r)
{
	static const double area[2] = { 0.02, 0.33 };
	const double logs[2] = { log(0.3), log(3.3) };
	const struct transform_window *win = &s->window;

	if (o->erase <= 0 || rng_uniform(r) >= o->erase)
		return;
	for (int i = 0; i < 10; i++) {
		const double size = between(r, area) * win->h * win->w;
		const double ratio = exp(between(r, logs));
		const int w = (int)round(sqrt(size * ratio));
		const int h = (int)round(sqrt(size / ratio));
		int x, y;

		if (w < 1 || h < 1 || w >= win->w || h >= win->h)
			continue;
		x = win->x + (int)rng_below(r, (uint64_t)(win->w - w + 1));
		y = win->y + (int)rng_below(r, (uint64_t)(win->h - h + 1));
		s->gone = (struct scene_rect){ (float)x, (float)y,
			(float)(x + w), (float)(y + h) };
		return;
	}
}

void
scene_draw(struct scene *s, const struct transform *t, uint64_t g, size_t own,
    size_t records)
{
	const struct augment *o = &t->augment;
	const bool over =
	    o->mix_epochs > 0 && (double)g >= o->mix_epochs * (double)records;
	struct rng r;
	bool mosaic;

	memset(s, 0, sizeof(*s));
	s->place = g;
	transform_choose(t, g, &s->window);
	if (augment_crops(o)) {
		s->window.y = (t->height - s->window.h) / 2;
		s->window.x = (t->width - s->window.w) / 2;
	}
	rng_at(&r, t->seed, t->stream ^ scene_stream, g);
	mosaic = rng_uniform(&r) < o->mosaic && !over;
	s->nlayers = 1;
	draw_layer(&s->layer[0], t, &s->window, own, records, mosaic, &r);
	s->share = 1;
	if (!over)
		draw_mix(s, t, records, &r);
	rng_at(&r, t->seed, t->stream ^ (scene_stream + 1), g);
	draw_gone(s, o, &r);
	s->colour = r;
}

void
scene_plain(struct scene *s, const struct transform *t, uint64_t g, size_t own)
{
	const double h = t->height, w = t->width;
	struct scene_layer *l = &s->layer[0];
	struct affine a = unit;
	struct geometry geo;

	memset(s, 0, sizeof(*s));
	transform_geometry(t, g, &geo);
	s->place = g;
	s->window = geo.window;
	s->nlayers = l->n = 1;
	s->share = 1;
	l->tile[0] = (struct scene_tile){ .record = own,
		.part = { 0, 0, (float)w, (float)h } };
	shift(&a, -w / 2, -h / 2);
	if (geo.flip)
		stretch(&a, 1, -1);
	if (geo.warps) {
		const double z = 1 / (double)geo.warp.zoom;

		shift(&a, -(double)geo.warp.dx, -(double)geo.warp.dy);
		turn(&a, (double)geo.warp.co, (double)geo.warp.si);
		stretch(&a, z, z);
	}
	shift(&a, w / 2, h / 2);
	set_maps(l, &a);
}

static void
enlarge_rect(struct scene_rect *r, float times)
{
	r->left *= times;
	r->top *= times;
	r->right *= times;
	r->bottom *= times;
}

void
scene_enlarge(struct scene *s, int times)
{
	const float f = (float)times;

	s->window.y *= times;
	s->window.x *= times;
	s->window.h *= times;
	s->window.w *= times;
	enlarge_rect(&s->cut, f);
	enlarge_rect(&s->gone, f);
	for (int i = 0; i < s->nlayers; i++) {
		struct scene_layer *l = &s->layer[i];

		l->to.m[2] *= f;
		l->to.m[5] *= f;
		l->back.m[2] *= f;
		l->back.m[5] *= f;
		for (int k = 0; k < l->n; k++) {
			l->tile[k].x *= f;
			l->tile[k].y *= f;
			enlarge_rect(&l->tile[k].part, f);
		}
	}
}

int
scene_class_shape(struct shape *out, const struct augment *a)
{
	if (a->mosaic > 0)
		return err_set(ERR_FORMAT,
		    "augment_param: mosaic is for boxes and masks, and a sample has one class here");
	if (augment_mixes(a) && a->classes == 0)
		return err_set(ERR_FORMAT,
		    "augment_param: mixup and cutmix make labels that are shares of the classes: say how many classes there are");
	if (augment_mixes(a))
		*out = shape_of(1, a->classes);
	return 0;
}

int
scene_shares(
    const struct scene *s, const int label[SCENE_LAYERS], float *out, size_t n)
{
	memset(out, 0, n * sizeof(*out));
	for (int i = 0; i < s->nlayers; i++) {
		if (label[i] < 0 || (size_t)label[i] >= n)
			return err_set(ERR_FORMAT,
			    "label %d is outside 0 to %zu, which augment_param's classes says",
			    label[i], n - 1);
		out[label[i]] += (float)(i == 0 ? s->share : 1 - s->share);
	}
	return 0;
}
