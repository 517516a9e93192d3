/*
 * Kernels with numbers for each channel: batch normalisation, PReLU, the
 * gradient of a bias; and local response normalisation.
 *
 * Sums over a channel are made in two steps with a fixed order: pieces, many at
 * a time and reading neighbouring bytes in either layout, then the sum of the
 * pieces.
 */
#include "cuda/each.cuh"

/* Enough pieces to keep every multiprocessor busy, and no more. */
static size_t
pieces_most(size_t channels)
{
	const size_t n = ((size_t)1 << 18) / (channels > 0 ? channels : 1);

	return n > 1024 ? 1024 : n < 16 ? 16 : n;
}

/* Two sums for each piece of each channel, and two for each channel. */
extern "C" size_t
cu_column_scratch(const struct shape *s)
{
	const size_t channels = s->n > 1 ? (size_t)s->d[1] : 1;

	return channels * (pieces_most(channels) + 1) * 2 * sizeof(float);
}

/*
 * part[(p * C + c) * 2 ...] = the sums of f(place, c) over piece p of channel c.
 * With channels last neighbouring threads take neighbouring channels; else a
 * group of threads goes along the plane of one.
 */
template <class F>
static int
column_sums(const struct cu_call *c, const struct shape *s, float *part,
    size_t *pieces, const F &f)
{
	const struct lay l = lay_of(s, c->form);
	const size_t n = (size_t)s->d[0], m = n * l.s;
	const size_t most = pieces_most(l.c), per = (m + most - 1) / most;

	if (l.nhwc || l.s == 1) {
		*pieces = per > 0 ? (m + per - 1) / per : 0;
		return each(c->stream, *pieces * l.c, [=] DEV(size_t i) {
			const size_t ch = i % l.c, p = i / l.c;
			const size_t end = (p + 1) * per < m ? (p + 1) * per : m;
			float a = 0, b = 0;

			for (size_t k = p * per; k < end; k++)
				f(k * l.c + ch, ch, &a, &b);
			part[i * 2] = a;
			part[i * 2 + 1] = b;
		});
	}
	*pieces = n < most ? n : most;
	const size_t items = *pieces > 0 ? (n + *pieces - 1) / *pieces : 0;

	if (items > 0)
		*pieces = (n + items - 1) / items;
	return groups(c->stream, *pieces * l.c, items * l.s,
	    [=] DEV(size_t i, const struct group &g) {
		    const size_t ch = i % l.c, first = i / l.c * items;
		    const size_t last =
			first + items < n ? first + items : n;
		    float a = 0, b = 0;

		    for (size_t k = first * l.s + g.tid; k < last * l.s;
			 k += g.size)
			    f((k / l.s * l.c + ch) * l.s + k % l.s, ch, &a,
				&b);
		    a = g.sum(a);
		    b = g.sum(b);
		    if (g.tid == 0) {
			    part[i * 2] = a;
			    part[i * 2 + 1] = b;
		    }
	    });
}

/* The sum of the pieces of a channel. */
DEVFN float
pieces_sum(const float *part, size_t pieces, size_t channels, size_t c, int k)
{
	float sum = 0;

	for (size_t p = 0; p < pieces; p++)
		sum += part[(p * channels + c) * 2 + (size_t)k];
	return sum;
}

/* Mean, then the mean square around it: two passes, as ref. */
template <class T>
static int
batchnorm_statistics(const struct cu_call *c)
{
	const struct op_batchnorm q = c->op->a.batchnorm;
	const struct shape *s = c->in[0].s;
	const size_t channels = (size_t)s->d[1];
	const size_t m = (size_t)s->d[0] * count_axes(s, 2, s->n);
	const T *x = (const T *)c->in[0].p;
	float *part = (float *)c->scratch;
	float *mean = (float *)c->out[1].p, *istd = (float *)c->out[2].p;
	float *rmean = (float *)c->in[1].p, *rvar = (float *)c->in[2].p;
	const struct cu_env *env = c->env;
	const float keep = q.fraction;
	const float fix = m > 1 ? (float)((double)m / (double)(m - 1)) : 1;
	size_t pieces = 0;

	TRY(column_sums(c, s, part, &pieces,
	    [=] DEV(size_t at, size_t ch, float *a, float *b) {
		    (void)ch;
		    (void)b;
		    *a += load(x, at);
	    }));
	TRY(each(c->stream, channels, [=] DEV(size_t i) {
		mean[i] = pieces_sum(part, pieces, channels, i, 0) / (float)m;
	}));
	TRY(column_sums(c, s, part, &pieces,
	    [=] DEV(size_t at, size_t ch, float *a, float *b) {
		    const float d = load(x, at) - mean[ch];

		    (void)b;
		    *a += d * d;
	    }));
	return each(c->stream, channels, [=] DEV(size_t i) {
		const float var =
		    pieces_sum(part, pieces, channels, i, 0) / (float)m;

		istd[i] = 1 / sqrtf(var + q.eps);
		if (env->halted)
			return;
		rmean[i] = rmean[i] * keep + mean[i];
		rvar[i] = rvar[i] * keep + fix * var;
	});
}

