/*
 * RegionLoss and Yolov3, the losses of YOLO nets in MobileNet-YOLO's Caffe: bottoms a
 * map and labels (yolo_loss.h); tops the loss, then its parts, as many as are named:
 *
 *	coord   what is said of x, y, w and h
 *	object  of how much of an object there is
 *	class   of the classes
 *
 * each a sum over all pictures, divided by their number.  With s the sigmoid, t what
 * is to be said and l the weight of a box:
 *
 * RegionLoss (version 2): l = coord_scale;
 *	coord   l/2 ((s(x) - tx)^2 + (s(y) - ty)^2 + (w - tw)^2 + (h - th)^2)
 *	object  object_scale/2 (s(o) - IoU)^2, without a box noobject_scale/2 s(o)^2;
 *	        without rescore 1 in place of the IoU
 *	class   class_scale cross entropy of the softmax
 *	and for the first 12800 pictures all other anchors are drawn to their middle and
 *	size, with l = 0.01.
 *
 * Yolov3: l = coord_scale (2 - share of the picture);
 *	coord   l (H(s(x), tx) + H(s(y), ty) + ((w - tw)^2 + (h - th)^2) / 2)
 *	object  H(s(o), 1 or 0)
 *	class   class_scale H(s(c), 1 or 0) of each
 *	H being the cross entropy.  With use_logic_gradient H(p, t) is (p - t)^2 / 2,
 *	and that of an object counts object_scale.  With iou_loss IOU or GIOU (Rezatofighi
 *	et al., arXiv 1902.09630) coord is iou_normalizer (1 - that), of boxes alone.
 *
 * The gradients are those of the forks; the figure that these show is another, the
 * sum of the squares of the gradient.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/yolo_loss.h"

enum { COORD, OBJECT, CLASS, PARTS };
enum { DRAWN = 12800, PLACES_MAX = 1 << 24 };

static const Caffe__RegionLossParameter none2 =
    CAFFE__REGION_LOSS_PARAMETER__INIT;
static const Caffe__Yolov3Parameter none3 = CAFFE__YOLOV3_PARAMETER__INIT;

/* One anchor of a place: its numbers v and goals g are `step` apart. */
struct judged {
	const struct yolo_loss *y;
	const float *v, *g;
	size_t step, at;
	int a;
};

/* What a logit x costs that is to be t, and what it costs more with x. */
static double
cost(const struct yolo_loss *y, double x, double t, double *slope)
{
	const double p = yolo_sigmoid(x);

	if (y->entropy) {
		*slope = p - t;
		return fmax(x, 0) - x * t + log1p(exp(-fabs(x)));
	}
	*slope = (p - t) * p * (1 - p);
	return (p - t) * (p - t) / 2;
}

/* A side of two boxes: their common and their whole length, and what both gain by the
 * first one's lower and upper edge. */
struct side {
	double common, whole, dcommon[2], dwhole[2];
};

static struct side
side_of(double a, double la, double b, double lb)
{
	const double a0 = a - la / 2, a1 = a + la / 2;
	const double b0 = b - lb / 2, b1 = b + lb / 2;

	return (struct side){ fmin(a1, b1) - fmax(a0, b0),
		fmax(a1, b1) - fmin(a0, b0), { -(a0 > b0), a1 < b1 },
		{ -(a0 < b0), a1 > b1 } };
}

/* IoU or GIoU of a and b, and its slopes by x, y, w, h of a. */
static double
overlap(const struct yolo_loss *y, const struct yolo_box *a,
    const struct yolo_box *b, double d[YOLO_BOX])
{
	const struct side s[2] = { side_of(a->x, a->w, b->x, b->w),
		side_of(a->y, a->h, b->y, b->h) };
	const bool meet = s[0].common > 0 && s[1].common > 0;
	const double both = meet ? s[0].common * s[1].common : 0;
	const double all = a->w * a->h + b->w * b->h - both;
	const double hull = s[0].whole * s[1].whole;
	const double length[2] = { a->w, a->h };

	for (int k = 0; k < 2; k++) {
		double edge[2];

		for (int e = 0; e < 2; e++) {
			const double dboth =
			    meet ? s[k].dcommon[e] * s[1 - k].common : 0;
			const double dall =
			    (e == 0 ? -1 : 1) * length[1 - k] - dboth;
			const double dhull = s[k].dwhole[e] * s[1 - k].whole;

			edge[e] = (dboth * all - both * dall) / (all * all);
			if (y->overlap == 2)
				edge[e] +=
				    (dall * hull - all * dhull) / (hull * hull);
		}
		d[YOLO_X + k] = edge[0] + edge[1];
		d[YOLO_W + k] = (edge[1] - edge[0]) / 2;
	}
	return both / all - (y->overlap == 2 ? (hull - all) / hull : 0);
}

