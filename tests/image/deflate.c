/* What deflate_runs writes, libdeflate reads back: every kind of input that
 * bends a Huffman code, and lengths around the blocks' borders. */
#include "pattern.h"

#include <string.h>

#include <libdeflate.h>

#include "base/rng.h"
#include "image/deflate.h"

enum { MOST = 200000 };

static uint8_t *in, *back, *packed;

static int
setup(void **state)
{
	(void)state;
	in = malloc(MOST);
	back = malloc(MOST + 1);
	packed = malloc(deflate_bound(MOST));
	return in == NULL || back == NULL || packed == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	free(in);
	free(back);
	free(packed);
	return 0;
}

static size_t
check(size_t n)
{
	struct libdeflate_decompressor *z = libdeflate_alloc_decompressor();
	size_t m, got = 0;

	memset(packed, 'Z', deflate_bound(MOST));
	m = deflate_runs(packed, in, n);
	assert_true(m <= deflate_bound(n));
	for (size_t i = deflate_bound(n); i < deflate_bound(MOST); i++)
		assert_int_equal(packed[i], 'Z');
	assert_int_equal(
	    libdeflate_zlib_decompress(z, packed, m, back, MOST + 1, &got),
	    LIBDEFLATE_SUCCESS);
	assert_int_equal(got, n);
	assert_memory_equal(in, back, n);
	libdeflate_free_decompressor(z);
	return m;
}

static void
lengths(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 257, 258, 259, 260, 1000,
		1001, 65534, 65535, 65536, 131070, 131071, MOST };
	struct rng r;

	(void)state;
	rng_init(&r, 1, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(in, 7, sizes[i]);
		assert_true(check(sizes[i]) < 100 + sizes[i] / 100);
		for (size_t k = 0; k < sizes[i]; k++)
			in[k] = (uint8_t)rng_u64(&r);
		check(sizes[i]); /* noise: stored */
		for (size_t k = 0; k < sizes[i]; k++)
			in[k] = (uint8_t)(rng_u64(&r) & 1);
		check(sizes[i]);
	}
}

/* Counts like Fibonacci's numbers make codes too long for 15 bits; fewer
 * symbols than that make them too long for the 7 of the lengths' code. */
static void
skewed(void **state)
{
	struct rng r;

	(void)state;
	rng_init(&r, 2, 0);
	for (int symbols = 2; symbols < 26; symbols++) {
		size_t n = 0, a = 1, b = 1;

		for (int s = 0; s < symbols && n + a <= MOST; s++) {
			size_t next = a + b;

			memset(in + n, s, a);
			n += a;
			a = b;
			b = next;
		}
		/* Shuffled, so that there are few runs. */
		for (size_t i = n - 1; i > 0; i--) {
			size_t k = rng_below(&r, i + 1);
			uint8_t t = in[i];

			in[i] = in[k];
			in[k] = t;
		}
		check(n);
	}
}

static void
mixtures(void **state)
{
	struct rng r;

	(void)state;
	rng_init(&r, 3, 0);
	for (int round = 0; round < 400; round++) {
		size_t n = 1 + rng_below(&r, 3000), i = 0;
		double width = 1 + 60 * rng_uniform(&r);

		while (i < n) {
			size_t run =
			    rng_below(&r, 4) == 0 ? 1 + rng_below(&r, 600) : 1;
			uint8_t v = (uint8_t)(int)(width * rng_normal(&r));

			while (run-- > 0 && i < n)
				in[i++] = v;
		}
		check(n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),
		cmocka_unit_test(skewed),
		cmocka_unit_test(mixtures),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
