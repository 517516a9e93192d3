/*
 * See pixels.h.  The plain loops are what the compiler vectorises; the Makefile
 * gives this file -O3.
 */
#include <string.h>

#include "base/clones.h"
#include "record/pixels.h"

#define PIXEL_CLONES CLONES("avx2", "default")

PIXEL_CLONES void
pixels_to_planes(
    uint8_t *restrict planes, const uint8_t *restrict rgb, size_t n)
{
	uint8_t *restrict b = planes, *restrict g = planes + n,
			  *restrict r = planes + 2 * n;
	size_t i;

	for (i = 0; i < n; i++) {
		r[i] = rgb[3 * i];
		g[i] = rgb[3 * i + 1];
		b[i] = rgb[3 * i + 2];
	}
}

PIXEL_CLONES void
pixels_from_planes(
    uint8_t *restrict rgb, const uint8_t *restrict planes, size_t n)
{
	const uint8_t *b = planes, *g = planes + n, *r = planes + 2 * n;
	size_t i;

	for (i = 0; i < n; i++) {
		rgb[3 * i] = r[i];
		rgb[3 * i + 1] = g[i];
		rgb[3 * i + 2] = b[i];
	}
}

PIXEL_CLONES void
pixels_add(uint32_t *restrict sum, const uint8_t *restrict p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		sum[i] += p[i];
}

static const uint64_t keys[4] = { 0x9e3779b97f4a7c15u, 0xbf58476d1ce4e5b9u,
	0x94d049bb133111ebu, 0xd6e8feb86659fd93u };

static inline uint64_t
word(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline uint64_t
fold(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Two words into a lane. */
static inline uint64_t
lane(uint64_t h, const uint8_t *p, uint64_t key)
{
	return fold(word(p) ^ key, word(p + 8) ^ h);
}

void
pixels_print(uint64_t out[2], const void *p, size_t n)
{
	uint64_t h[4] = { keys[1], keys[2], keys[3], keys[0] };
	const uint8_t *s = p;
	uint8_t tail[64] = { 0 };
	size_t left = n, i;

	for (; left >= 64; left -= 64, s += 64)
		for (i = 0; i < 4; i++)
			h[i] = lane(h[i], s + 16 * i, keys[i]);
	if (left > 0) {
		memcpy(tail, s, left);
		for (i = 0; i < 4; i++)
			h[i] = lane(h[i], tail + 16 * i, keys[i]);
	}
	out[0] = fold(h[0] ^ n, h[1] ^ keys[0]) ^ fold(h[2] ^ keys[3], h[3]);
	out[1] = fold(h[0] ^ keys[2], h[2] ^ n) ^ fold(h[1] ^ keys[1], h[3]) ^
	    (h[0] + h[3]);
}
