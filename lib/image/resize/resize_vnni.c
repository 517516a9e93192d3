/*
 * The two loops of resizing for x86 with AVX-512 and its dot products of bytes
 * (VNNI).  Results are those of the plain loops to the bit.
 *
 * vpdpbusd adds four products of a byte without sign and one with sign.  So a
 * weight is written with three digits of base 256 that have a sign,
 *	w = d2 << 16 + d1 << 8 + d0,  -128 <= d < 128,
 * and three instructions add four taps exactly; the sums of the digits are
 * joined at the end, modulo 1 << 32.
 */
#include "image/resize/resize.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "base/mem.h"

#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

enum { TAPS = 4, DIGITS = 3 };

static int
usable(void)
{
	return __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("avx512vnni");
}

/* Digit k of four weights as the bytes of a word. */
static void
split(int32_t to[DIGITS], const int32_t *w)
{
	uint32_t words[DIGITS] = { 0 };

	for (int i = 0; i < TAPS; i++) {
		int32_t v = w[i];

		for (int k = 0; k < DIGITS; k++) {
			int32_t d = ((v + 128) & 255) - 128;

			words[k] |= (uint32_t)(d & 255) << 8 * i;
			v = (v - d) / 256;
		}
	}
	for (int k = 0; k < DIGITS; k++)
		to[k] = (int32_t)words[k];
}

/*
 * RGB: (outputs/4, chunks, 4 outputs, 4 words, one spare); grey: (outputs/16,
 * chunks, 3 words, 16 outputs); columns: (outputs, chunks, 3 words).  Outputs
 * past the end repeat the last place with weights 0.
 */
static void
pack(struct resize_taps *t, int channels)
{
	size_t group = channels == 3 ? 4 : channels == 1 ? 16 : 1;
	size_t width = channels == 3 ? 4 : DIGITS;
	size_t groups = ((size_t)t->n + group - 1) / group;
	size_t chunks = (size_t)t->count / TAPS, n = groups * group;
	int32_t *packed = mem_array(int32_t, n * chunks * width);
	int *first = mem_array(int, n);

	memcpy(first, t->first, (size_t)t->n * sizeof(*first));
	for (size_t i = (size_t)t->n; i < n; i++)
		first[i] = first[t->n - 1];
	mem_free(t->first);
	t->first = first;
	for (size_t i = 0; i < (size_t)t->n; i++)
		for (size_t k = 0; k < chunks; k++) {
			int32_t *to =
			    packed + (i / group * chunks + k) * group * width;
			size_t step = channels == 1 ? group : 1;
			int32_t words[DIGITS];

			split(words,
			    t->weights + i * (size_t)t->count + k * TAPS);
			to += channels == 1 ? i % group : i % group * width;
			for (size_t d = 0; d < DIGITS; d++)
				to[d * step] = words[d];
		}
	t->packed = packed;
}

VNNI static inline __m512i
join(const __m512i sum[DIGITS])
{
	__m512i v = _mm512_add_epi32(sum[0],
	    _mm512_add_epi32(
		_mm512_slli_epi32(sum[1], 8), _mm512_slli_epi32(sum[2], 16)));

	return _mm512_srai_epi32(v, RESIZE_BITS);
}

VNNI static inline void
begin(__m512i sum[DIGITS])
{
	sum[0] = _mm512_set1_epi32(RESIZE_ROUND);
	sum[1] = sum[2] = _mm512_setzero_si512();
}

