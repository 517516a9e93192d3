/*
 * Local response normalisation, across channels or within a plane, and its
 * gradient.
 *
 * Across, a thread has 16 bytes: of neighbouring channels with channels last,
 * with the few on either side that its windows reach; of neighbouring places
 * when plain.  Windows of other sizes than 3 and 5 with channels last, odd
 * numbers of channels and squares go one by one.
 */
#include "cuda/wide.cuh"

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

/* What is summed: of N neighbours at a place. */
template <class T> struct squared {
	const T *x;

	template <int N>
	DEV floats<N>
	get(size_t at) const
	{
		return map(fetch<N>(x, at), [](float v) { return v * v; });
	}
	DEV float
	operator()(size_t at) const
	{
		return get<1>(at).v[0];
	}
};

template <class T> struct share {
	const T *dy, *y;
	const float *scale;

	template <int N>
	DEV floats<N>
	get(size_t at) const
	{
		const floats<N> d = fetch<N>(dy, at), v = fetch<N>(y, at);
		const floats<N> s = fetch<N>(scale, at);
		floats<N> r;

		for (int k = 0; k < N; k++)
			r.v[k] = d.v[k] * v.v[k] / s.v[k];
		return r;
	}
	DEV float
	operator()(size_t at) const
	{
		return get<1>(at).v[0];
	}
};

/* The sums around channels ch..ch+W-1, which lie at `at`, side by side. */
template <int W, int HALF, class F>
DEVFN floats<W>
beside(const F &f, size_t at, size_t ch, size_t channels)
{
	const floats<W> own = f.template get<W>(at);
	floats<HALF> low = same_for_all<HALF>(0), high = low;
	float all[W + 2 * HALF];
	floats<W> sum;

	if (ch > 0)
		low = f.template get<HALF>(at - HALF);
	if (ch + W < channels)
		high = f.template get<HALF>(at + W);
	for (int k = 0; k < HALF; k++) {
		all[k] = low.v[k];
		all[HALF + W + k] = high.v[k];
	}
	for (int k = 0; k < W; k++)
		all[HALF + k] = own.v[k];
	for (int k = 0; k < W; k++) {
		sum.v[k] = 0;
		for (int j = 0; j <= 2 * HALF; j++)
			sum.v[k] += all[k + j];
	}
	return sum;
}

/* The sums around channel ch of W neighbouring places, planes apart. */
template <int W, class F>
DEVFN floats<W>
behind(const struct hood &q, const F &f, size_t at, size_t ch)
{
	floats<W> sum = same_for_all<W>(0);
	size_t lo, hi;

	range(ch, q.half, q.l.c, &lo, &hi);
	for (size_t k = lo; k < hi; k++) {
		const floats<W> v =
		    f.template get<W>(at - ch * q.l.s + k * q.l.s);

		for (int j = 0; j < W; j++)
			sum.v[j] += v.v[j];
	}
	return sum;
}

/* done(width, at, sums) for all of a tensor of n elements. */
template <int W, int HALF, class F, class G>
static int
side_by_side(
    void *stream, const struct hood &q, size_t n, const F &f, const G &done)
{
	const struct split by_c = split_by(q.l.c / W);
	const size_t channels = q.l.c;

	return each(stream, n / W, [=] DEV(size_t i) {
		size_t v;

		by_c.apart(i, &v);
		done(width<W>(), i * W,
		    beside<W, HALF>(f, i * W, v * W, channels));
	});
}

template <int W, class F, class G>
static int
plane_by_plane(
    void *stream, const struct hood &q, size_t n, const F &f, const G &done)
{
	const struct split by_s = split_by(q.l.s / W), by_c = split_by(q.l.c);

	return each(stream, n / W, [=] DEV(size_t i) {
		size_t s, ch;

		by_c.apart(by_s.apart(i, &s), &ch);
		done(width<W>(), i * W, behind<W>(q, f, i * W, ch));
	});
}

template <int W, class F, class G>
static int
over_hoods(const struct cu_call *c, const struct hood &q, size_t n,
    bool aligned, const F &f, const G &done)
{
	if (q.across && !q.l.nhwc)
		return aligned && q.l.s % W == 0
		    ? plane_by_plane<W>(c->stream, q, n, f, done)
		    : plane_by_plane<1>(c->stream, q, n, f, done);
	if (q.across && aligned && q.l.c % W == 0 && q.half == 1)
		return side_by_side<W, 1>(c->stream, q, n, f, done);
	if (q.across && aligned && q.l.c % W == 0 && q.half == 2)
		return side_by_side<W, 2>(c->stream, q, n, f, done);
	return each(c->stream, n, [=] DEV(size_t i) {
		done(width<1>(), i, same_for_all<1>(hood_sum(q, i, f)));
	});
}

/* Twice x (once from the cache), y, and the scale in float. */
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
	const struct squared<T> f = {
		x
	};

	return over_hoods<full<T>::n>(c, q, count(&c->in[0]),
	    is_aligned(x, y, scale), f,
	    [=] DEV(auto w, size_t i, const auto &sum) {
		    constexpr int W = decltype(w)::n;
		    floats<W> v = fetch<W>(x, i), s;

		    for (int j = 0; j < W; j++) {
			    s.v[j] = k + alpha * sum.v[j];
			    v.v[j] *= shrink(s.v[j], l.beta);
		    }
		    put(scale, i, s);
		    put(y, i, v);
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
	const struct share<T> f = {
		dy, y, scale
	};

	return over_hoods<full<T>::n>(c, q, count(&c->in[0]),
	    is_aligned(dy, x, y, scale, dx), f,
	    [=] DEV(auto w, size_t i, const auto &sum) {
		    constexpr int W = decltype(w)::n;
		    const floats<W> s = fetch<W>(scale, i), vx = fetch<W>(x, i);
		    floats<W> d = fetch<W>(dy, i);

		    for (int j = 0; j < W; j++)
			    d.v[j] = d.v[j] * shrink(s.v[j], l.beta) -
				factor * vx.v[j] * sum.v[j];
		    put(dx, i, d);
	    });
}

extern "C" int
cu_lrn_grad(const struct cu_call *c)
{
	return BY_TYPE(c, lrn_grad);
}
