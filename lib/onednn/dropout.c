/*
 * Dropout and its gradient, which is the same op: Philox4x32-10 (base/rng.h) on
 * sixteen counters at a time, in a form that the compiler turns into vectors.
 */
#include "onednn/plan.h"
#include "onednn/kern.h"
#include "onednn/kernels/small.h"

#if defined(__x86_64__)
#include "onednn/kernels/avx512.h"
#endif

enum { WIDE = 16, WORDS = 4 * WIDE };

struct dropout {
	size_t n;
	uint32_t stream, below;
	bool all; /* ratio 1 */
	float scale;
};

/* Words 4i..4i+3 of word[] belong to counter first + i. */
OD_CLONES static void
philox(uint32_t word[WORDS], uint64_t seed, uint32_t stream, uint64_t first)
{
	uint32_t c0[WIDE], c1[WIDE], c2[WIDE], c3[WIDE];
	uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
	int i, round;

	for (i = 0; i < WIDE; i++) {
		c0[i] = (uint32_t)(first + (uint64_t)i);
		c1[i] = (uint32_t)((first + (uint64_t)i) >> 32);
		c2[i] = stream;
		c3[i] = 0;
	}
	for (round = 0; round < 10; round++) {
		for (i = 0; i < WIDE; i++) {
			uint64_t p0 = (uint64_t)0xd2511f53u * c0[i];
			uint64_t p1 = (uint64_t)0xcd9e8d57u * c2[i];

			c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
			c1[i] = (uint32_t)p1;
			c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
			c3[i] = (uint32_t)p0;
		}
		k0 += 0x9e3779b9u;
		k1 += 0xbb67ae85u;
	}
	for (i = 0; i < WIDE; i++) {
		word[4 * i] = c0[i];
		word[4 * i + 1] = c1[i];
		word[4 * i + 2] = c2[i];
		word[4 * i + 3] = c3[i];
	}
}

#if defined(__x86_64__)
/* a * b of 16 lanes: high and low halves. */
AVX512_INLINE void
multiply(__m512i a, __m512i b, __m512i *hi, __m512i *lo)
{
	__m512i even = _mm512_mul_epu32(a, b);
	__m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), b);

	*lo = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
	*hi = _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
}

/* As philox, with sixteen counters in registers. */
AVX512 static void
philox_wide(
    uint32_t word[WORDS], uint64_t seed, uint32_t stream, uint64_t first)
{
	const __m512i m0 = _mm512_set1_epi64(0xd2511f53);
	const __m512i m1 = _mm512_set1_epi64(0xcd9e8d57);
	const __m512i step = _mm512_set_epi32(
	    15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
	/* Only the low words of the counters differ: first is a multiple of 16
	 * there. */
	__m512i c0 = _mm512_add_epi32(_mm512_set1_epi32((int)first), step);
	__m512i c1 = _mm512_set1_epi32((int)(first >> 32));
	__m512i c2 = _mm512_set1_epi32((int)stream);
	__m512i c3 = _mm512_setzero_si512(), h0, l0, h1, l1, ab, cd, k;
	uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
	int round;

	for (round = 0; round < 10; round++) {
		multiply(c0, m0, &h0, &l0);
		multiply(c2, m1, &h1, &l1);
		k = _mm512_set1_epi32((int)k0);
		c0 = _mm512_xor_si512(_mm512_xor_si512(h1, c1), k);
		c1 = l1;
		k = _mm512_set1_epi32((int)k1);
		c2 = _mm512_xor_si512(_mm512_xor_si512(h0, c3), k);
		c3 = l0;
		k0 += 0x9e3779b9u;
		k1 += 0xbb67ae85u;
	}
	/* Transpose: the four words of a counter are neighbours. */
	for (round = 0; round < 4; round++) {
		const __m512i pick =
		    _mm512_add_epi32(_mm512_set1_epi32(4 * round),
			_mm512_set_epi32(3, 3, 19, 3, 2, 2, 18, 2, 1, 1, 17, 1,
			    0, 0, 16, 0));
		const __m512i pick2 =
		    _mm512_add_epi32(_mm512_set1_epi32(4 * round),
			_mm512_set_epi32(19, 3, 3, 3, 18, 2, 2, 2, 17, 1, 1, 1,
			    16, 0, 0, 0));

		ab = _mm512_permutex2var_epi32(c0, pick, c1);
		cd = _mm512_permutex2var_epi32(c2, pick2, c3);
		_mm512_storeu_si512(
		    word + 16 * round, _mm512_mask_blend_epi32(0xcccc, ab, cd));
	}
}
#else
#define philox_wide philox
#endif

OD_CLONES static void
drop(const struct dropout *a, const uint32_t *word, size_t n, const float *x,
    float *y)
{
	size_t i;

	for (i = 0; i < n; i++)
		y[i] = word[i] < a->below ? 0 : x[i] * a->scale;
}

static int
run_dropout(struct od_plan *p, const struct od_step *s)
{
	const struct dropout *a = s->arg;
	const float *x = s->ptr[0];
	float *y = s->ptr[1];
	bool wide = od_small_offered();

	if (a->all) {
		memset(y, 0, a->n * sizeof(*y));
		return 0;
	}
#pragma omp parallel if (a->n > OD_GRAIN / 4)
	{
		size_t lo, hi, n;
		uint32_t word[WORDS];

		od_part(a->n, WORDS, &lo, &hi);
		for (; lo < hi; lo += n) {
			n = hi - lo < WORDS ? hi - lo : WORDS;
			(wide ? philox_wide : philox)(word, p->seed, a->stream,
			    p->iteration << 32 | lo / 4);
			drop(a, word, n, x + lo, y + lo);
		}
	}
	return 0;
}

int
od_build_dropout(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_dropout *d = &op->a.dropout;
	double below = (double)d->ratio * 4294967296.0;
	struct dropout a = { .stream = d->stream, .scale = 1 / (1 - d->ratio) };
	struct od_view v[2];

	a.all = below >= 4294967296.0;
	if (!a.all)
		a.below = (uint32_t)below + (below > (double)(uint32_t)below);
	TRY(od_want_plain(p, op->in[0], &v[0]));
	if (od_dies(p, i, op->in[0], &v[0])) {
		od_take(p, op->out[0], &v[0]);
		v[1] = v[0];
	} else {
		TRY(od_out_plain(p, op->out[0], &v[1]));
	}
	a.n = shape_count(od_shape(p, op->in[0]));
	return od_step_own(p, run_dropout, &a, sizeof(a), 0, v, 2);
}
