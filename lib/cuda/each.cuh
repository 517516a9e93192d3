/*
 * Loops on the device, for the .cu files: each() runs a function for i =
 * 0..n-1, groups() a function for each of n groups of threads that can sum
 * among themselves.  Results do not depend on scheduling: a group sums in a
 * fixed tree, and no kernel here adds into memory that another thread adds to.
 *
 * With CU_HOST defined the same files are plain C++ and run here, the threads
 * of a group as coroutines that wait for each other, all in an order that is
 * none: that is how arithmetic, indexes and barriers are tested where there is
 * no GPU (lib/cuda/host).
 */
#ifndef CUDA_EACH_H
#define CUDA_EACH_H

#include <math.h>
#include <string.h>

#include "cuda/kern.h"

enum { BLOCK = 256 };

#ifdef CU_HOST

#include "cuda/host/threads.h"

#define DEV
#define DEVFN  static inline
#define MEMBER inline

struct bf16_t {
	uint16_t bits;
};
struct f16_t {
	uint16_t bits;
};

extern "C" {
float cu_host_float(enum cu_type type, uint16_t bits);
uint16_t cu_host_bits(enum cu_type type, float v);
}

DEVFN float
load(const bf16_t *p, size_t i)
{
	return cu_host_float(CU_BF16, p[i].bits);
}
DEVFN float
load(const f16_t *p, size_t i)
{
	return cu_host_float(CU_F16, p[i].bits);
}
DEVFN void
store(bf16_t *p, size_t i, float v)
{
	p[i].bits = cu_host_bits(CU_BF16, v);
}
DEVFN void
store(f16_t *p, size_t i, float v)
{
	p[i].bits = cu_host_bits(CU_F16, v);
}

/* A thread of a group; all of the group come to each collective. */
struct group {
	size_t tid, size;
	struct cu_crew *crew;

	float
	sum(float v, int line = __builtin_LINE()) const
	{
		return cu_host_meet(crew, tid, CU_SUM, line, v);
	}
	float
	max(float v, int line = __builtin_LINE()) const
	{
		return cu_host_meet(crew, tid, CU_MAX, line, v);
	}
	void
	sync(int line = __builtin_LINE()) const
	{
		cu_host_meet(crew, tid, CU_SYNC, line, 0);
	}
	template <class T>
	T *
	room() const
	{
		return (T *)cu_host_room(crew);
	}
};

/* The work of a launch, done now or, while the stream records, kept. */
extern "C" int cu_host_do(
    void *stream, int (*run)(const void *work), const void *work, size_t size);

template <class F> struct each_work {
	size_t n;
	F f;
};

/* Blocks, and what is in them, in no particular order. */
template <class F>
static int
each_run(const void *work)
{
	const struct each_work<F> *w = (const struct each_work<F> *)work;
	const size_t blocks = (w->n + BLOCK - 1) / BLOCK;
	const struct cu_order o = cu_host_order(blocks, w->n);
	size_t at = o.first;

	for (size_t k = 0; k < blocks; k++) {
		const size_t from = at * BLOCK;

		for (size_t i = 0; i < BLOCK; i++) {
			const size_t e = from + (i * 147 + k) % BLOCK;

			if (e < w->n)
				w->f(e);
		}
		at = blocks > 1 ? cu_host_next(&o, at) : 0;
	}
	return 0;
}

template <class F>
static int
each(void *stream, size_t n, const F &f)
{
	const struct each_work<F> w = { n, f };

	return cu_host_do(stream, each_run<F>, &w, sizeof(w));
}

template <class F> struct groups_work {
	size_t n, room;
	unsigned threads;
	F f;
};

template <class F>
static void
group_thread(const void *p, size_t i, size_t tid, struct cu_crew *crew)
{
	const struct groups_work<F> *w = (const struct groups_work<F> *)p;
	const struct group b = { tid, w->threads, crew };

	w->f(i, b);
}

