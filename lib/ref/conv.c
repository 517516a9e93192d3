/*
 * Convolution, its gradients, and the window ops.  One loop serves 1 to 3
 * spatial axes: shapes are padded in front with axes of 1.  The three ops share
 * the walk over (window position, output point) pairs, row by row, so that the
 * innermost loop runs along an image row.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "ref/kernel.h"

/* A convolution with three spatial axes: x (C,D,H,W) and y (O,D',H',W'). */
struct geometry {
	int64_t kernel[3], stride[3], pad[3], dilation[3];
	int64_t in[3], out[3];
	size_t group, cin, cout; /* channels of one group */
	size_t nk, nin, nout;    /* elements of kernel, plane of x, of y */
};

static struct geometry
geometry_of(
    const struct op_conv *c, const struct shape *x, const struct shape *y)
{
	struct geometry q = { .group = (size_t)c->group };
	const int skip = 3 - c->nd;

	q.cin = (size_t)x->d[1] / q.group;
	q.cout = (size_t)y->d[1] / q.group;
	q.nk = q.nin = q.nout = 1;
	for (int i = 0; i < 3; i++) {
		q.kernel[i] = q.stride[i] = q.dilation[i] = 1;
		q.pad[i] = 0;
		q.in[i] = q.out[i] = 1;
		if (i >= skip) {
			const int k = i - skip;

			q.kernel[i] = c->kernel[k];
			q.stride[i] = c->stride[k];
			q.dilation[i] = c->dilation[k];
			q.pad[i] = c->pad[k];
			q.in[i] = x->d[2 + k];
			q.out[i] = y->d[2 + k];
		}
		q.nk *= (size_t)q.kernel[i];
		q.nin *= (size_t)q.in[i];
		q.nout *= (size_t)q.out[i];
	}
	return q;
}

/* A run of points along the last axis that a window position pairs: x[ix + i *
 * stride] with y[iy + i], i < n. */
typedef void row_fn(void *ctx, size_t ix, size_t iy, size_t n, size_t stride);

/* The output points o in [lo, hi) for which o * stride - pad + k * dilation is
 * inside the input, along one axis. */
static void
valid(const struct geometry *q, int axis, int64_t k, int64_t *lo, int64_t *hi)
{
	const int64_t at = k * q->dilation[axis] - q->pad[axis];
	const int64_t s = q->stride[axis], last = q->in[axis] - 1 - at;

	*lo = at < 0 ? (-at + s - 1) / s : 0;
	*hi = last < 0 ? 0 : last / s + 1;
	if (*hi > q->out[axis])
		*hi = q->out[axis];
}

/* Call fn for every row of pairs of kernel element k. */
static void
for_rows(const struct geometry *q, size_t k, row_fn *fn, void *ctx)
{
	const int64_t at[3] = { (int64_t)k / (q->kernel[1] * q->kernel[2]),
		(int64_t)k / q->kernel[2] % q->kernel[1],
		(int64_t)k % q->kernel[2] };
	int64_t lo[3], hi[3], off[3];

	for (int i = 0; i < 3; i++) {
		valid(q, i, at[i], &lo[i], &hi[i]);
		off[i] = at[i] * q->dilation[i] - q->pad[i];
	}
	if (lo[2] >= hi[2])
		return;
	for (int64_t d = lo[0]; d < hi[0]; d++) {
		for (int64_t h = lo[1]; h < hi[1]; h++) {
			int64_t z = d * q->stride[0] + off[0];
			int64_t y = h * q->stride[1] + off[1];
			int64_t x = lo[2] * q->stride[2] + off[2];

			fn(ctx, (size_t)((z * q->in[1] + y) * q->in[2] + x),
			    (size_t)((d * q->out[1] + h) * q->out[2] + lo[2]),
			    (size_t)(hi[2] - lo[2]), (size_t)q->stride[2]);
		}
	}
}

struct conv_rows {
	const float *x;
	double *sum;
	double w;
};

static void
forward_row(void *ctx, size_t ix, size_t iy, size_t n, size_t stride)
{
	const struct conv_rows *c = ctx;
	const float *x = c->x + ix;
	double *sum = c->sum + iy;
	const double w = c->w;

	if (stride == 1) {
		for (size_t i = 0; i < n; i++)
			sum[i] += w * (double)x[i];
	} else {
		for (size_t i = 0; i < n; i++)
			sum[i] += w * (double)x[i * stride];
	}
}

