/*
 * PriorBox (SSD, Liu et al., 2016): the default boxes of each place of a feature
 * map, (1, 2, places * priors * 4): corners relative to the picture, and their
 * variances.  It depends on shapes only, so its top is a constant.  With
 * denser_prior_boxes (TextBoxes++) each is followed by itself at y + 1, whatever
 * the offset; with offset_w and offset_h (TL-SSD) those of the aspect ratios other
 * than 1 stand at each pair of offsets.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/types.h"

enum { PRIORS_MAX = 256, VALUES_MAX = 256 << 20 };

static const Caffe__PriorBoxParameter none = CAFFE__PRIOR_BOX_PARAMETER__INIT;

struct priors {
	const Caffe__PriorBoxParameter *p;
	float aspect[PRIORS_MAX];
	int naspect;
	int64_t w, h; /* places */
	float img_w, img_h, step_w, step_h;
	float box[PRIORS_MAX][4]; /* width, height, x and y at each place */
	int n;
};

static void
add_aspect(struct priors *b, float ar)
{
	int i;

	for (i = 0; i < b->naspect; i++)
		if (fabsf(ar - b->aspect[i]) < 1e-6f)
			return;
	b->aspect[b->naspect++] = ar;
	if (b->p->flip)
		b->aspect[b->naspect++] = 1 / ar;
}

static void
add_box_at(struct priors *b, float w, float h, float x, float y)
{
	float *box = b->box[b->n++];

	box[0] = w;
	box[1] = h;
	box[2] = x;
	box[3] = y;
}

static void
add_box(struct priors *b, float w, float h)
{
	const float at = b->p->offset;

	add_box_at(b, w, h, at, at);
	if (b->p->denser_prior_boxes)
		add_box_at(b, w, h, at, 1);
}

/* TL-SSD's. */
static void
make_boxes_at(struct priors *b, float x, float y)
{
	for (size_t i = 0; i < b->p->n_min_size; i++)
		for (int j = 1; j < b->naspect; j++) {
			const float min = b->p->min_size[i];
			const float r = sqrtf(b->aspect[j]);

			add_box_at(b, min * r, min / r, x, y);
		}
}

static void
make_boxes(struct priors *b)
{
	const Caffe__PriorBoxParameter *p = b->p;
	float min, max, r;
	size_t i;
	int j;

	for (i = 0; i < p->n_offset_w * p->n_offset_h; i++)
		make_boxes_at(b, p->offset_w[i / p->n_offset_h],
		    p->offset_h[i % p->n_offset_h]);
	for (i = 0; i < p->n_min_size && p->n_offset_w == 0; i++) {
		min = p->min_size[i];
		add_box(b, min, min);
		if (p->n_max_size) {
			max = sqrtf(min * p->max_size[i]);
			add_box(b, max, max);
		}
		for (j = 1; j < b->naspect; j++) {
			r = sqrtf(b->aspect[j]);
			add_box(b, min * r, min / r);
		}
	}
}

static int
check_sizes(const Caffe__PriorBoxParameter *p)
{
	const size_t sets = p->n_offset_w > 0 ? p->n_offset_w * p->n_offset_h
	    : p->denser_prior_boxes           ? 2
					      : 1;
	size_t i;

	if (p->n_min_size == 0)
		return err_set(ERR_FORMAT, "min_size is not given");
	if (p->n_max_size && p->n_max_size != p->n_min_size)
		return err_set(ERR_FORMAT,
		    "%zu values of max_size for %zu of min_size", p->n_max_size,
		    p->n_min_size);
	for (i = 0; i < p->n_min_size; i++)
		if (!(p->min_size[i] > 0) ||
		    (p->n_max_size && !(p->max_size[i] > p->min_size[i])))
			return err_set(ERR_FORMAT,
			    "min_size must be above 0 and below max_size");
	for (i = 0; i < p->n_aspect_ratio; i++)
		if (!(p->aspect_ratio[i] > 0))
			return err_set(
			    ERR_FORMAT, "aspect_ratio must be above 0");
	if (p->n_variance > 1 && p->n_variance != 4)
		return err_set(
		    ERR_FORMAT, "%zu variances; give 1 or 4", p->n_variance);
	if ((p->n_offset_w > 0) != (p->n_offset_h > 0))
		return err_set(ERR_FORMAT, "offset_w and offset_h go together");
	if (p->n_offset_w > 0 && p->n_aspect_ratio == 0)
		return err_set(
		    ERR_FORMAT, "offset_w needs an aspect_ratio other than 1");
	if (p->n_min_size > PRIORS_MAX || p->n_aspect_ratio > PRIORS_MAX ||
	    p->n_offset_w > PRIORS_MAX || p->n_offset_h > PRIORS_MAX ||
	    p->n_min_size * (2 + 2 * p->n_aspect_ratio) * sets > PRIORS_MAX)
		return err_set(
		    ERR_RANGE, "more than %d boxes at one place", PRIORS_MAX);
	return 0;
}

