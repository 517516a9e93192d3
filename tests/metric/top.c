/* The highest scores, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "metric/top.h"

static void
highest_first(void **state)
{
	static const float scores[] = { 0.1f, 0.4f, 0.05f, 0.3f, 0.15f };
	static const int want[] = { 1, 3, 4, 0, 2 };
	int order[5];

	(void)state;
	for (size_t k = 0; k <= 5; k++) {
		assert_int_equal(top_indices(order, k, scores, 5), k);
		assert_memory_equal(order, want, k * sizeof(*order));
	}
}

static void
of_equals_the_lower_index(void **state)
{
	static const float scores[] = { 1, 2, 2, 1, 2 };
	static const int want[] = { 1, 2, 4, 0 };
	int order[4];

	(void)state;
	assert_int_equal(top_indices(order, 4, scores, 5), 4);
	assert_memory_equal(order, want, sizeof(want));
}

/* No more than there are, and nothing written beside them. */
static void
fewer_than_asked_for(void **state)
{
	static const float scores[] = { -3, -1 };
	int order[3] = { 7, 7, 7 };

	(void)state;
	assert_int_equal(top_indices(order, 5, scores, 2), 2);
	assert_true(order[0] == 1 && order[1] == 0 && order[2] == 7);
	assert_int_equal(top_indices(order, 5, scores, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(highest_first),
		cmocka_unit_test(of_equals_the_lower_index),
		cmocka_unit_test(fewer_than_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
