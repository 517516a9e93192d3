/*
 * YoloxLoss: bottoms are the maps of a YOLOX head (yolox.h) and, last, DIGITS's
 * lists of boxes (N, 1, R, 16) in pixels.  Tops: the loss, then its parts, as many
 * as are named:
 *
 *	iou     1 - IoU^2 of the places that are to find a box
 *	object  cross entropy of objectness, 1 for these and 0 for the others
 *	class   cross entropy of the classes of these, the box's own being its IoU
 *	l1      |difference| of x, y, w, h as the map has them
 *
 * each a sum over all pictures, divided by the number of places that are to find
 * a box, or 1.  The loss is iou_weight iou + object + class + l1_weight l1.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/yolox.h"

enum { IOU, OBJECT, CLASS, L1, PARTS, BOX = 4 };

/* log(1 + e^x) - x t, the cross entropy of a logit. */
static double
entropy(double x, double t)
{
	return fmax(x, 0) - x * t + log1p(exp(-fabs(x)));
}

static double
sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* How many places have a box, at least 1. */
static double
count(const struct yolox *y, const float *target)
{
	double n = 0;

	for (int i = 0; i < y->items; i++) {
		const float *is = target +
		    ((size_t)i * YOLOX_TARGETS + YOLOX_TARGET_IS) * y->places;

		for (size_t a = 0; a < y->places; a++)
			n += is[a] > 0;
	}
	return n > 1 ? n : 1;
}

/* One place: its numbers v and target t are `step` apart. */
struct judged {
	const struct yolox *y;
	size_t a, step;
	const float *v, *t;
	struct yolox_box found, box;
	double aim[BOX]; /* of L1 */
};

static void
judge(struct judged *j, const struct yolox *y, const float *item,
    const float *target, size_t a)
{
	const struct yolox_place *p = &y->place[a];
	const size_t step = y->places;
	const float *t = target + a;

	*j = (struct judged){ y, a, step, item + a, t, yolox_decode(y, item, a),
		{ t[YOLOX_X * step], t[YOLOX_Y * step], t[YOLOX_W * step],
		    t[YOLOX_H * step] },
		{ 0 } };
	j->aim[YOLOX_X] = (double)j->box.x / p->stride - p->column;
	j->aim[YOLOX_Y] = (double)j->box.y / p->stride - p->row;
	j->aim[YOLOX_W] = log((double)j->box.w / p->stride + 1e-8);
	j->aim[YOLOX_H] = log((double)j->box.h / p->stride + 1e-8);
}

static double
class_aim(const struct judged *j, int c)
{
	return c == (int)j->t[YOLOX_TARGET_CLASS * j->step]
	    ? j->t[YOLOX_TARGET_IOU * j->step]
	    : 0;
}

static void
add_losses(const struct judged *j, double sum[PARTS])
{
	const double iou = yolox_iou(&j->found, &j->box);

	sum[IOU] += 1 - iou * iou;
	for (int c = 0; c < j->y->classes; c++)
		sum[CLASS] += entropy(
		    j->v[(size_t)(YOLOX_CLASS + c) * j->step], class_aim(j, c));
	for (int k = 0; k < BOX; k++)
		sum[L1] += fabs(j->v[(size_t)k * j->step] - j->aim[k]);
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct yolox *y = state;
	const double n = count(y, in[1]);
	double sum[PARTS] = { 0 };
	struct judged j;

	(void)env;
	for (int i = 0; i < y->items; i++) {
		const float *item = in[0] +
		    (size_t)i * (size_t)(YOLOX_CLASS + y->classes) * y->places;
		const float *target =
		    in[1] + (size_t)i * YOLOX_TARGETS * y->places;
		const float *is = target + YOLOX_TARGET_IS * y->places;

		for (size_t a = 0; a < y->places; a++) {
			if (is[a] >= 0)
				sum[OBJECT] += entropy(
				    item[YOLOX_OBJECT * y->places + a], is[a]);
			if (!(is[a] > 0))
				continue;
			judge(&j, y, item, target, a);
			add_losses(&j, sum);
		}
	}
	for (int k = 0; k < PARTS; k++)
		out[k][0] = (float)(sum[k] / n);
	return 0;
}

/* The common stretch of two of a side, and what it gains by the first's middle and
 * by its length. */
struct stretch {
	double length, by_middle, by_length;
};

static struct stretch
stretch_of(double a, double la, double b, double lb)
{
	const bool right = a + la / 2 < b + lb / 2; /* the edge is a's */
	const bool left = a - la / 2 > b - lb / 2;
	const double length = (right ? a + la / 2 : b + lb / 2) -
	    (left ? a - la / 2 : b - lb / 2);

	if (!(length > 0))
		return (struct stretch){ 0, 0, 0 };
	return (struct stretch){ length, (double)right - left,
		((double)right + left) / 2 };
}

/* Of IoU, by x, y, w, h of the box that was found; the IoU. */
static double
iou_slopes(const struct judged *j, double d[BOX])
{
	const struct yolox_box *f = &j->found, *b = &j->box;
	const struct stretch w = stretch_of(f->x, f->w, b->x, b->w);
	const struct stretch h = stretch_of(f->y, f->h, b->y, b->h);
	const double both = w.length * h.length;
	const double all = (double)f->w * f->h + (double)b->w * b->h - both;
	const double by_both[BOX] = { w.by_middle * h.length,
		h.by_middle * w.length, w.by_length * h.length,
		h.by_length * w.length };
	const double by_own[BOX] = { 0, 0, f->h, f->w };

	for (int k = 0; k < BOX; k++)
		d[k] = all > 0 && both > 0
		    ? (by_both[k] * (all + both) - both * by_own[k]) /
			(all * all)
		    : 0;
	return all > 0 ? both / all : 0;
}

