/*
 * NonMaxSuppression, as ONNX has it: of boxes that overlap by more than a threshold
 * the one with the best score stays, class by class.
 *
 * Bottoms: boxes (N, B, 4), scores (N, C, B).  Tops: rows of item, class and box, the
 * best first within a class; and 1 for each row that is one.  There is room for all
 * rows that may come; what is behind those that did is 0.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/moving/moving.h"

static const Caffe__NonMaxSuppressionParameter none =
    CAFFE__NON_MAX_SUPPRESSION_PARAMETER__INIT;

struct nms {
	size_t items, classes, boxes, most, rows;
	float iou, score;
	bool has_score, centres;
};

struct box {
	float x0, y0, x1, y1;
};

struct found {
	float score;
	uint32_t at;
};

static struct box
box_at(const struct nms *s, const float *v)
{
	if (s->centres)
		return (struct box){ v[0] - v[2] / 2, v[1] - v[3] / 2,
			v[0] + v[2] / 2, v[1] + v[3] / 2 };
	/* any two corners that lie across */
	return (struct box){ fminf(v[1], v[3]), fminf(v[0], v[2]),
		fmaxf(v[1], v[3]), fmaxf(v[0], v[2]) };
}

static float
overlap(const struct box *a, const struct box *b)
{
	const float w = fminf(a->x1, b->x1) - fmaxf(a->x0, b->x0);
	const float h = fminf(a->y1, b->y1) - fmaxf(a->y0, b->y0);
	const float both = (a->x1 - a->x0) * (a->y1 - a->y0) +
	    (b->x1 - b->x0) * (b->y1 - b->y0);

	if (!(w > 0) || !(h > 0) || !(both - w * h > 0))
		return 0;
	return w * h / (both - w * h);
}

static int
order(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* What stays of one class, to kept; how many.  A score that is no number is none. */
static size_t
choose(const struct nms *s, const struct box *boxes, const float *scores,
    struct found *found, uint32_t *kept)
{
	size_t n = 0, stay = 0;

	for (size_t i = 0; i < s->boxes; i++)
		if (s->has_score ? scores[i] > s->score : !isnan(scores[i]))
			found[n++] = (struct found){ scores[i], (uint32_t)i };
	qsort(found, n, sizeof(*found), order);
	for (size_t i = 0; i < n && stay < s->most; i++) {
		size_t k = 0;

		while (k < stay &&
		    overlap(&boxes[kept[k]], &boxes[found[i].at]) <= s->iou)
			k++;
		if (k == stay)
			kept[stay++] = found[i].at;
	}
	return stay;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct nms *s = state;
	struct box *boxes = mem_array(struct box, s->boxes + 1);
	struct found *found = mem_array(struct found, s->boxes + 1);
	uint32_t *kept = mem_array(uint32_t, s->most + 1);
	size_t row = 0;

	(void)env;
	memset(out[0], 0, 3 * s->rows * sizeof(float));
	memset(out[1], 0, s->rows * sizeof(float));
	for (size_t i = 0; i < s->items; i++) {
		for (size_t k = 0; k < s->boxes; k++)
			boxes[k] = box_at(s, in[0] + 4 * (i * s->boxes + k));
		for (size_t c = 0; c < s->classes; c++) {
			const size_t n = choose(s, boxes,
			    in[1] + (i * s->classes + c) * s->boxes, found,
			    kept);

			for (size_t k = 0; k < n; k++, row++) {
				out[0][3 * row] = (float)i;
				out[0][3 * row + 1] = (float)c;
				out[0][3 * row + 2] = (float)kept[k];
				out[1][row] = 1;
			}
		}
	}
	mem_free(boxes);
	mem_free(found);
	mem_free(kept);
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__NonMaxSuppressionParameter *p =
	    LAYER_PARAM(l, non_max_suppression_param, &none);
	const struct shape *b = layer_shape(l, 0), *c = layer_shape(l, 1);
	union op_attr a = { .custom = {
				.nin = 2, .nout = 2, .forward = forward } };
	char bt[SHAPE_TEXT_MAX], ct[SHAPE_TEXT_MAX];
	struct nms *s = mem_new(struct nms);
	int t;

	l->state = a.custom.state = s;
	if (b->n != 3 || c->n != 3 || b->d[2] != 4 || b->d[0] != c->d[0] ||
	    b->d[1] != c->d[2])
		return err_set(ERR_FORMAT,
		    "boxes %s and scores %s: they are to be (N, B, 4) and (N, C, B)",
		    shape_text(bt, b), shape_text(ct, c));
	s->items = (size_t)c->d[0];
	s->classes = (size_t)c->d[1];
	s->boxes = (size_t)c->d[2];
	s->most = p->max_output < s->boxes ? p->max_output : s->boxes;
	s->rows = s->items * s->classes * s->most;
	s->iou = p->iou_threshold;
	s->has_score = p->has_score_threshold;
	s->score = p->score_threshold;
	s->centres = p->center_point_box;
	a.custom.shape[0].n = 2;
	a.custom.shape[0].d[0] = (int64_t)s->rows;
	a.custom.shape[0].d[1] = 3;
	a.custom.shape[1].n = 1;
	a.custom.shape[1].d[0] = (int64_t)s->rows;
	TRY(t = graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
	TRY(layer_top(l, 0, t));
	return layer_top(l, 1, graph_last(l->graph)->out[1]);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_nms = { "NonMaxSuppression", 2, 2, 2, 2,
	.emit = emit, .no_grad = 3, .free = release };
