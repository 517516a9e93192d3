/*
 * Pooling with Caffe's rounding.  The gradient gathers: each place of the input
 * looks for the windows that hold it, so that nothing is added by two threads
 * and the order of a sum is fixed.
 *
 * With channels last a thread has 16 bytes of channels of one place;
 * neighbouring threads have neighbouring bytes in either layout, and a window's
 * overlap with the next is in the cache: input and output (and mask) pass once.
 */
#include "cuda/wide.cuh"

#include <float.h>

/* A pooling, with sizes of planes and how they lie: outer x (h, w) x step, of
 * which a thread takes `lanes` at a time. */
struct pooling {
	int kh, kw, sh, sw, ph, pw, h, w, oh, ow;
	size_t step, outer;
	struct split across; /* step / lanes */
	struct split by_h, by_w, by_oh, by_ow, by_sh, by_sw;
	bool max;
};

/* One window in one axis: [lo, hi) inside, and its length as AVE counts it. */
struct window {
	int lo, hi, length;
};

/* Vector i of a tensor: its outer index, place and first channel. */
struct spot {
	size_t outer, lane;
	int y, x;
};

static struct pooling
pooling_of(const struct cu_call *c, const struct shape *x,
    const struct shape *y, int lanes)
{
	const struct op_pool *p = &c->op->a.pool;
	const struct lay l = lay_of(x, c->form);
	struct pooling q;

	q.kh = p->kernel[0];
	q.kw = p->kernel[1];
	q.sh = p->stride[0];
	q.sw = p->stride[1];
	q.ph = p->pad[0];
	q.pw = p->pad[1];
	q.h = (int)x->d[2];
	q.w = (int)x->d[3];
	q.oh = (int)y->d[2];
	q.ow = (int)y->d[3];
	q.step = l.nhwc ? l.c : 1;
	q.outer = (size_t)x->d[0] * (l.nhwc ? 1 : l.c);
	q.across = split_by(q.step / (size_t)lanes);
	q.by_h = split_by((size_t)q.h);
	q.by_w = split_by((size_t)q.w);
	q.by_oh = split_by((size_t)q.oh);
	q.by_ow = split_by((size_t)q.ow);
	q.by_sh = split_by((size_t)q.sh);
	q.by_sw = split_by((size_t)q.sw);
	q.max = p->fn == POOL_MAX;
	return q;
}

/* Can channels be taken so many at a time? */
static bool
goes(const struct cu_call *c, const struct shape *s, int lanes)
{
	const struct lay l = lay_of(s, c->form);

	return l.nhwc && l.c % (size_t)lanes == 0;
}

template <int W>
DEVFN struct spot
spot_of(const struct pooling &q, const struct split &h, const struct split &w,
    size_t i)
{
	struct spot p;
	size_t v, x, y;

	i = q.across.apart(i, &v);
	i = w.apart(i, &x);
	p.outer = h.apart(i, &y);
	p.lane = v * W;
	p.x = (int)x;
	p.y = (int)y;
	return p;
}

DEVFN struct window
window_at(int o, int kernel, int stride, int pad, int size)
{
	const int start = o * stride - pad;
	int end = start + kernel;
	struct window w;

	if (end > size + pad)
		end = size + pad;
	w.length = end - start;
	w.lo = start < 0 ? 0 : start;
	w.hi = end > size ? size : end;
	return w;
}

DEVFN struct window
window_h(const struct pooling &q, int o)
{
	return window_at(o, q.kh, q.sh, q.ph, q.h);
}

DEVFN struct window
window_w(const struct pooling &q, int o)
{
	return window_at(o, q.kw, q.sw, q.pw, q.w);
}

/* Of each lane the first maximum of a window and its index h W + w, -1 when it
 * is empty.  x: of the outer index and lanes. */
template <int W, class T>
DEVFN void
window_max(const struct pooling &q, const T *x, int oh, int ow, floats<W> *max,
    int at[W])
{
	const struct window h = window_h(q, oh), w = window_w(q, ow);

	*max = same_for_all<W>(-FLT_MAX);
	for (int k = 0; k < W; k++)
		at[k] = -1;
	for (int i = h.lo; i < h.hi; i++)
		for (int j = w.lo; j < w.hi; j++) {
			const int place = i * q.w + j;
			const floats<W> v = fetch<W>(x, (size_t)place * q.step);

			for (int k = 0; k < W; k++)
				if (v.v[k] > max->v[k]) {
					max->v[k] = v.v[k];
					at[k] = place;
				}
		}
}

template <int W, class T>
DEVFN floats<W>
window_mean(const struct pooling &q, const T *x, int oh, int ow)
{
	const struct window h = window_h(q, oh), w = window_w(q, ow);
	floats<W> sum = same_for_all<W>(0);

	if (h.length <= 0 || w.length <= 0)
		return sum;
	for (int i = h.lo; i < h.hi; i++)
		for (int j = w.lo; j < w.hi; j++) {
			const floats<W> v =
			    fetch<W>(x, (size_t)(i * q.w + j) * q.step);

			for (int k = 0; k < W; k++)
				sum.v[k] += v.v[k];
		}
	const float by = 1 / (float)(h.length * w.length);

	for (int k = 0; k < W; k++)
		sum.v[k] *= by;
	return sum;
}

