/*
 * Kernels of arithmetic: elementwise functions of one, two or many tensors, and
 * what follows a convolution that could not be fused.
 * The formulas are ref/unary.c's and ref/binary.c's, in float.
 */
#include "cuda/channel.cuh"

DEVFN float
sigmoid(float x)
{
	return x >= 0 ? 1 / (1 + expf(-x)) : expf(x) / (1 + expf(x));
}

DEVFN float
softplus(float x)
{
	return x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x));
}

DEVFN float
power(const struct op_unary &u, float x)
{
	if (u.b * u.c == 0)
		return u.c == 0 ? 1 : powf(u.a, u.c);
	x = u.a + u.b * x;
	return u.c == 1 ? x : u.c == 2 ? x * x : powf(x, u.c);
}

/* Rounded to `bits` behind the first, halves to even; see ref/elementary.c. */
DEVFN float
rounded(float x, int bits, int least, int top)
{
	int e;
	float y;

	if (x == 0 || isnan(x) || isinf(x))
		return x;
	frexpf(x, &e);
	e = e - 1 < least ? least : e - 1;
	y = ldexpf(rintf(ldexpf(x, bits - e)), e - bits);
	return fabsf(y) >= ldexpf(1, top - 1) * 2 ? copysignf(INFINITY, x) : y;
}

DEVFN float
wrapped(const struct op_unary &u, float x)
{
	double r;

	if (isnan(x) || isinf(x))
		return 0;
	r = fmod(trunc((double)x) - (double)u.a, (double)u.b);
	return (float)(r < 0 ? r + (double)u.b + (double)u.a
			     : r + (double)u.a);
}

/* Those from UNARY_ERF on (ref/elementary.c). */
DEVFN float
elementary(const struct op_unary &u, float x)
{
	switch (u.fn) {
	case UNARY_ERF: return erff(x);
	case UNARY_SIN: return sinf(x);
	case UNARY_COS: return cosf(x);
	case UNARY_TAN: return tanf(x);
	case UNARY_ASIN: return asinf(x);
	case UNARY_ACOS: return acosf(x);
	case UNARY_ATAN: return atanf(x);
	case UNARY_SINH: return sinhf(x);
	case UNARY_COSH: return coshf(x);
	case UNARY_ASINH: return asinhf(x);
	case UNARY_ACOSH: return acoshf(x);
	case UNARY_ATANH: return atanhf(x);
	case UNARY_SOFTSIGN: return x / (1 + fabsf(x));
	case UNARY_SHRINK: return x < -u.a ? x + u.b : x > u.a ? x - u.b : 0;
	case UNARY_THRESHOLDED: return x > u.a ? x : 0;
	case UNARY_FLOAT16: return rounded(x, 10, -14, 16);
	case UNARY_BFLOAT16: return rounded(x, 7, -126, 128);
	case UNARY_FLOOR: return floorf(x);
	case UNARY_CEIL: return ceilf(x);
	case UNARY_ROUND: return rintf(x);
	case UNARY_TRUNC: return truncf(x);
	case UNARY_WRAP: return wrapped(u, x);
	case UNARY_NONZERO: return x != 0 ? 1 : 0;
	case UNARY_ISNAN: return isnan(x) ? 1 : 0;
	default: return isinf(x) && (x > 0 ? u.a : u.b) != 0 ? 1 : 0;
	}
}

DEVFN float
elementary_slope(const struct op_unary &u, float x)
{
	float t;

	switch (u.fn) {
	case UNARY_ERF: return 1.12837917F * expf(-x * x);
	case UNARY_SIN: return cosf(x);
	case UNARY_COS: return -sinf(x);
	case UNARY_TAN: t = tanf(x); return 1 + t * t;
	case UNARY_ASIN: return 1 / sqrtf(1 - x * x);
	case UNARY_ACOS: return -1 / sqrtf(1 - x * x);
	case UNARY_ATAN: return 1 / (1 + x * x);
	case UNARY_SINH: return coshf(x);
	case UNARY_COSH: return sinhf(x);
	case UNARY_ASINH: return 1 / sqrtf(x * x + 1);
	case UNARY_ACOSH: return 1 / sqrtf(x * x - 1);
	case UNARY_ATANH: return 1 / (1 - x * x);
	case UNARY_SOFTSIGN: t = 1 + fabsf(x); return 1 / (t * t);
	case UNARY_SHRINK: return x < -u.a || x > u.a ? 1 : 0;
	default: return x > u.a ? 1 : 0;
	}
}

