/*
 * Batch normalisation and its gradient, channel by channel (channel.cuh).
 */
#include "cuda/channel.cuh"

/* Sums of pieces, and two numbers for each channel. */
extern "C" size_t
cu_column_scratch(const struct shape *s)
{
	const struct extent e = extent_of(s, { CU_F32, false });

	return (part_size(e.c, e.n * e.s) + 2 * e.c) * sizeof(float);
}

/*
 * Mean and sum of squares around it, of n numbers each: what two sets have
 * together follows without loss (the parallel axis), so that one pass over the
 * data is enough.
 */
template <class T, int W>
DEVFN void
moments_of(const T *x, const struct run &r, sums<W> *v)
{
	const floats<W> first = fetch<W>(x, r.at);
	const float n = (float)r.count * (float)r.across;
	floats<W> a = same_for_all<W>(0), b = a;

	walk(r, [&](size_t at) {
		const floats<W> e = fetch<W>(x, at);

		for (int k = 0; k < W; k++) {
			const float d = e.v[k] - first.v[k];

			a.v[k] += d;
			b.v[k] += d * d;
		}
	});
	for (int k = 0; k < W; k++) {
		v->a.v[k] = first.v[k] + a.v[k] / n;
		v->b.v[k] = b.v[k] - a.v[k] * a.v[k] / n;
	}
}

/* The moments of a block's threads, as fold_sums. */
template <int W>
DEVFN void
fold_moments(const struct field &q, const struct run &r, const struct group &g,
    const sums<W> &v, float *part)
{
	const unsigned across = q.tx * W, tid = (unsigned)g.tid;
	const size_t ch = q.last ? r.ch - r.x * W + tid : r.ch;
	const float n = (float)r.count * (float)r.across;
	float *room = g.room<float>();
	float mean = 0, around = 0;

	if (q.last) {
		lay_out<W>(r, q, v, room);
		g.sync();
		for (unsigned y = 0; y < q.ty && tid < across; y++)
			mean += (float)part_of(r.rows, y, q.ty) *
			    room[y * across + tid];
		mean /= (float)r.rows;
		for (unsigned y = 0; y < q.ty && tid < across; y++) {
			const float d = room[y * across + tid] - mean;

			around += room[BLOCK * W + y * across + tid] +
			    (float)part_of(r.rows, y, q.ty) * d * d;
		}
	} else {
		for (int k = 0; k < W; k++)
			mean += v.a.v[k];
		mean = g.sum(n * mean) / ((float)r.rows * (float)q.s);
		for (int k = 0; k < W; k++) {
			const float d = v.a.v[k] - mean;

			around += v.b.v[k] + n * d * d;
		}
		around = g.sum(around);
	}
	if (tid < (q.last ? across : 1) && ch < q.c) {
		part[(r.piece * q.c + ch) * 2] = mean;
		part[(r.piece * q.c + ch) * 2 + 1] = around;
	}
}

template <int W, class T>
static int
moments_in_pieces(void *stream, const struct field &q, const T *x, float *part)
{
	return groups_of(stream, (size_t)q.chunks * q.pieces, BLOCK,
	    fold_room(W), [=] DEV(size_t i, const struct group &g) {
		    const struct run r =
			run_of<W>(q, (unsigned)i, (unsigned)g.tid);
		    sums<W> v = { same_for_all<W>(0), same_for_all<W>(0) };

		    if (r.count > 0)
			    moments_of<T, W>(x, r, &v);
		    fold_moments<W>(q, r, g, v, part);
	    });
}

/* Sum over the threads of a channel (FINISH_Y of them), to all of them. */
DEVFN float
finish_fold(const struct group &g, float v)
{
	float *room = g.room<float>(), all = 0;

	g.sync();
	room[g.tid] = v;
	g.sync();
	for (size_t y = 0; y < FINISH_Y; y++)
		all += room[y * FINISH_X + g.tid % FINISH_X];
	return all;
}

/* f(ch, mean, sum of squares around it) of all pieces. */
template <class F>
static int
finish_moments(
    void *stream, const struct field &q, const float *part, const F &f)
{
	return groups_of(stream, cut_up(q.c, FINISH_X), BLOCK, fold_room(1),
	    [=] DEV(size_t i, const struct group &g) {
		    const size_t ch = i * FINISH_X + g.tid % FINISH_X;
		    const unsigned first =
			ch < q.c ? (unsigned)g.tid / FINISH_X : q.pieces;
		    const float s = q.last ? 1 : (float)q.s;
		    const float per = s * (float)q.per;
		    const float rest =
			s * (float)(q.rows - (size_t)(q.pieces - 1) * q.per);
		    float mean = 0, around = 0;

		    for (unsigned p = first; p < q.pieces; p += FINISH_Y)
			    mean += (p + 1 < q.pieces ? per : rest) *
				part[(p * q.c + ch) * 2];
		    mean = finish_fold(g, mean) / (s * (float)q.rows);
		    for (unsigned p = first; p < q.pieces; p += FINISH_Y) {
			    const float *at = part + (p * q.c + ch) * 2;
			    const float d = at[0] - mean;

			    around +=
				at[1] + (p + 1 < q.pieces ? per : rest) * d * d;
		    }
		    around = finish_fold(g, around);
		    if (g.tid < FINISH_X && ch < q.c)
			    f(ch, mean, around);
	    });
}

