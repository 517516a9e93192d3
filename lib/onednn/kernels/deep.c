/* Gradients of depthwise convolutions: see deep.h. */
#include "onednn/kern.h"
#include "onednn/kernels/deep.h"
#include "onednn/kernels/small.h"

enum { TAPS_MAX = 121, BLOCK_MAX = 16 };

/* x and dx (n, blocks, h, w, block), y likewise (oh, ow); weights (c, 1, kh, kw). */
struct deep {
	size_t n, blocks, channels, block;
	int h, w, oh, ow, kh, kw;
	int stride[2], pad[2], dilation[2];
};

/* The columns of y, *lo to *hi, that tap j of a row has a column of x for; returns
 * which the first of these is. */
static int
columns(const struct deep *d, int j, int *lo, int *hi)
{
	const int at = j * d->dilation[1] - d->pad[1], s = d->stride[1];

	*lo = at < 0 ? (-at + s - 1) / s : 0;
	*hi = at < d->w ? (d->w - 1 - at) / s + 1 : 0;
	if (*hi > d->ow)
		*hi = d->ow;
	return *lo * s + at;
}

OD_CLONES static void
add_row8(float *dx, size_t step, const float *dy, const float *w, int n)
{
	for (int k = 0; k < n; k++, dx += step, dy += 8)
		for (int l = 0; l < 8; l++)
			dx[l] += w[l] * dy[l];
}

OD_CLONES static void
add_row16(float *dx, size_t step, const float *dy, const float *w, int n)
{
	for (int k = 0; k < n; k++, dx += step, dy += 16)
		for (int l = 0; l < 16; l++)
			dx[l] += w[l] * dy[l];
}

/* sum[l] += a row's products; its own sum comes first, so that many rows lose
 * little. */
OD_CLONES static void
dot_row8(float *sum, const float *x, size_t step, const float *dy, int n)
{
	float part[8] = { 0 };

	for (int k = 0; k < n; k++, x += step, dy += 8)
		for (int l = 0; l < 8; l++)
			part[l] += x[l] * dy[l];
	for (int l = 0; l < 8; l++)
		sum[l] += part[l];
}

OD_CLONES static void
dot_row16(float *sum, const float *x, size_t step, const float *dy, int n)
{
	float part[16] = { 0 };

	for (int k = 0; k < n; k++, x += step, dy += 16)
		for (int l = 0; l < 16; l++)
			part[l] += x[l] * dy[l];
	for (int l = 0; l < 16; l++)
		sum[l] += part[l];
}

/* A block of channels of one picture. */
static void
spread(const struct deep *d, const float *dy, const float *taps, float *dx)
{
	const size_t b = d->block, step = b * (size_t)d->stride[1];
	int lo, hi;

	memset(dx, 0, sizeof(*dx) * b * (size_t)d->h * (size_t)d->w);
	for (int y = 0; y < d->oh; y++)
		for (int i = 0; i < d->kh; i++) {
			const int row =
			    y * d->stride[0] - d->pad[0] + i * d->dilation[0];

			if (row < 0 || row >= d->h)
				continue;
			for (int j = 0; j < d->kw; j++) {
				const int from = columns(d, j, &lo, &hi);
				float *to = dx +
				    ((size_t)row * (size_t)d->w +
					(size_t)from) *
					b;
				const float *g = dy +
				    ((size_t)y * (size_t)d->ow + (size_t)lo) *
					b;
				const float *w =
				    taps + (size_t)(i * d->kw + j) * b;

				if (lo < hi)
					(b == 8 ? add_row8 : add_row16)(
					    to, step, g, w, hi - lo);
			}
		}
}

static int
run_data(struct od_plan *p, const struct od_step *s)
{
	const struct deep *d = s->arg;
	const float *dy = s->ptr[0], *w = s->ptr[1];
	const size_t b = d->block, taps = (size_t)(d->kh * d->kw);
	const size_t in = b * (size_t)d->h * (size_t)d->w;
	const size_t out = b * (size_t)d->oh * (size_t)d->ow;
	float *dx = s->ptr[2];

	(void)p;
#pragma omp parallel
	{
		float mine[TAPS_MAX * BLOCK_MAX];
		size_t lo, hi;

		od_part(d->n * d->blocks, 1, &lo, &hi);
		for (size_t k = lo; k < hi; k++) {
			const size_t from = k % d->blocks * b;

			for (size_t t = 0; t < taps; t++)
				for (size_t l = 0; l < b; l++)
					mine[t * b + l] = from + l < d->channels
					    ? w[(from + l) * taps + t]
					    : 0;
			spread(d, dy + k * out, mine, dx + k * in);
		}
	}
	return 0;
}

/* The same for what the taps get; the last of sums is that of dy. */
static void
gather(const struct deep *d, const float *x, const float *dy, float *sums)
{
	const size_t b = d->block, step = b * (size_t)d->stride[1];
	int lo, hi;

	for (int y = 0; y < d->oh; y++)
		for (int i = 0; i < d->kh; i++) {
			const int row =
			    y * d->stride[0] - d->pad[0] + i * d->dilation[0];

			if (row < 0 || row >= d->h)
				continue;
			for (int j = 0; j < d->kw; j++) {
				const int from = columns(d, j, &lo, &hi);
				const float *v = x +
				    ((size_t)row * (size_t)d->w +
					(size_t)from) *
					b;
				const float *g = dy +
				    ((size_t)y * (size_t)d->ow + (size_t)lo) *
					b;
				float *sum = sums + (size_t)(i * d->kw + j) * b;

				if (lo < hi)
					(b == 8 ? dot_row8 : dot_row16)(
					    sum, v, step, g, hi - lo);
			}
		}
}