template <class T>
static int
batchnorm(const struct cu_call *c)
{
	const struct op_batchnorm q = c->op->a.batchnorm;
	const struct shape *s = c->in[0].s;
	const struct lay l = lay_of(s, c->form);
	const size_t channels = (size_t)s->d[1];
	const T *x = (const T *)c->in[0].p;
	const float *gamma = c->nin > 4 ? (const float *)c->in[4].p : NULL;
	const float *beta = c->nin > 5 ? (const float *)c->in[5].p : NULL;
	const float *rmean = (const float *)c->in[1].p;
	const float *rvar = (const float *)c->in[2].p;
	const struct cu_env *env = c->env;
	float *factor = (float *)c->in[3].p;
	float *mean = (float *)c->out[1].p, *istd = (float *)c->out[2].p;
	T *y = (T *)c->out[0].p;

	if (q.train && count(&c->in[0]) > 0) {
		TRY(batchnorm_statistics<T>(c));
	} else {
		TRY(each(c->stream, channels, [=] DEV(size_t i) {
			const float k = *factor == 0 ? 0 : 1 / *factor;

			mean[i] = rmean[i] * k;
			istd[i] = 1 / sqrtf(rvar[i] * k + q.eps);
		}));
	}
	TRY(each(c->stream, count(&c->in[0]), [=] DEV(size_t i) {
		const size_t ch = l.nhwc ? i % l.c : i / l.s % l.c;
		float v = (load(x, i) - mean[ch]) * istd[ch];

		if (gamma != NULL)
			v *= gamma[ch];
		if (beta != NULL)
			v += beta[ch];
		store(y, i, q.relu && v < 0 ? 0 : v);
	}));
	if (!q.train)
		return 0;
	return each(c->stream, 1, [=] DEV(size_t i) {
		if (!env->halted)
			factor[i] = factor[i] * q.fraction + 1;
	});
}

extern "C" int
cu_batchnorm(const struct cu_call *c)
{
	return BY_TYPE(c, batchnorm);
}

template <class T>
static int
batchnorm_grad(const struct cu_call *c)
{
	const struct op_batchnorm q = c->op->a.batchnorm;
	const struct shape *s = c->in[1].s;
	const struct lay l = lay_of(s, c->form);
	const size_t channels = (size_t)s->d[1];
	const float m = (float)((size_t)s->d[0] * l.s);
	const T *dy = (const T *)c->in[0].p, *x = (const T *)c->in[1].p;
	const float *mean = (const float *)c->in[2].p;
	const float *istd = (const float *)c->in[3].p;
	const float *gamma = c->nin > 4 ? (const float *)c->in[4].p : NULL;
	float *part = (float *)c->scratch;
	float *sums = part + 2 * pieces_most(channels) * channels;
	float *dgamma = gamma != NULL ? (float *)c->out[1].p : NULL;
	float *dbeta = gamma != NULL ? (float *)c->out[2].p : NULL;
	T *dx = (T *)c->out[0].p;
	size_t pieces = 0;

	TRY(column_sums(c, s, part, &pieces,
	    [=] DEV(size_t at, size_t ch, float *a, float *b) {
		    const float d = load(dy, at);

		    *a += d;
		    *b += d * (load(x, at) - mean[ch]) * istd[ch];
	    }));
	TRY(each(c->stream, channels, [=] DEV(size_t i) {
		const float sum = pieces_sum(part, pieces, channels, i, 0);
		const float sumx = pieces_sum(part, pieces, channels, i, 1);

		sums[2 * i] = sum / m;
		sums[2 * i + 1] = sumx / m;
		if (gamma != NULL) {
			dgamma[i] = sumx;
			dbeta[i] = sum;
		}
	}));
	return each(c->stream, count(&c->in[1]), [=] DEV(size_t i) {
		const size_t ch = l.nhwc ? i % l.c : i / l.s % l.c;
		const float xn = (load(x, i) - mean[ch]) * istd[ch];
		float d = load(dy, i);

		if (q.train)
			d -= sums[2 * ch] + xn * sums[2 * ch + 1];
		store(dx, i,
		    d * (gamma != NULL ? gamma[ch] : 1) * istd[ch]);
	});
}

