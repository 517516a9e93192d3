/*
 * The two loops of resizing for x86 with AVX2.  Results are those of the plain
 * loops to the bit.
 *
 * A weight has up to 23 bits, a multiply-add of 16-bit pairs (pmaddwd) takes
 * 15; so a weight is split as high << 15 | low, both halves are summed apart
 * and joined at the end: two fast instructions for two taps instead of slow
 * 32-bit multiplications, and exact.
 */
#include "image/resize/resize.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "base/mem.h"

#define AVX2 __attribute__((target("avx2")))

enum { LOW_BITS = 15, LOW_MASK = (1 << LOW_BITS) - 1, TAPS = 4 };

static int
usable(void)
{
	return __builtin_cpu_supports("avx2");
}

static int32_t
pair(int32_t a, int32_t b)
{
	return (int32_t)((uint32_t)a | (uint32_t)b << 16);
}

/* The four words of taps 0..3 of an output: low and high halves in pairs. */
static void
split(int32_t to[4], const int32_t *w, int step)
{
	int other = 3 - step; /* step 1: pairs 01 23; step 2: pairs 02 13 */
	int32_t a = w[0], b = w[step], c = w[other], d = w[3];

	to[0] = pair(a & LOW_MASK, b & LOW_MASK);
	to[1] = pair(c & LOW_MASK, d & LOW_MASK);
	to[2] = pair(a >> LOW_BITS, b >> LOW_BITS);
	to[3] = pair(c >> LOW_BITS, d >> LOW_BITS);
}

/*
 * RGB: (outputs/4, count/4, 4 outputs in the order 0 2 1 3, 4 words); grey:
 * (outputs/8, count/4, 4 words, 8 outputs).  Outputs past the end repeat the
 * last place with weights 0.
 */
static void
pack(struct resize_taps *t, int channels)
{
	size_t group = channels == 3 ? 4 : 8;
	size_t groups = ((size_t)t->n + group - 1) / group;
	size_t chunks = (size_t)t->count / TAPS, n = groups * group;
	static const uint8_t order[4] = { 0, 2, 1, 3 };
	int32_t *packed;
	int *first;

	if (channels == 0)
		return;
	first = mem_array(int, n);
	memcpy(first, t->first, (size_t)t->n * sizeof(*first));
	for (size_t i = (size_t)t->n; i < n; i++)
		first[i] = first[t->n - 1];
	mem_free(t->first);
	t->first = first;
	packed = mem_array(int32_t, n * chunks * 4);
	for (size_t i = 0; i < (size_t)t->n; i++)
		for (size_t k = 0; k < chunks; k++) {
			const int32_t *w =
			    t->weights + i * (size_t)t->count + k * TAPS;
			int32_t *to =
			    packed + (i / group * chunks + k) * group * 4;
			int32_t words[4];

			if (channels == 3) {
				split(to + 4 * order[i % 4], w, 1);
				continue;
			}
			split(words, w, 2);
			for (size_t j = 0; j < 4; j++)
				to[j * 8 + i % 8] = words[j];
		}
	t->packed = packed;
}

AVX2 static inline __m256i
join(__m256i low, __m256i high)
{
	__m256i sum = _mm256_add_epi32(low, _mm256_slli_epi32(high, LOW_BITS));

	return _mm256_srai_epi32(
	    _mm256_add_epi32(sum, _mm256_set1_epi32(RESIZE_ROUND)),
	    RESIZE_BITS);
}

/* Four taps of two outputs, RGB: a lane holds the sums R G B -. */
AVX2 static inline void
add_rgb(__m256i *low, __m256i *high, const uint8_t *a, const uint8_t *b,
    __m256i words)
{
	const __m256i taps01 = _mm256_broadcastsi128_si256(_mm_setr_epi8(
	    0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
	const __m256i taps23 = _mm256_broadcastsi128_si256(_mm_setr_epi8(
	    6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1));
	__m256i v = _mm256_inserti128_si256(
	    _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)a)),
	    _mm_loadu_si128((const __m128i *)b), 1);
	__m256i p = _mm256_shuffle_epi8(v, taps01);
	__m256i q = _mm256_shuffle_epi8(v, taps23);

	*low = _mm256_add_epi32(
	    *low, _mm256_madd_epi16(p, _mm256_shuffle_epi32(words, 0x00)));
	*low = _mm256_add_epi32(
	    *low, _mm256_madd_epi16(q, _mm256_shuffle_epi32(words, 0x55)));
	*high = _mm256_add_epi32(
	    *high, _mm256_madd_epi16(p, _mm256_shuffle_epi32(words, 0xaa)));
	*high = _mm256_add_epi32(
	    *high, _mm256_madd_epi16(q, _mm256_shuffle_epi32(words, 0xff)));
}

