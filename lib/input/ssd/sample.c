/* SSD's samples of a picture: see sample.h. */
#include "input/ssd/sample.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { TRIALS_MAX = 10000 };

void
ssd_sample_init(struct ssd_sample *s)
{
	memset(s, 0, sizeof(*s));
	image_init(&s->im);
	image_init(&s->scratch[0]);
	image_init(&s->scratch[1]);
}

void
ssd_sample_clear(struct ssd_sample *s)
{
	image_clear(&s->im);
	image_clear(&s->scratch[0]);
	image_clear(&s->scratch[1]);
	mem_free(s->box);
	ssd_sample_init(s);
}

void
ssd_sample_room(struct ssd_sample *s, size_t n)
{
	mem_grow(&s->box, &s->cap, n + 1);
}

/* ---- which part ---- */

/* The share of a that lies in b. */
static float
cover(const struct layer_box *a, const struct layer_box *b)
{
	const struct layer_box c = { fmaxf(a->x0, b->x0), fmaxf(a->y0, b->y0),
		fminf(a->x1, b->x1), fminf(a->y1, b->y1) };
	const float whole = layer_box_area(a, false);

	return whole > 0 ? layer_box_area(&c, false) / whole : 0;
}

static bool
within(float v, protobuf_c_boolean has_least, float least,
    protobuf_c_boolean has_most, float most)
{
	return !(has_least && v < least) && !(has_most && v > most);
}

/* Does one box at least meet what is asked of a part? */
static bool
is_wanted(const struct layer_box *part, const struct layer_box *box, size_t n,
    const Caffe__SampleConstraint *c)
{
	if (c == NULL ||
	    !(c->has_min_jaccard_overlap || c->has_max_jaccard_overlap ||
		c->has_min_sample_coverage || c->has_max_sample_coverage ||
		c->has_min_object_coverage || c->has_max_object_coverage))
		return true;
	for (size_t i = 0; i < n; i++)
		if (within(layer_box_iou(part, &box[i], false),
			c->has_min_jaccard_overlap, c->min_jaccard_overlap,
			c->has_max_jaccard_overlap, c->max_jaccard_overlap) &&
		    within(cover(part, &box[i]), c->has_min_sample_coverage,
			c->min_sample_coverage, c->has_max_sample_coverage,
			c->max_sample_coverage) &&
		    within(cover(&box[i], part), c->has_min_object_coverage,
			c->min_object_coverage, c->has_max_object_coverage,
			c->max_object_coverage))
			return true;
	return false;
}

static const Caffe__Sampler whole = CAFFE__SAMPLER__INIT;

static struct layer_box
draw_part(const Caffe__Sampler *s, struct rng *r)
{
	const double scale =
	    ssd_draw(r, (double)s->min_scale, (double)s->max_scale);
	double ratio = ssd_draw(
	    r, (double)s->min_aspect_ratio, (double)s->max_aspect_ratio);
	double w, h, x, y;

	/* no side longer than the picture's */
	ratio = fmin(fmax(ratio, scale * scale), 1 / (scale * scale));
	w = fmin(scale * sqrt(ratio), 1);
	h = fmin(scale / sqrt(ratio), 1);
	x = ssd_draw(r, 0, 1 - w);
	y = ssd_draw(r, 0, 1 - h);
	return (struct layer_box){ (float)x, (float)y, (float)(x + w),
		(float)(y + h) };
}

/* One of the parts that all samplers find; the whole where there is none. */
static struct layer_box
choose_part(const Caffe__AnnotatedDataParameter *p, const struct layer_box *box,
    size_t n, struct rng *r)
{
	struct layer_box best = { 0, 0, 1, 1 };
	uint64_t found = 0;

	for (size_t k = 0; k < p->n_batch_sampler; k++) {
		const Caffe__BatchSampler *b = p->batch_sampler[k];
		uint32_t have = 0;

		for (uint32_t i = 0;
		     b->use_original_image && i < b->max_trials &&
		     !(b->has_max_sample && have >= b->max_sample);
		     i++) {
			const struct layer_box part = draw_part(
			    b->sampler != NULL ? b->sampler : &whole, r);

			if (!is_wanted(&part, box, n, b->sample_constraint))
				continue;
			have++;
			/* each of those found is as likely */
			if (rng_below(r, ++found) == 0)
				best = part;
		}
	}
	return best;
}

