/*
 * Proposal (Faster R-CNN, Ren et al., 2015): boxes that may hold something, from
 * the scores and offsets of a region proposal net.  Also its Python form, the layer
 * ProposalLayer of rpn.proposal_layer, whose param_str gives feat_stride, scales and
 * ratios, and whose other numbers are those of the phase.
 *
 * Bottoms: scores (N, 2 A, H, W), of which the last A are those of something, offsets
 * (N, 4 A, H, W), and the pictures' height, width and scale (1 or N rows of 3; of 4
 * or more where height and width are scaled apart).
 *
 * Boxes are cut to the picture; those smaller than min_size times the scale are
 * left out.  Of the pre_nms_topn best, post_nms_topn stay that share no more than
 * nms_thresh.  Top 0 holds rows of picture, x1, y1, x2, y2 (roi.h), as many as there
 * can be: behind the last found the picture is -1.  Top 1: their scores.  Host code.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/boxes.h"
#include "nn/layers/python.h"
#include "nn/layers/roi.h"

enum { ANCHORS_MAX = 256, SIDES_MAX = 64, BOXES_MAX = 1 << 26 };

static const Caffe__ProposalParameter none = CAFFE__PROPOSAL_PARAMETER__INIT;

struct proposal {
	double stride, base, min_size;
	double ratio[SIDES_MAX], scale[SIDES_MAX];
	int nratio, nscale;
	int64_t pre, post;
	struct layer_nms nms;
	struct layer_box anchor[ANCHORS_MAX];
	int anchors;
	int64_t items, height, width; /* of the map */
	int64_t rows;                 /* of an item */
	int64_t infos, info;          /* rows of the third bottom, and values */
};

/*
 * The boxes around the first place: a square of the base size, brought to each
 * ratio of height to width at the same area, in whole pixels, halves to the even;
 * then to each scale.
 */
static void
make_anchors(struct proposal *p)
{
	const double middle = (p->base - 1) / 2;

	for (int i = 0; i < p->nratio; i++) {
		const double w = rint(sqrt(p->base * p->base / p->ratio[i]));
		const double h = rint(w * p->ratio[i]);

		for (int k = 0; k < p->nscale; k++) {
			const double x = (w * p->scale[k] - 1) / 2;
			const double y = (h * p->scale[k] - 1) / 2;

			p->anchor[p->anchors++] =
			    (struct layer_box){ (float)(middle - x),
				    (float)(middle - y), (float)(middle + x),
				    (float)(middle + y) };
		}
	}
}

/* Candidates of a picture; how many. */
static size_t
candidates(const struct proposal *p, int64_t item, const float *const *in,
    struct layer_found *f)
{
	const size_t map = (size_t)(p->height * p->width);
	const float *score =
	    in[0] + (size_t)((2 * item + 1) * p->anchors) * map;
	const float *offset = in[1] + (size_t)(item * 4 * p->anchors) * map;
	const float *info = in[2] + (p->infos > 1 ? item * p->info : 0);
	const float least_h = (float)p->min_size * info[2];
	const float least_w = (float)p->min_size * info[p->info > 3 ? 3 : 2];
	size_t n = 0;

	for (size_t i = 0; i < map * (size_t)p->anchors; i++) {
		const size_t a = i % (size_t)p->anchors;
		const size_t at = i / (size_t)p->anchors;
		const float x = (float)(p->stride * (double)(at % p->width));
		const float y = (float)(p->stride * (double)(at / p->width));
		struct layer_box b = p->anchor[a];
		float v[4];

		for (size_t k = 0; k < 4; k++)
			v[k] = offset[(4 * a + k) * map + at];
		b.x0 += x;
		b.x1 += x;
		b.y0 += y;
		b.y1 += y;
		b = layer_box_regress(&b, v);
		if (!layer_box_finite(&b) || isnan(score[a * map + at]))
			continue;
		layer_box_cut(&b, info[1], info[0]);
		if (!(b.x1 - b.x0 + 1 >= least_w && b.y1 - b.y0 + 1 >= least_h))
			continue;
		f[n++] = (struct layer_found){ score[a * map + at], (int)item,
			0, (int)i, b };
	}
	return n;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct proposal *p = state;
	struct layer_found *f = mem_array(struct layer_found,
	    (size_t)(p->height * p->width * p->anchors) + 1);
	float *row = out[0], *score = out[1];
	const float *end = row + p->items * p->rows * LAYER_ROI;

