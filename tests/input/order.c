/* The order of a stream: epochs, permutations, going on from anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "input/order.h"

enum { N = 103, LONG = 3 * N + 17 };

static void
stream(size_t *out, bool shuffle, uint64_t seed, uint64_t from, size_t n)
{
	struct input_order o;

	input_order_init(&o, N, shuffle, seed);
	for (size_t i = 0; i < n; i++)
		out[i] = input_order_at(&o, from + i);
	input_order_clear(&o);
}

static void
in_order(void **state)
{
	size_t got[LONG];

	(void)state;
	stream(got, false, 0, 0, LONG);
	for (size_t i = 0; i < LONG; i++)
		assert_int_equal(got[i], i % N);
}

/* Every epoch is a permutation, no two are the same, the seed decides. */
static void
shuffled(void **state)
{
	size_t a[3 * N], b[3 * N];

	(void)state;
	stream(a, true, 7, 0, 3 * N);
	for (size_t e = 0; e < 3; e++) {
		int seen[N] = { 0 };

		for (size_t i = 0; i < N; i++)
			seen[a[e * N + i]]++;
		for (size_t i = 0; i < N; i++)
			assert_int_equal(seen[i], 1);
	}
	assert_memory_not_equal(a, a + N, N * sizeof *a);
	assert_memory_not_equal(a + N, a + 2 * N, N * sizeof *a);
	stream(b, true, 7, 0, 3 * N);
	assert_memory_equal(a, b, sizeof a);
	stream(b, true, 8, 0, 3 * N);
	assert_memory_not_equal(a, b, sizeof a);
}

/* From any place the stream is the same, back and forth too: what resuming
 * relies on. */
static void
resumed(void **state)
{
	size_t whole[LONG], rest[LONG];
	struct input_order o;

	(void)state;
	stream(whole, true, 3, 0, LONG);
	for (size_t from = 0; from < LONG; from += 29) {
		stream(rest, true, 3, from, LONG - from);
		assert_memory_equal(
		    rest, whole + from, (LONG - from) * sizeof *rest);
	}
	input_order_init(&o, N, true, 3);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(
		    input_order_at(&o, i * 53 % LONG), whole[i * 53 % LONG]);
	input_order_clear(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(shuffled),
		cmocka_unit_test(resumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
