/*
 * PReLU, its gradient, and the gradient of a bias: numbers for each channel
 * (channel.cuh).
 */
#include "cuda/channel.cuh"

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
			    const floats<W> d = fetch<W>(dy, at);

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
			    floats<W> v = fetch<W>(x, at);

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
			    const floats<W> vx = fetch<W>(x, at);
			    floats<W> d = fetch<W>(dy, at);

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