/* The batch's statistics, and the running ones brought up to date as Caffe
 * does. */
template <class T>
static int
batchnorm_statistics(const struct cu_call *c, const struct extent &e)
{
	const struct op_batchnorm q = c->op->a.batchnorm;
	const size_t m = e.n * e.s;
	const T *x = (const T *)c->in[0].p;
	float *part = (float *)c->scratch;
	float *mean = (float *)c->out[1].p, *istd = (float *)c->out[2].p;
	float *rmean = (float *)c->in[1].p, *rvar = (float *)c->in[2].p;
	float *factor = (float *)c->in[3].p;
	const struct cu_env *env = c->env;
	const float share = q.average ? 1 - q.fraction : 1;
	const float fix = m > 1 ? (float)((double)m / (double)(m - 1)) : 1;
	const bool wide = is_aligned(x) && is_wide(e, full<T>::n);
	const struct field f = field_of(e, wide ? full<T>::n : 1);

	TRY(wide ? moments_in_pieces<full<T>::n>(c->stream, f, x, part)
		 : moments_in_pieces<1>(c->stream, f, x, part));
	return finish_moments(
	    c->stream, f, part, [=] DEV(size_t ch, float mu, float around) {
		    const float var = around / (float)m;

		    mean[ch] = mu;
		    istd[ch] = 1 / sqrtf(var + q.eps);
		    if (env->halted)
			    return;
		    rmean[ch] = rmean[ch] * q.fraction + share * mu;
		    rvar[ch] = rvar[ch] * q.fraction + share * fix * var;
		    if (ch == 0 && !q.average)
			    *factor = *factor * q.fraction + 1;
	    });
}

/* The same here as for the gradient, which must see the same side of 0. */
DEVFN float
normal(float x, float mean, float by, float beta)
{
	return fmaf(x - mean, by, beta);
}

/* x is read once for the statistics and once here. */
template <class T>
static int
batchnorm(const struct cu_call *c)
{
	const struct op_batchnorm q = c->op->a.batchnorm;
	const struct extent e = extent_of(c->in[0].s, c->form);
	const T *x = (const T *)c->in[0].p;
	const float *gamma = c->nin > 4 ? (const float *)c->in[4].p : NULL;
	const float *beta = c->nin > 5 ? (const float *)c->in[5].p : NULL;
	const float *rmean = (const float *)c->in[1].p;
	const float *rvar = (const float *)c->in[2].p;
	const float *factor = (const float *)c->in[3].p;
	float *mean = (float *)c->out[1].p, *istd = (float *)c->out[2].p;
	T *y = (T *)c->out[0].p;

	if (q.train)
		TRY(batchnorm_statistics<T>(c, e));
	else
		TRY(each(c->stream, e.c, [=] DEV(size_t i) {
			const float k = *factor == 0 ? 0 : 1 / *factor;

			mean[i] = rmean[i] * k;
			istd[i] = 1 / sqrtf(rvar[i] * k + q.eps);
		}));
	return by_channel<T>(c->stream, e,
	    is_aligned(x, y, gamma, beta, mean, istd),
	    [=] DEV(auto w, const struct run &r) {
		    constexpr int W = decltype(w)::n;
		    const floats<W> mu = of_channels<W>(mean, r, 0);
		    const floats<W> b = of_channels<W>(beta, r, 0);
		    floats<W> a = of_channels<W>(istd, r, 0);
		    const floats<W> k = of_channels<W>(gamma, r, 1);

		    for (int i = 0; i < W; i++)
			    a.v[i] *= k.v[i];
		    walk(r, [&](size_t at) {
			    floats<W> v = fetch<W>(x, at);

			    for (int i = 0; i < W; i++) {
				    v.v[i] =
					normal(v.v[i], mu.v[i], a.v[i], b.v[i]);
				    if (q.relu && v.v[i] < 0)
					    v.v[i] = 0;
			    }
			    put(y, at, v);
		    });
	    });
}

extern "C" int
cu_batchnorm(const struct cu_call *c)
{
	return BY_TYPE(c, batchnorm);
}

/* What the gradient reads.  With relu, which fuse.c joins to it, dy counts where
 * the batch normalisation's output was above 0. */
template <class T> struct backward {
	const T *dy, *x;
	const float *mean, *istd, *gamma, *beta;
	bool relu;
};

