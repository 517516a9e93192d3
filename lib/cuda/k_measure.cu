/*
 * Measures: accuracy, and the largest of a line.  A label outside the classes
 * is remembered in cu_env and reported when something is read from the plan.
 */
#include "cuda/each.cuh"

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

/* Of equals the larger index comes first, or the smaller. */
DEVFN bool
before(float v, size_t i, float w, size_t k, bool first)
{
	return v > w || (v == w && (first ? i < k : i > k));
}

/* The top_k of each line, one after the other: the best behind the last. */
extern "C" int
cu_argmax(const struct cu_call *c)
{
	const struct op_argmax a = c->op->a.argmax;
	const struct shape *s = c->in[0].s;
	const int axis = a.has_axis ? a.axis : 1;
	const size_t top = (size_t)a.top_k;
	const size_t n =
	    a.has_axis ? (size_t)s->d[axis] : count_axes(s, 1, s->n);
	const size_t inner = a.has_axis ? count_axes(s, axis + 1, s->n) : 1;
	const size_t outer = count_axes(s, 0, axis);
	const bool both = !a.has_axis && a.out_max_val;
	const float *x = (const float *)c->in[0].p;
	float *out = (float *)c->out[0].p;

	return each(c->stream, outer * inner, [=] DEV(size_t l) {
		const float *v = x + l / inner * n * inner + l % inner;
		float *y =
		    out + l / inner * top * inner * (both ? 2 : 1) + l % inner;
		size_t last = 0;

		for (size_t t = 0; t < top; t++) {
			size_t best = n;

			for (size_t i = 0; i < n; i++) {
				if (t > 0 &&
				    !before(v[last * inner], last, v[i * inner],
					i, a.first))
					continue;
				if (best == n ||
				    before(v[i * inner], i, v[best * inner],
					best, a.first))
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
