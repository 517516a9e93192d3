/*
 * xoshiro256** and Philox4x32-10 from their papers; uniform and normal numbers
 * made from them with fixed recipes, so that a seed means the same everywhere.
 */
#include "base/rng.h"

#include <math.h>

static uint64_t
splitmix(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t
rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

void
rng_init(struct rng *r, uint64_t seed, uint64_t stream)
{
	uint64_t a = seed, b = stream ^ 0xd1b54a32d192ed03u, x;
	int i;

	/* Hash both words apart first: seed 1 stream 0 is not seed 0 stream 1. */
	x = splitmix(&a) ^ rotl(splitmix(&b), 32);
	for (i = 0; i < 4; i++)
		r->s[i] = splitmix(&x);
	r->spare = 0;
	r->has_spare = 0;
}

uint64_t
rng_u64(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

/* Lemire 2019: multiply, and reject the few products that would favour some. */
uint64_t
rng_below(struct rng *r, uint64_t n)
{
	__uint128_t m = (__uint128_t)rng_u64(r) * n;
	uint64_t low = (uint64_t)m, floor;

	if (low < n) {
		floor = -n % n;
		while (low < floor) {
			m = (__uint128_t)rng_u64(r) * n;
			low = (uint64_t)m;
		}
	}
	return (uint64_t)(m >> 64);
}

double
rng_uniform(struct rng *r)
{
	return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

double
rng_normal(struct rng *r)
{
	double u, v, radius, angle;

	if (r->has_spare) {
		r->has_spare = 0;
		return r->spare;
	}
	u = 1.0 - rng_uniform(r); /* (0,1]: the logarithm is finite */
	v = rng_uniform(r);
	radius = sqrt(-2.0 * log(u));
	angle = 6.283185307179586476925 * v;
	r->spare = radius * sin(angle);
	r->has_spare = 1;
	return radius * cos(angle);
}

void
rng_normal_skip(struct rng *r, size_t n)
{
	if (n > 0 && r->has_spare) {
		r->has_spare = 0;
		n--;
	}
	for (; n >= 2; n -= 2) {
		(void)rng_u64(r);
		(void)rng_u64(r);
	}
	if (n > 0)
		(void)rng_normal(r);
}

void
rng_shuffle(struct rng *r, uint32_t *v, size_t n)
{
	size_t i, j;
	uint32_t t;

	for (i = n; i > 1; i--) {
		j = (size_t)rng_below(r, i);
		t = v[i - 1];
		v[i - 1] = v[j];
		v[j] = t;
	}
}

void
rng_philox(uint32_t out[4], uint64_t seed, uint64_t stream, uint64_t counter)
{
	uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
	uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32);
	uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
	uint64_t p0, p1;
	int round;

	for (round = 0; round < 10; round++) {
		p0 = (uint64_t)0xd2511f53u * c0;
		p1 = (uint64_t)0xcd9e8d57u * c2;
		c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)p1;
		c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)p0;
		k0 += 0x9e3779b9u;
		k1 += 0xbb67ae85u;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

void
rng_at(struct rng *r, uint64_t seed, uint64_t stream, uint64_t counter)
{
	uint32_t word[4];

	rng_philox(word, seed, stream, counter);
	rng_init(r, (uint64_t)word[0] << 32 | word[1],
	    (uint64_t)word[2] << 32 | word[3]);
}
