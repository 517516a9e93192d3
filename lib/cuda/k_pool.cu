/*
 * Pooling with Caffe's rounding, bilinear interpolation, and the window ops.
 * Gradients gather: each place of the input looks for the windows that hold it,
 * so that nothing is added by two threads and the order of a sum is fixed.
 */
#include "cuda/each.cuh"

#include <float.h>

/* A pooling, with sizes of planes and how they lie. */
struct pooling {
	long kh, kw, sh, sw, ph, pw;
	long h, w, oh, ow;
	struct lay x, y;
	bool max;
};

/* One window in one axis: [lo, hi) inside, and its length as AVE counts it. */
struct window {
	long lo, hi, length;
};

static struct pooling
pooling_of(const struct cu_call *c, const struct shape *x, const struct shape *y)
{
	const struct op_pool *p = &c->op->a.pool;
	struct pooling q;

	q.kh = p->kernel[0];
	q.kw = p->kernel[1];
	q.sh = p->stride[0];
	q.sw = p->stride[1];
	q.ph = p->pad[0];
	q.pw = p->pad[1];
	q.h = (long)x->d[2];
	q.w = (long)x->d[3];
	q.oh = (long)y->d[2];
	q.ow = (long)y->d[3];
	q.x = lay_of(x, c->form);
	q.y = lay_of(y, c->form);
	q.max = p->fn == POOL_MAX;
	return q;
}

DEVFN struct window
window_at(long o, long kernel, long stride, long pad, long size)
{
	const long start = o * stride - pad;
	long end = start + kernel;
	struct window w;

	if (end > size + pad)
		end = size + pad;
	w.length = end - start;
	w.lo = start < 0 ? 0 : start;
	w.hi = end > size ? size : end;
	return w;
}

DEVFN struct window
window_h(const struct pooling &q, long o)
{
	return window_at(o, q.kh, q.sh, q.ph, q.h);
}

DEVFN struct window
window_w(const struct pooling &q, long o)
{
	return window_at(o, q.kw, q.sw, q.pw, q.w);
}

/* Index h*W+w of the first maximum of a window, -1 when it is empty. */
template <class T>
DEVFN long
window_max(const struct pooling &q, const T *x, size_t n, size_t c, long oh,
    long ow, float *max)
{
	const struct window h = window_h(q, oh), w = window_w(q, ow);
	long at = -1;

	*max = -FLT_MAX;
	for (long i = h.lo; i < h.hi; i++)
		for (long k = w.lo; k < w.hi; k++) {
			const float v =
			    load(x, q.x.at(n, c, (size_t)(i * q.w + k)));

			if (v > *max) {
				*max = v;
				at = i * q.w + k;
			}
		}
	return at;
}

template <class T>
DEVFN float
window_mean(const struct pooling &q, const T *x, size_t n, size_t c, long oh,
    long ow)
{
	const struct window h = window_h(q, oh), w = window_w(q, ow);
	float sum = 0;

	if (h.length <= 0 || w.length <= 0)
		return 0;
	for (long i = h.lo; i < h.hi; i++)
		for (long k = w.lo; k < w.hi; k++)
			sum += load(x, q.x.at(n, c, (size_t)(i * q.w + k)));
	return sum / (float)(h.length * w.length);
}

template <class T>
static int
pool(const struct cu_call *c)
{
	const struct pooling q = pooling_of(c, c->in[0].s, c->out[0].s);
	const T *x = (const T *)c->in[0].p;
	T *y = (T *)c->out[0].p;
	float *mask = c->nout > 1 ? (float *)c->out[1].p : NULL;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		size_t n, ch, s;
		long at = -1;
		float v;

		q.y.find(i, &n, &ch, &s);
		if (q.max)
			at = window_max(q, x, n, ch, (long)s / q.ow,
			    (long)s % q.ow, &v);
		else
			v = window_mean(
			    q, x, n, ch, (long)s / q.ow, (long)s % q.ow);
		store(y, i, v);
		if (mask != NULL)
			mask[i] = (float)at;
	});
}

extern "C" int
cu_pool(const struct cu_call *c)
{
	return BY_TYPE(c, pool);
}

