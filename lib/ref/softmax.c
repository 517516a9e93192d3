/* Softmax along an axis and its gradient. */
#include <math.h>

#include "ref/kernel.h"

static void
softmax_line(const float *x, float *y, size_t n, size_t step)
{
	float max = -INFINITY;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		max = x[i * step] > max ? x[i * step] : max;
	for (size_t i = 0; i < n; i++)
		sum += exp((double)x[i * step] - (double)max);
	for (size_t i = 0; i < n; i++)
		y[i * step] =
		    (float)(exp((double)x[i * step] - (double)max) / sum);
}

void
ref_softmax_split(const struct split *s, const float *x, float *y)
{
	for (size_t o = 0; o < s->outer; o++)
		for (size_t i = 0; i < s->inner; i++)
			softmax_line(x + o * s->n * s->inner + i,
			    y + o * s->n * s->inner + i, s->n, s->inner);
}

/* x -> y */
KERNEL(ref_softmax)
{
	const struct split s = split_at(in_shape(g, op, 0), op->a.axis);

	UNUSED_ENV;
	ref_softmax_split(&s, in[0], out[0]);
	return 0;
}

/* dy, y -> dx = (dy - sum(dy y)) y */
KERNEL(ref_softmax_grad)
{
	const struct split s = split_at(in_shape(g, op, 0), op->a.axis);

	UNUSED_ENV;
	for (size_t l = 0; l < s.outer * s.inner; l++) {
		const size_t at = l / s.inner * s.n * s.inner + l % s.inner;
		double dot = 0;

		for (size_t i = 0; i < s.n; i++)
			dot += (double)in[0][at + i * s.inner] *
			    (double)in[1][at + i * s.inner];
		for (size_t i = 0; i < s.n; i++) {
			const size_t k = at + i * s.inner;

			out[0][k] = (float)(((double)in[0][k] - dot) *
			    (double)in[1][k]);
		}
	}
	return 0;
}