/* A rectangle of the picture's pixels; it may lie beyond its edges. */
struct window {
	int x, y, w, h;
};

/* The ground around the picture. */
static struct window
expand(
    const struct image *im, const Caffe__ExpansionParameter *p, struct rng *r)
{
	const double use = rng_uniform(r);
	const double ratio = ssd_draw(r, 1, (double)p->max_expand_ratio);
	const double x = rng_uniform(r), y = rng_uniform(r);
	struct window w = { 0, 0, im->width, im->height };

	if (use >= (double)p->prob || ratio - 1 < 0.01 ||
	    ratio * im->width > IMAGE_MAX_SIDE ||
	    ratio * im->height > IMAGE_MAX_SIDE ||
	    ratio * ratio * im->width * im->height > IMAGE_MAX_PIXELS)
		return w;
	w.w = (int)(im->width * ratio);
	w.h = (int)(im->height * ratio);
	w.x = -(int)(x * (w.w - im->width));
	w.y = -(int)(y * (w.h - im->height));
	return w;
}

/* Boxes of the picture (of im's size) as shares of a window. */
static struct layer_box
into_window(
    const struct layer_box *b, const struct image *im, const struct window *w)
{
	const float x = (float)im->width, y = (float)im->height;

	return (struct layer_box){ (b->x0 * x - (float)w->x) / (float)w->w,
		(b->y0 * y - (float)w->y) / (float)w->h,
		(b->x1 * x - (float)w->x) / (float)w->w,
		(b->y1 * y - (float)w->y) / (float)w->h };
}

static struct window
choose_window(
    const struct ssd_sample *s, const struct ssd_rule *q, struct rng *r)
{
	const Caffe__TransformationParameter *t = q->transform;
	struct window w = { 0, 0, s->im.width, s->im.height };
	struct layer_box *box, part;

	if (t != NULL && t->expand_param != NULL)
		w = expand(&s->im, t->expand_param, r);
	if (q->annotated == NULL || q->annotated->n_batch_sampler == 0)
		return w;
	box = mem_array(struct layer_box, s->n + 1);
	for (size_t i = 0; i < s->n; i++)
		box[i] = into_window(&s->box[i].box, &s->im, &w);
	part = choose_part(q->annotated, box, s->n, r);
	mem_free(box);
	w.x += (int)(part.x0 * (float)w.w);
	w.y += (int)(part.y0 * (float)w.h);
	w.w = (int)fmaxf((part.x1 - part.x0) * (float)w.w, 1);
	w.h = (int)fmaxf((part.y1 - part.y0) * (float)w.h, 1);
	return w;
}

/* ---- the picture ---- */

/* What lies around a picture: the mean, R G B. */
static void
ground_of(const Caffe__TransformationParameter *t, int channels, uint8_t *v)
{
	for (int i = 0; i < channels; i++) {
		const size_t k = (size_t)(channels - 1 - i);
		const float mean = t == NULL || t->n_mean_value == 0
		    ? 0
		    : t->mean_value[k < t->n_mean_value ? k : 0];

		v[i] = (uint8_t)lrintf(fminf(fmaxf(mean, 0), 255));
	}
}

