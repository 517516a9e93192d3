/*
 * Several neighbours at once, for the .cu files: a thread takes and puts 16
 * bytes where it can, and works on them as floats.  each_wide() is each() in
 * such steps; split divides indexes without dividing.
 *
 * Whoever asks for W elements at i promises that they lie on a boundary of
 * their size (at most 16 bytes): buffers do, what is cut out of them may not.
 */
#ifndef CUDA_WIDE_H
#define CUDA_WIDE_H

#include "cuda/each.cuh"

/* How many elements of the type are 16 bytes. */
template <class T> struct full {
	enum { n = 16 / sizeof(T) };
};

/* A width as a type, for lambdas: decltype(w)::n. */
template <int W> struct width {
	enum { n = W };
};

template <int W> struct floats {
	float v[W];
};

static inline bool
is_aligned(const void *p)
{
	return (uintptr_t)p % 16 == 0;
}

template <class... P>
static inline bool
is_aligned(const void *p, P... more)
{
	return is_aligned(p) && is_aligned(more...);
}

#ifdef CU_HOST

template <int W, class T>
DEVFN floats<W>
take(const T *p, size_t i)
{
	floats<W> f;

	cu_host_aligned(p + i, W * sizeof(T));
	for (int k = 0; k < W; k++)
		f.v[k] = load(p, i + (size_t)k);
	return f;
}

template <int W, class T>
DEVFN floats<W>
fetch(const T *p, size_t i)
{
	return take<W>(p, i);
}

template <int W, class T>
DEVFN void
put(T *p, size_t i, const floats<W> &f)
{
	cu_host_aligned(p + i, W * sizeof(T));
	for (int k = 0; k < W; k++)
		store(p, i + (size_t)k, f.v[k]);
}

#else

/* Words as memory is asked for them. */
template <int BYTES> struct word;
template <> struct word<2> {
	typedef unsigned short type;
};
template <> struct word<4> {
	typedef unsigned type;
};
template <> struct word<8> {
	typedef uint2 type;
};
template <> struct word<16> {
	typedef uint4 type;
};

template <int W, class T> union packed {
	enum { bytes = W * (int)sizeof(T), one = bytes < 16 ? bytes : 16 };
	typename word<one>::type words[bytes / one];
	unsigned short half[bytes / 2];
	unsigned pairs[(bytes + 3) / 4];
	float f[(bytes + 3) / 4];
};

DEVFN float2
up(unsigned pair, const bf16_t *)
{
	return make_float2(
	    __uint_as_float(pair << 16), __uint_as_float(pair & 0xffff0000U));
}
DEVFN float2
up(unsigned pair, const f16_t *)
{
	const __half2_raw r = { (unsigned short)pair,
		(unsigned short)(pair >> 16) };

	return __half22float2(__half2(r));
}
DEVFN unsigned
down(float a, float b, const bf16_t *)
{
	const __nv_bfloat162 h = __floats2bfloat162_rn(a, b);

	return *(const unsigned *)&h;
}
DEVFN unsigned
down(float a, float b, const f16_t *)
{
	const __half2 h = __floats2half2_rn(a, b);

	return *(const unsigned *)&h;
}

template <int W, class T>
DEVFN void
opened(const packed<W, T> &q, floats<W> *f, const T *type)
{
#pragma unroll
	for (int k = 0; k < W; k += 2) {
		const float2 two =
		    up(W > 1 ? q.pairs[k / 2] : (unsigned)q.half[0], type);

		f->v[k] = two.x;
		if (k + 1 < W)
			f->v[k + 1] = two.y;
	}
}
template <int W>
DEVFN void
opened(const packed<W, float> &q, floats<W> *f, const float *)
{
#pragma unroll
	for (int k = 0; k < W; k++)
		f->v[k] = q.f[k];
}

template <int W, class T>
DEVFN void
closed(const floats<W> &f, packed<W, T> *q, const T *type)
{
#pragma unroll
	for (int k = 0; k < W; k += 2) {
		const unsigned two =
		    down(f.v[k], k + 1 < W ? f.v[k + 1] : 0, type);

		if (W > 1)
			q->pairs[k / 2] = two;
		else
			q->half[0] = (unsigned short)two;
	}
}
template <int W>
DEVFN void
closed(const floats<W> &f, packed<W, float> *q, const float *)
{
#pragma unroll
	for (int k = 0; k < W; k++)
		q->f[k] = f.v[k];
}