AVX2 static void
line_rgb(uint8_t *to, const uint8_t *row, const struct resize_taps *t)
{
	const __m256i squeeze = _mm256_broadcastsi128_si256(_mm_setr_epi8(
	    0, 1, 2, 4, 5, 6, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
	const __m256i *words = t->packed;
	int chunks = t->count / TAPS;

	for (int i = 0; i < t->n; i += 4, to += 12) {
		__m256i low0 = _mm256_setzero_si256(), high0 = low0;
		__m256i low1 = low0, high1 = low0, v;
		const uint8_t *p[4];

		for (int k = 0; k < 4; k++)
			p[k] = row + 3 * (size_t)t->first[i + k];
		for (int k = 0; k < chunks; k++, words += 2) {
			size_t at = (size_t)k * 3 * TAPS;

			add_rgb(&low0, &high0, p[0] + at, p[2] + at,
			    _mm256_loadu_si256(words));
			add_rgb(&low1, &high1, p[1] + at, p[3] + at,
			    _mm256_loadu_si256(words + 1));
		}
		v = _mm256_packs_epi32(join(low0, high0), join(low1, high1));
		v = _mm256_packus_epi16(v, v);
		v = _mm256_shuffle_epi8(v, squeeze);
		_mm_storel_epi64((__m128i *)to, _mm256_castsi256_si128(v));
		_mm_storel_epi64(
		    (__m128i *)(to + 6), _mm256_extracti128_si256(v, 1));
	}
}

AVX2 static void
line_grey(uint8_t *to, const uint8_t *row, const struct resize_taps *t)
{
	const __m256i bytes = _mm256_set1_epi32(0x00ff00ff);
	const __m256i *words = t->packed;
	int chunks = t->count / TAPS;

	for (int i = 0; i < t->n; i += 8, to += 8) {
		__m256i at = _mm256_loadu_si256(
		    (const __m256i *)(const void *)(t->first + i));
		__m256i low = _mm256_setzero_si256(), high = low, v;

		for (int k = 0; k < chunks; k++, words += 4) {
			__m256i p = _mm256_i32gather_epi32(
			    (const int *)(const void *)(row + k * TAPS), at, 1);
			__m256i even = _mm256_and_si256(p, bytes);
			__m256i odd =
			    _mm256_and_si256(_mm256_srli_epi32(p, 8), bytes);

			low = _mm256_add_epi32(low,
			    _mm256_madd_epi16(even, _mm256_loadu_si256(words)));
			low = _mm256_add_epi32(low,
			    _mm256_madd_epi16(
				odd, _mm256_loadu_si256(words + 1)));
			high = _mm256_add_epi32(high,
			    _mm256_madd_epi16(
				even, _mm256_loadu_si256(words + 2)));
			high = _mm256_add_epi32(high,
			    _mm256_madd_epi16(
				odd, _mm256_loadu_si256(words + 3)));
		}
		v = join(low, high);
		v = _mm256_packs_epi32(v, v);
		v = _mm256_permute4x64_epi64(v, 0x08);
		v = _mm256_packus_epi16(v, v);
		_mm_storel_epi64((__m128i *)to, _mm256_castsi256_si128(v));
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

/* Two rows' bytes by two weights into 32 sums, as four vectors of eight. */
AVX2 static inline void
add_rows(__m256i low[4], __m256i high[4], const uint8_t *a, const uint8_t *b,
    int32_t wa, int32_t wb)
{
	const __m256i zero = _mm256_setzero_si256();
	__m256i va = _mm256_loadu_si256((const __m256i *)a);
	__m256i vb = _mm256_loadu_si256((const __m256i *)b);
	__m256i wl = _mm256_set1_epi32(pair(wa & LOW_MASK, wb & LOW_MASK));
	__m256i wh = _mm256_set1_epi32(pair(wa >> LOW_BITS, wb >> LOW_BITS));
	__m256i front = _mm256_unpacklo_epi8(va, vb);
	__m256i back = _mm256_unpackhi_epi8(va, vb);
	__m256i v[4] = {
		_mm256_unpacklo_epi8(front, zero),
		_mm256_unpackhi_epi8(front, zero),
		_mm256_unpacklo_epi8(back, zero),
		_mm256_unpackhi_epi8(back, zero),
	};

	for (int k = 0; k < 4; k++) {
		low[k] = _mm256_add_epi32(low[k], _mm256_madd_epi16(v[k], wl));
		high[k] =
		    _mm256_add_epi32(high[k], _mm256_madd_epi16(v[k], wh));
	}
}

AVX2 static void
column32(uint8_t *to, const uint8_t *const *rows, const int32_t *w, int count,
    size_t at)
{
	__m256i low[4], high[4];
	int k;

	for (k = 0; k < 4; k++)
		low[k] = high[k] = _mm256_setzero_si256();
	for (k = 0; k + 1 < count; k += 2)
		add_rows(
		    low, high, rows[k] + at, rows[k + 1] + at, w[k], w[k + 1]);
	if (k < count)
		add_rows(low, high, rows[k] + at, rows[k] + at, w[k], 0);
	for (k = 0; k < 4; k++)
		low[k] = join(low[k], high[k]);
	low[0] = _mm256_packs_epi32(low[0], low[1]);
	low[2] = _mm256_packs_epi32(low[2], low[3]);
	_mm256_storeu_si256(
	    (__m256i *)(void *)(to + at), _mm256_packus_epi16(low[0], low[2]));
}

static void
column(uint8_t *to, const uint8_t *const *rows, const struct resize_taps *t,
    int i, size_t n)
{
	const int32_t *w = t->weights + (size_t)i * (size_t)t->count;
	size_t x;

	if (n < 32) {
		resize_plain.column(to, rows, t, i, n);
		return;
	}
	for (x = 0; x + 32 <= n; x += 32)
		column32(to, rows, w, t->count, x);
	if (x < n) /* the last 32 once more, from where they begin */
		column32(to, rows, w, t->count, n - 32);
}

const struct resize_kernels resize_avx2 = {
	.name = "avx2",
	.usable = usable,
	.multiple = TAPS,
	.pack = pack,
	.line = resize_line,
	.column = column,
};

#endif