/* The window of im into out, ground where there is no picture. */
static int
cut(struct image *out, const struct image *im, const struct window *w,
    const Caffe__TransformationParameter *t)
{
	const size_t c = (size_t)im->channels;
	const int x0 = w->x < 0 ? -w->x : 0;
	const int x1 = im->width - w->x < w->w ? im->width - w->x : w->w;
	uint8_t ground[3];

	TRY(image_resize_buffer(out, w->w, w->h, im->channels));
	ground_of(t, im->channels, ground);
	for (int y = 0; y < w->h; y++) {
		uint8_t *row = out->data + (size_t)y * (size_t)w->w * c;
		const int from = y + w->y;
		const bool inside = from >= 0 && from < im->height && x1 > x0;

		for (int x = 0; x < w->w; x++)
			if (!inside || x < x0 || x >= x1)
				memcpy(row + (size_t)x * c, ground, c);
		if (inside)
			memcpy(row + (size_t)x0 * c,
			    im->data +
				((size_t)from * (size_t)im->width +
				    (size_t)(x0 + w->x)) *
				    c,
			    (size_t)(x1 - x0) * c);
	}
	return 0;
}

static void
mirror_picture(struct image *im)
{
	const size_t c = (size_t)im->channels, w = (size_t)im->width;

	for (size_t y = 0; y < (size_t)im->height; y++) {
		uint8_t *row = im->data + y * w * c;

		for (size_t x = 0; x < w / 2; x++)
			for (size_t k = 0; k < c; k++) {
				uint8_t *a = &row[x * c + k];
				uint8_t *b = &row[(w - 1 - x) * c + k];
				const uint8_t v = *a;

				*a = *b;
				*b = v;
			}
	}
}

static const Caffe__ResizeParameter *
resize_of(const struct ssd_rule *q)
{
	const Caffe__TransformationParameter *t = q->transform;

	return t != NULL && t->n_resize_param > 0 ? t->resize_param[0] : NULL;
}

/* To the size of the net, by one of the ways that are given. */
static int
resize(
    struct ssd_sample *s, const struct ssd_rule *q, bool train, struct rng *r)
{
	const Caffe__ResizeParameter *p = resize_of(q);
	const size_t ways = p != NULL ? p->n_interp_mode : 0;
	size_t way = 0;
	struct image kept;

	if (train && ways > 1)
		way = rng_below(r, ways);
	if (s->im.width == q->width && s->im.height == q->height)
		return 0;
	if (ways > 0 &&
	    p->interp_mode[way] == CAFFE__RESIZE_PARAMETER__INTERP_MODE__AREA)
		TRY(image_resize(&s->scratch[0], &s->im, q->width, q->height,
		    &s->scratch[1]));
	else
		TRY(image_resize_nearest4(
		    &s->scratch[0], &s->im, q->width, q->height));
	kept = s->im;
	s->im = s->scratch[0];
	s->scratch[0] = kept;
	return 0;
}

/* ---- the boxes ---- */

static bool
is_kept(const struct layer_box *b, const Caffe__EmitConstraint *e)
{
	const struct layer_box all = { 0, 0, 1, 1 };
	const float x = (b->x0 + b->x1) / 2, y = (b->y0 + b->y1) / 2;

	if (e == NULL)
		return true;
	if (e->emit_type == CAFFE__EMIT_CONSTRAINT__EMIT_TYPE__MIN_OVERLAP)
		return cover(b, &all) > e->emit_overlap;
	return x >= 0 && x <= 1 && y >= 0 && y <= 1;
}

static void
move_boxes(struct ssd_sample *s, const struct image *im, const struct window *w,
    const Caffe__EmitConstraint *e, bool mirror)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct layer_box b = into_window(&s->box[i].box, im, w);

		if (!is_kept(&b, e))
			continue;
		b.x0 = fminf(fmaxf(b.x0, 0), 1);
		b.y0 = fminf(fmaxf(b.y0, 0), 1);
		b.x1 = fminf(fmaxf(b.x1, 0), 1);
		b.y1 = fminf(fmaxf(b.y1, 0), 1);
		if (!(b.x1 > b.x0 && b.y1 > b.y0))
			continue;
		if (mirror)
			b = (struct layer_box){ 1 - b.x1, b.y0, 1 - b.x0,
				b.y1 };
		s->box[n] = s->box[i];
		s->box[n++].box = b;
	}
	s->n = n;
}