VNNI static inline __m128i
load16(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

VNNI static void
line_rgb(uint8_t *to, const uint8_t *row, const struct resize_taps *t)
{
	/* Four pixels to four taps of R, of G, of B. */
	const __m512i order = _mm512_broadcast_i32x4(_mm_setr_epi8(
	    0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1));
	const __m128i squeeze = _mm_setr_epi8(
	    0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
	const int32_t *words = t->packed;
	int chunks = t->count / TAPS;

	for (int i = 0; i < t->n; i += 4, to += 12) {
		const uint8_t *p[4];
		__m512i sum[DIGITS];

		begin(sum);
		for (int k = 0; k < 4; k++)
			p[k] = row + 3 * (size_t)t->first[i + k];
		for (int k = 0; k < chunks; k++, words += 16) {
			size_t at = (size_t)k * 3 * TAPS;
			__m512i w = _mm512_loadu_si512(words);
			__m512i v = _mm512_castsi128_si512(load16(p[0] + at));

			v = _mm512_inserti32x4(v, load16(p[1] + at), 1);
			v = _mm512_inserti32x4(v, load16(p[2] + at), 2);
			v = _mm512_inserti32x4(v, load16(p[3] + at), 3);
			v = _mm512_shuffle_epi8(v, order);
			sum[0] = _mm512_dpbusd_epi32(
			    sum[0], v, _mm512_shuffle_epi32(w, 0x00));
			sum[1] = _mm512_dpbusd_epi32(
			    sum[1], v, _mm512_shuffle_epi32(w, 0x55));
			sum[2] = _mm512_dpbusd_epi32(
			    sum[2], v, _mm512_shuffle_epi32(w, 0xaa));
		}
		_mm_storeu_si128((__m128i *)(void *)to,
		    _mm_shuffle_epi8(
			_mm512_cvtusepi32_epi8(join(sum)), squeeze));
	}
}

VNNI static void
line_grey(uint8_t *to, const uint8_t *row, const struct resize_taps *t)
{
	const int32_t *words = t->packed;
	int chunks = t->count / TAPS;

	for (int i = 0; i < t->n; i += 16, to += 16) {
		__m512i at = _mm512_loadu_si512(t->first + i);
		__m512i sum[DIGITS];

		begin(sum);
		for (int k = 0; k < chunks; k++) {
			__m512i v =
			    _mm512_i32gather_epi32(at, row + k * TAPS, 1);

			for (int d = 0; d < DIGITS; d++, words += 16)
				sum[d] = _mm512_dpbusd_epi32(
				    sum[d], v, _mm512_loadu_si512(words));
		}
		_mm_storeu_si128(
		    (__m128i *)(void *)to, _mm512_cvtusepi32_epi8(join(sum)));
	}
}

static void
resize_line(
    uint8_t *to, const uint8_t *row, const struct resize_taps *t, int channels)
{
	if (channels == 3)
		line_rgb(to, row, t);
	else
		line_grey(to, row, t);
}

/* Four rows' bytes into 64 sums, as four vectors of sixteen. */
VNNI static inline void
add_rows(__m512i sum[4][DIGITS], const __m512i row[TAPS], const int32_t *words)
{
	__m512i ab_lo = _mm512_unpacklo_epi8(row[0], row[1]);
	__m512i ab_hi = _mm512_unpackhi_epi8(row[0], row[1]);
	__m512i cd_lo = _mm512_unpacklo_epi8(row[2], row[3]);
	__m512i cd_hi = _mm512_unpackhi_epi8(row[2], row[3]);
	__m512i v[4] = {
		_mm512_unpacklo_epi16(ab_lo, cd_lo),
		_mm512_unpackhi_epi16(ab_lo, cd_lo),
		_mm512_unpacklo_epi16(ab_hi, cd_hi),
		_mm512_unpackhi_epi16(ab_hi, cd_hi),
	};

	for (int d = 0; d < DIGITS; d++) {
		__m512i w = _mm512_set1_epi32(words[d]);

		for (int k = 0; k < 4; k++)
			sum[k][d] = _mm512_dpbusd_epi32(sum[k][d], v[k], w);
	}
}

/* The bytes of mask at x. */
VNNI static inline void
column64(uint8_t *to, const uint8_t *const *rows, const int32_t *words,
    int count, size_t x, __mmask64 mask)
{
	__m512i sum[4][DIGITS], row[TAPS], lo, hi;

	for (int k = 0; k < 4; k++)
		begin(sum[k]);
	for (int at = 0; at < count; at += TAPS, words += DIGITS) {
		for (int k = 0; k < TAPS; k++)
			row[k] =
			    _mm512_maskz_loadu_epi8(mask, rows[at + k] + x);
		add_rows(sum, row, words);
	}
	lo = _mm512_packs_epi32(join(sum[0]), join(sum[1]));
	hi = _mm512_packs_epi32(join(sum[2]), join(sum[3]));
	_mm512_mask_storeu_epi8(to + x, mask, _mm512_packus_epi16(lo, hi));
}

VNNI static void
column(uint8_t *to, const uint8_t *const *rows, const struct resize_taps *t,
    int i, size_t n)
{
	const int32_t *words = (const int32_t *)t->packed +
	    (size_t)i * (size_t)t->count / TAPS * DIGITS;
	size_t x;

	for (x = 0; x + 64 <= n; x += 64)
		column64(to, rows, words, t->count, x, ~(__mmask64)0);
	if (x < n)
		column64(to, rows, words, t->count, x,
		    ((__mmask64)1 << (n - x)) - 1);
}

const struct resize_kernels resize_vnni = {
	.name = "avx512-vnni",
	.usable = usable,
	.multiple = TAPS,
	.pack = pack,
	.line = resize_line,
	.column = column,
};

#endif