	(void)env;
	for (int64_t item = 0; item < p->items; item++) {
		size_t n = candidates(p, item, in, f);

		qsort(f, n, sizeof(*f), layer_found_by_score);
		if (p->pre > 0 && n > (size_t)p->pre)
			n = (size_t)p->pre;
		n = layer_found_suppress(f, n, &p->nms);
		for (size_t i = 0; i < n; i++, row += LAYER_ROI) {
			row[0] = (float)item;
			memcpy(&row[1], &f[i].box, sizeof(f[i].box));
			*score++ = f[i].score;
		}
	}
	for (; row < end; row += LAYER_ROI) {
		memset(row, 0, LAYER_ROI * sizeof(*row));
		row[0] = -1;
		*score++ = 0;
	}
	mem_free(f);
	return 0;
}

static int
take_shapes(struct proposal *p, const struct layer *l)
{
	const struct shape *s = layer_shape(l, 0), *b = layer_shape(l, 1);
	const struct shape *i = layer_shape(l, 2);
	char text[SHAPE_TEXT_MAX];

	if (s->n != 4 || s->d[1] != 2 * p->anchors)
		return err_set(ERR_FORMAT,
		    "%d boxes at each place need scores (N, %d, H, W), not %s",
		    p->anchors, 2 * p->anchors, shape_text(text, s));
	if (b->n != 4 || b->d[0] != s->d[0] || b->d[1] != 4 * p->anchors ||
	    b->d[2] != s->d[2] || b->d[3] != s->d[3])
		return err_set(ERR_FORMAT,
		    "%d boxes at each place need offsets (N, %d, H, W) of the size of the scores, not %s",
		    p->anchors, 4 * p->anchors, shape_text(text, b));
	p->infos = i->n > 1 ? i->d[0] : 1;
	p->info = (int64_t)shape_count(i) / p->infos;
	if (p->info < 3 || (p->infos != 1 && p->infos != s->d[0]))
		return err_set(ERR_FORMAT,
		    "its third bottom must be height, width and scale of each picture, not %s",
		    shape_text(text, i));
	p->items = s->d[0];
	p->height = s->d[2];
	p->width = s->d[3];
	return 0;
}

static int
check_numbers(const struct proposal *p)
{
	if (!(p->stride >= 1 && p->stride <= 4096 && p->base >= 1 &&
		p->base <= 4096 && p->min_size >= 0 && p->min_size <= 1e6))
		return err_set(ERR_FORMAT,
		    "feat_stride %g, base_size %g, min_size %g are no sizes of pixels",
		    p->stride, p->base, p->min_size);
	for (int i = 0; i < p->nratio; i++)
		if (!(p->ratio[i] > 0 && p->ratio[i] <= 1e3))
			return err_set(
			    ERR_FORMAT, "ratio %g of a box", p->ratio[i]);
	for (int i = 0; i < p->nscale; i++)
		if (!(p->scale[i] > 0 && p->scale[i] <= 1e4))
			return err_set(
			    ERR_FORMAT, "scale %g of a box", p->scale[i]);
	if (p->nratio * p->nscale > ANCHORS_MAX)
		return err_set(
		    ERR_RANGE, "more than %d boxes at one place", ANCHORS_MAX);
	if (!(p->nms.limit >= 0 && p->nms.limit <= 1))
		return err_set(
		    ERR_FORMAT, "nms_thresh %g is not in 0..1", p->nms.limit);
	return 0;
}