/* Room for sums, at most one plane of a tensor that exists. */
static int
take_sums(double **sum, size_t n)
{
	return mem_take((void **)sum, n + 1, sizeof(**sum), SIZE_MAX,
	    "sums of a convolution");
}

static void
finish_plane(const struct op_conv *c, const double *sum, size_t n,
    const float *add, float *y)
{
	for (size_t i = 0; i < n; i++) {
		double v = sum[i] + (add != NULL ? (double)add[i] : 0);

		if (c->relu && v < 0)
			v *= (double)c->slope;
		y[i] = (float)v;
	}
}

/* x (N,C,S), w (O,C/group,K), [b], [sum] -> y (N,O,S') */
KERNEL(ref_conv)
{
	const struct op_conv *c = &op->a.conv;
	const struct shape *x = in_shape(g, op, 0), *y = out_shape(g, op, 0);
	const struct geometry q = geometry_of(c, x, y);
	const float *b = op->nin > 2 ? in[2] : NULL;
	const float *add = op->nin > 3 ? in[3] : NULL;
	const size_t outs = q.group * q.cout, planes = (size_t)y->d[0] * outs;
	struct conv_rows r;

	UNUSED_ENV;
	TRY(take_sums(&r.sum, q.nout));
	for (size_t p = 0; p < planes; p++) {
		const size_t n = p / outs, o = p % outs;
		const float *w = in[1] + o * q.cin * q.nk;

		for (size_t i = 0; i < q.nout; i++)
			r.sum[i] = b != NULL ? (double)b[o] : 0;
		r.x = in[0] + (n * q.group + o / q.cout) * q.cin * q.nin;
		for (size_t i = 0; i < q.cin; i++, r.x += q.nin) {
			for (size_t k = 0; k < q.nk; k++) {
				r.w = (double)*w++;
				for_rows(&q, k, forward_row, &r);
			}
		}
		finish_plane(c, r.sum, q.nout,
		    add != NULL ? add + p * q.nout : NULL, out[0] + p * q.nout);
	}
	mem_free(r.sum);
	return 0;
}

static void
data_row(void *ctx, size_t ix, size_t iy, size_t n, size_t stride)
{
	const struct conv_rows *c = ctx;
	const float *dy = c->x + iy;
	double *sum = c->sum + ix;
	const double w = c->w;

	if (stride == 1) {
		for (size_t i = 0; i < n; i++)
			sum[i] += w * (double)dy[i];
	} else {
		for (size_t i = 0; i < n; i++)
			sum[i * stride] += w * (double)dy[i];
	}
}

/* dy (N,O,S'), w (O,C/group,K), [b (C)] -> dx (N,C,S) */
KERNEL(ref_conv_data)
{
	const struct shape *dy = in_shape(g, op, 0), *dx = out_shape(g, op, 0);
	const struct geometry q = geometry_of(&op->a.conv, dx, dy);
	const struct op_conv plain = { .relu = false };
	const float *b = op->nin > 2 ? in[2] : NULL;
	const size_t ins = q.group * q.cin, planes = (size_t)dx->d[0] * ins;
	struct conv_rows r;

	UNUSED_ENV;
	TRY(take_sums(&r.sum, q.nin));
	for (size_t p = 0; p < planes; p++) {
		const size_t n = p / ins, i = p % ins, grp = i / q.cin;

		for (size_t k = 0; k < q.nin; k++)
			r.sum[k] = b != NULL ? (double)b[i] : 0;
		r.x = in[0] + (n * q.group + grp) * q.cout * q.nout;
		for (size_t o = 0; o < q.cout; o++, r.x += q.nout) {
			const float *w = in[1] +
			    ((grp * q.cout + o) * q.cin + i % q.cin) * q.nk;

			for (size_t k = 0; k < q.nk; k++) {
				r.w = (double)w[k];
				for_rows(&q, k, data_row, &r);
			}
		}
		finish_plane(&plain, r.sum, q.nin, NULL, out[0] + p * q.nin);
	}
	mem_free(r.sum);
	return 0;
}

