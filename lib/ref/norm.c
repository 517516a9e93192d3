/* Batch normalisation (Ioffe and Szegedy 2015) with Caffe's running sums, and
 * PReLU: the ops with one number for each channel. */
#include <math.h>

#include "ref/kernel.h"

/* Where channel c lies: n runs of `inner` values, `step` apart. */
struct channel {
	size_t n, inner, step, c;
};

static struct channel
channel_of(const struct shape *s, size_t c)
{
	const size_t inner = shape_count_axes(s, 2, s->n);

	return (struct channel){ (size_t)s->d[0], inner,
		(size_t)s->d[1] * inner, c };
}

/* Index in the tensor of value i of the channel. */
static size_t
value_place(const struct channel *q, size_t i)
{
	return i / q->inner * q->step + q->c * q->inner + i % q->inner;
}

static void
moments(const struct channel *q, const float *x, double *mean, double *var)
{
	const size_t m = q->n * q->inner;
	double sum = 0, sq = 0;

	for (size_t i = 0; i < m; i++)
		sum += (double)x[value_place(q, i)];
	*mean = sum / (double)m;
	for (size_t i = 0; i < m; i++) {
		double d = (double)x[value_place(q, i)] - *mean;

		sq += d * d;
	}
	*var = sq / (double)m;
}

/* x, mean, var, factor, [gamma], [beta] -> y, save_mean, save_istd */
KERNEL(ref_batchnorm)
{
	const struct op_batchnorm *b = &op->a.batchnorm;
	const struct shape *s = in_shape(g, op, 0);
	const float *gamma = op->nin > 4 ? in[4] : NULL;
	const float *beta = op->nin > 5 ? in[5] : NULL;
	/* PARAMs that a training op writes to, as op.h says. */
	float *rmean = (float *)in[1], *rvar = (float *)in[2];
	float *factor = (float *)in[3];
	const double f = (double)*factor, k = f == 0 ? 0 : 1 / f;

	UNUSED_ENV;
	for (size_t c = 0; c < (size_t)s->d[1]; c++) {
		const struct channel q = channel_of(s, c);
		const size_t m = q.n * q.inner;
		double mean = (double)rmean[c] * k, var = (double)rvar[c] * k;
		double istd;

		if (b->train && m > 0) {
			const double keep = (double)b->fraction;
			const double part = b->average ? 1 - keep : 1;
			const double fix =
			    m > 1 ? (double)m / (double)(m - 1) : 1;

			moments(&q, in[0], &mean, &var);
			rmean[c] =
			    (float)((double)rmean[c] * keep + part * mean);
			rvar[c] =
			    (float)((double)rvar[c] * keep + part * fix * var);
		}
		istd = 1 / sqrt(var + (double)b->eps);
		out[1][c] = (float)mean;
		out[2][c] = (float)istd;
		for (size_t i = 0; i < m; i++) {
			const size_t at = value_place(&q, i);
			double y = ((double)in[0][at] - mean) * istd;

			if (gamma != NULL)
				y *= (double)gamma[c];
			if (beta != NULL)
				y += (double)beta[c];
			out[0][at] = (float)(b->relu && y < 0 ? 0 : y);
		}
	}
	if (b->train && !b->average)
		*factor = (float)(f * (double)b->fraction + 1);
	return 0;
}

/* dy, x, save_mean, save_istd, [gamma] -> dx, [dgamma, dbeta] */
KERNEL(ref_batchnorm_grad)
{
	const struct op_batchnorm *b = &op->a.batchnorm;
	const struct shape *s = in_shape(g, op, 1);
	const float *gamma = op->nin > 4 ? in[4] : NULL;

	UNUSED_ENV;
	for (size_t c = 0; c < (size_t)s->d[1]; c++) {
		const struct channel q = channel_of(s, c);
		const size_t m = q.n * q.inner;
		const double mean = (double)in[2][c], istd = (double)in[3][c];
		const double scale =
		    (gamma != NULL ? (double)gamma[c] : 1) * istd;
		double sum = 0, sumx = 0; /* of dy and of dy * normal x */

		for (size_t i = 0; i < m; i++) {
			const size_t at = value_place(&q, i);
			const double dy = (double)in[0][at];

			sum += dy;
			sumx += dy * ((double)in[1][at] - mean) * istd;
		}
		if (gamma != NULL) {
			out[1][c] = (float)sumx;
			out[2][c] = (float)sum;
		}
		for (size_t i = 0; i < m; i++) {
			const size_t at = value_place(&q, i);
			const double xn = ((double)in[1][at] - mean) * istd;
			double d = (double)in[0][at];

			if (b->train)
				d -= (sum + xn * sumx) / (double)m;
			out[0][at] = (float)(d * scale);
		}
	}
	return 0;
}

/* x, a (C) or (1) -> y */
KERNEL(ref_prelu)
{
	const struct shape *s = in_shape(g, op, 0);
	const size_t inner = shape_count_axes(s, 2, s->n), n = shape_count(s);
	const size_t na = shape_count(in_shape(g, op, 1));

	UNUSED_ENV;
	for (size_t i = 0; i < n; i++) {
		const size_t c = na == 1 ? 0 : i / inner % na;
		const float x = in[0][i];

		out[0][i] = x > 0 ? x : (float)((double)in[1][c] * (double)x);
	}
	return 0;
}

/* dy, x, a -> dx, da */
KERNEL(ref_prelu_grad)
{
	const struct shape *s = in_shape(g, op, 1);
	const size_t na = shape_count(in_shape(g, op, 2));

	UNUSED_ENV;
	for (size_t a = 0; a < na; a++)
		out[1][a] = 0;
	for (size_t c = 0; c < (size_t)s->d[1]; c++) {
		const struct channel q = channel_of(s, c);
		const size_t a = na == 1 ? 0 : c;
		double sum = 0;

		for (size_t i = 0; i < q.n * q.inner; i++) {
			const size_t at = value_place(&q, i);
			const double dy = (double)in[0][at];
			const double x = (double)in[1][at];

			if (x > 0) {
				out[0][at] = (float)dy;
			} else {
				sum += dy * x;
				out[0][at] = (float)(dy * (double)in[2][a]);
			}
		}
		out[1][a] = (float)((double)out[1][a] + sum);
	}
	return 0;
}
