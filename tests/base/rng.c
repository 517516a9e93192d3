/* Generators against published vectors; digests against NIST's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#include "base/err.h"
#include "file/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "../tmp.h"

/* From Random123's kat_vectors, philox4x32 10 rounds. */
static void
philox(void **state)
{
	static const struct {
		uint64_t counter, stream, seed;
		uint32_t want[4];
	} cases[] = {
		{ 0, 0, 0, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX,
		    { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ 0x85a308d3243f6a88, 0x0370734413198a2e, 0x299f31d0a4093822,
		    { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};
	uint32_t out[4];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		rng_philox(
		    out, cases[i].seed, cases[i].stream, cases[i].counter);
		assert_memory_equal(out, cases[i].want, sizeof(out));
	}
}

/* The first outputs of xoshiro256** from the state 1, 2, 3, 4. */
static void
xoshiro(void **state)
{
	static const uint64_t want[] = { 11520, 0, 1509978240,
		1215971899390074240 };
	struct rng r = { .s = { 1, 2, 3, 4 } };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(want); i++)
		assert_true(rng_u64(&r) == want[i]);
}

static void
streams(void **state)
{
	struct rng a, b, copy;

	(void)state;
	rng_init(&a, 1, 0);
	rng_init(&b, 0, 1);
	assert_true(rng_u64(&a) != rng_u64(&b));
	copy = a;
	assert_true(rng_normal(&a) == rng_normal(&copy));
	copy = a; /* with a spare normal in it */
	assert_true(rng_normal(&a) == rng_normal(&copy));
	assert_true(rng_u64(&a) == rng_u64(&copy));
}

static void
moments(void **state)
{
	enum { N = 200000 };
	double sum = 0, squares = 0, u = 0, v;
	size_t bins[7] = { 0 }, i;
	struct rng r;

	(void)state;
	rng_init(&r, 3, 0);
	for (i = 0; i < N; i++) {
		v = rng_normal(&r);
		sum += v;
		squares += v * v;
		v = rng_uniform(&r);
		assert_true(v >= 0 && v < 1);
		u += v;
		bins[rng_below(&r, 7)]++;
	}
	assert_true(fabs(sum / N) < 0.01);
	assert_true(fabs(squares / N - 1) < 0.02);
	assert_true(fabs(u / N - 0.5) < 0.005);
	for (i = 0; i < 7; i++)
		assert_true(fabs((double)bins[i] - N / 7.0) < 1000);
	assert_true(rng_below(&r, 1) == 0);
}

static void
shuffle(void **state)
{
	uint32_t v[100], seen[100] = { 0 }, moved = 0, i;
	struct rng r;

	(void)state;
	for (i = 0; i < 100; i++)
		v[i] = i;
	rng_init(&r, 0, 0);
	rng_shuffle(&r, v, 100);
	for (i = 0; i < 100; i++) {
		seen[v[i]]++;
		moved += v[i] != i;
	}
	for (i = 0; i < 100; i++)
		assert_int_equal(seen[i], 1);
	assert_true(moved > 80);
	rng_shuffle(&r, v, 0);
}

static void
digests(void **state)
{
	char hex[HASH_HEX_MAX];
	struct hash *h;

	(void)state;
	hash_of(HASH_SHA256, "abc", 3, hex);
	assert_string_equal(hex,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	hash_of(HASH_SHA1, "abc", 3, hex);
	assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
	h = hash_new(HASH_SHA1);
	hash_add(h, "a", 1);
	hash_add(h, "bc", 2);
	hash_hex(h, hex);
	assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
	hash_hex(h, hex); /* begins again */
	assert_string_equal(hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	hash_free(h);
	hash_free(NULL);
	assert_int_equal(file_write(tmp_path("abc"), "abc", 3, 0), 0);
	assert_int_equal(hash_file(HASH_SHA1, tmp_path("abc"), hex), 0);
	assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_int_equal(
	    hash_file(HASH_SHA1, tmp_path("none"), hex), ERR_MISSING);
}

static void
fast(void **state)
{
	char text[64] = "the quick brown fox jumps over the lazy dog";
	uint64_t h[64 * 8], base;
	size_t i, k, n = 0;

	(void)state;
	base = hash_fast(text, 43, 0);
	assert_true(base == hash_fast(text, 43, 0));
	assert_true(base != hash_fast(text, 42, 0));
	assert_true(base != hash_fast(text, 43, 1));
	assert_true(hash_fast("", 0, 0) != hash_fast("\0", 1, 0));
	/* Every flipped bit gives another value. */
	for (i = 0; i < 43 * 8; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		h[n++] = hash_fast(text, 43, 0);
		text[i / 8] ^= (char)(1 << i % 8);
	}
	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++)
			assert_true(h[i] != h[k] && h[i] != base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(philox),
		cmocka_unit_test(xoshiro),
		cmocka_unit_test(streams),
		cmocka_unit_test(moments),
		cmocka_unit_test(shuffle),
		cmocka_unit_test(digests),
		cmocka_unit_test(fast),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
