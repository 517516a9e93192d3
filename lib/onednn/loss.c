/* Softmax and the softmax loss, with their gradients: own kernels on plain
 * (outer, C, inner).  Other losses run on ref. */
#include "onednn/plan.h"
#include "onednn/kern.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

struct softmax {
	size_t outer, c, inner;
	struct op_loss loss;
};

static void
split_softmax(const struct shape *s, int axis, struct softmax *a)
{
	a->outer = shape_count_axes(s, 0, axis);
	a->c = (size_t)s->d[axis];
	a->inner = shape_count_axes(s, axis + 1, s->n);
}

/* A row of c neighbours.  The sums are in double, sixteen at a time. */
OD_CLONES static void
softmax_row(const float *x, float *y, size_t c)
{
	float max = x[0], top[16];
	double acc[8] = { 0 }, sum = 0;
	float scale;
	size_t k, l;

	for (l = 0; l < 16; l++)
		top[l] = max;
	for (k = 0; k + 16 <= c; k += 16)
		for (l = 0; l < 16; l++)
			top[l] = x[k + l] > top[l] ? x[k + l] : top[l];
	for (; k < c; k++)
		max = x[k] > max ? x[k] : max;
	for (l = 0; l < 16; l++)
		max = top[l] > max ? top[l] : max;
	for (k = 0; k < c; k++)
		y[k] = od_exp(x[k] - max);
	for (k = 0; k + 8 <= c; k += 8)
		for (l = 0; l < 8; l++)
			acc[l] += (double)y[k + l];
	for (; k < c; k++)
		sum += (double)y[k];
	for (l = 0; l < 8; l++)
		sum += acc[l];
	scale = (float)(1 / sum);
	for (k = 0; k < c; k++)
		y[k] *= scale;
}

enum { LANES = 64 };

/* n <= LANES places side by side, classes `inner` apart. */
OD_CLONES static void
softmax_columns(const float *x, float *y, size_t c, size_t inner, size_t n)
{
	float max[LANES];
	double sum[LANES];
	size_t k, i;

	for (i = 0; i < n; i++) {
		max[i] = x[i];
		sum[i] = 0;
	}
	for (k = 1; k < c; k++)
		for (i = 0; i < n; i++)
			max[i] = x[k * inner + i] > max[i] ? x[k * inner + i]
							   : max[i];
	for (k = 0; k < c; k++)
		for (i = 0; i < n; i++) {
			y[k * inner + i] = od_exp(x[k * inner + i] - max[i]);
			sum[i] += (double)y[k * inner + i];
		}
	for (i = 0; i < n; i++)
		max[i] = (float)(1 / sum[i]);
	for (k = 0; k < c; k++)
		for (i = 0; i < n; i++)
			y[k * inner + i] *= max[i];
}

static void
softmax(const struct softmax *a, const float *x, float *y)
{
	size_t pieces = (a->inner + LANES - 1) / LANES;

#pragma omp parallel if (a->outer * a->c * a->inner > OD_GRAIN / 4)
	{
		size_t lo, hi, k;

		od_part(a->outer * pieces, 1, &lo, &hi);
		for (k = lo; k < hi; k++) {
			size_t i = k % pieces * LANES;
			size_t n = a->inner - i < LANES ? a->inner - i : LANES;
			size_t at = k / pieces * a->c * a->inner + i;

			if (a->inner == 1)
				softmax_row(x + at, y + at, a->c);
			else
				softmax_columns(
				    x + at, y + at, a->c, a->inner, n);
		}
	}
}

static int
run_softmax(struct od_plan *p, const struct od_step *s)
{
	(void)p;
	softmax(s->arg, s->ptr[0], s->ptr[1]);
	return 0;
}

int
od_build_softmax(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct softmax a = { 0 };
	struct od_view v[2];

	split_softmax(od_shape(p, op->in[0]), op->a.axis, &a);
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_out_plain(p, op->out[0], &v[1]));
	return od_step_own(p, run_softmax, &a, sizeof(a), 0, v, 2);
}

/* dx = (dy - sum(dy y)) y */
static int
run_softmax_grad(struct od_plan *p, const struct od_step *s)
{
	const struct softmax *a = s->arg;
	const float *dy = s->ptr[0], *y = s->ptr[1];
	float *dx = s->ptr[2];
	size_t o;

	(void)p;
#pragma omp parallel for if (a->outer * a->c * a->inner > OD_GRAIN / 4)
	for (o = 0; o < a->outer * a->inner; o++) {
		size_t k, at = o / a->inner * a->c * a->inner + o % a->inner;
		double dot = 0;

		for (k = 0; k < a->c; k++)
			dot += (double)dy[at + k * a->inner] *
			    (double)y[at + k * a->inner];
		for (k = 0; k < a->c; k++) {
			size_t j = at + k * a->inner;

			dx[j] = (float)((double)dy[j] - dot) * y[j];
		}
	}
	return 0;
}

int
od_build_softmax_grad(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct softmax a = { 0 };
	struct od_view v[3];

	split_softmax(od_shape(p, op->in[0]), op->a.axis, &a);
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_want_plain(p, op->in[1], &v[1]));
	TRY(od_out_plain(p, op->out[0], &v[2]));
	return od_step_own(p, run_softmax_grad, &a, sizeof(a), 0, v, 3);
}