template <class F>
static int
groups_run(const void *work)
{
	const struct groups_work<F> *w = (const struct groups_work<F> *)work;

	return cu_host_groups(w->n, w->threads, w->room, group_thread<F>, w);
}

template <class F>
static int
groups_of(void *stream, size_t n, unsigned threads, size_t room, const F &f)
{
	const struct groups_work<F> w = { n, room, threads, f };

	return cu_host_do(stream, groups_run<F>, &w, sizeof(w));
}

struct clear_work {
	void *p;
	size_t bytes;
};

static inline int
clear_run(const void *work)
{
	const struct clear_work *w = (const struct clear_work *)work;

	memset(w->p, 0, w->bytes);
	return 0;
}

static inline int
clear(void *stream, void *p, size_t bytes)
{
	const struct clear_work w = { p, bytes };

	return cu_host_do(stream, clear_run, &w, sizeof(w));
}

#else

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#define DEV    __device__
#define DEVFN  static __device__ __forceinline__
#define MEMBER __host__ __device__ __forceinline__

typedef __nv_bfloat16 bf16_t;
typedef __half f16_t;

extern "C" int cu_failed(int status, const char *what);

DEVFN float
load(const bf16_t *p, size_t i)
{
	return __bfloat162float(p[i]);
}
DEVFN float
load(const f16_t *p, size_t i)
{
	return __half2float(p[i]);
}
DEVFN void
store(bf16_t *p, size_t i, float v)
{
	p[i] = __float2bfloat16(v);
}
DEVFN void
store(f16_t *p, size_t i, float v)
{
	p[i] = __float2half(v);
}

/* One block; sum and max are collective and give every thread the result. */
struct group {
	size_t tid, size;

	__device__ float
	fold(float v, bool largest) const
	{
		__shared__ float part[33];
		const int lane = (int)tid & 31, warp = (int)tid >> 5;
		const int warps = (int)(size >> 5);

		for (int d = 16; d > 0; d >>= 1) {
			const float w = __shfl_xor_sync(0xffffffffU, v, d);

			v = largest ? fmaxf(v, w) : v + w;
		}
		if (lane == 0)
			part[warp] = v;
		__syncthreads();
		if (tid == 0) {
			for (int i = 1; i < warps; i++)
				v = largest ? fmaxf(v, part[i]) : v + part[i];
			part[32] = v;
		}
		__syncthreads();
		v = part[32];
		__syncthreads();
		return v;
	}
	__device__ float
	sum(float v) const
	{
		return fold(v, false);
	}
	__device__ float
	max(float v) const
	{
		return fold(v, true);
	}
	__device__ void
	sync() const
	{
		__syncthreads();
	}
	/* Shared by the group, of the size that groups_of was given. */
	template <class T>
	__device__ T *
	room() const
	{
		extern __shared__ float4 room_of_group[];

		return (T *)room_of_group;
	}
};

enum { BLOCKS_MAX = 132 * 32, BLOCKS_MOST = 0x7fffffff };

template <class F>
__global__ void
__launch_bounds__(BLOCK) each_kernel(size_t n, const F f)
{
	const size_t step = (size_t)gridDim.x * BLOCK;

	for (size_t i = (size_t)blockIdx.x * BLOCK + threadIdx.x; i < n;
	     i += step)
		f(i);
}

/* The barrier: no thread begins a group while another uses the last one's room.
 * */
template <class F>
__global__ void
groups_kernel(size_t n, const F f)
{
	const struct group b = { threadIdx.x, blockDim.x };

	for (size_t i = blockIdx.x; i < n; i += gridDim.x) {
		f(i, b);
		__syncthreads();
	}
}

template <class F>
static int
each(void *stream, size_t n, const F &f)
{
	size_t blocks = (n + BLOCK - 1) / BLOCK;

	if (n == 0)
		return 0;
	if (blocks > BLOCKS_MAX)
		blocks = BLOCKS_MAX;
	each_kernel<<<(unsigned)blocks, BLOCK, 0, (cudaStream_t)stream>>>(n, f);
	return cu_failed((int)cudaGetLastError(), "kernel");
}

