/* Local response normalisation (Krizhevsky 2012) across channels or within a
 * channel, as Caffe's lrn_layer has it. */
#include <math.h>

#include "ref/kernel.h"

/* The neighbourhood of a point: `size` channels, or size x size places. */
struct hood {
	size_t c0, c1, h0, h1, w0, w1;
};

static void
range(size_t at, size_t half, size_t n, size_t *lo, size_t *hi)
{
	*lo = at > half ? at - half : 0;
	*hi = at + half + 1 < n ? at + half + 1 : n;
}

static struct hood
hood_of(
    const struct op_lrn *l, const struct shape *s, size_t c, size_t h, size_t w)
{
	const size_t half = (size_t)(l->size - 1) / 2;
	struct hood b = { c, c + 1, h, h + 1, w, w + 1 };

	if (l->region == LRN_ACROSS) {
		range(c, half, (size_t)s->d[1], &b.c0, &b.c1);
	} else {
		range(h, half, (size_t)s->d[2], &b.h0, &b.h1);
		range(w, half, (size_t)s->d[3], &b.w0, &b.w1);
	}
	return b;
}

/* Sum over a neighbourhood of f(i), i the index inside one item. */
static double
hood_sum(const struct hood *b, const struct shape *s,
    double (*f)(const float *const *in, size_t i), const float *const *in)
{
	double sum = 0;

	for (size_t c = b->c0; c < b->c1; c++)
		for (size_t h = b->h0; h < b->h1; h++)
			for (size_t w = b->w0; w < b->w1; w++)
				sum += f(in,
				    (c * (size_t)s->d[2] + h) *
					    (size_t)s->d[3] +
					w);
	return sum;
}

static double
square(const float *const *in, size_t i)
{
	return (double)in[0][i] * (double)in[0][i];
}

/* dy * y / scale */
static double
lrn_share(const float *const *in, size_t i)
{
	return (double)in[0][i] * (double)in[1][i] / (double)in[2][i];
}

static double
alpha_of(const struct op_lrn *l)
{
	const double size = l->size;
	const double n = l->region == LRN_ACROSS ? size : size * size;

	return (double)l->alpha / n;
}

/* x -> y, scale */
KERNEL(ref_lrn)
{
	const struct op_lrn *l = &op->a.lrn;
	const struct shape *s = in_shape(g, op, 0);
	const size_t item = shape_count_axes(s, 1, 4), n = shape_count(s);
	const double k = l->region == LRN_ACROSS ? (double)l->k : 1;
	const double alpha = alpha_of(l);

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		const size_t at = i % item, plane = at / (size_t)s->d[3];
		const struct hood b = hood_of(l, s, plane / (size_t)s->d[2],
		    plane % (size_t)s->d[2], at % (size_t)s->d[3]);
		const float *x = in[0] + i - at;
		const double scale = k + alpha * hood_sum(&b, s, square, &x);

		out[1][i] = (float)scale;
		out[0][i] =
		    (float)((double)in[0][i] * pow(scale, -(double)l->beta));
	}
	return 0;
}

/* dy, x, y, scale -> dx = dy scale^-beta - 2 alpha beta x sum(dy y / scale) */
KERNEL(ref_lrn_grad)
{
	const struct op_lrn *l = &op->a.lrn;
	const struct shape *s = in_shape(g, op, 0);
	const size_t item = shape_count_axes(s, 1, 4), n = shape_count(s);
	const double factor = 2 * alpha_of(l) * (double)l->beta;

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		const size_t at = i % item, plane = at / (size_t)s->d[3];
		const struct hood b = hood_of(l, s, plane / (size_t)s->d[2],
		    plane % (size_t)s->d[2], at % (size_t)s->d[3]);
		const float *const v[3] = { in[0] + i - at, in[2] + i - at,
			in[3] + i - at };
		const double sum = hood_sum(&b, s, lrn_share, v);

		out[0][i] = (float)((double)in[0][i] *
			pow((double)in[3][i], -(double)l->beta) -
		    factor * (double)in[1][i] * sum);
	}
	return 0;
}