static int
add_op(struct layer *l, struct proposal *p)
{
	union op_attr a = { .custom = { .nin = 3,
				.nout = 2,
				.forward = forward,
				.state = p } };
	int64_t all;
	int y;

	TRY(check_numbers(p));
	make_anchors(p);
	TRY(take_shapes(p, l));
	all = p->height * p->width * p->anchors;
	if (all > BOXES_MAX)
		return err_set(
		    ERR_RANGE, "%lld boxes are too many", (long long)all);
	p->rows = p->post > 0 && p->post < all ? p->post : all;
	if (p->pre > 0 && p->pre < p->rows)
		p->rows = p->pre;
	if (p->rows * p->items > LAYER_FOUND_MAX)
		return err_set(ERR_RANGE,
		    "%lld boxes are too many: give post_nms_topn",
		    (long long)(p->rows * p->items));
	p->nms.eta = 1;
	p->nms.last = true;
	p->nms.most = (size_t)p->rows;
	a.custom.shape[0] = shape_of(2, p->rows * p->items, (int)LAYER_ROI);
	a.custom.shape[1] = shape_of(2, p->rows * p->items, 1);
	TRY(y = graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 3));
	if (l->ntop > 1)
		TRY(layer_top(l, 1, graph_last(l->graph)->out[1]));
	return layer_top(l, 0, y);
}

static void
standard_sides(struct proposal *p)
{
	static const double ratio[3] = { 0.5, 1, 2 }, scale[3] = { 8, 16, 32 };

	if (p->nratio == 0) {
		memcpy(p->ratio, ratio, sizeof(ratio));
		p->nratio = 3;
	}
	if (p->nscale == 0) {
		memcpy(p->scale, scale, sizeof(scale));
		p->nscale = 3;
	}
}

static int
emit(struct layer *l)
{
	const Caffe__ProposalParameter *q =
	    LAYER_PARAM(l, proposal_param, &none);
	struct proposal *p = mem_new(struct proposal);

	l->state = p;
	if (q->n_ratio > SIDES_MAX || q->n_scale > SIDES_MAX)
		return err_set(
		    ERR_RANGE, "more than %d ratios or scales", SIDES_MAX);
	for (size_t i = 0; i < q->n_ratio; i++)
		p->ratio[p->nratio++] = (double)q->ratio[i];
	for (size_t i = 0; i < q->n_scale; i++)
		p->scale[p->nscale++] = (double)q->scale[i];
	standard_sides(p);
	p->stride = q->feat_stride;
	p->base = q->base_size;
	p->min_size = q->min_size;
	p->pre = q->pre_nms_topn;
	p->post = q->post_nms_topn;
	p->nms.limit = q->nms_thresh;
	return add_op(l, p);
}

/* As py-faster-rcnn has it: anchors of 16 pixels, min_size 16, 0.7. */
static int
python_emit(struct layer *l)
{
	struct proposal *p = mem_new(struct proposal);
	struct python_value v[] = {
		{ "feat_stride", &p->stride, 1, NULL },
		{ "scales", p->scale, SIDES_MAX, &p->nscale },
		{ "ratios", p->ratio, SIDES_MAX, &p->nratio },
	};

	l->state = p;
	p->stride = 16;
	TRY(python_values(l, v, LENGTH(v)));
	standard_sides(p);
	p->base = 16;
	p->min_size = 16;
	p->pre = l->train ? 12000 : 6000;
	p->post = l->train ? 2000 : 300;
	p->nms.limit = 0.7f;
	return add_op(l, p);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_proposal = { "Proposal", 3, 3, 1, 2, .emit = emit,
	.no_grad = 7, .free = release };
const struct layer_type python_proposal = { "ProposalLayer", 3, 3, 1, 2,
	.emit = python_emit, .no_grad = 7, .free = release };