/* n groups of so many threads, a power of two, with `room` shared bytes. */
template <class F>
static int
groups_of(void *stream, size_t n, unsigned threads, size_t room, const F &f)
{
	if (n == 0)
		return 0;
	groups_kernel<<<(unsigned)(n < BLOCKS_MOST ? n : BLOCKS_MOST), threads,
	    room, (cudaStream_t)stream>>>(n, f);
	return cu_failed((int)cudaGetLastError(), "kernel");
}

static inline int
clear(void *stream, void *p, size_t bytes)
{
	return cu_failed(
	    (int)cudaMemsetAsync(p, 0, bytes, (cudaStream_t)stream), "clear");
}

#endif

/* length: how many elements a group goes over, which sizes it. */
template <class F>
static int
groups(void *stream, size_t n, size_t length, const F &f)
{
	return groups_of(stream, n,
	    length <= 32	? 32
		: length <= 512 ? 128
				: 512,
	    0, f);
}

DEVFN float
load(const float *p, size_t i)
{
	return p[i];
}
DEVFN void
store(float *p, size_t i, float v)
{
	p[i] = v;
}

#define TRY(call)                                                              \
	do {                                                                   \
		int try_rc_ = (call);                                          \
		if (try_rc_ < 0)                                               \
			return try_rc_;                                        \
	} while (0)

/* fn<T>(c) for the type of the call. */
#define BY_TYPE(c, fn)                                                         \
	((c)->form.type == CU_F32           ? fn<float>(c)                     \
		: (c)->form.type == CU_BF16 ? fn<bf16_t>(c)                    \
					    : fn<f16_t>(c))

static inline size_t
count(const struct cu_arg *a)
{
	size_t n = 1;

	for (int i = 0; i < a->s->n; i++)
		n *= (size_t)a->s->d[i];
	return n;
}

static inline size_t
count_axes(const struct shape *s, int from, int to)
{
	size_t n = 1;

	for (int i = from; i < to && i < s->n; i++)
		n *= (size_t)s->d[i];
	return n;
}

/* A tensor as N x C x S, plain or with channels last. */
struct lay {
	size_t c, s;
	bool nhwc;

	/* Where (n, c, s) lies. */
	MEMBER size_t
	at(size_t in, size_t ic, size_t is) const
	{
		return nhwc ? (in * s + is) * c + ic : (in * c + ic) * s + is;
	}
	/* What lies at i. */
	MEMBER void
	find(size_t i, size_t *in, size_t *ic, size_t *is) const
	{
		if (nhwc) {
			*ic = i % c;
			*is = i / c % s;
		} else {
			*is = i % s;
			*ic = i / s % c;
		}
		*in = i / c / s;
	}
	/* Its index in plain order. */
	MEMBER size_t
	plain(size_t i) const
	{
		size_t in, ic, is;

		if (!nhwc)
			return i;
		find(i, &in, &ic, &is);
		return (in * c + ic) * s + is;
	}
};

static inline struct lay
lay_of(const struct shape *s, struct cu_form form)
{
	struct lay l;

	l.c = s->n > 1 ? (size_t)s->d[1] : 1;
	l.s = count_axes(s, 2, s->n);
	l.nhwc = form.nhwc;
	return l;
}

/* Elements between neighbours along each axis, of a tensor in a form. */
static inline void
strides_of(const struct shape *s, struct cu_form form, size_t out[SHAPE_MAX])
{
	size_t step = 1;

	for (int i = s->n - 1; i >= 0; i--) {
		out[i] = step;
		step *= (size_t)s->d[i];
	}
	if (!form.nhwc)
		return;
	step = (size_t)s->d[1];
	out[1] = 1;
	for (int i = s->n - 1; i >= 2; i--) {
		out[i] = step;
		step *= (size_t)s->d[i];
	}
	out[0] = step;
}

#endif
