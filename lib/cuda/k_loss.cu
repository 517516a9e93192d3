/*
 * The losses: each place gives a term and counts or not; terms are summed in
 * parts, then the parts, in a fixed order: two launches.  The probabilities of a
 * line of classes are made in the first, by a group of threads where a line is
 * in one piece, else by one thread for each of neighbouring lines.
 */
#include "cuda/loss.cuh"

extern "C" size_t
cu_loss_scratch(const struct shape *s)
{
	const size_t items = s->n > 0 ? (size_t)s->d[0] : 1;

	return (2 * (size_t)PARTS_ALONE + items + 4) * sizeof(float);
}

/* A thread that is its own group. */
struct alone {
	enum { tid = 0, size = 1 };

	DEV float
	sum(float v) const
	{
		return v;
	}
	DEV float
	max(float v) const
	{
		return v;
	}
};

DEVFN float
sigmoid(float x)
{
	return x >= 0 ? 1 / (1 + expf(-x)) : expf(x) / (1 + expf(x));
}

/* The probabilities of the line at x, to y; and the term of its label. */
template <class G>
DEVFN float
softmax_line(const struct loss &q, size_t at, long label, float *y, const G &g)
{
	const float *x = q.a + at;
	const float least = q.l.fn == LOSS_SOFTMAX ? FLT_MIN : LOG_THRESHOLD;
	const bool alone = q.l.fn == LOSS_SOFTMAX && q.l.smoothing == 0;
	float max = -INFINITY, all = 0, one = 0;

	for (size_t k = g.tid; k < q.n; k += g.size)
		max = fmaxf(max, x[k * q.inner]);
	max = g.max(max);
	for (size_t k = g.tid; k < q.n; k += g.size)
		all += expf(x[k * q.inner] - max);
	all = g.sum(all);
	for (size_t k = g.tid; k < q.n; k += g.size) {
		const float p = expf(x[k * q.inner] - max) / all;

		y[at + k * q.inner] = p;
		if (label < 0 || (alone && (long)k != label))
			continue;
		one -= logf(at_least(p, least)) *
		    (alone ? 1
			    : q.l.fn == LOSS_SOFTMAX
			    ? target(q, label, k)
			    : q.c[(size_t)label * q.n + k]);
	}
	one = g.sum(one);
	if (label >= 0 && q.l.fn == LOSS_SOFTMAX && q.c != NULL)
		one *= q.c[label];
	return one;
}

template <class G>
DEVFN float
hinge_line(const struct loss &q, size_t at, long label, const G &g)
{
	float sum = 0;

	for (size_t k = g.tid; k < q.n; k += g.size) {
		const float h = hinge(q.a[at + k * q.inner], (long)k == label);

		sum += q.l.fn == LOSS_HINGE_L2 ? h * h : h;
	}
	return g.sum(sum);
}

/* The term of place i of a loss with labels, and whether it counts. */
template <class G>
DEVFN float
label_term(const struct loss &q, size_t i, float *y, const G &g, float *valid)
{
	const long label = label_at(q, i);
	const size_t at = line_at(q, i);

	*valid = label >= 0 ? 1 : 0;
	switch (q.l.fn) {
	case LOSS_HINGE_L1:
	case LOSS_HINGE_L2: return hinge_line(q, at, label, g);
	case LOSS_MULTINOMIAL:
		if (label < 0)
			return 0;
		return -logf(
		    at_least(q.a[at + (size_t)label * q.inner], LOG_THRESHOLD));
	default: return softmax_line(q, at, label, y, g);
	}
}

/* The same of a loss between values; y: the sigmoid. */
DEVFN float
value_term(const struct loss &q, size_t i, float *y, float *valid)
{
	const float x = q.a[i], t = q.b[i];

	*valid = 1;
	switch (q.l.fn) {
	case LOSS_SIGMOID:
		y[i] = sigmoid(x);
		*valid = ignored(q, i) ? 0 : 1;
		return *valid == 0
		    ? 0
		    : -(x * (t - (x >= 0 ? 1 : 0)) - log1pf(expf(-fabsf(x))));
	case LOSS_EUCLIDEAN: return (x - t) * (x - t) / 2;
	default: return fabsf(x - t);
	}
}

/* The terms of places p, p + parts, ... */
template <class G>
DEVFN void
part_term(const struct loss &q, size_t p, size_t parts, bool labels, float *y,
    const G &g, float *part)
{
	float sum = 0, all = 0;

	for (size_t i = p; i < q.places; i += parts) {
		float valid;

		sum += labels ? label_term(q, i, y, g, &valid)
			      : value_term(q, i, y, &valid);
		all += valid;
	}
	if (g.tid == 0) {
		part[2 * p] = sum;
		part[2 * p + 1] = all;
	}
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
			    term[i] =
				((int)q.c[i] != 0    ? d2
					: q.l.legacy ? fmaxf(q.l.margin - d2, 0)
						     : gap * gap) /
				2;
	    }));
	return groups(
	    c->stream, 1, q.outer, [=] DEV(size_t o, const struct group &b) {
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
	const bool labels = has_labels(q.l.fn);
	const bool by_groups = labels && q.inner < 32;
	const size_t parts = parts_of(q, by_groups);
	float *total = (float *)c->scratch, *part = total + 4;
	float *y = (float *)c->out[1].p;

	if (q.l.fn == LOSS_CONTRASTIVE)
		return contrastive(c, q);
	if (by_groups)
		TRY(groups(c->stream, parts, q.n,
		    [=] DEV(size_t p, const struct group &b) {
			    part_term(q, p, parts, true, y, b, part);
		    }));
	else
		TRY(each(c->stream, parts, [=] DEV(size_t p) {
			part_term(q, p, parts, labels, y, alone(), part);
		}));
	return add_up(c, q, parts, part, total, (float *)c->out[0].p);
}
