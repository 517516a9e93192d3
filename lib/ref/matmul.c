/* The matrix product, plain or batched, each side stored either way. */
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "ref/kernel.h"

/* Four chains of additions, to keep the adder busy. */
static double
dot(const float *a, size_t stride, const float *b, size_t n)
{
	double sum[4] = { 0 };
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		for (size_t k = 0; k < 4; k++)
			sum[k] +=
			    (double)a[(i + k) * stride] * (double)b[i + k];
	for (; i < n; i++)
		sum[0] += (double)a[i * stride] * (double)b[i];
	return sum[0] + sum[1] + sum[2] + sum[3];
}

/* sum[j] = the row of a (kk values, `stride` apart) times b (K,N) or (N,K). */
static void
row_times(double *sum, const float *a, size_t stride, const float *b, bool tb,
    size_t kk, size_t nn)
{
	if (tb) {
		for (size_t j = 0; j < nn; j++)
			sum[j] = dot(a, stride, b + j * kk, kk);
		return;
	}
	memset(sum, 0, nn * sizeof(*sum));
	for (size_t k = 0; k < kk; k++, b += nn) {
		const double v = (double)a[k * stride];

		for (size_t j = 0; j < nn; j++)
			sum[j] += v * (double)b[j];
	}
}

KERNEL(ref_matmul)
{
	const struct op_matmul *m = &op->a.matmul;
	const struct shape *s = out_shape(g, op, 0), *a = in_shape(g, op, 0);
	const size_t mm = (size_t)s->d[s->n - 2], nn = (size_t)s->d[s->n - 1];
	const size_t kk = (size_t)a->d[m->ta ? a->n - 2 : a->n - 1];
	const size_t rows = shape_count_axes(s, 0, s->n - 1);
	const float *bias = op->nin > 2 ? in[2] : NULL;
	double *sum;

	UNUSED_ENV;
	TRY(mem_take((void **)&sum, nn + 1, sizeof(*sum), SIZE_MAX,
	    "sums of a matrix product"));
	for (size_t r = 0; r < rows; r++) {
		const size_t batch = r / mm, i = r % mm;
		const float *pa =
		    in[0] + batch * mm * kk + (m->ta ? i : i * kk);

		row_times(sum, pa, m->ta ? mm : 1, in[1] + batch * kk * nn,
		    m->tb, kk, nn);
		for (size_t j = 0; j < nn; j++) {
			double v = sum[j];

			if (bias != NULL)
				v += (double)bias[j];
			if (m->relu && v < 0)
				v *= (double)m->slope;
			out[0][r * nn + j] = (float)v;
		}
	}
	mem_free(sum);
	return 0;
}
