/*
 * The losses, as Caffe's *_loss_layer have them.  Each is a pair of functions in
 * a table: the sum (not yet divided) and the gradient of that sum.  Divisors
 * ("normalizers") are counted here too: never below 1.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>

#include "base/err.h"
#include "ref/kernel.h"

/* One loss at work: its inputs a, b, c as (outer, n, inner) and aux. */
struct loss {
	const struct op_loss *l;
	struct split s;
	size_t count; /* elements of a */
	const float *a, *b, *c;
	const float *prob; /* aux, where it has the shape of a */
	float *aux;        /* the same, while it is made */
};

/* -1: ignored */
static int
label_at(const struct loss *q, size_t i, int64_t *label)
{
	const float v = q->b[i];

	if (!(v > -1e9F && v < 1e9F))
		return err_set(ERR_FORMAT, "label %g", (double)v);
	*label = (int64_t)v;
	if (q->l->has_ignore && *label == q->l->ignore) {
		*label = -1;
		return 0;
	}
	if (*label < 0 || *label >= (int64_t)q->s.n)
		return err_set(ERR_FORMAT,
		    "label %" PRId64 " is outside 0 to %zu", *label,
		    q->s.n - 1);
	return 0;
}

/* How many places count (the rest is ignored). */
static int
count_valid(const struct loss *q, const bool labels, size_t *valid)
{
	const size_t n = labels ? q->s.outer * q->s.inner : q->count;

	*valid = 0;
	for (size_t i = 0; i < n; i++) {
		int64_t label = 0;

		if (labels)
			TRY(label_at(q, i, &label));
		else if (q->l->has_ignore && (int)q->b[i] == q->l->ignore)
			label = -1;
		*valid += label >= 0;
	}
	return 0;
}

static int
normalizer(const struct loss *q, bool labels, double *out)
{
	size_t n;

	TRY(count_valid(q, labels, &n));
	if (q->l->norm == NORM_FULL)
		n = labels ? q->s.outer * q->s.inner : q->count;
	else if (q->l->norm == NORM_BATCH)
		n = q->s.outer;
	else if (q->l->norm == NORM_NONE)
		n = 1;
	*out = n > 1 ? (double)n : 1;
	return 0;
}

/* Index of class k at place i. */
static size_t
class_at(const struct loss *q, size_t i, size_t k)
{
	const struct split *s = &q->s;

	return (i / s->inner * s->n + k) * s->inner + i % s->inner;
}

static double
minus_log(float p, float least)
{
	/* Written so that what is not a number stays so. */
	return -log((double)(p < least ? least : p));
}

/* Target of class k when the label is `label`: one, smoothed. */
static double
target(const struct loss *q, int64_t label, size_t k)
{
	const double s = (double)q->l->smoothing;

	return ((int64_t)k == label ? 1 - s : 0) + s / (double)q->s.n;
}

static int
softmax_sum(struct loss *q, double *sum)
{
	ref_softmax_split(&q->s, q->a, q->aux);
	for (size_t i = 0; i < q->s.outer * q->s.inner; i++) {
		int64_t label = -1;
		double one = 0;

		TRY(label_at(q, i, &label));
		if (label < 0)
			continue;
		for (size_t k = 0; k < q->s.n; k++) {
			const double t = target(q, label, k);

			if (t != 0)
				one += t *
				    minus_log(
					q->aux[class_at(q, i, k)], FLT_MIN);
		}
		*sum += one * (q->c != NULL ? (double)q->c[label] : 1);
	}
	return 0;
}

static int
softmax_grad(const struct loss *q, double scale, float *d)
{
	for (size_t i = 0; i < q->s.outer * q->s.inner; i++) {
		int64_t label = -1;
		double w = scale;

		TRY(label_at(q, i, &label));
		if (label < 0)
			w = 0;
		else if (q->c != NULL)
			w *= (double)q->c[label];
		for (size_t k = 0; k < q->s.n; k++) {
			const size_t at = class_at(q, i, k);

			d[at] = w == 0
			    ? 0
			    : (float)(w *
				  ((double)q->prob[at] - target(q, label, k)));
		}
	}
	return 0;
}

static bool
ignored(const struct loss *q, size_t i)
{
	return q->l->has_ignore && (int)q->b[i] == q->l->ignore;
}

static int
sigmoid_sum(struct loss *q, double *sum)
{
	for (size_t i = 0; i < q->count; i++) {
		const double x = (double)q->a[i], t = (double)q->b[i];

		q->aux[i] =
		    (float)(x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)));
		if (!ignored(q, i))
			*sum -= x * (t - (x >= 0)) - log1p(exp(-fabs(x)));
	}
	return 0;
}

static int
sigmoid_grad(const struct loss *q, double scale, float *d)
{
	for (size_t i = 0; i < q->count; i++)
		d[i] = ignored(q, i)
		    ? 0
		    : (float)(scale * ((double)q->prob[i] - (double)q->b[i]));
	return 0;
}

