/*
 * The memory planner by itself: blocks that live at the same time never meet, the
 * arena stays near the most that ever lives at once, the result is one, and what
 * may lie over what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/rng.h"
#include "graph/place.h"

enum { BLOCKS = 60, ALIGN = 64 };

static void
draw(struct place_block *b, struct place_block **list, struct rng *r)
{
	for (int i = 0; i < BLOCKS; i++) {
		const int first = (int)rng_below(r, 100);

		place_init(&b[i], 1 + (size_t)rng_below(r, 5000));
		place_use(&b[i], first + (int)rng_below(r, 10));
		place_use(&b[i], first);
		if (rng_below(r, 20) == 0)
			place_keep(&b[i]);
		b[i].fixed = rng_below(r, 15) == 0;
		list[i] = &b[i];
	}
}

/* The most bytes that live at any one step: no arena is smaller. */
static size_t
lower_bound(const struct place_block *b)
{
	size_t most = 0;

	for (int step = 0; step < 120; step++) {
		size_t sum = 0;

		for (int i = 0; i < BLOCKS; i++)
			if (!b[i].fixed && b[i].first <= step &&
			    step <= b[i].last)
				sum += b[i].size;
		most = sum > most ? sum : most;
	}
	return most;
}

static void
test_apart(void **state)
{
	struct place_block b[BLOCKS], *list[BLOCKS];
	size_t used = 0, bound = 0;
	struct rng r;

	(void)state;
	rng_init(&r, 7, 0);
	for (int n = 0; n < 300; n++) {
		size_t total;

		draw(b, list, &r);
		total = place_arena(list, BLOCKS, ALIGN);
		for (int i = 0; i < BLOCKS; i++) {
			if (b[i].fixed) {
				assert_true(b[i].offset == SIZE_MAX);
				continue;
			}
			assert_int_equal(b[i].offset % ALIGN, 0);
			assert_true(b[i].offset + b[i].size <= total);
			for (int k = 0; k < i; k++)
				if (!b[k].fixed && b[i].first <= b[k].last &&
				    b[k].first <= b[i].last)
					assert_true(b[i].offset + b[i].size <=
						b[k].offset ||
					    b[k].offset + b[k].size <=
						b[i].offset);
		}
		used += total;
		bound += lower_bound(b);
	}
	printf("# %.3f of the lower bound\n", (double)used / (double)bound);
	assert_true(used < bound + bound / 8);
}

/* The same blocks in the same order give the same offsets. */
static void
test_again(void **state)
{
	struct place_block b[2][BLOCKS], *list[2][BLOCKS];

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct rng r;

		rng_init(&r, 3, 0);
		draw(b[k], list[k], &r);
		place_arena(list[k], BLOCKS, ALIGN);
	}
	for (int i = 0; i < BLOCKS; i++)
		assert_true(b[0][i].offset == b[1][i].offset);
}

static struct place_block
block(size_t size, int first, int last)
{
	struct place_block b;

	place_init(&b, size);
	place_use(&b, first);
	place_use(&b, last);
	return b;
}

static void
test_over(void **state)
{
	struct place_block x = block(100, 0, 3), y = block(100, 3, 5);
	struct place_block z = block(100, 5, 6), big = block(101, 6, 7);
	struct place_block kept = block(100, 0, 2), late = block(100, 2, 4);
	struct place_block *list[] = { &x, &y, &z, &big };

	(void)state;
	assert_false(place_over(&y, &x, 4)); /* x ended before */
	assert_true(place_over(&y, &x, 3));
	assert_true(place_root(&y) == &x);
	assert_int_equal(x.last, 5);
	assert_true(place_over(&z, &y, 5)); /* a chain, by its root */
	assert_true(place_root(&z) == &x);
	assert_false(place_over(&z, &y, 5)); /* is there already */
	assert_false(place_over(&big, &z, 6));
	assert_int_equal(place_arena(list, 4, 1), 201);
	assert_true(z.offset == SIZE_MAX && place_root(&z)->offset != SIZE_MAX);

	place_keep(&kept);
	assert_true(place_kept(&kept) && !place_kept(&late));
	assert_false(place_over(&late, &kept, 2));
	kept = block(100, 0, 2);
	kept.fixed = true;
	assert_false(place_over(&late, &kept, 2));
}

/* Nothing, and blocks that no step uses, take nothing. */
static void
test_none(void **state)
{
	struct place_block b;
	struct place_block *list[] = { &b };

	(void)state;
	place_init(&b, 10);
	assert_false(place_used(&b));
	assert_int_equal(place_arena(list, 0, 64), 0);
	assert_int_equal(place_arena(list, 1, 64), 0);
	assert_true(b.offset == SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