int
ssd_sample_make(
    struct ssd_sample *s, const struct ssd_rule *q, bool train, struct rng *r)
{
	const Caffe__TransformationParameter *t = q->transform;
	const struct image size = { .width = s->im.width,
		.height = s->im.height };
	struct window w = { 0, 0, size.width, size.height };
	struct image kept;
	bool mirror;

	if (train && t != NULL && t->distort_param != NULL)
		ssd_distort(&s->im, t->distort_param, r);
	if (train)
		w = choose_window(s, q, r);
	if (w.x != 0 || w.y != 0 || w.w != size.width || w.h != size.height) {
		TRY(cut(&s->scratch[0], &s->im, &w, t));
		kept = s->im;
		s->im = s->scratch[0];
		s->scratch[0] = kept;
	}
	mirror = train && t != NULL && t->mirror && rng_below(r, 2) == 1;
	TRY(resize(s, q, train, r));
	if (mirror)
		mirror_picture(&s->im);
	move_boxes(s, &size, &w, train && t != NULL ? t->emit_constraint : NULL,
	    mirror);
	return 0;
}

/* ---- parameters ---- */

static int
check_sampler(const Caffe__BatchSampler *b)
{
	const Caffe__Sampler *s = b->sampler != NULL ? b->sampler : &whole;

	if (!(s->min_scale > 0 && s->min_scale <= s->max_scale &&
		s->max_scale <= 1))
		return err_set(ERR_FORMAT,
		    "batch_sampler: scales %g to %g are not within 0..1",
		    (double)s->min_scale, (double)s->max_scale);
	if (!(s->min_aspect_ratio > 0 &&
		s->min_aspect_ratio <= s->max_aspect_ratio &&
		isfinite(s->max_aspect_ratio)))
		return err_set(ERR_FORMAT,
		    "batch_sampler: aspect ratios %g to %g",
		    (double)s->min_aspect_ratio, (double)s->max_aspect_ratio);
	if (b->max_trials > TRIALS_MAX)
		return err_set(ERR_RANGE,
		    "batch_sampler: max_trials %u is above %d", b->max_trials,
		    TRIALS_MAX);
	return 0;
}

static bool
is_factor(float least, float most)
{
	return least >= 0 && least <= most && isfinite(most);
}

static int
check_distortion(const Caffe__DistortionParameter *d)
{
	if (!is_factor(0, d->brightness_delta) || !is_factor(0, d->hue_delta) ||
	    !is_factor(d->contrast_lower, d->contrast_upper) ||
	    !is_factor(d->saturation_lower, d->saturation_upper))
		return err_set(ERR_FORMAT,
		    "distort_param: its numbers are no ranges from 0 up");
	return 0;
}

int
ssd_rule_check(const struct ssd_rule *q)
{
	const Caffe__TransformationParameter *t = q->transform;
	const Caffe__ResizeParameter *p = resize_of(q);

	for (size_t i = 0;
	     q->annotated != NULL && i < q->annotated->n_batch_sampler; i++)
		TRY(check_sampler(q->annotated->batch_sampler[i]));
	if (t == NULL)
		return 0;
	if (t->n_resize_param > 1)
		return err_set(ERR_UNSUPPORTED,
		    "%zu resize_param: one size is needed", t->n_resize_param);
	if (p != NULL &&
	    p->resize_mode != CAFFE__RESIZE_PARAMETER__RESIZE_MODE__WARP)
		return err_set(
		    ERR_UNSUPPORTED, "resize_mode: only WARP is there");
	if (t->crop_size > 0 || t->crop_h > 0 || t->crop_w > 0)
		return err_set(ERR_UNSUPPORTED,
		    "crop_size: batch_sampler takes parts of pictures with boxes");
	if (t->expand_param != NULL &&
	    !(t->expand_param->max_expand_ratio >= 1 &&
		t->expand_param->max_expand_ratio <= 1e3f))
		return err_set(ERR_FORMAT,
		    "expand_param: max_expand_ratio %g is not 1 or more",
		    (double)t->expand_param->max_expand_ratio);
	return t->distort_param != NULL ? check_distortion(t->distort_param)
					: 0;
}
