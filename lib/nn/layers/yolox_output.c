/*
 * YoloxOutput: bottoms are the maps of a YOLOX head (yolox.h) and, last, the pictures
 * (N, C, H, W), whose size alone counts.  Of each place the class with the highest
 * score, which is p(object) p(class), thinned class by class.  Top as
 * DetectionOutput's, (1, 1, keep_top_k per item, 7): item, class, score, left, top,
 * right, bottom as shares of the picture; rows behind the last hold -1.  So are the
 * parameters, of which those of suppression and thresholds count; where they are
 * left out the IoU is 0.65, the score 0.01, and 100 boxes are kept.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "nn/layers/boxes.h"
#include "nn/layers/yolox.h"

enum { KEEP = 100, TOP_K = 1000 };
#define SCORE_MIN 0.01f
#define IOU_MAX   0.65f

struct output {
	struct yolox *y;
	float width, height; /* of a picture */
	struct layer_nms nms;
	float least;
	size_t keep, top_k;
};

static float
sigmoid(float x)
{
	return 1 / (1 + expf(-x));
}

/* The class that place a says; its score. */
static float
best_class(const struct yolox *y, const float *item, size_t a, int *label)
{
	const float *v = item + a;
	float best = -INFINITY;

	*label = -1;
	for (int c = 0; c < y->classes; c++) {
		const float x = v[(size_t)(YOLOX_CLASS + c) * y->places];

		if (c != y->p->ignore_label && x > best) {
			best = x;
			*label = c;
		}
	}
	return *label < 0
	    ? 0
	    : sigmoid(best) * sigmoid(v[YOLOX_OBJECT * y->places]);
}

static struct layer_box
share_of(const struct output *o, const float *item, size_t a)
{
	const struct yolox_box b = yolox_decode(o->y, item, a);

	return (struct layer_box){ (b.x - b.w / 2) / o->width,
		(b.y - b.h / 2) / o->height, (b.x + b.w / 2) / o->width,
		(b.y + b.h / 2) / o->height };
}

/* All of an item that are worth it; how many. */
static size_t
find(const struct output *o, const float *in, int item, struct layer_found *f)
{
	const struct yolox *y = o->y;
	const float *v =
	    in + (size_t)item * (size_t)(YOLOX_CLASS + y->classes) * y->places;
	size_t n = 0;
	int label;

	for (size_t a = 0; a < y->places; a++) {
		const float score = best_class(y, v, a, &label);

		if (score > o->least && label >= 0)
			f[n++] = (struct layer_found){ score, item, label,
				(int)a, share_of(o, v, a) };
	}
	return n;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct output *o = state;
	const struct yolox *y = o->y;
	struct layer_found *f = mem_array(struct layer_found, y->places + 1);
	float *row = out[0];
	size_t n;

	(void)env;
	for (int i = 0; i < y->items; i++) {
		n = find(o, in[0], i, f);
		qsort(f, n, sizeof(*f), layer_found_by_score);
		n = layer_found_suppress(
		    f, n < o->top_k ? n : o->top_k, &o->nms);
		n = layer_found_keep(f, n, o->keep);
		row = layer_found_write(row, f, n);
	}
	layer_found_pad(
	    row, out[0] + (size_t)y->items * o->keep * LAYER_FOUND_ROW);
	mem_free(f);
	return 0;
}

static int
set_thresholds(struct output *o, const Caffe__DetectionOutputParameter *p)
{
	const Caffe__NonMaximumSuppressionParameter *m =
	    p != NULL ? p->nms_param : NULL;

	o->nms = (struct layer_nms){
		.limit = m != NULL && m->has_nms_threshold ? m->nms_threshold
							   : IOU_MAX,
		.eta = m != NULL ? m->eta : 1,
	};
	o->top_k = m != NULL && m->has_top_k && m->top_k >= 0 ? (size_t)m->top_k
							      : TOP_K;
	o->least = p != NULL && p->has_confidence_threshold
	    ? p->confidence_threshold
	    : SCORE_MIN;
	o->keep = p != NULL && p->has_keep_top_k && p->keep_top_k > 0
	    ? (size_t)p->keep_top_k
	    : KEEP;
	if (o->keep > LAYER_FOUND_MAX / (size_t)o->y->items)
		return err_set(ERR_RANGE,
		    "%zu boxes of each of %d pictures are too many: lower keep_top_k",
		    o->keep, o->y->items);
	return 0;
}

static int
set_size(struct output *o, const struct layer *l)
{
	const struct shape *x = layer_shape(l, l->nbottom - 1);
	const struct shape *map = layer_shape(l, 0);
	const int64_t stride = o->y->p->stride[0];
	char t[SHAPE_TEXT_MAX];

	if (x->n != 4 || x->d[0] != o->y->items || x->d[2] < 1 || x->d[3] < 1 ||
	    (x->d[2] + stride - 1) / stride != map->d[2] ||
	    (x->d[3] + stride - 1) / stride != map->d[3])
		return err_set(ERR_FORMAT,
		    "its last bottom %s is not the pictures of the maps before it",
		    shape_text(t, x));
	o->height = (float)x->d[2];
	o->width = (float)x->d[3];
	return 0;
}

static int
emit(struct layer *l)
{
	union op_attr a = { .custom = {
				.nin = 1, .nout = 1, .forward = forward } };
	struct output *o = mem_new(struct output);
	int all;

	l->state = o;
	o->y = mem_new(struct yolox);
	o->y->p = LAYER_PARAM(l, yolox_param, &yolox_none);
	TRY(all = yolox_join(o->y, l, l->nbottom - 1));
	TRY(set_size(o, l));
	TRY(set_thresholds(o, l->p->detection_output_param));
	a.custom.state = o;
	a.custom.shape[0] =
	    shape_of(4, 1, 1, o->y->items * (int)o->keep, (int)LAYER_FOUND_ROW);
	TRY(layer_top(l, 0, graph_add(l->graph, OP_CUSTOM, &a, &all, 1)));
	graph_last(l->graph)->no_grad = 1;
	return 0;
}

static void
release(struct layer *l)
{
	struct output *o = l->state;

	if (o != NULL)
		yolox_free(o->y);
	mem_free(o);
}

const struct layer_type layer_yolox_output = { "YoloxOutput", 2,
	YOLOX_LEVELS_MAX + 1, 1, 1, .emit = emit, .no_grad = 0x1ff,
	.free = release };
