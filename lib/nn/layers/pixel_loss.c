/*
 * Losses of labelled places, of scores (N, C, ...) and a label a place; with one score
 * a place (C is 1) there are two classes, 1 and 0, and p is its sigmoid, else p is the
 * softmax.  Places of loss_param's ignore_label do not count.  With g the truth as 0
 * and 1:
 *
 * DiceLoss (Milletari, Navab, Ahmadi, "V-Net", 3DV 2016, equation 3), of the sums over
 * the places of a batch, a mean over classes:
 *
 *	1 - mean_c (2 sum p_c g_c + s) / (sum p_c^2 + sum g_c^2 + s)
 *
 * FocalLoss (Lin et al., "Focal loss for dense object detection", ICCV 2017), with p_t
 * that of the true class, w_t its class_weighting (else 1; with alpha, of one score a
 * place: alpha for class 1, 1 - alpha for class 0):
 *
 *	- sum w_t (1 - p_t)^gamma log(p_t + 1e-7) / (places that count)
 *
 * or divided by what loss_param.normalization says.  A label that is no class makes
 * the loss NaN, which ends a training.
 */
#include "base/mem.h"
#include "base/num.h"
#include "nn/layers/types.h"

static const Caffe__DiceLossParameter dice_none =
    CAFFE__DICE_LOSS_PARAMETER__INIT;
static const Caffe__FocalLossParameter focal_none =
    CAFFE__FOCAL_LOSS_PARAMETER__INIT;

/* Log of nothing is none. */
#define LEAST 1e-7F

struct terms {
	int64_t items, classes, places;
	int p;     /* (N, C, S) */
	int truth; /* (N, C, S): g, 0 where nothing counts */
	int other; /* (N, 1, S), of one score a place: class 0; else -1 */
	int valid; /* (N, 1, S): 1 where it counts; -1: everywhere */
	int check; /* (1, 1, 1): 0, or NaN where a label is no class */
};

enum { ALL_AXES = 7, BUT_CLASSES = 5 };

static int
affine(struct graph *g, int x, float shift, float scale)
{
	return graph_unary(g, x, UNARY_POWER, shift, scale, 1);
}

/* 1 where x is not y, both whole numbers. */
static int
unequal(struct graph *g, int x, int y)
{
	TRY(x = graph_binary(g, x, y, BINARY_SUB));
	TRY(x = graph_unary(g, x, UNARY_ABS, 0, 0, 0));
	return graph_unary(g, x, UNARY_THRESHOLD, 0.5F, 0, 0);
}

static int
numbers(struct graph *g, const char *name, int64_t n, float first)
{
	const struct shape s = { 3, { 1, n, 1 } };
	float *v = mem_array(float, (size_t)n);
	int t;

	for (int64_t i = 0; i < n; i++)
		v[i] = first + (float)i;
	t = graph_add_const(g, name, &s, v);
	mem_free(v);
	return t;
}

/* 1 where the label is one of n classes from first on, and counts. */
static int
is_class(struct graph *g, const struct terms *t, int label, const char *name,
    int64_t n, float first)
{
	int y;

	TRY(y = numbers(g, name, n, first));
	TRY(y = unequal(g, label, y));
	TRY(y = affine(g, y, 1, -1));
	return t->valid < 0 ? y : graph_binary(g, y, t->valid, BINARY_MUL);
}

/* log(1 - labels that are none) */
static int
check_labels(struct graph *g, const struct terms *t)
{
	const struct shape one = { 3, { 1, 1, 1 } };
	const float all = (float)(t->items * t->places);
	int n, known, more;

	if (t->valid >= 0)
		TRY(n = graph_reduce(g, t->valid, REDUCE_SUM, ALL_AXES, 1));
	else
		TRY(n = graph_add_const(g, "places", &one, &all));
	TRY(known = graph_reduce(g, t->truth, REDUCE_SUM, ALL_AXES, 1));
	TRY(n = graph_binary(g, n, known, BINARY_SUB));
	if (t->other >= 0) {
		TRY(more = graph_reduce(g, t->other, REDUCE_SUM, ALL_AXES, 1));
		TRY(n = graph_binary(g, n, more, BINARY_SUB));
	}
	return graph_unary(g, n, UNARY_LOG, 1, -1, 1);
}

