/*
 * Bilinear interpolation and the window ops, plain floats.  Gradients gather:
 * each place of the input looks for what it reaches, so that nothing is added
 * by two threads and the order of a sum is fixed.
 */
#include "cuda/wide.cuh"

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
	const struct split out = split_by(q.nout), kernel = split_by(q.nk);
	struct split outs[3], kernels[3];

	for (int d = 0; d < 3; d++) {
		outs[d] = split_by((size_t)q.out[d]);
		kernels[d] = split_by((size_t)q.kernel[d]);
	}
	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		size_t o, k;
		const size_t plane = kernel.apart(out.apart(i, &o), &k);
		long at = 0, step = 1;
		bool inside = true;

		for (int d = 2; d >= 0; d--) {
			size_t oo, kk;

			o = outs[d].apart(o, &oo);
			k = kernels[d].apart(k, &kk);

			const long p = (long)oo * q.stride[d] - q.pad[d] +
			    (long)kk * q.dilation[d];

			inside = inside && p >= 0 && p < q.in[d];
			at += p * step;
			step *= q.in[d];
		}
		y[i] = inside ? x[plane * q.nin + (size_t)at] : 0;
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