struct weight_rows {
	const float *x, *dy;
	double sum[4]; /* four chains of additions, to keep the adder busy */
};

static void
weight_row(void *ctx, size_t ix, size_t iy, size_t n, size_t stride)
{
	struct weight_rows *c = ctx;
	const float *x = c->x + ix, *dy = c->dy + iy;
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		for (size_t k = 0; k < 4; k++)
			c->sum[k] +=
			    (double)x[(i + k) * stride] * (double)dy[i + k];
	for (; i < n; i++)
		c->sum[0] += (double)x[i * stride] * (double)dy[i];
}

static double
sum_plane(const float *p, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)p[i];
	return sum;
}

/* x (N,C,S), dy (N,O,S') -> dw (O,C/group,K), [db (O)] */
KERNEL(ref_conv_weight)
{
	const struct shape *x = in_shape(g, op, 0), *dy = in_shape(g, op, 1);
	const struct geometry q = geometry_of(&op->a.conv, x, dy);
	const size_t outs = q.group * q.cout, ins = q.group * q.cin;
	const size_t batch = (size_t)x->d[0], ndw = outs * q.cin * q.nk;

	UNUSED_ENV;
	for (size_t i = 0; i < ndw; i++) {
		const size_t o = i / (q.cin * q.nk), k = i % q.nk;
		const size_t c = o / q.cout * q.cin + i / q.nk % q.cin;
		struct weight_rows r = { .sum = { 0 } };

		for (size_t n = 0; n < batch; n++) {
			r.x = in[0] + (n * ins + c) * q.nin;
			r.dy = in[1] + (n * outs + o) * q.nout;
			for_rows(&q, k, weight_row, &r);
		}
		out[0][i] = (float)(r.sum[0] + r.sum[1] + r.sum[2] + r.sum[3]);
	}
	for (size_t o = 0; o < outs && op->nout > 1; o++) {
		double sum = 0;

		for (size_t n = 0; n < batch; n++)
			sum +=
			    sum_plane(in[1] + (n * outs + o) * q.nout, q.nout);
		out[1][o] = (float)sum;
	}
	return 0;
}

struct col_rows {
	const float *from;
	float *to;
};

static void
im2col_row(void *ctx, size_t ix, size_t iy, size_t n, size_t stride)
{
	const struct col_rows *c = ctx;

	for (size_t i = 0; i < n; i++)
		c->to[iy + i] = c->from[ix + i * stride];
}

/* x (N,C,S) -> (N, C*K, S') */
KERNEL(ref_im2col)
{
	const struct shape *x = in_shape(g, op, 0), *y = out_shape(g, op, 0);
	const struct geometry q = geometry_of(&op->a.conv, x, y);
	const size_t columns = (size_t)(y->d[0] * y->d[1]);

	UNUSED_ENV;
	memset(out[0], 0, shape_count(y) * sizeof(float));
	for (size_t i = 0; i < columns; i++) {
		struct col_rows r = { in[0] + i / q.nk * q.nin,
			out[0] + i * q.nout };

		for_rows(&q, i % q.nk, im2col_row, &r);
	}
	return 0;
}

/* dy (N, C*K, S') -> dx (N,C,S) */
KERNEL(ref_col2im)
{
	const struct shape *dy = in_shape(g, op, 0), *dx = out_shape(g, op, 0);
	const struct geometry q = geometry_of(&op->a.conv, dx, dy);
	const size_t planes = (size_t)(dx->d[0] * dx->d[1]);
	const struct op_conv plain = { .relu = false };
	struct conv_rows r = { .w = 1 };

	UNUSED_ENV;
	TRY(take_sums(&r.sum, q.nin));
	for (size_t p = 0; p < planes; p++) {
		memset(r.sum, 0, q.nin * sizeof(*r.sum));
		for (size_t k = 0; k < q.nk; k++) {
			r.x = in[0] + (p * q.nk + k) * q.nout;
			for_rows(&q, k, data_row, &r);
		}
		finish_plane(&plain, r.sum, q.nin, NULL, out[0] + p * q.nin);
	}
	mem_free(r.sum);
	return 0;
}