/* Of 1 - overlap, by the numbers of the map. */
static double
judge_overlap(const struct judged *j, double d[YOLO_BOX])
{
	const struct yolo_loss *y = j->y;
	const float *anchor = y->anchor[y->own[j->a]];
	const struct yolo_box found =
	    yolo_decode(y, j->v, j->a, j->at, j->step);
	const struct yolo_box box = {
		(double)(j->at % (size_t)y->width) + (double)j->g[YOLO_X],
		(double)(j->at / (size_t)y->width) +
		    (double)j->g[YOLO_Y * j->step],
		exp((double)j->g[YOLO_W * j->step]) * (double)anchor[0],
		exp((double)j->g[YOLO_H * j->step]) * (double)anchor[1],
	};
	const double is = overlap(y, &found, &box, d);

	for (int k = YOLO_X; k <= YOLO_Y; k++) {
		const double p =
		    yolo_sigmoid((double)j->v[(size_t)k * j->step]);

		d[k] *= -(double)y->overlap_weight * p * (1 - p);
	}
	d[YOLO_W] *= -(double)y->overlap_weight * found.w;
	d[YOLO_H] *= -(double)y->overlap_weight * found.h;
	return (double)y->overlap_weight * (1 - is);
}

static double
judge_coord(const struct judged *j, double d[YOLO_BOX])
{
	const size_t step = j->step;
	const double weight = (double)j->g[YOLO_GOAL_COORD * step];
	double sum = 0;

	if (j->y->overlap > 0 && j->g[YOLO_GOAL_FOUND * step] > 0)
		return judge_overlap(j, d);
	for (int k = 0; k < YOLO_BOX; k++) {
		const double v = (double)j->v[(size_t)k * step];
		const double t = (double)j->g[(size_t)k * step];

		if (k <= YOLO_Y) {
			sum += weight * cost(j->y, v, t, &d[k]);
		} else {
			d[k] = v - t;
			sum += weight * (v - t) * (v - t) / 2;
		}
		d[k] *= weight;
	}
	return sum;
}

/* log of the sum of e^ of the classes. */
static double
log_sum(const struct judged *j)
{
	const float *v = j->v + YOLO_CLASS * j->step;
	double most = (double)v[0], sum;

	for (int c = 1; c < j->y->classes; c++)
		most = fmax(most, (double)v[(size_t)c * j->step]);
	sum = exp((double)v[0] - most);
	for (int c = 1; c < j->y->classes; c++)
		sum += exp((double)v[(size_t)c * j->step] - most);
	return most + log(sum);
}

/* dv NULL: the slopes are not wanted; else they are written times scale. */
static double
judge_classes(const struct judged *j, double scale, float *dv)
{
	const struct yolo_loss *y = j->y;
	const double all = y->logistic ? 0 : log_sum(j);
	double sum = 0, slope;

	for (int c = 0; c < y->classes; c++) {
		const size_t at = (size_t)(YOLO_CLASS + c) * j->step;
		const double v = (double)j->v[at];
		const double t =
		    (double)j->g[(size_t)(YOLO_GOAL_CLASS + c) * j->step];

		if (y->logistic) {
			sum += cost(y, v, t, &slope);
		} else {
			slope = exp(v - all) - t;
			sum += t * (all - v);
		}
		if (dv != NULL)
			dv[at] = (float)(slope * (double)y->class * scale);
	}
	return sum * (double)y->class;
}

/* Adds what the anchor costs; with dv writes its slopes, each part times scale. */
static void
judge(const struct judged *j, double sum[PARTS], const double scale[PARTS],
    float *dv)
{
	const size_t step = j->step;
	const double weight = (double)j->g[YOLO_GOAL_JUDGED * step];
	double d[YOLO_BOX] = { 0 }, slope;

	if (j->g[YOLO_GOAL_COORD * step] > 0)
		sum[COORD] += judge_coord(j, d);
	sum[OBJECT] += weight *
	    cost(j->y, (double)j->v[YOLO_OBJECT * step],
		(double)j->g[YOLO_GOAL_OBJECT * step], &slope);
	if (dv != NULL) {
		for (int k = 0; k < YOLO_BOX; k++)
			dv[(size_t)k * step] = (float)(d[k] * scale[COORD]);
		dv[YOLO_OBJECT * step] =
		    (float)(slope * weight * scale[OBJECT]);
	}
	if (j->g[YOLO_GOAL_FOUND * step] > 0)
		sum[CLASS] += judge_classes(j, scale[CLASS], dv);
}