DEVFN float
function(const struct op_unary &u, float x)
{
	if (u.fn >= UNARY_ERF)
		return elementary(u, x);
	switch (u.fn) {
	case UNARY_RELU: return x > 0 ? x : u.a == 0 ? 0 : u.a * x;
	case UNARY_CLIP: return fminf(fmaxf(x, u.a), u.b);
	case UNARY_ELU: return x > 0 ? x : u.a * expm1f(x);
	case UNARY_SIGMOID: return sigmoid(x);
	case UNARY_TANH: return tanhf(x);
	case UNARY_ABS: return fabsf(x);
	case UNARY_BNLL: return softplus(x);
	case UNARY_EXP: return expf(u.a * x + u.b);
	case UNARY_LOG: return u.a * logf(u.b * x + u.c);
	case UNARY_POWER: return power(u, x);
	case UNARY_THRESHOLD: return x > u.a ? 1 : 0;
	case UNARY_SWISH: return x * sigmoid(u.a * x);
	case UNARY_GELU: return 0.5F * x * (1 + erff(x * 0.70710678F));
	case UNARY_MISH: return x * tanhf(softplus(x));
	case UNARY_HARDSWISH: return x * fminf(fmaxf(x + 3, 0), 6) / 6;
	default: return x > 0 ? 1 : x < 0 ? -1 : 0;
	}
}

/* f' at x, where y = f(x); only the one of op.h is looked at. */
DEVFN float
slope(const struct op_unary &u, float x, float y)
{
	const float bc = u.b * u.c;
	float s;

	if (u.fn >= UNARY_ERF)
		return elementary_slope(u, x);
	switch (u.fn) {
	case UNARY_RELU: return (u.a >= 0 ? y : x) > 0 ? 1 : u.a;
	case UNARY_CLIP: return x >= u.a && x <= u.b ? 1 : 0;
	case UNARY_ELU:
		if (u.a >= 0)
			return y > 0 ? 1 : y + u.a;
		return x > 0 ? 1 : u.a * expf(x);
	case UNARY_SIGMOID: return y * (1 - y);
	case UNARY_TANH: return 1 - y * y;
	case UNARY_ABS: return x > 0 ? 1 : x < 0 ? -1 : 0;
	case UNARY_BNLL: return sigmoid(x);
	case UNARY_EXP: return u.a * y;
	case UNARY_LOG: return u.a * u.b / (u.b * x + u.c);
	case UNARY_POWER:
		if (bc == 0 || u.c == 1)
			return bc;
		return bc * powf(u.a + u.b * x, u.c - 1);
	case UNARY_SWISH:
		s = sigmoid(u.a * x);
		return s + u.a * x * s * (1 - s);
	case UNARY_GELU:
		return 0.5F * (1 + erff(x * 0.70710678F)) +
		    x * expf(-x * x / 2) * 0.39894228F;
	case UNARY_MISH:
		s = tanhf(softplus(x));
		return s + x * (1 - s * s) * sigmoid(x);
	case UNARY_HARDSWISH: return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
	default: return 0;
	}
}

/* What is on every net's way has a kernel of its own: the others take registers
 * that it does not need. */
template <class T>
static int
relu(const struct cu_call *c)
{
	const float a = c->op->a.unary.a;
	const T *x = (const T *)c->in[0].p;
	T *y = (T *)c->out[0].p;

	return each_wide<full<T>::n>(c->stream, count(&c->out[0]),
	    is_aligned(x, y), [=] DEV(auto w, size_t i) {
		    put(y, i, map(take<decltype(w)::n>(x, i), [=](float v) {
			    return v > 0 ? v : a == 0 ? 0 : a * v;
		    }));
	    });
}

template <class T>
static int
unary(const struct cu_call *c)
{
	const struct op_unary u = c->op->a.unary;
	const T *x = (const T *)c->in[0].p;
	T *y = (T *)c->out[0].p;

	if (u.fn == UNARY_RELU)
		return relu<T>(c);
	return each_wide<full<T>::n>(c->stream, count(&c->out[0]),
	    is_aligned(x, y), [=] DEV(auto w, size_t i) {
		    put(y, i, map(take<decltype(w)::n>(x, i), [=](float v) {
			    return function(u, v);
		    }));
	    });
}

extern "C" int
cu_unary(const struct cu_call *c)
{
	return BY_TYPE(c, unary);
}

/* of: what tells the side, y or, for a slope below 0, x.  Input 3, which fuse.c
 * joins to it: another dy. */