static int
euclidean_sum(struct loss *q, double *sum)
{
	for (size_t i = 0; i < q->count; i++) {
		const double d = (double)q->a[i] - (double)q->b[i];

		*sum += d * d / 2;
	}
	return 0;
}

/* +1 towards input 0, -1 towards input 1. */
static double
sign_of(const struct loss *q)
{
	return q->l->wrt == 0 ? 1 : -1;
}

static int
euclidean_grad(const struct loss *q, double scale, float *d)
{
	for (size_t i = 0; i < q->count; i++)
		d[i] = (float)(sign_of(q) * scale *
		    ((double)q->a[i] - (double)q->b[i]));
	return 0;
}

static int
l1_sum(struct loss *q, double *sum)
{
	for (size_t i = 0; i < q->count; i++)
		*sum += fabs((double)q->a[i] - (double)q->b[i]);
	return 0;
}

static int
l1_grad(const struct loss *q, double scale, float *d)
{
	for (size_t i = 0; i < q->count; i++)
		d[i] = (float)(sign_of(q) * scale *
		    ((q->a[i] > q->b[i]) - (q->a[i] < q->b[i])));
	return 0;
}

/* max(0, 1 - x) for the label's class, max(0, 1 + x) for the others. */
static double
hinge(const struct loss *q, size_t at, bool own)
{
	const double x = (double)q->a[at];

	return fmax(0, own ? 1 - x : 1 + x);
}

static int
hinge_sum(struct loss *q, double *sum)
{
	for (size_t i = 0; i < q->s.outer * q->s.inner; i++) {
		int64_t label = -1;

		TRY(label_at(q, i, &label));
		for (size_t k = 0; k < q->s.n; k++) {
			const double h =
			    hinge(q, class_at(q, i, k), (int64_t)k == label);

			*sum += q->l->fn == LOSS_HINGE_L2 ? h * h : h;
		}
	}
	return 0;
}

static int
hinge_grad(const struct loss *q, double scale, float *d)
{
	for (size_t i = 0; i < q->s.outer * q->s.inner; i++) {
		int64_t label = -1;

		TRY(label_at(q, i, &label));
		for (size_t k = 0; k < q->s.n; k++) {
			const size_t at = class_at(q, i, k);
			const bool own = (int64_t)k == label;
			const double h = hinge(q, at, own);
			double v = q->l->fn == LOSS_HINGE_L2 ? 2 * h : h > 0;

			d[at] = (float)(scale * (own ? -v : v));
		}
	}
	return 0;
}

#define LOG_THRESHOLD 1e-20F /* kLOG_THRESHOLD */

static int
multinomial_sum(struct loss *q, double *sum)
{
	for (size_t i = 0; i < q->s.outer * q->s.inner; i++) {
		int64_t label = -1;

		TRY(label_at(q, i, &label));
		if (label >= 0)
			*sum += minus_log(
			    q->a[class_at(q, i, (size_t)label)], LOG_THRESHOLD);
	}
	return 0;
}

static int
multinomial_grad(const struct loss *q, double scale, float *d)
{
	for (size_t i = 0; i < q->count; i++)
		d[i] = 0;
	for (size_t i = 0; i < q->s.outer * q->s.inner; i++) {
		int64_t label = -1;
		size_t at;

		TRY(label_at(q, i, &label));
		if (label < 0)
			continue;
		at = class_at(q, i, (size_t)label);
		d[at] =
		    (float)(-scale / (double)fmaxf(q->a[at], LOG_THRESHOLD));
	}
	return 0;
}

static int
infogain_sum(struct loss *q, double *sum)
{
	ref_softmax_split(&q->s, q->a, q->aux);
	for (size_t i = 0; i < q->s.outer * q->s.inner; i++) {
		int64_t label = -1;

		TRY(label_at(q, i, &label));
		for (size_t k = 0; k < q->s.n && label >= 0; k++)
			*sum += (double)q->c[(size_t)label * q->s.n + k] *
			    minus_log(q->aux[class_at(q, i, k)], LOG_THRESHOLD);
	}
	return 0;
}

static int
infogain_grad(const struct loss *q, double scale, float *d)
{
	for (size_t i = 0; i < q->s.outer * q->s.inner; i++) {
		const float *row;
		int64_t label = -1;
		double all = 0;

		TRY(label_at(q, i, &label));
		row = q->c + (label < 0 ? 0 : (size_t)label * q->s.n);
		for (size_t k = 0; k < q->s.n; k++)
			all += (double)row[k];
		for (size_t k = 0; k < q->s.n; k++) {
			const size_t at = class_at(q, i, k);

			d[at] = label < 0
			    ? 0
			    : (float)(scale *
				  ((double)q->prob[at] * all - (double)row[k]));
		}
	}
	return 0;
}