template <int W, class T>
DEVFN floats<W>
take(const T *p, size_t i)
{
	typedef typename word<packed<W, T>::one>::type words;
	const words *at = (const words *)(p + i);
	packed<W, T> q;
	floats<W> f;

#pragma unroll
	for (int k = 0; k < packed<W, T>::bytes / packed<W, T>::one; k++)
		q.words[k] = at[k];
	opened(q, &f, p);
	return f;
}

/* The same of what no thread of the kernel writes: the compiler may ask for the
 * next elements before the last are put. */
template <int W, class T>
DEVFN floats<W>
fetch(const T *p, size_t i)
{
	typedef typename word<packed<W, T>::one>::type words;
	const words *at = (const words *)(p + i);
	packed<W, T> q;
	floats<W> f;

#pragma unroll
	for (int k = 0; k < packed<W, T>::bytes / packed<W, T>::one; k++)
		q.words[k] = __ldg(at + k);
	opened(q, &f, p);
	return f;
}

template <int W, class T>
DEVFN void
put(T *p, size_t i, const floats<W> &f)
{
	typedef typename word<packed<W, T>::one>::type words;
	words *at = (words *)(p + i);
	packed<W, T> q;

	closed(f, &q, p);
#pragma unroll
	for (int k = 0; k < packed<W, T>::bytes / packed<W, T>::one; k++)
		at[k] = q.words[k];
}

#endif

template <int W>
DEVFN floats<W>
same_for_all(float v)
{
	floats<W> f;

	for (int k = 0; k < W; k++)
		f.v[k] = v;
	return f;
}

/* f of each lane of one, two or three. */
template <int W, class F>
DEVFN floats<W>
map(const floats<W> &a, const F &f)
{
	floats<W> r;

	for (int k = 0; k < W; k++)
		r.v[k] = f(a.v[k]);
	return r;
}
template <int W, class F>
DEVFN floats<W>
map(const floats<W> &a, const floats<W> &b, const F &f)
{
	floats<W> r;

	for (int k = 0; k < W; k++)
		r.v[k] = f(a.v[k], b.v[k]);
	return r;
}

template <int W, class F> struct wide_loop {
	F f;
	size_t chunks;

	DEV void
	operator()(size_t i) const
	{
		if (i < chunks)
			f(width<W>(), i * W);
		else
			f(width<1>(), chunks * W + i - chunks);
	}
};

/* f(width<W>(), i) for i = 0, W, 2 W, ..., and f(width<1>(), i) for the rest;
 * wide false: for all. */
template <int W, class F>
static int
each_wide(void *stream, size_t n, bool wide, const F &f)
{
	const size_t chunks = wide ? n / W : 0;
	const struct wide_loop<W, F> loop = {
		f, chunks
	};

	return each(stream, chunks + (n - chunks * W), loop);
}

/* i / d and i % d by a product, for i below 2^32. */
struct split {
	size_t d;
	uint32_t by;
	int shift;

	MEMBER size_t
	quotient(size_t i) const
	{
		if (i >> 32 != 0)
			return i / d;
		return (
		    size_t)((((uint64_t)(uint32_t)i * by >> 32) + i) >> shift);
	}
	/* *rest = i % d; i / d */
	MEMBER size_t
	apart(size_t i, size_t *rest) const
	{
		const size_t q = quotient(i);

		*rest = i - q * d;
		return q;
	}
};

/* Of d > 0.  With 2^shift >= d, by = 2^32 (2^shift - d) / d + 1 does it for all
 * numerators of 32 bits (Granlund and Montgomery 1994). */
static inline struct split
split_by(size_t d)
{
	struct split s = { d, 0, 0 };

	while (s.shift < 32 && ((size_t)1 << s.shift) < d)
		s.shift++;
	if (d >> 32 != 0)
		s.shift = 33; /* nothing but 0 below 2^32 */
	else
		s.by =
		    (uint32_t)(((((uint64_t)1 << s.shift) - d) << 32) / d + 1);
	return s;
}

#endif
