/*
 * The gradients of the losses: one launch, and two before it where the places
 * that count must be counted.
 */
#include "cuda/loss.cuh"

/* The gradient at place i, class k, of losses with labels; at its element. */
DEVFN float
label_grad(const struct loss &q, size_t at)
{
	size_t rest, k;
	const size_t outer = q.by_n.apart(q.by_inner.apart(at, &rest), &k);
	const long label = label_at(q, outer * q.inner + rest);
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
	default: return side * (float)((q.a[i] > q.b[i]) - (q.a[i] < q.b[i]));
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

	return groups(
	    c->stream, q.outer, item, [=] DEV(size_t i, const struct group &b) {
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

/* Must the places that count be counted, to know the divisor? */
static bool
is_counted(const struct loss &q)
{
	return q.l.norm == NORM_VALID && q.l.has_ignore &&
	    (q.l.fn == LOSS_SOFTMAX || q.l.fn == LOSS_INFOGAIN ||
		q.l.fn == LOSS_SIGMOID);
}

/* The divisor, to total[1]. */
static int
count_places(const struct cu_call *c, const struct loss &q, float *total)
{
	const bool labels = has_labels(q.l.fn);
	const size_t parts = parts_of(q, false);
	float *part = total + 4;

	TRY(each(c->stream, parts, [=] DEV(size_t p) {
		float all = 0;

		for (size_t i = p; i < q.places; i += parts)
			all += labels ? (label_at(q, i) >= 0 ? 1 : 0)
				      : (ignored(q, i) ? 0 : 1);
		part[2 * p] = 0;
		part[2 * p + 1] = all;
	}));
	return add_up(c, q, parts, part, total, NULL);
}

extern "C" int
cu_loss_grad(const struct cu_call *c)
{
	const struct loss q = loss_of(c, 1);
	const bool labels = has_labels(q.l.fn), counted = is_counted(q);
	const float *dloss = (const float *)c->in[0].p;
	const struct cu_env *env = c->scaled ? c->env : NULL;
	float *total = (float *)c->scratch, *d = (float *)c->out[0].p;

	if (q.l.fn == LOSS_CONTRASTIVE)
		return contrastive_grad(c, q);
	if (counted)
		TRY(count_places(c, q, total));
	return each(c->stream, q.count, [=] DEV(size_t i) {
		const float all =
		    counted ? total[1] : divisor(q, (float)q.places);

		d[i] = scale_of(env) * *dloss / all *
		    (labels ? label_grad(q, i) : value_grad(q, i));
	});
}