/* Squared distance of pair i; items of `n * inner` values. */
static double
distance(const struct loss *q, size_t i)
{
	const size_t item = q->count / q->s.outer;
	double sum = 0;

	for (size_t k = i * item; k < (i + 1) * item; k++) {
		const double d = (double)q->a[k] - (double)q->b[k];

		sum += d * d;
	}
	return sum;
}

static int
contrastive_sum(struct loss *q, double *sum)
{
	const double margin = (double)q->l->margin;

	for (size_t i = 0; i < q->s.outer; i++) {
		const double d2 = distance(q, i);
		const double gap = fmax(margin - sqrt(d2), 0);

		if ((int)q->c[i] != 0)
			*sum += d2 / 2;
		else if (q->l->legacy)
			*sum += fmax(margin - d2, 0) / 2;
		else
			*sum += gap * gap / 2;
	}
	return 0;
}

/* Factor of (a - b) in the gradient of pair i.  1e-4 is Caffe's. */
static double
contrastive_factor(const struct loss *q, size_t i)
{
	const double margin = (double)q->l->margin, d2 = distance(q, i);

	if ((int)q->c[i] != 0)
		return 1;
	if (q->l->legacy)
		return margin - d2 > 0 ? -1 : 0;
	return -fmax(margin - sqrt(d2), 0) / (sqrt(d2) + 1e-4);
}

static int
contrastive_grad(const struct loss *q, double scale, float *d)
{
	const size_t item = q->count / q->s.outer;

	for (size_t i = 0; i < q->s.outer; i++) {
		const double f = contrastive_factor(q, i) * scale * sign_of(q);

		for (size_t k = i * item; k < (i + 1) * item; k++)
			d[k] = (float)(f * ((double)q->a[k] - (double)q->b[k]));
	}
	return 0;
}

/* What the sum is divided by. */
enum divisor { BY_LABELS, BY_VALUES, BY_BATCH };

static const struct loss_def {
	enum divisor divisor;
	bool axis, aux; /* classes along loss.axis; aux has the shape of a */
	int (*sum)(struct loss *q, double *sum);
	int (*grad)(const struct loss *q, double scale, float *d);
} defs[LOSS_KINDS] = {
	[LOSS_SOFTMAX] = { BY_LABELS, true, true, softmax_sum, softmax_grad },
	[LOSS_SIGMOID] = { BY_VALUES, false, true, sigmoid_sum, sigmoid_grad },
	[LOSS_EUCLIDEAN] = { BY_BATCH, false, false, euclidean_sum,
	    euclidean_grad },
	[LOSS_L1] = { BY_BATCH, false, false, l1_sum, l1_grad },
	[LOSS_HINGE_L1] = { BY_BATCH, false, false, hinge_sum, hinge_grad },
	[LOSS_HINGE_L2] = { BY_BATCH, false, false, hinge_sum, hinge_grad },
	[LOSS_MULTINOMIAL] = { BY_BATCH, false, false, multinomial_sum,
	    multinomial_grad },
	[LOSS_INFOGAIN] = { BY_LABELS, true, true, infogain_sum,
	    infogain_grad },
	[LOSS_CONTRASTIVE] = { BY_BATCH, false, false, contrastive_sum,
	    contrastive_grad },
};

static struct loss
loss_of(const struct op_loss *l, const struct shape *x, const float *const *in,
    int nin)
{
	struct loss q = { .l = l, .count = shape_count(x) };
	const int axis = defs[l->fn].axis ? l->axis : 1;

	if (axis < x->n)
		q.s = split_at(x, axis);
	else
		q.s = (struct split){ (size_t)x->d[0], 1, 1 };
	q.a = in[0];
	q.b = in[1];
	q.c = nin > 2 ? in[2] : NULL;
	return q;
}

static int
divisor(const struct loss *q, double *out)
{
	const struct loss_def *d = &defs[q->l->fn];

	if (d->divisor != BY_BATCH)
		return normalizer(q, d->divisor == BY_LABELS, out);
	*out = (double)q->s.outer;
	return 0;
}

/* a, b, [c] -> loss, aux */
KERNEL(ref_loss)
{
	const struct op_loss *l = &op->a.loss;
	struct loss q = loss_of(l, in_shape(g, op, 0), in, op->nin);
	double sum = 0, by;

	UNUSED_ENV;
	q.aux = out[1];
	TRY(divisor(&q, &by));
	TRY(defs[l->fn].sum(&q, &sum));
	out[0][0] = (float)(sum / by);
	if (!defs[l->fn].aux)
		out[1][0] = (float)by;
	return 0;
}

/* dloss, a, b, [c], aux -> gradient of input wrt */
KERNEL(ref_loss_grad)
{
	const struct op_loss *l = &op->a.loss;
	struct loss q = loss_of(l, in_shape(g, op, 1), in + 1, op->nin - 2);
	double by;

	UNUSED_ENV;
	q.prob = in[op->nin - 1];
	TRY(divisor(&q, &by));
	return defs[l->fn].grad(&q, (double)in[0][0] / by, out[0]);
}