/* As of products, row by row. */
static void
add_places(const struct deep *d, const float *dy, float *sum)
{
	for (int y = 0; y < d->oh; y++) {
		float part[BLOCK_MAX] = { 0 };

		for (int x = 0; x < d->ow; x++, dy += d->block)
			for (size_t l = 0; l < d->block; l++)
				part[l] += dy[l];
		for (size_t l = 0; l < d->block; l++)
			sum[l] += part[l];
	}
}

static int
run_weight(struct od_plan *p, const struct od_step *s)
{
	const struct deep *d = s->arg;
	const float *x = s->ptr[0], *dy = s->ptr[1];
	const size_t b = d->block, taps = (size_t)(d->kh * d->kw);
	const size_t in = b * (size_t)d->h * (size_t)d->w;
	const size_t out = b * (size_t)d->oh * (size_t)d->ow;
	float *dw = s->ptr[2], *db = s->ptr[3];

	(void)p;
#pragma omp parallel
	{
		float mine[TAPS_MAX * BLOCK_MAX], bias[BLOCK_MAX];
		size_t lo, hi;

		od_part(d->blocks, 1, &lo, &hi);
		for (size_t k = lo; k < hi; k++) {
			memset(mine, 0, sizeof(mine));
			memset(bias, 0, sizeof(bias));
			for (size_t i = 0; i < d->n; i++) {
				const size_t at = i * d->blocks + k;

				gather(d, x + at * in, dy + at * out, mine);
				if (db != NULL)
					add_places(d, dy + at * out, bias);
			}
			for (size_t l = 0; l < b && k * b + l < d->channels;
			     l++) {
				for (size_t t = 0; t < taps; t++)
					dw[(k * b + l) * taps + t] =
					    mine[t * b + l];
				if (db != NULL)
					db[k * b + l] = bias[l];
			}
		}
	}
	return 0;
}

/* Is it one?  md: the layout of both, of other sizes. */
static bool
suits(const struct od_plan *p, const struct op_conv *a, int x, int y,
    struct deep *d, const struct od_md *md)
{
	const struct shape *s = od_shape(p, x), *t = od_shape(p, y);

	if (p->dt != dnnl_f32 || a->nd != 2 || s->n != 4 ||
	    a->group != s->d[1] || s->d[1] != t->d[1] ||
	    a->kernel[0] * a->kernel[1] > TAPS_MAX || od_block(md) < 8)
		return false;
	*d = (struct deep){ .n = (size_t)s->d[0],
		.channels = (size_t)s->d[1],
		.block = (size_t)od_block(md),
		.h = (int)s->d[2],
		.w = (int)s->d[3],
		.oh = (int)t->d[2],
		.ow = (int)t->d[3],
		.kh = a->kernel[0],
		.kw = a->kernel[1],
		.stride = { a->stride[0], a->stride[1] },
		.pad = { a->pad[0], a->pad[1] },
		.dilation = { a->dilation[0], a->dilation[1] } };
	d->blocks = (d->channels + d->block - 1) / d->block;
	return true;
}

int
od_deep_data(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct od_md x, y;
	struct od_view v[3];
	struct deep d;

	TRY(od_home(p, op->in[0], &v[0]));
	y = v[0].md;
	if (!suits(p, &op->a.conv, op->out[0], op->in[0], &d, &y))
		return OD_REF;
	x = od_like(&y, od_shape(p, op->out[0]));
	TRY(od_want_plain(p, op->in[1], &v[1]));
	TRY(od_out(p, op->out[0], &x, &v[2]));
	TRY(od_step_own(p, run_data, &d, sizeof(d), 0, v, 3));
	return od_has(op, 2) ? od_add_bias(p, op->in[2], &v[2]) : 0;
}

int
od_deep_weight(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct od_md x, y;
	struct od_view v[4];
	struct deep d;

	TRY(od_home(p, op->in[0], &v[0]));
	TRY(od_home(p, op->in[1], &v[1]));
	x = od_block(&v[0].md) >= 8 ? v[0].md
				    : od_like(&v[1].md, od_shape(p, op->in[0]));
	if (!suits(p, &op->a.conv, op->in[0], op->in[1], &d, &x))
		return OD_REF;
	y = od_like(&x, od_shape(p, op->in[1]));
	TRY(od_want(p, op->in[0], &x, &v[0]));
	TRY(od_want(p, op->in[1], &y, &v[1]));
	TRY(od_out_plain(p, op->out[0], &v[2]));
	v[3].buf = OD_NONE;
	if (op->nout > 1)
		TRY(od_out_plain(p, op->out[1], &v[3]));
	return od_step_own(p, run_weight, &d, sizeof(d), 0, v, 4);
}