/* -1: ignored. */
static int
label_at(const struct softmax *a, const float *label, size_t i, int64_t *out)
{
	float v = label[i];

	*out = -1;
	if (!(v > -1e9f && v < 1e9f))
		return err_set(ERR_FORMAT, "label %g", (double)v);
	*out = (int64_t)v;
	if (a->loss.has_ignore && *out == a->loss.ignore) {
		*out = -1;
		return 0;
	}
	if (*out < 0 || *out >= (int64_t)a->c)
		return err_set(ERR_FORMAT,
		    "label %" PRId64 " is outside 0 to %zu", *out, a->c - 1);
	return 0;
}

/* What the sum is divided by, at least 1. */
static int
normalizer(const struct softmax *a, const float *label, double *out)
{
	size_t i, n = a->outer * a->inner;
	int64_t l;

	if (a->loss.norm == NORM_VALID && a->loss.has_ignore) {
		for (i = 0, n = 0; i < a->outer * a->inner; i++) {
			TRY(label_at(a, label, i, &l));
			n += l >= 0;
		}
	} else if (a->loss.norm == NORM_BATCH) {
		n = a->outer;
	} else if (a->loss.norm == NORM_NONE) {
		n = 1;
	}
	*out = n > 1 ? (double)n : 1;
	return 0;
}

/* x, label, [weight] -> loss, probabilities */
static int
run_loss(struct od_plan *p, const struct od_step *s)
{
	const struct softmax *a = s->arg;
	const float *label = s->ptr[1], *weight = s->ptr[2];
	float *loss = s->ptr[3], *prob = s->ptr[4];
	double sum = 0, by;
	size_t i;
	int64_t l;

	(void)p;
	softmax(a, s->ptr[0], prob);
	for (i = 0; i < a->outer * a->inner; i++) {
		size_t at = i / a->inner * a->c * a->inner + i % a->inner;
		float q;

		TRY(label_at(a, label, i, &l));
		if (l < 0)
			continue;
		q = prob[at + (size_t)l * a->inner];
		/* Written so that what is not a number stays so. */
		sum -= log((double)(q < FLT_MIN ? FLT_MIN : q)) *
		    (weight != NULL ? (double)weight[l] : 1);
	}
	TRY(normalizer(a, label, &by));
	loss[0] = (float)(sum / by);
	return 0;
}

int
od_build_loss(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct softmax a = { .loss = op->a.loss };
	struct od_view v[5];

	if (a.loss.fn != LOSS_SOFTMAX || a.loss.smoothing != 0)
		return OD_REF;
	split_softmax(od_shape(p, op->in[0]), a.loss.axis, &a);
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_want_plain(p, op->in[1], &v[1]));
	v[2].buf = OD_NONE;
	if (od_has(op, 2))
		TRY(od_want_plain(p, op->in[2], &v[2]));
	TRY(od_out_plain(p, op->out[0], &v[3]));
	TRY(od_out_plain(p, op->out[1], &v[4]));
	return od_step_own(p, run_loss, &a, sizeof(a), 0, v, 5);
}

/* dloss, label, [weight], probabilities -> dx = (prob - [label]) dloss / norm */
static int
run_loss_grad(struct od_plan *p, const struct od_step *s)
{
	const struct softmax *a = s->arg;
	const float *dloss = s->ptr[0], *label = s->ptr[1], *weight = s->ptr[2];
	const float *prob = s->ptr[3];
	float *dx = s->ptr[4];
	double by;
	size_t i, k;
	int64_t l;

	(void)p;
	TRY(normalizer(a, label, &by));
	for (i = 0; i < a->outer * a->inner; i++) {
		size_t at = i / a->inner * a->c * a->inner + i % a->inner;
		float w = (float)((double)dloss[0] / by);

		TRY(label_at(a, label, i, &l));
		if (l < 0)
			w = 0;
		else if (weight != NULL)
			w *= weight[l];
		for (k = 0; k < a->c; k++) {
			size_t j = at + k * a->inner;

			dx[j] = l < 0
			    ? 0
			    : w * (prob[j] - ((int64_t)k == l ? 1 : 0));
		}
	}
	return 0;
}

int
od_build_loss_grad(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct softmax a = { .loss = op->a.loss };
	struct od_view v[5];

	/* dloss, x, label, [weight], aux */
	if (a.loss.fn != LOSS_SOFTMAX || a.loss.smoothing != 0 ||
	    a.loss.wrt != 0)
		return OD_REF;
	split_softmax(od_shape(p, op->out[0]), a.loss.axis, &a);
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_want_plain(p, op->in[2], &v[1]));
	v[2].buf = OD_NONE;
	if (op->nin > 4 && op->in[3] >= 0)
		TRY(od_want_plain(p, op->in[3], &v[2]));
	TRY(od_want_plain(p, op->in[op->nin - 1], &v[3]));
	TRY(od_out_plain(p, op->out[0], &v[4]));
	return od_step_own(p, run_loss_grad, &a, sizeof(a), 0, v, 5);
}