template <class T>
static int
relu_grad(const struct cu_call *c, const T *of)
{
	const float a = c->op->a.unary.a;
	const T *dy = (const T *)c->in[0].p;
	const T *more = c->nin > 3 ? (const T *)c->in[3].p : NULL;
	T *dx = (T *)c->out[0].p;

	return each_wide<full<T>::n>(c->stream, count(&c->out[0]),
	    is_aligned(dy, more, of, dx), [=] DEV(auto w, size_t i) {
		    constexpr int W = decltype(w)::n;
		    const floats<W> side = take<W>(of, i);
		    floats<W> d = take<W>(dy, i);

		    if (more != NULL)
			    d = map(d, take<W>(more, i),
				[](float b, float e) { return b + e; });
		    put(dx, i, map(d, side, [=](float b, float v) {
			    return v > 0 ? b : b * a;
		    }));
	    });
}

template <class T>
static int
unary_grad(const struct cu_call *c)
{
	const struct op_unary u = c->op->a.unary;
	const T *dy = (const T *)c->in[0].p;
	const T *x = c->nin > 1 ? (const T *)c->in[1].p : NULL;
	const T *y = c->nin > 2 ? (const T *)c->in[2].p : NULL;
	T *dx = (T *)c->out[0].p;

	if (u.fn == UNARY_RELU)
		return relu_grad<T>(c, u.a >= 0 ? y : x);
	return each_wide<full<T>::n>(c->stream, count(&c->out[0]),
	    is_aligned(dy, x, y, dx), [=] DEV(auto w, size_t i) {
		    constexpr int W = decltype(w)::n;
		    const floats<W> zero = same_for_all<W>(0);
		    const floats<W> vx = x != NULL ? take<W>(x, i) : zero;
		    const floats<W> vy = y != NULL ? take<W>(y, i) : zero;
		    floats<W> d = take<W>(dy, i);

		    for (int k = 0; k < W; k++)
			    d.v[k] *= slope(u, vx.v[k], vy.v[k]);
		    put(dx, i, d);
	    });
}

extern "C" int
cu_unary_grad(const struct cu_call *c)
{
	return BY_TYPE(c, unary_grad);
}

/* With the sign of y. */
DEVFN float
floor_mod(float x, float y)
{
	const float r = fmodf(x, y);

	return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

DEVFN float
combine(enum binary_fn fn, float x, float y)
{
	switch (fn) {
	case BINARY_ADD: return x + y;
	case BINARY_SUB: return x - y;
	case BINARY_MUL: return x * y;
	case BINARY_DIV: return x / y;
	case BINARY_MAX: return x > y ? x : y;
	case BINARY_MIN: return x < y ? x : y;
	case BINARY_POW: return powf(x, y);
	case BINARY_MOD: return floor_mod(x, y);
	case BINARY_FMOD: return fmodf(x, y);
	case BINARY_GE: return x >= y ? 1 : 0;
	case BINARY_LT: return x < y ? 1 : 0;
	case BINARY_LE: return x <= y ? 1 : 0;
	case BINARY_EQ: return x == y ? 1 : 0;
	case BINARY_AND: return x != 0 && y != 0 ? 1 : 0;
	case BINARY_OR: return x != 0 || y != 0 ? 1 : 0;
	case BINARY_XOR: return (x != 0) != (y != 0) ? 1 : 0;
	default: return x > y ? 1 : 0;
	}
}

/* Axes of the output with the steps of both sides; 0 where one stretches. */
struct pair {
	int n;
	struct split size[SHAPE_MAX];
	size_t x[SHAPE_MAX], y[SHAPE_MAX], z[SHAPE_MAX];
};

static void
repeat_steps(const struct cu_arg *a, const struct shape *z, size_t *step)
{
	for (int i = 0; i < SHAPE_MAX; i++)
		step[i] = 0;
	if (a->s->n == 0)
		return;
	strides_of(a->s, a->form, step);
	for (int i = 0; i < z->n; i++)
		if (a->s->d[i] == 1)
			step[i] = 0;
}

static bool
alike(const struct shape *a, const struct shape *b)
{
	if (a->n != b->n)
		return false;
	for (int i = 0; i < a->n; i++)
		if (a->d[i] != b->d[i])
			return false;
	return true;
}

template <class T>
static int
binary(const struct cu_call *c)
{
	const enum binary_fn fn = c->op->a.binary.fn;
	const struct shape *s = c->out[0].s;
	const T *x = (const T *)c->in[0].p, *y = (const T *)c->in[1].p;
	T *z = (T *)c->out[0].p;
	struct pair q;

	if (alike(c->in[0].s, s) && alike(c->in[1].s, s))
		return each_wide<full<T>::n>(c->stream, count(&c->out[0]),
		    is_aligned(x, y, z), [=] DEV(auto w, size_t i) {
			    constexpr int W = decltype(w)::n;

			    put(z, i,
				map(take<W>(x, i), take<W>(y, i),
				    [=](float a, float b) {
					    return combine(fn, a, b);
				    }));
		    });
	q.n = s->n;
	repeat_steps(&c->in[0], s, q.x);
	repeat_steps(&c->in[1], s, q.y);
	strides_of(s, c->out[0].form, q.z);
	for (int i = 0; i < q.n; i++)
		q.size[i] = split_by((size_t)s->d[i]);
	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		size_t ix = 0, iy = 0, iz = 0;

		for (int k = q.n - 1; k >= 0; k--) {
			size_t at;

			i = q.size[k].apart(i, &at);
			ix += at * q.x[k];
			iy += at * q.y[k];
			iz += at * q.z[k];
		}
		store(z, iz, combine(fn, load(x, ix), load(y, iy)));
	});
}

