/* Pooling and bilinear interpolation. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "ref/kernel.h"

/* One window in one axis: [lo, hi) inside the image, and its whole length as
 * Caffe's AVE counts it, clipped to the padded size. */
struct window {
	int64_t lo, hi, length;
};

static struct window
window_at(const struct op_pool *p, int axis, int64_t o, int64_t size)
{
	const int64_t start = o * p->stride[axis] - p->pad[axis];
	int64_t end = start + p->kernel[axis];
	struct window w;

	if (end > size + p->pad[axis])
		end = size + p->pad[axis];
	w.length = end - start;
	w.lo = start < 0 ? 0 : start;
	w.hi = end > size ? size : end;
	return w;
}

/* Largest value of x (.., width) in the window and its index; -1 when the
 * window is empty or all NaN. */
static int64_t
window_max(const float *x, int64_t width, const struct window *h,
    const struct window *w, float *max)
{
	int64_t at = -1;

	*max = -FLT_MAX;
	for (int64_t i = h->lo; i < h->hi; i++) {
		for (int64_t k = w->lo; k < w->hi; k++) {
			if (x[i * width + k] > *max) {
				at = i * width + k;
				*max = x[at];
			}
		}
	}
	return at;
}

static float
window_mean(const float *x, int64_t width, const struct window *h,
    const struct window *w)
{
	double sum = 0;

	for (int64_t i = h->lo; i < h->hi; i++)
		for (int64_t k = w->lo; k < w->hi; k++)
			sum += (double)x[i * width + k];
	if (h->length <= 0 || w->length <= 0)
		return 0;
	return (float)(sum / (double)(h->length * w->length));
}

/* x (N,C,H,W) -> y (N,C,H',W'), [mask] */
KERNEL(ref_pool)
{
	const struct op_pool *p = &op->a.pool;
	const struct shape *x = in_shape(g, op, 0), *y = out_shape(g, op, 0);
	const size_t planes = shape_count_axes(x, 0, 2);
	size_t o = 0;

	UNUSED_ENV;
	for (size_t c = 0; c < planes; c++) {
		const float *xp = in[0] + c * shape_count_axes(x, 2, 4);

		for (int64_t i = 0; i < y->d[2] * y->d[3]; i++, o++) {
			struct window h, w;
			int64_t at = -1;

			h = window_at(p, 0, i / y->d[3], x->d[2]);
			w = window_at(p, 1, i % y->d[3], x->d[3]);
			if (p->fn == POOL_MAX)
				at =
				    window_max(xp, x->d[3], &h, &w, &out[0][o]);
			else
				out[0][o] = window_mean(xp, x->d[3], &h, &w);
			if (op->nout > 1)
				out[1][o] = (float)at;
		}
	}
	return 0;
}

/* Adds dy to the places of one window of dx. */
static void
spread_window(const struct op_pool *p, const float *x, const struct shape *s,
    const struct window *h, const struct window *w, int64_t mask, double dy,
    double *dx)
{
	const double area = (double)(h->length * w->length);
	float unused;

	if (p->fn == POOL_MAX) {
		if (mask == -2)
			mask = window_max(x, s->d[3], h, w, &unused);
		if (mask >= 0 && mask < s->d[2] * s->d[3])
			dx[mask] += dy;
		return;
	}
	for (int64_t i = h->lo; i < h->hi; i++)
		for (int64_t k = w->lo; k < w->hi; k++)
			dx[i * s->d[3] + k] += dy / area;
}