/* A size that may be given for both sides, for each, or taken from `unset`. */
static float
size_of(uint32_t both, uint32_t one, int64_t unset)
{
	if (both)
		return (float)both;
	return one ? (float)one : (float)unset;
}

static int
read_param(const struct layer *l, struct priors *b)
{
	const struct shape *f = layer_shape(l, 0), *d = layer_shape(l, 1);
	const Caffe__PriorBoxParameter *p = b->p;
	size_t i;

	TRY(check_sizes(p));
	if (f->n != 4 || d->n != 4)
		return err_set(ERR_FORMAT,
		    "its bottoms (feature map and picture) must have 4 axes");
	b->h = f->d[2];
	b->w = f->d[3];
	b->img_h = size_of(p->img_size, p->img_h, d->d[2]);
	b->img_w = size_of(p->img_size, p->img_w, d->d[3]);
	b->step_h = p->has_step ? p->step : p->step_h;
	b->step_w = p->has_step ? p->step : p->step_w;
	if (b->step_h == 0 || b->step_w == 0) {
		b->step_h = b->img_h / (float)b->h;
		b->step_w = b->img_w / (float)b->w;
	}
	b->aspect[b->naspect++] = 1;
	for (i = 0; i < p->n_aspect_ratio; i++)
		add_aspect(b, p->aspect_ratio[i]);
	make_boxes(b);
	return 0;
}

static float
clip_unit(const struct priors *b, float v)
{
	return b->p->clip ? fminf(fmaxf(v, 0), 1) : v;
}

static void
write_boxes(const struct priors *b, float *v)
{
	int64_t x, y;
	float cx, cy;
	int i;

	for (y = 0; y < b->h; y++)
		for (x = 0; x < b->w; x++)
			for (i = 0; i < b->n; i++) {
				cx = ((float)x + b->box[i][2]) * b->step_w;
				cy = ((float)y + b->box[i][3]) * b->step_h;
				*v++ = clip_unit(
				    b, (cx - b->box[i][0] / 2) / b->img_w);
				*v++ = clip_unit(
				    b, (cy - b->box[i][1] / 2) / b->img_h);
				*v++ = clip_unit(
				    b, (cx + b->box[i][0] / 2) / b->img_w);
				*v++ = clip_unit(
				    b, (cy + b->box[i][1] / 2) / b->img_h);
			}
}

static void
write_variances(const struct priors *b, float *v, size_t n)
{
	const Caffe__PriorBoxParameter *p = b->p;
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = p->n_variance > 1 ? p->variance[i % 4]
		    : p->n_variance      ? p->variance[0]
					 : 0.1f;
}

static int
emit(struct layer *l)
{
	struct priors b = { .p = LAYER_PARAM(l, prior_box_param, &none) };
	struct shape s = { 3, { 1, 2, 0 } };
	void *mem = NULL;
	float *v;
	int t;

	TRY(read_param(l, &b));
	s.d[2] = b.w * b.h * b.n * 4;
	TRY(shape_check(&s));
	TRY(mem_take(&mem, shape_count(&s), sizeof(*v), VALUES_MAX, "boxes"));
	v = mem;
	write_boxes(&b, v);
	write_variances(&b, v + s.d[2], (size_t)s.d[2]);
	t = graph_add_const(l->graph, l->name, &s, v);
	mem_free(mem);
	return layer_top(l, 0, t);
}

const struct layer_type layer_prior_box = { "PriorBox", 2, 2, 1, 1,
	.emit = emit, .no_grad = 3 };