/* All of a batch; dmap NULL: no slopes. */
static void
judge_all(const struct yolo_loss *y, const float *const *in, double sum[PARTS],
    const double scale[PARTS], float *dmap)
{
	const size_t step = (size_t)y->height * (size_t)y->width;
	const size_t numbers = (size_t)(YOLO_CLASS + y->classes) * step;
	const size_t goals = (size_t)(YOLO_GOALS + y->classes) * step;

	for (int n = 0; n < y->items * y->num; n++)
		for (size_t at = 0; at < step; at++) {
			const size_t v = (size_t)n * numbers + at;
			const struct judged j = { y, in[0] + v,
				in[1] + (size_t)n * goals + at, step, at,
				n % y->num };

			judge(&j, sum, scale, dmap != NULL ? dmap + v : NULL);
		}
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct yolo_loss *y = state;
	const double scale[PARTS] = { 0 };
	double sum[PARTS] = { 0 };

	(void)env;
	judge_all(y, in, sum, scale, NULL);
	for (int k = 0; k < PARTS; k++)
		out[k][0] = (float)(sum[k] / y->items);
	return 0;
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct yolo_loss *y = state;
	double sum[PARTS] = { 0 }, scale[PARTS];

	(void)env;
	(void)out;
	if (din[0] == NULL)
		return 0;
	for (int k = 0; k < PARTS; k++)
		scale[k] = dout[k] != NULL ? (double)dout[k][0] / y->items : 0;
	memset(din[0], 0,
	    (size_t)y->items * (size_t)y->num *
		(size_t)(YOLO_CLASS + y->classes) * (size_t)y->height *
		(size_t)y->width * sizeof(*din[0]));
	judge_all(y, in, sum, scale, din[0]);
	return 0;
}

static int
check_map(
    struct yolo_loss *y, const struct layer *l, uint32_t num, uint32_t classes)
{
	const struct shape *s = layer_shape(l, 0);
	char t[SHAPE_TEXT_MAX];

	if (num < 1 || num > YOLO_ANCHORS_MAX || classes < 1 ||
	    classes > 1 << 16)
		return err_set(
		    ERR_FORMAT, "%u anchors and %u classes", num, classes);
	if (s->n != 4 || s->d[1] != (int64_t)num * (YOLO_CLASS + classes) ||
	    shape_count_axes(s, 2, 4) > PLACES_MAX)
		return err_set(ERR_FORMAT,
		    "%u anchors and %u classes need a bottom (N, %lld, H, W), not %s",
		    num, classes, (long long)num * (YOLO_CLASS + classes),
		    shape_text(t, s));
	y->items = (int)s->d[0];
	y->num = (int)num;
	y->classes = (int)classes;
	y->height = (int)s->d[2];
	y->width = (int)s->d[3];
	return 0;
}

static int
check_label(struct yolo_loss *y, const struct layer *l)
{
	const struct shape *s = layer_shape(l, 1);
	const size_t n = s->n > 1 ? shape_count_axes(s, 1, s->n) : 0;
	char t[SHAPE_TEXT_MAX];

	if (s->n == 4 && s->d[0] == 1 && s->d[1] == 1 && s->d[3] == 8) {
		y->row = 8;
		y->rows = (int)s->d[2];
		return 0;
	}
	if (s->n < 2 || s->d[0] != y->items || n == 0 || n % 5 != 0 ||
	    n > 1 << 20)
		return err_set(ERR_FORMAT,
		    "its label %s must be SSD's boxes (1, 1, R, 8), or class and box of each picture, (%d, 5 R)",
		    shape_text(t, s), y->items);
	y->row = 5;
	y->rows = (int)(n / 5);
	return 0;
}

/* Anchors in units of which a place has `unit`. */
static int
take_anchors(struct yolo_loss *y, const float *biases, size_t n, double unit)
{
	if (n % 2 != 0 || n / 2 < (size_t)y->num || n / 2 > YOLO_ANCHORS_MAX)
		return err_set(ERR_FORMAT,
		    "%zu biases for %d anchors: width and height of each", n,
		    y->num);
	y->all = (int)(n / 2);
	for (int i = 0; i < y->all; i++)
		for (int k = 0; k < 2; k++) {
			const double v = (double)biases[2 * i + k] / unit;

			if (!(v > 0 && isfinite(v)))
				return err_set(ERR_FORMAT,
				    "biases: anchor %d has no size", i);
			y->anchor[i][k] = (float)v;
		}
	return 0;
}

static int
check_weights(const struct yolo_loss *y)
{
	const float v[] = { y->coord, y->object, y->noobject, y->class,
		y->overlap_weight, y->thresh };

	for (size_t i = 0; i < LENGTH(v); i++)
		if (!(v[i] >= 0 && isfinite(v[i])))
			return err_set(ERR_FORMAT,
			    "a scale or thresh of %g: they are 0 or more",
			    (double)v[i]);
	return 0;
}

