/*
 * What the losses and their gradients share, as ref/loss.c defines them.  A
 * label outside the classes is remembered in cu_env and reported when something
 * is read from the plan.
 */
#ifndef CUDA_LOSS_H
#define CUDA_LOSS_H

#include "cuda/wide.cuh"

#include <float.h>

/* One loss at work; ref's struct of the same name. */
struct loss {
	struct op_loss l;
	size_t outer, n, inner, count;
	size_t places; /* terms */
	struct split by_inner, by_n;
	const float *a, *b, *c, *aux;
	struct cu_env *env;
	int op;
};

static bool
has_labels(enum loss_fn fn)
{
	return fn != LOSS_SIGMOID && fn != LOSS_EUCLIDEAN && fn != LOSS_L1 &&
	    fn != LOSS_CONTRASTIVE;
}

static struct loss
loss_of(const struct cu_call *c, int first)
{
	const struct op_loss *l = &c->op->a.loss;
	const struct shape *x = c->in[first].s;
	const bool softmax = l->fn == LOSS_SOFTMAX || l->fn == LOSS_INFOGAIN;
	const int axis = softmax ? l->axis : 1;
	const int inputs = c->nin - (first > 0 ? 2 : 0);
	struct loss q;

	q.l = *l;
	q.count = count(&c->in[first]);
	q.outer = (size_t)x->d[0];
	q.n = q.inner = 1;
	if (axis < x->n) {
		q.outer = count_axes(x, 0, axis);
		q.n = (size_t)x->d[axis];
		q.inner = count_axes(x, axis + 1, x->n);
	}
	q.places = has_labels(l->fn) ? q.outer * q.inner : q.count;
	q.by_inner = split_by(q.inner);
	q.by_n = split_by(q.n);
	q.a = (const float *)c->in[first].p;
	q.b = (const float *)c->in[first + 1].p;
	q.c = inputs > 2 ? (const float *)c->in[first + 2].p : NULL;
	q.aux = first > 0 ? (const float *)c->in[c->nin - 1].p
			  : (const float *)c->out[1].p;
	q.env = c->env;
	q.op = c->index;
	return q;
}

/* -1: ignored or bad. */
DEVFN long
label_at(const struct loss &q, size_t i)
{
	const float v = q.b[i];
	const long label = v > -1e9F && v < 1e9F ? (long)v : -2;

	if (q.l.has_ignore && label == q.l.ignore)
		return -1;
	if (label < 0 || label >= (long)q.n) {
		q.env->value = v;
		q.env->bad_op = q.op + 1;
		return -1;
	}
	return label;
}

DEVFN bool
ignored(const struct loss &q, size_t i)
{
	return q.l.has_ignore && (int)q.b[i] == q.l.ignore;
}

/* Where the classes of place i begin; they are `inner` apart. */
DEVFN size_t
line_at(const struct loss &q, size_t i)
{
	size_t rest;
	const size_t outer = q.by_inner.apart(i, &rest);

	return outer * q.n * q.inner + rest;
}

DEVFN float
target(const struct loss &q, long label, size_t k)
{
	const float s = q.l.smoothing;

	return ((long)k == label ? 1 - s : 0) + s / (float)q.n;
}

/* Not less than lo; NaN stays so, as with std::max in Caffe. */
DEVFN float
at_least(float v, float lo)
{
	return v < lo ? lo : v;
}

#define LOG_THRESHOLD 1e-20F /* kLOG_THRESHOLD */

/* max(0, 1 - x) for the label's class, max(0, 1 + x) for the others. */
DEVFN float
hinge(float x, bool own)
{
	return fmaxf(0, own ? 1 - x : 1 + x);
}

/* What the sum is divided by, given how many places count. */
DEVFN float
divisor(const struct loss &q, float valid)
{
	const enum loss_fn fn = q.l.fn;

	if (fn != LOSS_SOFTMAX && fn != LOSS_INFOGAIN && fn != LOSS_SIGMOID)
		return (float)q.outer;
	if (q.l.norm == NORM_FULL)
		valid = (float)q.places;
	else if (q.l.norm == NORM_BATCH)
		valid = (float)q.outer;
	else if (q.l.norm == NORM_NONE)
		valid = 1;
	return valid > 1 ? valid : 1;
}

/* Squared distance of pair i, known to the whole group. */
DEVFN float
distance(const struct loss &q, size_t i, const struct group &b)
{
	const size_t item = q.count / q.outer;
	float sum = 0;

	for (size_t k = b.tid; k < item; k += b.size) {
		const float d = q.a[i * item + k] - q.b[i * item + k];

		sum += d * d;
	}
	return b.sum(sum);
}

/* Sums made side by side: by groups, by single threads. */
enum { PARTS = 1024, PARTS_ALONE = 1 << 15 };

static inline size_t
parts_of(const struct loss &q, bool by_groups)
{
	const size_t most = by_groups ? PARTS : PARTS_ALONE;

	return q.places < most ? q.places : most;
}

/* total[0] = the sum of part[2 p], total[1] = the divisor by that of
 * part[2 p + 1]; and their quotient, if wanted. */
static int
add_up(const struct cu_call *c, const struct loss &q, size_t parts,
    const float *part, float *total, float *quotient)
{
	return groups(
	    c->stream, 1, parts, [=] DEV(size_t o, const struct group &b) {
		    float sum = 0, all = 0;

		    for (size_t p = b.tid; p < parts; p += b.size) {
			    sum += part[2 * p];
			    all += part[2 * p + 1];
		    }
		    sum = b.sum(sum);
		    all = divisor(q, b.sum(all));
		    if (b.tid != 0)
			    return;
		    total[o] = sum;
		    total[o + 1] = all;
		    if (quotient != NULL)
			    quotient[o] = sum / all;
	    });
}

#endif
