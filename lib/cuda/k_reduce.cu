/*
 * Reductions of axes, and softmax: a group of threads for each number or line.
 */
#include "cuda/wide.cuh"

/* The axes that go (r) and those that stay (k), row-major each. */
struct folding {
	int nr, nk;
	struct split r_size[SHAPE_MAX], k_size[SHAPE_MAX];
	size_t r_step[SHAPE_MAX], k_step[SHAPE_MAX];
};

DEVFN size_t
offset(int n, const struct split *size, const size_t *step, size_t i)
{
	size_t at = 0;

	for (int k = n - 1; k >= 0; k--) {
		size_t rest;

		i = size[k].apart(i, &rest);
		at += rest * step[k];
	}
	return at;
}

/* x -> y with the reduced axes 1; one group for each y. */
extern "C" int
cu_reduce(const struct cu_call *c)
{
	const struct op_reduce r = c->op->a.reduce;
	const struct shape *s = c->in[0].s;
	const float *x = (const float *)c->in[0].p;
	float *y = (float *)c->out[0].p;
	size_t step[SHAPE_MAX], length = 1;
	struct folding q;

	q.nr = q.nk = 0;
	strides_of(s, c->in[0].form, step);
	for (int i = 0; i < s->n; i++) {
		const size_t d = (size_t)s->d[i];

		if (c->out[0].s->d[i] != s->d[i]) {
			q.r_size[q.nr] = split_by(d);
			q.r_step[q.nr++] = step[i];
			length *= d;
		} else {
			q.k_size[q.nk] = split_by(d);
			q.k_step[q.nk++] = step[i];
		}
	}
	return groups(c->stream, count(&c->out[0]), length,
	    [=] DEV(size_t o, const struct group &b) {
		    const float *p = x + offset(q.nk, q.k_size, q.k_step, o);
		    /* the minimum is minus the maximum of -x */
		    const float sign = r.fn == REDUCE_MIN ? -1 : 1;
		    const bool max = r.fn >= REDUCE_MAX;
		    float v = max ? -INFINITY : 0;

		    for (size_t i = b.tid; i < length; i += b.size) {
			    const float e =
				sign * p[offset(q.nr, q.r_size, q.r_step, i)];

			    v = max ? (e > v ? e : v)
				    : v +
				    (r.fn == REDUCE_SUM           ? e
					    : r.fn == REDUCE_ASUM ? fabsf(e)
								  : e * e);
		    }
		    v = max ? b.max(v) : b.sum(v);
		    if (b.tid == 0)
			    y[o] = sign * v * r.coeff;
	    });
}

/* x -> softmax along the axis; a group for each line. */
extern "C" int
cu_softmax(const struct cu_call *c)
{
	const struct shape *s = c->in[0].s;
	const int axis = c->op->a.axis;
	const size_t n = (size_t)s->d[axis];
	const size_t inner = count_axes(s, axis + 1, s->n);
	const float *x = (const float *)c->in[0].p;
	float *y = (float *)c->out[0].p;

	return groups(c->stream, n > 0 ? count(&c->in[0]) / n : 0, n,
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

/* dy, y -> dx = (dy - sum(dy y)) y */
extern "C" int
cu_softmax_grad(const struct cu_call *c)
{
	const struct shape *s = c->in[0].s;
	const int axis = c->op->a.axis;
	const size_t n = (size_t)s->d[axis];
	const size_t inner = count_axes(s, axis + 1, s->n);
	const float *dy = (const float *)c->in[0].p;
	const float *y = (const float *)c->in[1].p;
	float *dx = (float *)c->out[0].p;

	return groups(c->stream, n > 0 ? count(&c->in[0]) / n : 0, n,
	    [=] DEV(size_t l, const struct group &b) {
		    const size_t at = l / inner * n * inner + l % inner;
		    float dot = 0;

		    for (size_t i = b.tid; i < n; i += b.size)
			    dot += dy[at + i * inner] * y[at + i * inner];
		    dot = b.sum(dot);
		    for (size_t i = b.tid; i < n; i += b.size) {
			    const size_t k = at + i * inner;

			    dx[k] = (dy[k] - dot) * y[k];
		    }
	    });
}
