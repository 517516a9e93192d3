/*
 * What cuDNN and cuBLASLt do for the emulator, as plain loops with sums in
 * double, and the half types they read and write.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cuda/rt.h"

float cu_host_float(enum cu_type type, uint16_t bits);
uint16_t cu_host_bits(enum cu_type type, float v);
int cu_host_do(
    void *stream, int (*run)(const void *work), const void *work, size_t size);

/* bfloat16: the upper half of a float, to the nearest, ties to even. */
static uint16_t
bf16_bits(float v)
{
	uint32_t u;

	memcpy(&u, &v, 4);
	if (isnan(v))
		return (uint16_t)(u >> 16 | 0x40);
	return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

static uint16_t
f16_bits(float v)
{
	const uint16_t sign = signbit(v) ? 0x8000 : 0;
	const float a = fabsf(v);
	int e;

	if (isnan(v))
		return 0x7e00;
	if (a >= 65520)
		return sign | 0x7c00;
	if (a < 0x1p-14F)
		return sign | (uint16_t)rintf(a * 0x1p24F);
	frexpf(a, &e);
	/* 1024 to 2048, which adds 1 to the exponent below */
	return sign |
	    (uint16_t)(((e + 13) << 10) + (int)rintf(ldexpf(a, 11 - e)));
}

float
cu_host_float(enum cu_type type, uint16_t bits)
{
	const int e = bits >> 10 & 31, m = bits & 1023;
	uint32_t u = (uint32_t)bits << 16;
	float v;

	if (type == CU_BF16) {
		memcpy(&v, &u, 4);
		return v;
	}
	if (e == 31)
		v = m != 0 ? NAN : INFINITY;
	else
		v = e == 0 ? ldexpf((float)m, -24)
			   : ldexpf((float)(1024 + m), e - 25);
	return bits & 0x8000 ? -v : v;
}

uint16_t
cu_host_bits(enum cu_type type, float v)
{
	return type == CU_BF16 ? bf16_bits(v) : f16_bits(v);
}

static double
get(const void *p, enum cu_type type, size_t i)
{
	if (type == CU_F32)
		return (double)((const float *)p)[i];
	return (double)cu_host_float(type, ((const uint16_t *)p)[i]);
}

static void
set(void *p, enum cu_type type, size_t i, double v)
{
	if (type == CU_F32)
		((float *)p)[i] = (float)v;
	else
		((uint16_t *)p)[i] = cu_host_bits(type, (float)v);
}

struct dnn_plan {
	struct dnn_conv c;
	int64_t sx[5], sw[5], sy[5]; /* strides */
};

static void
strides(const struct dnn_conv *c, const int64_t *d, int64_t *s)
{
	int64_t step = c->nhwc ? d[1] : 1;

	for (int i = c->nd + 1; i >= 2; i--) {
		s[i] = step;
		step *= d[i];
	}
	s[1] = c->nhwc ? 1 : step;
	s[0] = c->nhwc ? step : step * d[1];
}

/* NNUTILS_EMULATE_UNFUSED: as a library that has no fused engines. */
int
dnn_make(struct cu_rt *rt, const struct dnn_conv *c, struct dnn_plan **out,
    size_t *scratch)
{
	struct dnn_plan *p;

	(void)rt;
	*out = NULL;
	*scratch = 64;
	if ((c->bias || c->sum || c->relu) &&
	    getenv("NNUTILS_EMULATE_UNFUSED") != NULL)
		return 0;
	p = mem_new(struct dnn_plan);
	p->c = *c;
	strides(c, c->x, p->sx);
	strides(c, c->w, p->sw);
	strides(c, c->y, p->sy);
	*out = p;
	return 0;
}

void
dnn_say(const struct dnn_plan *p, char *out, size_t size)
{
	snprintf(
	    out, size, "loops of this machine%s", p->c.relu ? ", relu" : "");
}

bool
dnn_has_tensor_cores(const struct dnn_plan *p)
{
	(void)p;
	return true;
}

void
dnn_free(struct dnn_plan *p)
{
	mem_free(p);
}

/* A walk over all (place of y, kernel element) of a convolution: offsets. */
struct walk {
	size_t x, w, y;
	int64_t out; /* output channel */
};

static size_t
volume(const int64_t *d, int nd)
{
	size_t n = 1;

	for (int i = 0; i < nd; i++)
		n *= (size_t)d[i];
	return n;
}

/* Pair number k of place (n, o, s) and (channel, kernel); false: padding. */
static bool
pair_at(const struct dnn_plan *p, size_t yi, size_t wi, struct walk *at)
{
	const struct dnn_conv *c = &p->c;
	const int64_t groups = c->x[1] / c->w[1];
	int64_t n, o, ci, x = 0, w = 0, y = 0;

	for (int i = c->nd + 1; i >= 2; i--) {
		const int64_t a = (int64_t)(yi % (size_t)c->y[i]);
		const int64_t b = (int64_t)(wi % (size_t)c->w[i]);
		const int64_t q = a * c->stride[i - 2] - c->pad[i - 2] +
		    b * c->dilation[i - 2];

		yi /= (size_t)c->y[i];
		wi /= (size_t)c->w[i];
		if (q < 0 || q >= c->x[i])
			return false;
		x += q * p->sx[i];
		y += a * p->sy[i];
		w += b * p->sw[i];
	}
	o = (int64_t)(yi % (size_t)c->y[1]);
	n = (int64_t)(yi / (size_t)c->y[1]);
	ci = (int64_t)wi;
	at->out = o;
	at->x = (size_t)(x + n * p->sx[0] +
	    (o / (c->y[1] / groups) * c->w[1] + ci) * p->sx[1]);
	at->w = (size_t)(w + o * p->sw[0] + ci * p->sw[1]);
	at->y = (size_t)(y + n * p->sy[0] + o * p->sy[1]);
	return true;
}

struct convolution {
	const struct dnn_plan *p;
	void *x, *w, *y;
	const void *b, *sum;
	void *scratch;
};

static int
convolve(const void *work)
{
	const struct convolution *q = work;
	const struct dnn_plan *p = q->p;
	void *x = q->x, *w = q->w, *y = q->y;
	const void *b = q->b, *sum = q->sum;
	const struct dnn_conv *c = &p->c;
	const size_t ny = volume(c->y, c->nd + 2);
	const size_t nw = volume(c->w + 1, c->nd + 1);
	const size_t nx = volume(c->x, c->nd + 2);
	const size_t most = ny > nx ? ny : nx, all = volume(c->w, c->nd + 2);
	double *acc = mem_array(double, (most > all ? most : all) + 1);
	struct walk a = { 0 };

	memset(q->scratch, 0xff, 64);
	for (size_t i = 0; i < ny; i++) {
		for (size_t k = 0; k < nw; k++) {
			if (!pair_at(p, i, k, &a))
				continue;
			if (c->kind == DNN_FORWARD)
				acc[a.y] +=
				    get(x, c->type, a.x) * get(w, c->type, a.w);
			else if (c->kind == DNN_DATA)
				acc[a.x] +=
				    get(y, c->type, a.y) * get(w, c->type, a.w);
			else
				acc[a.w] +=
				    get(x, c->type, a.x) * get(y, c->type, a.y);
		}
	}
	for (size_t i = 0; i < nx && c->kind == DNN_DATA; i++)
		set(x, c->type, i, acc[i]);
	for (size_t i = 0; i < all && c->kind == DNN_WEIGHT; i++)
		set(w, c->type, i, acc[i]);
	for (size_t i = 0; i < ny && c->kind == DNN_FORWARD; i++) {
		const size_t plane = volume(c->y + 2, c->nd);
		const size_t ch =
		    c->nhwc ? i % (size_t)c->y[1] : i / plane % (size_t)c->y[1];
		double v = acc[i];

		if (b != NULL)
			v += get(b, c->type, ch);
		if (sum != NULL)
			v += get(sum, c->type, i);
		if (c->relu && v < 0)
			v *= (double)c->slope;
		set(y, c->type, i, v);
	}
	mem_free(acc);
	return 0;
}

int
dnn_run(struct cu_rt *rt, struct dnn_plan *p, void *x, void *w, void *y,
    const void *b, const void *sum, void *scratch)
{
	const struct convolution q = { p, x, w, y, b, sum, scratch };

	return cu_host_do(rt, convolve, &q, sizeof(q));
}

struct blas_plan {
	struct blas_gemm g;
};

int
blas_make(struct cu_rt *rt, const struct blas_gemm *g, struct blas_plan **out,
    size_t *scratch)
{
	(void)rt;
	*out = NULL;
	*scratch = 64;
	if ((g->bias || g->relu) && getenv("NNUTILS_EMULATE_UNFUSED") != NULL)
		return 0;
	*out = mem_new(struct blas_plan);
	(*out)->g = *g;
	return 0;
}

void
blas_free(struct blas_plan *p)
{
	mem_free(p);
}

struct product {
	const struct blas_plan *p;
	const void *a, *b;
	void *c;
	const void *bias;
	void *scratch;
};

static int
multiply(const void *work)
{
	const struct product *q = work;
	const void *a = q->a, *b = q->b, *bias = q->bias;
	void *c = q->c;
	const struct blas_gemm *g = &q->p->g;
	const enum cu_type out = g->out32 ? CU_F32 : g->type;
	const int64_t all = g->batch * g->m * g->n;

	memset(q->scratch, 0xff, 64);
	for (int64_t i = 0; i < all; i++) {
		const int64_t r = i / g->n % g->m, col = i % g->n;
		const int64_t z = i / g->n / g->m;
		double v = 0;

		for (int64_t k = 0; k < g->k; k++)
			v += get(a, g->type,
				 (size_t)(z * g->m * g->k +
				     (g->ta ? k * g->m + r : r * g->k + k))) *
			    get(b, g->type,
				(size_t)(z * g->k * g->n +
				    (g->tb ? col * g->k + k : k * g->n + col)));
		if (bias != NULL)
			v += get(bias, out, (size_t)col);
		if (g->relu && v < 0)
			v = 0;
		set(c, out, (size_t)i, v);
	}
	return 0;
}

int
blas_run(struct cu_rt *rt, struct blas_plan *p, const void *a, const void *b,
    void *c, const void *bias, void *scratch)
{
	const struct product q = { p, a, b, c, bias, scratch };

	return cu_host_do(rt, multiply, &q, sizeof(q));
}
