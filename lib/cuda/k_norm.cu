/*
 * Kernels with numbers for each channel: batch normalisation, PReLU, the
 * gradient of a bias (channel.cuh).
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
	const floats<W> first = take<W>(x, r.at);
	const float n = (float)r.count * (float)r.across;
	floats<W> a = same_for_all<W>(0), b = a;

	walk(r, [&](size_t at) {
		const floats<W> e = take<W>(x, at);

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
		    rmean[ch] = rmean[ch] * q.fraction + mu;
		    rvar[ch] = rvar[ch] * q.fraction + fix * var;
		    if (ch == 0)
			    *factor = *factor * q.fraction + 1;
	    });
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
			    floats<W> v = take<W>(x, at);

			    for (int i = 0; i < W; i++) {
				    v.v[i] =
					(v.v[i] - mu.v[i]) * a.v[i] + b.v[i];
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

/* sum of dy and of dy xn for each channel: to dbeta and dgamma, and over m to
 * mean2. */
template <class T>
static int
batchnorm_sums(const struct cu_call *c, const struct extent &e, float *mean2)
{
	const T *dy = (const T *)c->in[0].p, *x = (const T *)c->in[1].p;
	const float *mean = (const float *)c->in[2].p;
	const float *istd = (const float *)c->in[3].p;
	const bool affine = c->nin > 4 && c->in[4].p != NULL;
	const float m = (float)(e.n * e.s);
	float *part = (float *)c->scratch;
	float *dgamma = affine ? (float *)c->out[1].p : NULL;
	float *dbeta = affine ? (float *)c->out[2].p : NULL;
	struct field f;

	TRY(sum_by_channel<T>(c->stream, e, is_aligned(dy, x, mean, istd), part,
	    &f, [=] DEV(auto w, const struct run &r, auto *v) {
		    constexpr int W = decltype(w)::n;
		    const floats<W> mu = of_channels<W>(mean, r, 0);
		    const floats<W> a = of_channels<W>(istd, r, 0);

		    walk(r, [&](size_t at) {
			    const floats<W> d = take<W>(dy, at);
			    const floats<W> vx = take<W>(x, at);

			    for (int k = 0; k < W; k++) {
				    v->a.v[k] += d.v[k];
				    v->b.v[k] +=
					d.v[k] * ((vx.v[k] - mu.v[k]) * a.v[k]);
			    }
		    });
	    }));
	return finish_sums(
	    c->stream, f, part, [=] DEV(size_t ch, float sum, float sumx) {
		    mean2[ch] = sum / m;
		    mean2[e.c + ch] = sumx / m;
		    if (affine) {
			    dgamma[ch] = sumx;
			    dbeta[ch] = sum;
		    }
	    });
}