extern "C" int
cu_binary(const struct cu_call *c)
{
	return BY_TYPE(c, binary);
}

struct terms {
	int n;
	bool relu;
	float coeff[OP_SUM_MAX];
	const void *x[OP_SUM_MAX];
};

/* N terms; 0: q.n of them. */
template <int N, class T>
static int
sum_of(const struct cu_call *c, const struct terms &q, bool wide)
{
	T *y = (T *)c->out[0].p;

	return each_wide<full<T>::n>(
	    c->stream, count(&c->out[0]), wide, [=] DEV(auto w, size_t i) {
		    constexpr int W = decltype(w)::n;
		    floats<W> v = same_for_all<W>(0);

		    for (int k = 0; k < (N > 0 ? N : q.n); k++) {
			    const floats<W> x = take<W>((const T *)q.x[k], i);

			    for (int j = 0; j < W; j++)
				    v.v[j] += q.coeff[k] * x.v[j];
		    }
		    for (int j = 0; j < W; j++)
			    v.v[j] = q.relu && v.v[j] < 0 ? 0 : v.v[j];
		    put(y, i, v);
	    });
}

template <class T>
static int
sum(const struct cu_call *c)
{
	const struct op_sum *s = &c->op->a.sum;
	bool wide = is_aligned(c->out[0].p);
	struct terms q;

	q.n = c->nin;
	q.relu = s->relu;
	for (int k = 0; k < c->nin; k++) {
		q.x[k] = c->in[k].p;
		q.coeff[k] = s->coeff[k];
		wide = wide && is_aligned(q.x[k]);
	}
	return q.n == 2 ? sum_of<2, T>(c, q, wide) : sum_of<0, T>(c, q, wide);
}

extern "C" int
cu_sum(const struct cu_call *c)
{
	return BY_TYPE(c, sum);
}

/* y = relu(y + b + sum) from what is at hand. */
template <int W>
DEVFN floats<W>
ended(const struct cu_ending &q, floats<W> v, const floats<W> &b)
{
	for (int k = 0; k < W; k++) {
		v.v[k] += b.v[k];
		if (q.relu && v.v[k] < 0)
			v.v[k] *= q.slope;
	}
	return v;
}

template <class T>
static int
finish_args(const struct cu_ending *f, void *stream)
{
	const struct cu_ending q = *f;
	const size_t plane = q.channels * q.inner;
	const struct extent e = { plane > 0 ? q.n / plane : 0, q.channels,
		q.inner, q.inner == 1 };
	const T *sum = (const T *)q.sum;
	T *y = (T *)q.y;

	return by_channel<T>(stream, e, is_aligned(y, sum, q.b),
	    [=] DEV(auto w, const struct run &r) {
		    constexpr int W = decltype(w)::n;
		    const floats<W> b = of_channels<W>(q.b, r, 0);

		    walk(r, [&](size_t at) {
			    floats<W> v = take<W>(y, at);

			    if (sum != NULL)
				    v = map(v, fetch<W>(sum, at),
					[](float c, float d) { return c + d; });
			    put(y, at, ended(q, v, b));
		    });
	    });
}

extern "C" int
cu_finish(const struct cu_ending *f, void *stream)
{
	if (f->type == CU_F32)
		return finish_args<float>(f, stream);
	if (f->type == CU_BF16)
		return finish_args<bf16_t>(f, stream);
	return finish_args<f16_t>(f, stream);
}

extern "C" int
cu_add(float *to, const float *from, size_t n, void *stream)
{
	return each_wide<4>(
	    stream, n, is_aligned(to, from), [=] DEV(auto w, size_t i) {
		    constexpr int W = decltype(w)::n;

		    put(to, i,
			map(take<W>(to, i), fetch<W>(from, i),
			    [](float a, float b) { return a + b; }));
	    });
}