/* dy, x, y, [mask] -> dx */
KERNEL(ref_pool_grad)
{
	const struct op_pool *p = &op->a.pool;
	const struct shape *x = in_shape(g, op, 1), *y = in_shape(g, op, 2);
	const size_t planes = shape_count_axes(x, 0, 2);
	const size_t plane = shape_count_axes(x, 2, 4);
	const float *mask = op->nin > 3 ? in[3] : NULL;
	double *dx;
	size_t o = 0;

	UNUSED_ENV;
	TRY(mem_take((void **)&dx, plane + 1, sizeof(*dx), SIZE_MAX,
	    "gradient of a pooling"));
	for (size_t c = 0; c < planes; c++) {
		memset(dx, 0, plane * sizeof(*dx));
		for (int64_t i = 0; i < y->d[2] * y->d[3]; i++, o++) {
			struct window h, w;

			h = window_at(p, 0, i / y->d[3], x->d[2]);
			w = window_at(p, 1, i % y->d[3], x->d[3]);
			spread_window(p, in[1] + c * plane, x, &h, &w,
			    mask != NULL ? (int64_t)mask[o] : -2,
			    (double)in[0][o], dx);
		}
		for (size_t i = 0; i < plane; i++)
			out[0][c * plane + i] = (float)dx[i];
	}
	mem_free(dx);
	return 0;
}

/* Place o of n along an axis of `size`, corners on corners: between lo and
 * lo + 1, the second with weight f. */
static int64_t
between(int64_t o, int64_t n, int64_t size, int64_t *hi, double *f)
{
	const double at =
	    n > 1 ? (double)o * (double)(size - 1) / (double)(n - 1) : 0;
	int64_t lo = (int64_t)at;

	if (lo > size - 1)
		lo = size - 1;
	*hi = lo + 1 < size ? lo + 1 : lo;
	*f = at - (double)lo;
	return lo;
}

/* The four corners and weights of the output point (h, w). */
struct corners {
	int64_t at[4];
	double weight[4];
};

static struct corners
corners_of(
    int64_t h, int64_t w, const struct shape *big, const struct shape *small)
{
	int64_t h0, h1, w0, w1;
	const int64_t width = small->d[3];
	double fh, fw;

	h0 = between(h, big->d[2], small->d[2], &h1, &fh);
	w0 = between(w, big->d[3], small->d[3], &w1, &fw);
	return (struct corners){
		{ h0 * width + w0, h0 * width + w1, h1 * width + w0,
		    h1 * width + w1 },
		{ (1 - fh) * (1 - fw), (1 - fh) * fw, fh * (1 - fw), fh * fw },
	};
}

/* x (N,C,H,W) -> (N,C,H',W') */
KERNEL(ref_interp)
{
	const struct shape *x = in_shape(g, op, 0), *y = out_shape(g, op, 0);
	const size_t planes = shape_count_axes(x, 0, 2);
	const size_t plane = shape_count_axes(x, 2, 4);
	size_t o = 0;

	UNUSED_ENV;
	for (size_t c = 0; c < planes; c++) {
		for (int64_t i = 0; i < y->d[2] * y->d[3]; i++) {
			const struct corners q =
			    corners_of(i / y->d[3], i % y->d[3], y, x);
			double sum = 0;

			for (int k = 0; k < 4; k++)
				sum += q.weight[k] *
				    (double)in[0][c * plane + (size_t)q.at[k]];
			out[0][o++] = (float)sum;
		}
	}
	return 0;
}

/* dy (N,C,H',W') -> dx (N,C,H,W) */
KERNEL(ref_interp_grad)
{
	const struct shape *dy = in_shape(g, op, 0), *dx = out_shape(g, op, 0);
	const size_t planes = shape_count_axes(dx, 0, 2);
	const size_t plane = shape_count_axes(dx, 2, 4);
	double *sum;
	size_t o = 0;

	UNUSED_ENV;
	TRY(mem_take((void **)&sum, plane + 1, sizeof(*sum), SIZE_MAX,
	    "gradient of an interpolation"));
	for (size_t c = 0; c < planes; c++) {
		memset(sum, 0, plane * sizeof(*sum));
		for (int64_t i = 0; i < dy->d[2] * dy->d[3]; i++, o++) {
			const struct corners q =
			    corners_of(i / dy->d[3], i % dy->d[3], dy, dx);

			for (int k = 0; k < 4; k++)
				sum[q.at[k]] += q.weight[k] * (double)in[0][o];
		}
		for (size_t i = 0; i < plane; i++)
			out[0][c * plane + i] = (float)sum[i];
	}
	mem_free(sum);
	return 0;
}