/* The windows [lo, hi) that hold place i of an axis. */
DEVFN void
holders(long i, long kernel, long stride, long pad, long n, long *lo, long *hi)
{
	const long first = i + pad - kernel + 1;

	*lo = first <= 0 ? 0 : (first + stride - 1) / stride;
	*hi = (i + pad) / stride + 1;
	if (*hi > n)
		*hi = n;
}

/* Does a window that holds the place really: not cut off by the padding. */
template <class T>
static int
pool_grad(const struct cu_call *c)
{
	const struct pooling q = pooling_of(c, c->in[1].s, c->in[2].s);
	const T *dy = (const T *)c->in[0].p, *x = (const T *)c->in[1].p;
	const float *mask = c->nin > 3 ? (const float *)c->in[3].p : NULL;
	T *dx = (T *)c->out[0].p;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		size_t n, ch, s;
		long h0, h1, w0, w1;
		float sum = 0, unused;

		q.x.find(i, &n, &ch, &s);
		holders((long)s / q.w, q.kh, q.sh, q.ph, q.oh, &h0, &h1);
		holders((long)s % q.w, q.kw, q.sw, q.pw, q.ow, &w0, &w1);
		for (long oh = h0; oh < h1; oh++) {
			for (long ow = w0; ow < w1; ow++) {
				const size_t o =
				    q.y.at(n, ch, (size_t)(oh * q.ow + ow));
				const float d = load(dy, o);

				if (!q.max) {
					sum += d /
					    (float)(window_h(q, oh).length *
						window_w(q, ow).length);
					continue;
				}
				const long at = mask != NULL
				    ? (long)mask[o]
				    : window_max(
					  q, x, n, ch, oh, ow, &unused);

				if (at == (long)s)
					sum += d;
			}
		}
		store(dx, i, sum);
	});
}

extern "C" int
cu_pool_grad(const struct cu_call *c)
{
	return BY_TYPE(c, pool_grad);
}

/* Place o of n along an axis of `size`, corners on corners: between lo and hi
 * with weight f for hi.  In double, as ref, so that the corner is the same. */
DEVFN long
between(long o, long n, long size, long *hi, float *f)
{
	const double at =
	    n > 1 ? (double)o * (double)(size - 1) / (double)(n - 1) : 0;
	long lo = (long)at;

	if (lo > size - 1)
		lo = size - 1;
	*hi = lo + 1 < size ? lo + 1 : lo;
	*f = (float)(at - (double)lo);
	return lo;
}

extern "C" int
cu_interp(const struct cu_call *c)
{
	const struct shape *sx = c->in[0].s, *sy = c->out[0].s;
	const long h = (long)sx->d[2], w = (long)sx->d[3];
	const long oh = (long)sy->d[2], ow = (long)sy->d[3];
	const float *x = (const float *)c->in[0].p;
	float *y = (float *)c->out[0].p;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		const long o = (long)(i % (size_t)(oh * ow));
		const float *p = x + i / (size_t)(oh * ow) * (size_t)(h * w);
		long h1, w1;
		float fh, fw;
		const long h0 = between(o / ow, oh, h, &h1, &fh);
		const long w0 = between(o % ow, ow, w, &w1, &fw);

		y[i] = (1 - fh) * (1 - fw) * p[h0 * w + w0] +
		    (1 - fh) * fw * p[h0 * w + w1] +
		    fh * (1 - fw) * p[h1 * w + w0] + fh * fw * p[h1 * w + w1];
	});
}

/* The weight that output point o gives place i, 0 when it does not reach. */
DEVFN float
reach(long o, long n, long size, long i)
{
	long hi;
	float f;
	const long lo = between(o, n, size, &hi, &f);

	return (lo == i ? 1 - f : 0) + (hi == i ? f : 0);
}

/* The points [lo, hi) that may reach place i: those within 1 of it, and one
 * more on either side for rounding. */
DEVFN void
reachers(long i, long n, long size, long *lo, long *hi)
{
	if (n <= 1 || size <= 1) {
		*lo = 0;
		*hi = n;
		return;
	}
	*lo = (i - 1) * (n - 1) / (size - 1) - 1;
	*hi = (i + 1) * (n - 1) / (size - 1) + 2;
	if (*lo < 0)
		*lo = 0;
	if (*hi > n)
		*hi = n;
}