/* Gradients by the numbers of a place that has a box. */
static void
add_slopes(const struct judged *j, const double scale[PARTS], float *dv)
{
	const double stride = j->y->place[j->a].stride;
	const double by_number[BOX] = { stride, stride, j->found.w,
		j->found.h };
	double d[BOX], iou = iou_slopes(j, d);

	for (int k = 0; k < BOX; k++) {
		const double x = j->v[(size_t)k * j->step] - j->aim[k];

		dv[(size_t)k * j->step] =
		    (float)(-2 * iou * d[k] * by_number[k] * scale[IOU] +
			((x > 0) - (x < 0)) * scale[L1]);
	}
	for (int c = 0; c < j->y->classes; c++) {
		const size_t at = (size_t)(YOLOX_CLASS + c) * j->step;

		dv[at] = (float)((sigmoid(j->v[at]) - class_aim(j, c)) *
		    scale[CLASS]);
	}
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct yolox *y = state;
	const size_t item = (size_t)(YOLOX_CLASS + y->classes) * y->places;
	const double n = count(y, in[1]);
	double scale[PARTS];
	struct judged j;

	(void)env;
	(void)out;
	if (din[0] == NULL)
		return 0;
	for (int k = 0; k < PARTS; k++)
		scale[k] = dout[k] != NULL ? dout[k][0] / n : 0;
	memset(din[0], 0, (size_t)y->items * item * sizeof(*din[0]));
	for (int i = 0; i < y->items; i++) {
		const float *v = in[0] + (size_t)i * item;
		const float *target =
		    in[1] + (size_t)i * YOLOX_TARGETS * y->places;
		const float *is = target + YOLOX_TARGET_IS * y->places;
		const size_t object = YOLOX_OBJECT * y->places;
		float *dv = din[0] + (size_t)i * item;

		for (size_t a = 0; a < y->places; a++) {
			if (is[a] >= 0)
				dv[object + a] =
				    (float)((sigmoid(v[object + a]) - is[a]) *
					scale[OBJECT]);
			if (!(is[a] > 0))
				continue;
			judge(&j, y, v, target, a);
			add_slopes(&j, scale, dv + a);
		}
	}
	return 0;
}

static int
check_label(struct yolox *y, const struct layer *l)
{
	const struct shape *s = layer_shape(l, l->nbottom - 1);
	char t[SHAPE_TEXT_MAX];

	if (s->n != 4 || s->d[0] != y->items || s->d[1] != 1 || s->d[3] != 16)
		return err_set(ERR_FORMAT,
		    "its last bottom %s must be lists of boxes, (%d, 1, rows, 16)",
		    shape_text(t, s), y->items);
	y->rows = (int)s->d[2];
	if (y->p->candidates < 1 || y->p->candidates > 64)
		return err_set(ERR_FORMAT, "candidates is %u; it must be 1..64",
		    (unsigned)y->p->candidates);
	if (!(y->p->center_radius > 0))
		return err_set(ERR_FORMAT,
		    "center_radius is %g; it must be above 0",
		    y->p->center_radius);
	return 0;
}

static int
assign(struct layer *l, struct yolox *y, int all)
{
	union op_attr a = {
		.custom = { .nin = 2, .nout = 1, .forward = yolox_assign }
	};
	const int in[2] = { all, l->bottom[l->nbottom - 1] };
	int t;

	a.custom.state = y;
	a.custom.shape[0] =
	    shape_of(3, y->items, (int)YOLOX_TARGETS, (int)y->places);
	TRY(t = graph_add(l->graph, OP_CUSTOM, &a, in, 2));
	graph_last(l->graph)->no_grad = 3;
	return t;
}

static int
emit(struct layer *l)
{
	union op_attr a = { .custom = { .nin = 2,
				.nout = PARTS,
				.forward = forward,
				.backward = backward } };
	struct yolox *y = mem_new(struct yolox);
	float weight[PARTS] = { 1, 1, 1, 1 };
	int in[2], part[PARTS];

	l->state = y;
	y->p = LAYER_PARAM(l, yolox_param, &yolox_none);
	TRY(in[0] = yolox_join(y, l, l->nbottom - 1));
	TRY(check_label(y, l));
	TRY(in[1] = assign(l, y, in[0]));
	a.custom.state = y;
	TRY(graph_add(l->graph, OP_CUSTOM, &a, in, 2));
	graph_last(l->graph)->no_grad = 2;
	for (int i = 0; i < PARTS; i++)
		part[i] = graph_last(l->graph)->out[i];
	weight[IOU] = y->p->iou_weight;
	weight[L1] = y->p->l1_weight;
	TRY(layer_top(l, 0, graph_sum(l->graph, part, PARTS, weight)));
	for (int i = 1; i < l->ntop; i++)
		TRY(layer_top(l, i, part[i - 1]));
	return 0;
}

static void
release(struct layer *l)
{
	yolox_free(l->state);
}

const struct layer_type layer_yolox_loss = { "YoloxLoss", 2,
	YOLOX_LEVELS_MAX + 1, 1, 1 + PARTS, .emit = emit, .loss_weight = 1,
	.free = release };
