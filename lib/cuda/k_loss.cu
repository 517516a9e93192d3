/*
 * The losses and measures, as ref/loss.c and ref/accuracy.c define them: each
 * place gives a term and counts or not; terms are summed in pieces, then the
 * pieces, in a fixed order.  A label outside the classes is remembered in
 * cu_env and reported when something is read from the plan.
 */
#include "cuda/each.cuh"

#include <float.h>

#define PARTS ((size_t)1024) /* sums made side by side */

/* One loss at work; ref's struct of the same name. */
struct loss {
	struct op_loss l;
	size_t outer, n, inner, count;
	bool by_values; /* labels are values: sigmoid */
	const float *a, *b, *c, *aux;
	struct cu_env *env;
	int op;
};

static struct loss
loss_of(const struct cu_call *c, int first)
{
	const struct op_loss *l = &c->op->a.loss;
	const struct shape *x = c->in[first].s;
	const bool softmax = l->fn == LOSS_SOFTMAX || l->fn == LOSS_INFOGAIN;
	const bool axis_used = softmax;
	const int axis = axis_used ? l->axis : 1;
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
	q.by_values = l->fn == LOSS_SIGMOID;
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

DEVFN size_t
class_at(const struct loss &q, size_t i, size_t k)
{
	return (i / q.inner * q.n + k) * q.inner + i % q.inner;
}

DEVFN float
target(const struct loss &q, long label, size_t k)
{
	const float s = q.l.smoothing;

	return ((long)k == label ? 1 - s : 0) + s / (float)q.n;
}

/* Not less than lo; what is not a number stays so, as with std::max in Caffe.
 * */
DEVFN float
at_least(float v, float lo)
{
	return v < lo ? lo : v;
}

#define LOG_THRESHOLD 1e-20F /* kLOG_THRESHOLD */

DEVFN float
softmax_term(const struct loss &q, size_t i, long label)
{
	float one = 0;

	if (q.l.smoothing == 0)
		one = -logf(at_least(
		    q.aux[class_at(q, i, (size_t)label)], FLT_MIN));
	for (size_t k = 0; k < q.n && q.l.smoothing != 0; k++)
		one -= target(q, label, k) *
		    logf(at_least(q.aux[class_at(q, i, k)], FLT_MIN));
	return q.c != NULL ? one * q.c[label] : one;
}

DEVFN float
infogain_term(const struct loss &q, size_t i, long label)
{
	float one = 0;

	for (size_t k = 0; k < q.n; k++)
		one -= q.c[(size_t)label * q.n + k] *
		    logf(at_least(q.aux[class_at(q, i, k)], LOG_THRESHOLD));
	return one;
}

/* max(0, 1 - x) for the label's class, max(0, 1 + x) for the others. */
DEVFN float
hinge(float x, bool own)
{
	return fmaxf(0, own ? 1 - x : 1 + x);
}

DEVFN float
hinge_term(const struct loss &q, size_t i, long label)
{
	float sum = 0;

	for (size_t k = 0; k < q.n; k++) {
		const float h =
		    hinge(q.a[class_at(q, i, k)], (long)k == label);

		sum += q.l.fn == LOSS_HINGE_L2 ? h * h : h;
	}
	return sum;
}

/* The term of place i and whether it counts. */
DEVFN float
term(const struct loss &q, size_t i, float *valid)
{
	const float x = q.a[i], t = q.b[i];

	switch (q.l.fn) {
	case LOSS_SIGMOID:
		*valid = ignored(q, i) ? 0 : 1;
		return *valid == 0 ? 0
				   : -(x * (t - (x >= 0 ? 1 : 0)) -
					 log1pf(expf(-fabsf(x))));
	case LOSS_EUCLIDEAN: return (x - t) * (x - t) / 2;
	default: return fabsf(x - t);
	}
}

/* The same for losses with labels. */
DEVFN float
label_term(const struct loss &q, size_t i, float *valid)
{
	const long label = label_at(q, i);

	*valid = label >= 0 ? 1 : 0;
	if (q.l.fn == LOSS_HINGE_L1 || q.l.fn == LOSS_HINGE_L2)
		return hinge_term(q, i, label);
	if (label < 0)
		return 0;
	if (q.l.fn == LOSS_SOFTMAX)
		return softmax_term(q, i, label);
	if (q.l.fn == LOSS_INFOGAIN)
		return infogain_term(q, i, label);
	return -logf(
	    at_least(q.a[class_at(q, i, (size_t)label)], LOG_THRESHOLD));
}

static bool
has_labels(enum loss_fn fn)
{
	return fn != LOSS_SIGMOID && fn != LOSS_EUCLIDEAN && fn != LOSS_L1 &&
	    fn != LOSS_CONTRASTIVE;
}

/* What the sum is divided by, given how many places count. */
DEVFN float
divisor(const struct loss &q, size_t places, float valid)
{
	const enum loss_fn fn = q.l.fn;

	if (fn != LOSS_SOFTMAX && fn != LOSS_INFOGAIN && fn != LOSS_SIGMOID)
		return (float)q.outer;
	if (q.l.norm == NORM_FULL)
		valid = (float)places;
	else if (q.l.norm == NORM_BATCH)
		valid = (float)q.outer;
	else if (q.l.norm == NORM_NONE)
		valid = 1;
	return valid > 1 ? valid : 1;
}

extern "C" size_t
cu_loss_scratch(const struct shape *s)
{
	const size_t items = s->n > 0 ? (size_t)s->d[0] : 1;

	return (2 * PARTS + items + 4) * sizeof(float);
}

/*
 * total[0] = the sum of the terms, total[1] = the divisor.  terms false: the
 * divisor alone is wanted (a gradient).
 */
static int
add_up(const struct cu_call *c, const struct loss &q, bool terms, float *total)
{
	const bool labels = has_labels(q.l.fn);
	const size_t places = labels ? q.outer * q.inner : q.count;
	const size_t parts = places < PARTS ? places : PARTS;
	float *part = (float *)c->scratch + 4;

	TRY(each(c->stream, parts, [=] DEV(size_t p) {
		float sum = 0, all = 0;

		for (size_t i = p; i < places; i += parts) {
			float valid = 1;

			if (terms)
				sum += labels ? label_term(q, i, &valid)
					      : term(q, i, &valid);
			else if (labels)
				valid = label_at(q, i) >= 0 ? 1 : 0;
			else
				valid = ignored(q, i) ? 0 : 1;
			all += valid;
		}
		part[2 * p] = sum;
		part[2 * p + 1] = all;
	}));
	return groups(c->stream, 1, parts,
	    [=] DEV(size_t o, const struct group &b) {
		    float sum = 0, all = 0;

		    for (size_t p = b.tid; p < parts; p += b.size) {
			    sum += part[2 * p];
			    all += part[2 * p + 1];
		    }
		    sum = b.sum(sum);
		    all = b.sum(all);
		    if (b.tid == 0) {
			    total[o] = sum;
			    total[o + 1] = divisor(q, places, all);
		    }
	    });
}

/* Softmax along the classes into aux. */
static int
probabilities(const struct cu_call *c, const struct loss &q)
{
	float *y = (float *)c->out[1].p;
	const float *x = q.a;
	const size_t n = q.n, inner = q.inner;

	return groups(c->stream, q.outer * q.inner, n,
	    [=] DEV(size_t l, const struct group &b) {
		    const size_t at = l / inner * n * inner + l % inner;
		    float max = -INFINITY, all = 0;

		    for (size_t i = b.tid; i < n; i += b.size)
			    max = fmaxf(max, x[at + i * inner]);
		    max = b.max(max);
		    for (size_t i = b.tid; i < n; i += b.size)
			    all += expf(x[at + i * inner] - max);
		    all = b.sum(all);
		    for (size_t i = b.tid; i < n; i += b.size)
			    y[at + i * inner] =
				expf(x[at + i * inner] - max) / all;
	    });
}

DEVFN float
sigmoid(float x)
{
	return x >= 0 ? 1 / (1 + expf(-x)) : expf(x) / (1 + expf(x));
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

/* The contrastive loss: a group for each pair, then one for their sum. */
static int
contrastive(const struct cu_call *c, const struct loss &q)
{
	float *term = (float *)c->scratch + 4, *loss = (float *)c->out[0].p;

	TRY(groups(c->stream, q.outer, q.count / (q.outer > 0 ? q.outer : 1),
	    [=] DEV(size_t i, const struct group &b) {
		    const float d2 = distance(q, i, b);
		    const float gap = fmaxf(q.l.margin - sqrtf(d2), 0);

		    if (b.tid == 0)
			    term[i] = ((int)q.c[i] != 0 ? d2
					  : q.l.legacy
					  ? fmaxf(q.l.margin - d2, 0)
					  : gap * gap) /
				2;
	    }));
	return groups(c->stream, 1, q.outer,
	    [=] DEV(size_t o, const struct group &b) {
		    float sum = 0;

		    for (size_t i = b.tid; i < q.outer; i += b.size)
			    sum += term[i];
		    sum = b.sum(sum);
		    if (b.tid == 0)
			    loss[o] = sum / (float)q.outer;
	    });
}

extern "C" int
cu_loss(const struct cu_call *c)
{
	const struct loss q = loss_of(c, 0);
	float *total = (float *)c->scratch;
	float *loss = (float *)c->out[0].p, *aux = (float *)c->out[1].p;

	if (q.l.fn == LOSS_CONTRASTIVE)
		return contrastive(c, q);
	if (q.l.fn == LOSS_SOFTMAX || q.l.fn == LOSS_INFOGAIN)
		TRY(probabilities(c, q));
	if (q.l.fn == LOSS_SIGMOID)
		TRY(each(c->stream, q.count,
		    [=] DEV(size_t i) { aux[i] = sigmoid(q.a[i]); }));
	TRY(add_up(c, q, true, total));
	return each(c->stream, 1,
	    [=] DEV(size_t i) { loss[i] = total[i] / total[i + 1]; });
}

/* The gradient at place i, class k, of losses with labels; at its element. */
DEVFN float
label_grad(const struct loss &q, size_t at)
{
	const size_t i = at / q.inner / q.n * q.inner + at % q.inner;
	const size_t k = at / q.inner % q.n;
	const long label = label_at(q, i);
	const bool own = (long)k == label;
	float h, all = 0;

	switch (q.l.fn) {
	case LOSS_SOFTMAX:
		if (label < 0)
			return 0;
		h = q.aux[at] - target(q, label, k);
		return q.c != NULL ? h * q.c[label] : h;
	case LOSS_INFOGAIN:
		if (label < 0)
			return 0;
		for (size_t j = 0; j < q.n; j++)
			all += q.c[(size_t)label * q.n + j];
		return q.aux[at] * all - q.c[(size_t)label * q.n + k];
	case LOSS_MULTINOMIAL:
		return own ? -1 / fmaxf(q.a[at], LOG_THRESHOLD) : 0;
	default:
		h = hinge(q.a[at], own);
		h = q.l.fn == LOSS_HINGE_L2 ? 2 * h : h > 0 ? 1 : 0;
		return own ? -h : h;
	}
}

DEVFN float
value_grad(const struct loss &q, size_t i)
{
	const float side = q.l.wrt == 0 ? 1 : -1;

	switch (q.l.fn) {
	case LOSS_SIGMOID: return ignored(q, i) ? 0 : q.aux[i] - q.b[i];
	case LOSS_EUCLIDEAN: return side * (q.a[i] - q.b[i]);
	default:
		return side *
		    (float)((q.a[i] > q.b[i]) - (q.a[i] < q.b[i]));
	}
}

/* What fp16's gradients are multiplied by: struct plan_scale. */
DEVFN float
scale_of(const struct cu_env *env)
{
	return env != NULL ? env->scale : 1;
}

static int
contrastive_grad(const struct cu_call *c, const struct loss &q)
{
	const size_t item = q.outer > 0 ? q.count / q.outer : 0;
	const float *dloss = (const float *)c->in[0].p;
	float *d = (float *)c->out[0].p;
	const struct cu_env *env = c->scaled ? c->env : NULL;

	return groups(c->stream, q.outer, item,
	    [=] DEV(size_t i, const struct group &b) {
		    const float d2 = distance(q, i, b), r = sqrtf(d2);
		    float f = 1;

		    if ((int)q.c[i] == 0)
			    f = !q.l.legacy
				? -fmaxf(q.l.margin - r, 0) / (r + 1e-4F)
				: q.l.margin - d2 > 0 ? -1
						      : 0;
		    f *= scale_of(env) * *dloss / (float)q.outer *
			(q.l.wrt == 0 ? 1 : -1);
		    for (size_t k = b.tid; k < item; k += b.size)
			    d[i * item + k] =
				f * (q.a[i * item + k] - q.b[i * item + k]);
	    });
}

extern "C" int
cu_loss_grad(const struct cu_call *c)
{
	const struct loss q = loss_of(c, 1);
	const bool labels = has_labels(q.l.fn);
	const float *dloss = (const float *)c->in[0].p;
	const struct cu_env *env = c->scaled ? c->env : NULL;
	float *total = (float *)c->scratch, *d = (float *)c->out[0].p;

	if (q.l.fn == LOSS_CONTRASTIVE)
		return contrastive_grad(c, q);
	TRY(add_up(c, q, false, total));
	return each(c->stream, q.count, [=] DEV(size_t i) {
		const float by = scale_of(env) * *dloss / total[1];

		d[i] = by * (labels ? label_grad(q, i) : value_grad(q, i));
	});
}

/* x, label -> accuracy, [per class] */
struct measure {
	struct op_accuracy a;
	size_t n, inner, places;
	const float *x, *label;
	struct cu_env *env;
	int op;
};

/* -1: ignored or bad; bad ones are remembered. */
DEVFN long
measured_label(const struct measure &q, size_t i)
{
	const float v = q.label[i];
	const long label = v > -1e9F && v < 1e9F ? (long)v : -1;

	if (q.a.has_ignore && label == q.a.ignore)
		return -1;
	if (label >= 0 && label < (long)q.n)
		return label;
	q.env->value = v;
	q.env->bad_op = q.op + 1;
	return -1;
}

/* Fewer than top_k other classes at or above the label's. */
DEVFN bool
among_top(const struct measure &q, size_t i, size_t label)
{
	const float *x = q.x + i / q.inner * q.n * q.inner + i % q.inner;
	const float own = x[label * q.inner];
	int better = -1;

	for (size_t k = 0; k < q.n && better < q.a.top_k; k++)
		better += x[k * q.inner] >= own;
	return better < q.a.top_k;
}

extern "C" int
cu_accuracy(const struct cu_call *c)
{
	const struct shape *s = c->in[0].s;
	const int axis = c->op->a.accuracy.axis;
	float *y = (float *)c->out[0].p;
	float *each_class = c->nout > 1 ? (float *)c->out[1].p : NULL;
	struct measure q;

	q.a = c->op->a.accuracy;
	q.n = (size_t)s->d[axis];
	q.inner = count_axes(s, axis + 1, s->n);
	q.places = count_axes(s, 0, axis) * q.inner;
	q.x = (const float *)c->in[0].p;
	q.label = (const float *)c->in[1].p;
	q.env = c->env;
	q.op = c->index;
	/* group 0: all; group 1 + k: class k */
	return groups(c->stream, each_class != NULL ? 1 + q.n : 1, q.places,
	    [=] DEV(size_t o, const struct group &b) {
		    float all = 0, good = 0;

		    for (size_t i = b.tid; i < q.places; i += b.size) {
			    const long label = measured_label(q, i);

			    if (label < 0 || (o > 0 && label != (long)o - 1))
				    continue;
			    all += 1;
			    good += among_top(q, i, (size_t)label) ? 1 : 0;
		    }
		    all = b.sum(all);
		    good = b.sum(good);
		    if (b.tid == 0 && o == 0)
			    y[0] = all > 0 ? good / all : 0;
		    else if (b.tid == 0)
			    each_class[o - 1] = all > 0 ? good / all : 0;
	    });
}

/* Of equals the larger index comes first. */
DEVFN bool
before(float v, size_t i, float w, size_t k)
{
	return v > w || (v == w && i > k);
}

/* The top_k of each line, one after the other: the best behind the last. */
extern "C" int
cu_argmax(const struct cu_call *c)
{
	const struct op_argmax a = c->op->a.argmax;
	const struct shape *s = c->in[0].s;
	const int axis = a.has_axis ? a.axis : 1;
	const size_t top = (size_t)a.top_k;
	const size_t n = a.has_axis ? (size_t)s->d[axis]
				    : count_axes(s, 1, s->n);
	const size_t inner = a.has_axis ? count_axes(s, axis + 1, s->n) : 1;
	const size_t outer = count_axes(s, 0, axis);
	const bool both = !a.has_axis && a.out_max_val;
	const float *x = (const float *)c->in[0].p;
	float *out = (float *)c->out[0].p;

	return each(c->stream, outer * inner, [=] DEV(size_t l) {
		const float *v = x + l / inner * n * inner + l % inner;
		float *y = out + l / inner * top * inner * (both ? 2 : 1) +
		    l % inner;
		size_t last = 0;

		for (size_t t = 0; t < top; t++) {
			size_t best = n;

			for (size_t i = 0; i < n; i++) {
				if (t > 0 &&
				    !before(v[last * inner], last,
					v[i * inner], i))
					continue;
				if (best == n ||
				    before(v[i * inner], i, v[best * inner],
					best))
					best = i;
			}
			if (best == n) /* not a number */
				best = last;
			y[t * inner] = a.has_axis && a.out_max_val
			    ? v[best * inner]
			    : (float)best;
			if (both)
				y[top + t] = v[best * inner];
			last = best;
		}
	});
}