static int
fold(struct layer *l, struct terms *t, int *scores, int *label)
{
	const struct shape *x = layer_shape(l, 0);
	struct shape s = { 3, { 0 } };
	char text[SHAPE_TEXT_MAX], other[SHAPE_TEXT_MAX];

	if (x->n < 2 ||
	    shape_count(x) != shape_count(layer_shape(l, 1)) * (size_t)x->d[1])
		return err_set(ERR_FORMAT,
		    "scores %s and labels %s: it takes (N, classes, ...) and a label a place",
		    shape_text(text, x), shape_text(other, layer_shape(l, 1)));
	t->items = x->d[0];
	t->classes = x->d[1];
	t->places = (int64_t)shape_count_axes(x, 2, x->n);
	s = (struct shape){ 3, { t->items, t->classes, t->places } };
	TRY(*scores = graph_reshape(l->graph, l->bottom[0], &s));
	s.d[1] = 1;
	return *label = graph_reshape(l->graph, l->bottom[1], &s);
}

static int
make_terms(struct layer *l, struct terms *t)
{
	const Caffe__LossParameter *p = l->p->loss_param;
	const union op_attr softmax = { .axis = 1 };
	struct graph *g = l->graph;
	int x = -1, label = -1, ignored;

	*t = (struct terms){ .other = -1, .valid = -1 };
	TRY(fold(l, t, &x, &label));
	if (p != NULL && p->has_ignore_label) {
		TRY(ignored =
			numbers(g, "ignore_label", 1, (float)p->ignore_label));
		TRY(t->valid = unequal(g, label, ignored));
	}
	if (t->classes > 1) {
		TRY(t->p = graph_add(g, OP_SOFTMAX, &softmax, &x, 1));
		TRY(t->truth = is_class(g, t, label, "classes", t->classes, 0));
	} else {
		TRY(t->p = graph_unary(g, x, UNARY_SIGMOID, 0, 0, 0));
		TRY(t->truth = is_class(g, t, label, "class 1", 1, 1));
		TRY(t->other = is_class(g, t, label, "class 0", 1, 0));
	}
	return t->check = check_labels(g, t);
}

/* The loss, of which y is all but the check, as a scalar. */
static int
set_loss(struct layer *l, const struct terms *t, int y)
{
	const struct shape scalar = { 0 };

	TRY(y = graph_binary(l->graph, y, t->check, BINARY_ADD));
	return layer_top(l, 0, graph_reshape(l->graph, y, &scalar));
}

static int
emit_dice(struct layer *l)
{
	const float s = LAYER_PARAM(l, dice_loss_param, &dice_none)->smooth;
	struct graph *g = l->graph;
	struct terms t;
	int p, both, squares, truths, y;

	if (!(s >= 0))
		return err_set(ERR_FORMAT, "smooth is %g", (double)s);
	TRY(make_terms(l, &t));
	p = t.p;
	if (t.valid >= 0)
		TRY(p = graph_binary(g, p, t.valid, BINARY_MUL));
	TRY(both = graph_binary(g, p, t.truth, BINARY_MUL));
	TRY(both = graph_reduce(g, both, REDUCE_SUM, BUT_CLASSES, 1));
	TRY(squares = graph_reduce(g, p, REDUCE_SUMSQ, BUT_CLASSES, 1));
	TRY(truths = graph_reduce(g, t.truth, REDUCE_SUM, BUT_CLASSES, 1));
	TRY(squares = graph_binary(g, squares, truths, BINARY_ADD));
	/* where s is 0 and nothing is there */
	TRY(squares = affine(g, squares, s > 0 ? s : LEAST, 1));
	TRY(both = affine(g, both, s, 2));
	TRY(y = graph_binary(g, both, squares, BINARY_DIV));
	TRY(y = graph_reduce(g, y, REDUCE_SUM, ALL_AXES, 1 / (float)t.classes));
	TRY(y = affine(g, y, 1, -1));
	return set_loss(l, &t, y);
}