extern "C" int
cu_batchnorm_grad(const struct cu_call *c)
{
	return BY_TYPE(c, batchnorm_grad);
}

/* dy (last input) -> db (last output): the sum over all but the channels. */
template <class T>
static int
bias_grad(const struct cu_call *c)
{
	const struct cu_arg *a = &c->in[c->nin - 1];
	const size_t channels = (size_t)a->s->d[1];
	const T *dy = (const T *)a->p;
	float *part = (float *)c->scratch;
	float *db = (float *)c->out[c->nout - 1].p;
	size_t pieces = 0;

	TRY(column_sums(c, a->s, part, &pieces,
	    [=] DEV(size_t at, size_t ch, float *s, float *unused) {
		    (void)ch;
		    (void)unused;
		    *s += load(dy, at);
	    }));
	return each(c->stream, channels, [=] DEV(size_t i) {
		db[i] = pieces_sum(part, pieces, channels, i, 0);
	});
}

extern "C" int
cu_bias_grad(const struct cu_call *c)
{
	return BY_TYPE(c, bias_grad);
}

template <class T>
static int
prelu(const struct cu_call *c)
{
	const struct lay l = lay_of(c->in[0].s, c->form);
	const bool one = count(&c->in[1]) == 1;
	const T *x = (const T *)c->in[0].p;
	const float *a = (const float *)c->in[1].p;
	T *y = (T *)c->out[0].p;

	return each(c->stream, count(&c->in[0]), [=] DEV(size_t i) {
		const size_t ch = l.nhwc ? i % l.c : i / l.s % l.c;
		const float v = load(x, i);

		store(y, i, v > 0 ? v : a[one ? 0 : ch] * v);
	});
}

extern "C" int
cu_prelu(const struct cu_call *c)
{
	return BY_TYPE(c, prelu);
}

template <class T>
static int
prelu_grad(const struct cu_call *c)
{
	const struct shape *s = c->in[1].s;
	const struct lay l = lay_of(s, c->form);
	const size_t channels = l.c;
	const bool one = count(&c->in[2]) == 1;
	const T *dy = (const T *)c->in[0].p, *x = (const T *)c->in[1].p;
	const float *a = (const float *)c->in[2].p;
	float *part = (float *)c->scratch, *da = (float *)c->out[1].p;
	T *dx = (T *)c->out[0].p;
	size_t pieces = 0;

	TRY(column_sums(c, s, part, &pieces,
	    [=] DEV(size_t at, size_t ch, float *sum, float *unused) {
		    const float v = load(x, at);

		    (void)ch;
		    (void)unused;
		    if (v <= 0)
			    *sum += load(dy, at) * v;
	    }));
	TRY(each(c->stream, one ? 1 : channels, [=] DEV(size_t i) {
		float sum = 0;

		if (!one)
			sum = pieces_sum(part, pieces, channels, i, 0);
		for (size_t k = 0; k < channels && one; k++)
			sum += pieces_sum(part, pieces, channels, k, 0);
		da[i] = sum;
	}));
	return each(c->stream, count(&c->in[1]), [=] DEV(size_t i) {
		const size_t ch = l.nhwc ? i % l.c : i / l.s % l.c;
		const float d = load(dy, i);

		store(dx, i, load(x, i) > 0 ? d : d * a[one ? 0 : ch]);
	});
}