template <class T>
static struct backward<T>
backward_of(const struct cu_call *c) {
	struct backward<T> q;

	q.dy = (const T *)c->in[0].p;
	q.x = (const T *)c->in[1].p;
	q.mean = (const float *)c->in[2].p;
	q.istd = (const float *)c->in[3].p;
	q.gamma = c->nin > 4 ? (const float *)c->in[4].p : NULL;
	q.beta = c->nin > 5 ? (const float *)c->in[5].p : NULL;
	q.relu = c->op->a.batchnorm.relu;
	return q;
}

/* The same for a thread's channels. */
template <int W>
struct channels_of {
	floats<W> mean, istd, by, beta;
};

template <int W, class T>
DEVFN channels_of<W>
open_channels(const struct backward<T> &q, const struct run &r)
{
	channels_of<W> c;

	c.mean = of_channels<W>(q.mean, r, 0);
	c.istd = of_channels<W>(q.istd, r, 0);
	c.by = of_channels<W>(q.gamma, r, 1);
	for (int k = 0; k < W; k++)
		c.by.v[k] *= c.istd.v[k];
	c.beta = of_channels<W>(q.beta, r, 0);
	return c;
}

/* dy and xn at a place. */
template <int W, class T>
DEVFN void
gradient_at(const struct backward<T> &q, const channels_of<W> &c, size_t at,
    floats<W> *d, floats<W> *xn)
{
	const floats<W> x = fetch<W>(q.x, at);

	*d = fetch<W>(q.dy, at);
	for (int k = 0; k < W; k++) {
		xn->v[k] = (x.v[k] - c.mean.v[k]) * c.istd.v[k];
		if (q.relu &&
		    !(normal(x.v[k], c.mean.v[k], c.by.v[k], c.beta.v[k]) > 0))
			d->v[k] = 0;
	}
}

/* sum of dy and of dy xn for each channel: to dbeta and dgamma, and over m to
 * mean2. */
template <class T>
static int
batchnorm_sums(const struct cu_call *c, const struct extent &e, float *mean2)
{
	const struct backward<T> q = backward_of<T>(c);
	const float m = (float)(e.n * e.s);
	float *part = (float *)c->scratch;
	float *dgamma = q.gamma != NULL ? (float *)c->out[1].p : NULL;
	float *dbeta = q.gamma != NULL ? (float *)c->out[2].p : NULL;
	struct field f;

	TRY(sum_by_channel<T>(c->stream, e,
	    is_aligned(q.dy, q.x, q.mean, q.istd, q.gamma, q.beta), part, &f,
	    [=] DEV(auto w, const struct run &r, auto *v) {
		    constexpr int W = decltype(w)::n;
		    const channels_of<W> ch = open_channels<W>(q, r);

		    walk(r, [&](size_t at) {
			    floats<W> d, xn;

			    gradient_at<W>(q, ch, at, &d, &xn);
			    for (int k = 0; k < W; k++) {
				    v->a.v[k] += d.v[k];
				    v->b.v[k] += d.v[k] * xn.v[k];
			    }
		    });
	    }));
	return finish_sums(
	    c->stream, f, part, [=] DEV(size_t ch, float sum, float sumx) {
		    mean2[ch] = sum / m;
		    mean2[e.c + ch] = sumx / m;
		    if (dgamma != NULL) {
			    dgamma[ch] = sumx;
			    dbeta[ch] = sum;
		    }
	    });
}

/* dy and x are read twice, dx written once. */
template <class T>
static int
batchnorm_grad(const struct cu_call *c)
{
	const bool train = c->op->a.batchnorm.train;
	const struct extent e = extent_of(c->in[1].s, c->form);
	const struct backward<T> q = backward_of<T>(c);
	float *mean2 = (float *)c->scratch + part_size(e.c, e.n * e.s);
	T *dx = (T *)c->out[0].p;

	if (train || q.gamma != NULL)
		TRY(batchnorm_sums<T>(c, e, mean2));
	const float *m1 = train ? mean2 : NULL;
	const float *m2 = train ? mean2 + e.c : NULL;

	return by_channel<T>(c->stream, e,
	    is_aligned(q.dy, q.x, dx, q.mean, q.istd, q.gamma, q.beta, m1, m2),
	    [=] DEV(auto w, const struct run &r) {
		    constexpr int W = decltype(w)::n;
		    const channels_of<W> ch = open_channels<W>(q, r);
		    const floats<W> s = of_channels<W>(m1, r, 0);
		    const floats<W> sx = of_channels<W>(m2, r, 0);

		    walk(r, [&](size_t at) {
			    floats<W> d, xn;

			    gradient_at<W>(q, ch, at, &d, &xn);
			    for (int k = 0; k < W; k++)
				    d.v[k] =
					(d.v[k] - s.v[k] - xn.v[k] * sx.v[k]) *
					ch.by.v[k];
			    put(dx, at, d);
		    });
	    });
}

extern "C" int
cu_batchnorm_grad(const struct cu_call *c)
{
	return BY_TYPE(c, batchnorm_grad);
}