/* Both ops, and the tops. */
static int
add_ops(struct layer *l, struct yolo_loss *y)
{
	union op_attr find = {
		.custom = { .nin = 2, .nout = 1, .forward = yolo_assign }
	};
	union op_attr loss = { .custom = { .nin = 2,
				   .nout = PARTS,
				   .forward = forward,
				   .backward = backward } };
	const float weight[PARTS] = { 1, 1, 1 };
	int in[2] = { l->bottom[0], -1 }, part[PARTS];

	TRY(check_weights(y));
	find.custom.state = loss.custom.state = y;
	find.custom.shape[0] = shape_of(4, y->items,
	    y->num * (YOLO_GOALS + y->classes), y->height, y->width);
	TRY(shape_check(&find.custom.shape[0]));
	TRY(in[1] = graph_add(l->graph, OP_CUSTOM, &find, l->bottom, 2));
	graph_last(l->graph)->no_grad = 3;
	TRY(graph_add(l->graph, OP_CUSTOM, &loss, in, 2));
	graph_last(l->graph)->no_grad = 2;
	for (int i = 0; i < PARTS; i++)
		part[i] = graph_last(l->graph)->out[i];
	TRY(layer_top(l, 0, graph_sum(l->graph, part, PARTS, weight)));
	for (int i = 1; i < l->ntop; i++)
		TRY(layer_top(l, i, part[i - 1]));
	return 0;
}

static int
emit_region(struct layer *l)
{
	const Caffe__RegionLossParameter *p =
	    LAYER_PARAM(l, region_loss_param, &none2);
	struct yolo_loss *y = mem_new(struct yolo_loss);

	l->state = y;
	if (p->coords != YOLO_BOX || !p->softmax)
		return err_set(
		    ERR_UNSUPPORTED, "only coords: 4 and softmax: 1 are known");
	if (p->softmax_tree != NULL || p->class_map != NULL)
		return err_set(ERR_UNSUPPORTED,
		    "softmax_tree and class_map: trees of classes are not known here");
	TRY(check_map(y, l, p->num, p->num_class));
	TRY(check_label(y, l));
	TRY(take_anchors(y, p->biases, p->n_biases, 1));
	for (int i = 0; i < y->num; i++)
		y->own[i] = i;
	y->rescore = p->rescore != 0;
	y->bias_match = p->bias_match != 0;
	y->coord = p->coord_scale;
	y->object = p->object_scale;
	y->noobject = p->noobject_scale;
	y->class = p->class_scale;
	y->thresh = p->thresh;
	y->drawn = l->train ? DRAWN : 0;
	return add_ops(l, y);
}

static int
emit_yolov3(struct layer *l)
{
	const Caffe__Yolov3Parameter *p = LAYER_PARAM(l, yolov3_param, &none3);
	struct yolo_loss *y = mem_new(struct yolo_loss);

	l->state = y;
	if (p->use_focal_loss)
		return err_set(
		    ERR_UNSUPPORTED, "use_focal_loss is not known here");
	if (p->anchors_scale < 1 || p->n_mask != p->num)
		return err_set(ERR_FORMAT,
		    "num %u needs as many of mask (there are %zu), and anchors_scale is 1 or more",
		    p->num, p->n_mask);
	TRY(check_map(y, l, p->num, p->num_class));
	TRY(check_label(y, l));
	TRY(take_anchors(y, p->biases, p->n_biases, p->anchors_scale));
	for (int i = 0; i < y->num; i++) {
		if (p->mask[i] >= (uint32_t)y->all)
			return err_set(ERR_FORMAT, "mask %u, but %d anchors",
			    p->mask[i], y->all);
		y->own[i] = (int)p->mask[i];
	}
	y->logistic = y->bias_match = y->small = true;
	y->entropy = !p->use_logic_gradient;
	y->coord = p->coord_scale;
	y->object = p->use_logic_gradient ? p->object_scale : 1;
	y->noobject = 1;
	y->class = p->class_scale;
	y->thresh = p->thresh;
	y->overlap = (int)p->iou_loss;
	y->overlap_weight = p->iou_normalizer;
	return add_ops(l, y);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_region_loss = { "RegionLoss", 2, 2, 1, 1 + PARTS,
	.emit = emit_region, .loss_weight = 1, .free = release };
const struct layer_type layer_yolov3 = { "Yolov3", 2, 2, 1, 1 + PARTS,
	.emit = emit_yolov3, .loss_weight = 1, .free = release };