extern "C" int
cu_prelu_grad(const struct cu_call *c)
{
	return BY_TYPE(c, prelu_grad);
}

/* The neighbourhood of a place: channels around it, or a square. */
struct hood {
	struct lay l;
	size_t h, w, half;
	bool across;
};

static struct hood
hood_of(const struct cu_call *c, const struct shape *s)
{
	struct hood q;

	q.l = lay_of(s, c->form);
	q.h = (size_t)s->d[2];
	q.w = (size_t)s->d[3];
	q.half = (size_t)(c->op->a.lrn.size - 1) / 2;
	q.across = c->op->a.lrn.region == LRN_ACROSS;
	return q;
}

DEVFN void
range(size_t at, size_t half, size_t n, size_t *lo, size_t *hi)
{
	*lo = at > half ? at - half : 0;
	*hi = at + half + 1 < n ? at + half + 1 : n;
}

/* The sum of f(place) over the neighbourhood of what lies at i. */
template <class F>
DEVFN float
hood_sum(const struct hood &q, size_t i, const F &f)
{
	size_t n, c, s, c0, c1, h0, h1, w0, w1;
	float sum = 0;

	q.l.find(i, &n, &c, &s);
	if (q.across) {
		range(c, q.half, q.l.c, &c0, &c1);
		for (size_t k = c0; k < c1; k++)
			sum += f(q.l.at(n, k, s));
		return sum;
	}
	range(s / q.w, q.half, q.h, &h0, &h1);
	range(s % q.w, q.half, q.w, &w0, &w1);
	for (size_t y = h0; y < h1; y++)
		for (size_t x = w0; x < w1; x++)
			sum += f(q.l.at(n, c, y * q.w + x));
	return sum;
}

static float
alpha_of(const struct op_lrn *l)
{
	const float size = (float)l->size;

	return l->alpha / (l->region == LRN_ACROSS ? size : size * size);
}

/* scale^-beta, with the usual beta done by square roots. */
DEVFN float
shrink(float scale, float beta)
{
	if (beta == 0.75F) {
		const float r = sqrtf(scale);

		return 1 / (r * sqrtf(r));
	}
	return powf(scale, -beta);
}

template <class T> struct squared {
	const T *x;
	DEV float operator()(size_t at) const
	{
		const float v = load(x, at);

		return v * v;
	}
};

template <class T> struct shared {
	const T *dy, *y;
	const float *scale;
	DEV float operator()(size_t at) const
	{
		return load(dy, at) * load(y, at) / scale[at];
	}
};

template <class T>
static int
lrn(const struct cu_call *c)
{
	const struct op_lrn l = c->op->a.lrn;
	const struct hood q = hood_of(c, c->in[0].s);
	const float k = l.region == LRN_ACROSS ? l.k : 1;
	const float alpha = alpha_of(&l);
	const T *x = (const T *)c->in[0].p;
	T *y = (T *)c->out[0].p;
	float *scale = (float *)c->out[1].p;

	return each(c->stream, count(&c->in[0]), [=] DEV(size_t i) {
		const struct squared<T> f = { x };
		const float s = k + alpha * hood_sum(q, i, f);

		scale[i] = s;
		store(y, i, load(x, i) * shrink(s, l.beta));
	});
}

extern "C" int
cu_lrn(const struct cu_call *c)
{
	return BY_TYPE(c, lrn);
}

template <class T>
static int
lrn_grad(const struct cu_call *c)
{
	const struct op_lrn l = c->op->a.lrn;
	const struct hood q = hood_of(c, c->in[0].s);
	const float factor = 2 * alpha_of(&l) * l.beta;
	const T *dy = (const T *)c->in[0].p, *x = (const T *)c->in[1].p;
	const T *y = (const T *)c->in[2].p;
	const float *scale = (const float *)c->in[3].p;
	T *dx = (T *)c->out[0].p;

	return each(c->stream, count(&c->in[0]), [=] DEV(size_t i) {
		const struct shared<T> f = { dy, y, scale };

		store(dx, i,
		    load(dy, i) * shrink(scale[i], l.beta) -
			factor * load(x, i) * hood_sum(q, i, f));
	});
}

extern "C" int
cu_lrn_grad(const struct cu_call *c)
{
	return BY_TYPE(c, lrn_grad);
}
