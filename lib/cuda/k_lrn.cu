/*
 * Local response normalisation, across channels or within a plane, and its
 * gradient.
 */
#include "cuda/each.cuh"

/* The neighbourhood of a place: channels around it, or a square. */
struct hood {
	struct lay l;
	size_t h, w, half;
	bool across;
};

static struct hood
hood_of(const struct cu_call *c, const struct shape *s)
{
	struct hood q;

	q.l = lay_of(s, c->form);
	q.h = (size_t)s->d[2];
	q.w = (size_t)s->d[3];
	q.half = (size_t)(c->op->a.lrn.size - 1) / 2;
	q.across = c->op->a.lrn.region == LRN_ACROSS;
	return q;
}

DEVFN void
range(size_t at, size_t half, size_t n, size_t *lo, size_t *hi)
{
	*lo = at > half ? at - half : 0;
	*hi = at + half + 1 < n ? at + half + 1 : n;
}

/* The sum of f(place) over the neighbourhood of what lies at i. */
template <class F>
DEVFN float
hood_sum(const struct hood &q, size_t i, const F &f)
{
	size_t n, c, s, c0, c1, h0, h1, w0, w1;
	float sum = 0;

	q.l.find(i, &n, &c, &s);
	if (q.across) {
		range(c, q.half, q.l.c, &c0, &c1);
		for (size_t k = c0; k < c1; k++)
			sum += f(q.l.at(n, k, s));
		return sum;
	}
	range(s / q.w, q.half, q.h, &h0, &h1);
	range(s % q.w, q.half, q.w, &w0, &w1);
	for (size_t y = h0; y < h1; y++)
		for (size_t x = w0; x < w1; x++)
			sum += f(q.l.at(n, c, y * q.w + x));
	return sum;
}

static float
alpha_of(const struct op_lrn *l)
{
	const float size = (float)l->size;

	return l->alpha / (l->region == LRN_ACROSS ? size : size * size);
}

/* scale^-beta, with the usual beta done by square roots. */
DEVFN float
shrink(float scale, float beta)
{
	if (beta == 0.75F) {
		const float r = sqrtf(scale);

		return 1 / (r * sqrtf(r));
	}
	return powf(scale, -beta);
}

template <class T> struct squared {
	const T *x;
	DEV float operator()(size_t at) const
	{
		const float v = load(x, at);

		return v * v;
	}
};

template <class T> struct shared {
	const T *dy, *y;
	const float *scale;
	DEV float operator()(size_t at) const
	{
		return load(dy, at) * load(y, at) / scale[at];
	}
};

template <class T>
static int
lrn(const struct cu_call *c)
{
	const struct op_lrn l = c->op->a.lrn;
	const struct hood q = hood_of(c, c->in[0].s);
	const float k = l.region == LRN_ACROSS ? l.k : 1;
	const float alpha = alpha_of(&l);
	const T *x = (const T *)c->in[0].p;
	T *y = (T *)c->out[0].p;
	float *scale = (float *)c->out[1].p;

	return each(c->stream, count(&c->in[0]), [=] DEV(size_t i) {
		const struct squared<T> f = { x };
		const float s = k + alpha * hood_sum(q, i, f);

		scale[i] = s;
		store(y, i, load(x, i) * shrink(s, l.beta));
	});
}

extern "C" int
cu_lrn(const struct cu_call *c)
{
	return BY_TYPE(c, lrn);
}

template <class T>
static int
lrn_grad(const struct cu_call *c)
{
	const struct op_lrn l = c->op->a.lrn;
	const struct hood q = hood_of(c, c->in[0].s);
	const float factor = 2 * alpha_of(&l) * l.beta;
	const T *dy = (const T *)c->in[0].p, *x = (const T *)c->in[1].p;
	const T *y = (const T *)c->in[2].p;
	const float *scale = (const float *)c->in[3].p;
	T *dx = (T *)c->out[0].p;

	return each(c->stream, count(&c->in[0]), [=] DEV(size_t i) {
		const struct shared<T> f = { dy, y, scale };

		store(dx, i,
		    load(dy, i) * shrink(scale[i], l.beta) -
			factor * load(x, i) * hood_sum(q, i, f));
	});
}

extern "C" int
cu_lrn_grad(const struct cu_call *c)
{
	return BY_TYPE(c, lrn_grad);
}