/* (N, 1, S): p of the true class, and its weight or -1. */
static int
true_class(struct layer *l, const struct terms *t, const float *weight, int *w)
{
	const struct shape s = { 3, { 1, t->classes, 1 } };
	struct graph *g = l->graph;
	int y, more;

	*w = -1;
	TRY(y = graph_binary(g, t->p, t->truth, BINARY_MUL));
	if (t->other >= 0) {
		TRY(more = affine(g, t->p, 1, -1));
		TRY(more = graph_binary(g, more, t->other, BINARY_MUL));
		TRY(y = graph_binary(g, y, more, BINARY_ADD));
	} else {
		TRY(y = graph_reduce(g, y, REDUCE_SUM, 2, 1));
	}
	if (weight == NULL)
		return y;
	if (t->other >= 0) {
		TRY(*w = affine(g, t->truth, 0, weight[1]));
		TRY(more = affine(g, t->other, 0, weight[0]));
		TRY(*w = graph_binary(g, *w, more, BINARY_ADD));
		return y;
	}
	TRY(*w = graph_add_const(g, "class_weighting", &s, weight));
	TRY(*w = graph_binary(g, t->truth, *w, BINARY_MUL));
	TRY(*w = graph_reduce(g, *w, REDUCE_SUM, 2, 1));
	return y;
}

/* Of alpha or loss_param, in v[2] or where they stand; *out NULL: none. */
static int
class_weights(
    const struct layer *l, const struct terms *t, float v[2], const float **out)
{
	const Caffe__FocalLossParameter *f =
	    LAYER_PARAM(l, focal_loss_param, &focal_none);
	const Caffe__LossParameter *p = l->p->loss_param;
	const size_t n = p != NULL ? p->n_class_weighting : 0;
	const size_t classes = t->classes > 1 ? (size_t)t->classes : 2;

	*out = NULL;
	if (f->has_alpha && (t->classes > 1 || n > 0))
		return err_set(ERR_FORMAT,
		    "alpha is for one score a place, and no class_weighting");
	if (f->has_alpha) {
		v[0] = 1 - f->alpha;
		v[1] = f->alpha;
		*out = v;
	}
	if (n > 0 && n != classes)
		return err_set(ERR_FORMAT, "class_weighting is given %s for %s",
		    NUM_COUNTED(n, "time"), NUM_COUNTED(classes, "class"));
	if (n > 0)
		*out = p->class_weighting;
	return 0;
}

/* What the sum is divided by, (1, 1, 1). */
static int
divide(struct layer *l, const struct terms *t, int y)
{
	struct op_loss a = { 0 };
	struct graph *g = l->graph;
	float by = 1;
	int n;

	layer_loss_param(l, NORM_VALID, &a);
	if (a.norm == NORM_VALID && t->valid >= 0) {
		TRY(n = graph_reduce(g, t->valid, REDUCE_SUM, ALL_AXES, 1));
		TRY(n = graph_unary(g, n, UNARY_CLIP, 1, 1e30F, 0));
		return graph_binary(g, y, n, BINARY_DIV);
	}
	if (a.norm == NORM_VALID || a.norm == NORM_FULL)
		by = (float)(t->items * t->places);
	else if (a.norm == NORM_BATCH)
		by = (float)t->items;
	return affine(g, y, 0, 1 / by);
}

static int
emit_focal(struct layer *l)
{
	const float gamma =
	    LAYER_PARAM(l, focal_loss_param, &focal_none)->gamma;
	struct graph *g = l->graph;
	const float *weight;
	struct terms t;
	float v[2];
	int p, w, easy, y;

	if (!(gamma == 0 || gamma >= 1))
		return err_set(ERR_FORMAT,
		    "gamma is %g; it must be 0, or at least 1", (double)gamma);
	TRY(make_terms(l, &t));
	TRY(class_weights(l, &t, v, &weight));
	TRY(p = true_class(l, &t, weight, &w));
	TRY(p = graph_unary(g, p, UNARY_CLIP, 0, 1, 0));
	TRY(y = graph_unary(g, p, UNARY_LOG, -1, 1, LEAST));
	if (gamma > 0) {
		TRY(easy = graph_unary(g, p, UNARY_POWER, 1, -1, gamma));
		TRY(y = graph_binary(g, y, easy, BINARY_MUL));
	}
	if (w >= 0)
		TRY(y = graph_binary(g, y, w, BINARY_MUL));
	else if (t.valid >= 0)
		TRY(y = graph_binary(g, y, t.valid, BINARY_MUL));
	TRY(y = graph_reduce(g, y, REDUCE_SUM, ALL_AXES, 1));
	TRY(y = divide(l, &t, y));
	return set_loss(l, &t, y);
}

const struct layer_type layer_dice_loss = { "DiceLoss", 2, 2, 1, 1,
	.emit = emit_dice, .loss_weight = 1, .no_grad = 2 };
const struct layer_type layer_focal_loss = { "FocalLoss", 2, 2, 1, 1,
	.emit = emit_focal, .loss_weight = 1, .no_grad = 2 };