template <int W, class T>
static int
pool_by(const struct cu_call *c)
{
	const struct pooling q = pooling_of(c, c->in[0].s, c->out[0].s, W);
	const size_t plane = (size_t)q.h * (size_t)q.w * q.step;
	const T *x = (const T *)c->in[0].p;
	T *y = (T *)c->out[0].p;
	float *mask = c->nout > 1 ? (float *)c->out[1].p : NULL;

	return each(c->stream, count(&c->out[0]) / W, [=] DEV(size_t i) {
		const struct spot p = spot_of<W>(q, q.by_oh, q.by_ow, i);
		const T *from = x + p.outer * plane + p.lane;
		floats<W> v, where;
		int at[W];

		if (!q.max) {
			put(y, i * W, window_mean<W>(q, from, p.y, p.x));
			return;
		}
		window_max<W>(q, from, p.y, p.x, &v, at);
		put(y, i * W, v);
		if (mask == NULL)
			return;
		for (int k = 0; k < W; k++)
			where.v[k] = (float)at[k];
		put(mask, i * W, where);
	});
}

template <class T>
static int
pool(const struct cu_call *c)
{
	const void *mask = c->nout > 1 ? c->out[1].p : NULL;

	if (goes(c, c->in[0].s, full<T>::n) &&
	    is_aligned(c->in[0].p, c->out[0].p, mask))
		return pool_by<full<T>::n, T>(c);
	return pool_by<1, T>(c);
}

extern "C" int
cu_pool(const struct cu_call *c)
{
	return BY_TYPE(c, pool);
}

/* The windows [lo, hi) that hold place i of an axis. */
DEVFN void
holders(int i, int kernel, const struct split &stride, int pad, int n, int *lo,
    int *hi)
{
	const int first = i + pad - kernel + 1;

	*lo =
	    first <= 0 ? 0 : (int)stride.quotient((size_t)first + stride.d - 1);
	*hi = (int)stride.quotient((size_t)(i + pad)) + 1;
	if (*hi > n)
		*hi = n;
}

/* What window (oh, ow) gives a place: d where the place is its maximum. */
template <int W, class T>
DEVFN void
add_maxima(const struct pooling &q, const struct spot &p, const T *x,
    const float *mask, size_t o, int oh, int ow, const floats<W> &d,
    floats<W> *sum)
{
	const int place = p.y * q.w + p.x;
	floats<W> unused;
	int at[W];

	if (mask != NULL) {
		const floats<W> m = fetch<W>(mask, o);

		for (int k = 0; k < W; k++)
			at[k] = (int)m.v[k];
	} else {
		window_max<W>(q, x, oh, ow, &unused, at);
	}
	for (int k = 0; k < W; k++)
		if (at[k] == place)
			sum->v[k] += d.v[k];
}

template <int W, class T>
static int
pool_grad_by(const struct cu_call *c)
{
	const struct pooling q = pooling_of(c, c->in[1].s, c->in[2].s, W);
	const size_t plane = (size_t)q.h * (size_t)q.w * q.step;
	const size_t below = (size_t)q.oh * (size_t)q.ow * q.step;
	const T *dy = (const T *)c->in[0].p, *x = (const T *)c->in[1].p;
	const float *mask = c->nin > 3 ? (const float *)c->in[3].p : NULL;
	T *dx = (T *)c->out[0].p;

	return each(c->stream, count(&c->out[0]) / W, [=] DEV(size_t i) {
		const struct spot p = spot_of<W>(q, q.by_h, q.by_w, i);
		const size_t first = p.outer * below + p.lane;
		const T *from = x + p.outer * plane + p.lane;
		floats<W> sum = same_for_all<W>(0);
		int h0, h1, w0, w1;

		holders(p.y, q.kh, q.by_sh, q.ph, q.oh, &h0, &h1);
		holders(p.x, q.kw, q.by_sw, q.pw, q.ow, &w0, &w1);
		for (int oh = h0; oh < h1; oh++)
			for (int ow = w0; ow < w1; ow++) {
				const size_t o =
				    first + (size_t)(oh * q.ow + ow) * q.step;
				const floats<W> d = fetch<W>(dy, o);

				if (q.max) {
					add_maxima<W>(q, p, from, mask, o, oh,
					    ow, d, &sum);
					continue;
				}
				const float by = 1 /
				    (float)(window_h(q, oh).length *
					window_w(q, ow).length);

				for (int k = 0; k < W; k++)
					sum.v[k] += d.v[k] * by;
			}
		put(dx, i * W, sum);
	});
}

template <class T>
static int
pool_grad(const struct cu_call *c)
{
	const void *mask = c->nin > 3 ? c->in[3].p : NULL;

	if (goes(c, c->in[1].s, full<T>::n) &&
	    is_aligned(c->in[0].p, c->in[1].p, c->out[0].p, mask))
		return pool_grad_by<full<T>::n, T>(c);
	return pool_grad_by<1, T>(c);
}

extern "C" int
cu_pool_grad(const struct cu_call *c)
{
	return BY_TYPE(c, pool_grad);
}