/* dy and x are read twice. */
template <class T>
static int
batchnorm_grad(const struct cu_call *c)
{
	const bool train = c->op->a.batchnorm.train;
	const struct extent e = extent_of(c->in[1].s, c->form);
	const T *dy = (const T *)c->in[0].p, *x = (const T *)c->in[1].p;
	const float *mean = (const float *)c->in[2].p;
	const float *istd = (const float *)c->in[3].p;
	const float *gamma = c->nin > 4 ? (const float *)c->in[4].p : NULL;
	float *mean2 = (float *)c->scratch + part_size(e.c, e.n * e.s);
	T *dx = (T *)c->out[0].p;

	if (train || gamma != NULL)
		TRY(batchnorm_sums<T>(c, e, mean2));
	const float *m1 = train ? mean2 : NULL;
	const float *m2 = train ? mean2 + e.c : NULL;

	return by_channel<T>(c->stream, e,
	    is_aligned(dy, x, dx, mean, istd, gamma, m1, m2),
	    [=] DEV(auto w, const struct run &r) {
		    constexpr int W = decltype(w)::n;
		    const floats<W> mu = of_channels<W>(mean, r, 0);
		    const floats<W> s = of_channels<W>(istd, r, 0);
		    const floats<W> p = of_channels<W>(m1, r, 0);
		    const floats<W> q = of_channels<W>(m2, r, 0);
		    const floats<W> g = of_channels<W>(gamma, r, 1);

		    walk(r, [&](size_t at) {
			    const floats<W> vx = take<W>(x, at);
			    floats<W> d = take<W>(dy, at);

			    for (int k = 0; k < W; k++) {
				    const float xn =
					(vx.v[k] - mu.v[k]) * s.v[k];

				    d.v[k] = (d.v[k] - p.v[k] - xn * q.v[k]) *
					(g.v[k] * s.v[k]);
			    }
			    put(dx, at, d);
		    });
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
	const struct extent e = extent_of(a->s, c->form);
	const T *dy = (const T *)a->p;
	float *part = (float *)c->scratch;
	float *db = (float *)c->out[c->nout - 1].p;
	struct field f;

	TRY(sum_by_channel<T>(c->stream, e, is_aligned(dy), part, &f,
	    [=] DEV(auto w, const struct run &r, auto *v) {
		    constexpr int W = decltype(w)::n;

		    walk(r, [&](size_t at) {
			    const floats<W> d = take<W>(dy, at);

			    for (int k = 0; k < W; k++)
				    v->a.v[k] += d.v[k];
		    });
	    }));
	return finish_sums(
	    c->stream, f, part, [=] DEV(size_t ch, float sum, float unused) {
		    (void)unused;
		    db[ch] = sum;
	    });
}

extern "C" int
cu_bias_grad(const struct cu_call *c)
{
	return BY_TYPE(c, bias_grad);
}

/* A slope for each channel, or one for all. */
template <int W>
DEVFN floats<W>
slopes(const float *a, bool one, const struct run &r)
{
	return one ? same_for_all<W>(a[0]) : of_channels<W>(a, r, 0);
}

template <class T>
static int
prelu(const struct cu_call *c)
{
	const struct extent e = extent_of(c->in[0].s, c->form);
	const bool one = count(&c->in[1]) == 1;
	const T *x = (const T *)c->in[0].p;
	const float *a = (const float *)c->in[1].p;
	T *y = (T *)c->out[0].p;

	return by_channel<T>(c->stream, e, is_aligned(x, y, a),
	    [=] DEV(auto w, const struct run &r) {
		    constexpr int W = decltype(w)::n;
		    const floats<W> s = slopes<W>(a, one, r);

		    walk(r, [&](size_t at) {
			    floats<W> v = take<W>(x, at);

			    for (int k = 0; k < W; k++)
				    v.v[k] *= v.v[k] > 0 ? 1 : s.v[k];
			    put(y, at, v);
		    });
	    });
}

extern "C" int
cu_prelu(const struct cu_call *c)
{
	return BY_TYPE(c, prelu);
}

/* dx, and for each channel the sum of dy x where x is not above 0. */
template <class T>
static int
prelu_grad(const struct cu_call *c)
{
	const struct extent e = extent_of(c->in[1].s, c->form);
	const bool one = count(&c->in[2]) == 1;
	const T *dy = (const T *)c->in[0].p, *x = (const T *)c->in[1].p;
	const float *a = (const float *)c->in[2].p;
	float *part = (float *)c->scratch, *da = (float *)c->out[1].p;
	float *sums_of = one ? part + part_size(e.c, e.n * e.s) : da;
	T *dx = (T *)c->out[0].p;
	struct field f;

	TRY(sum_by_channel<T>(c->stream, e, is_aligned(dy, x, a, dx), part, &f,
	    [=] DEV(auto w, const struct run &r, auto *v) {
		    constexpr int W = decltype(w)::n;
		    const floats<W> s = slopes<W>(a, one, r);

		    walk(r, [&](size_t at) {
			    const floats<W> vx = take<W>(x, at);
			    floats<W> d = take<W>(dy, at);

			    for (int k = 0; k < W; k++) {
				    if (vx.v[k] > 0)
					    continue;
				    v->a.v[k] += d.v[k] * vx.v[k];
				    d.v[k] *= s.v[k];
			    }
			    put(dx, at, d);
		    });
	    }));
	TRY(finish_sums(
	    c->stream, f, part, [=] DEV(size_t ch, float sum, float unused) {
		    (void)unused;
		    sums_of[ch] = sum;
	    }));
	if (!one)
		return 0;
	return groups(
	    c->stream, 1, e.c, [=] DEV(size_t o, const struct group &b) {
		    float sum = 0;

		    for (size_t i = b.tid; i < e.c; i += b.size)
			    sum += sums_of[i];
		    sum = b.sum(sum);
		    if (b.tid == 0)
			    da[o] = sum;
	    });
}

extern "C" int
cu_prelu_grad(const struct cu_call *c)
{
	return BY_TYPE(c, prelu_grad);
}