extern "C" int
cu_interp_grad(const struct cu_call *c)
{
	const struct shape *sy = c->in[0].s, *sx = c->out[0].s;
	const long h = (long)sx->d[2], w = (long)sx->d[3];
	const long oh = (long)sy->d[2], ow = (long)sy->d[3];
	const float *dy = (const float *)c->in[0].p;
	float *dx = (float *)c->out[0].p;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		const long at = (long)(i % (size_t)(h * w));
		const float *p = dy + i / (size_t)(h * w) * (size_t)(oh * ow);
		long h0, h1, w0, w1;
		float sum = 0;

		reachers(at / w, oh, h, &h0, &h1);
		reachers(at % w, ow, w, &w0, &w1);
		for (long a = h0; a < h1; a++) {
			const float fh = reach(a, oh, h, at / w);

			for (long b = w0; b < w1 && fh != 0; b++)
				sum += fh * reach(b, ow, w, at % w) *
				    p[a * ow + b];
		}
		dx[i] = sum;
	});
}

/* A window op with three spatial axes, as ref/conv.c has it. */
struct geometry {
	long kernel[3], stride[3], pad[3], dilation[3], in[3], out[3];
	size_t nk, nin, nout;
};

static struct geometry
geometry_of(
    const struct op_conv *c, const struct shape *x, const struct shape *y)
{
	struct geometry q;

	q.nk = q.nin = q.nout = 1;
	for (int i = 0; i < 3; i++) {
		const int k = i - (3 - c->nd);

		q.kernel[i] = k < 0 ? 1 : c->kernel[k];
		q.stride[i] = k < 0 ? 1 : c->stride[k];
		q.dilation[i] = k < 0 ? 1 : c->dilation[k];
		q.pad[i] = k < 0 ? 0 : c->pad[k];
		q.in[i] = k < 0 ? 1 : (long)x->d[2 + k];
		q.out[i] = k < 0 ? 1 : (long)y->d[2 + k];
		q.nk *= (size_t)q.kernel[i];
		q.nin *= (size_t)q.in[i];
		q.nout *= (size_t)q.out[i];
	}
	return q;
}

extern "C" int
cu_im2col(const struct cu_call *c)
{
	const struct geometry q =
	    geometry_of(&c->op->a.conv, c->in[0].s, c->out[0].s);
	const float *x = (const float *)c->in[0].p;
	float *y = (float *)c->out[0].p;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		long o = (long)(i % q.nout), k = (long)(i / q.nout % q.nk);
		long at = 0, step = 1;
		bool inside = true;

		for (int d = 2; d >= 0; d--) {
			const long p = o % q.out[d] * q.stride[d] - q.pad[d] +
			    k % q.kernel[d] * q.dilation[d];

			inside = inside && p >= 0 && p < q.in[d];
			at += p * step;
			step *= q.in[d];
			o /= q.out[d];
			k /= q.kernel[d];
		}
		y[i] = inside ? x[i / q.nout / q.nk * q.nin + (size_t)at] : 0;
	});
}

/* Each place sums over the kernel elements that put it into a column. */
extern "C" int
cu_col2im(const struct cu_call *c)
{
	const struct geometry q =
	    geometry_of(&c->op->a.conv, c->out[0].s, c->in[0].s);
	const float *dy = (const float *)c->in[0].p;
	float *dx = (float *)c->out[0].p;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		const size_t plane = i / q.nin;
		float sum = 0;

		for (size_t e = 0; e < q.nk; e++) {
			long s = (long)(i % q.nin), k = (long)e, at = 0;
			long step = 1;
			bool inside = true;

			for (int d = 2; d >= 0; d--) {
				const long p = s % q.in[d] + q.pad[d] -
				    k % q.kernel[d] * q.dilation[d];

				inside = inside && p >= 0 &&
				    p % q.stride[d] == 0 &&
				    p / q.stride[d] < q.out[d];
				at += p / q.stride[d] * step;
				step *= q.out[d];
				s /= q.in[d];
				k /= q.kernel[d];
			}
			if (inside)
				sum += dy[(plane * q.nk + e) * q.nout +
				    (size_t)at];
		}
		dx[i] = sum;
	});
}
