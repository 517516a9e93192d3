/* Average precision of rows, on numbers worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "metric/found_tally.h"

/*
 * Class 1, two truths in two batches: right .9, wrong .8, right .7, a repeat of no
 * account.  Precision 1 up to recall 1/2, then 2/3: (1 + 2/3) / 2 = 5/6.  Class 2, one
 * truth that nobody found: 0.  Class 3 has none.
 */
static const float first[] = { -1, 1, 1, -1, -1, -1, 2, 1, -1, -1, -1, 3, 0, -1,
	-1, 0, 1, .7f, 1, 0, 0, 1, .95f, 0, 0, -1, -1, -1, -1, -1 };
static const float second[] = { -1, 1, 1, -1, -1, 0, 1, .8f, 0, 1, 1, 1, .9f, 1,
	0, 0, 3, .5f, 0, 1 };

static void
test_by_hand(void **state)
{
	static const char *const names[] = { "none", "cat" };
	const struct tally_counts a = { first, LENGTH(first) };
	const struct tally_counts b = { second, LENGTH(second) };
	struct gate_value v[8];
	struct tally *t;

	(void)state;
	assert_int_equal(found_tally_new(&t, 4, 0, names, 2), 0);
	assert_int_equal(tally_figures(t, v, 8), 4);
	assert_true(isnan(v[0].value));
	for (int turn = 0; turn < 2; turn++) {
		assert_int_equal(tally_add(t, &a, 1), 0);
		assert_int_equal(tally_add(t, &b, 1), 0);
		assert_int_equal(tally_figures(t, v, 8), 4);
		assert_string_equal(v[0].name, "mean-ap");
		assert_string_equal(v[1].name, "ap/cat");
		assert_string_equal(v[2].name, "ap/2");
		assert_float_equal(v[0].value, 5. / 12, 1e-9);
		assert_float_equal(v[1].value, 5. / 6, 1e-9);
		assert_float_equal(v[2].value, 0, 1e-9);
		assert_true(isnan(v[3].value));
		assert_int_equal(tally_figures(t, v, 2), 2);
		tally_reset(t);
	}
	assert_int_equal(tally_figures(t, v, 8), 4);
	assert_true(isnan(v[0].value));
	tally_free(t);
}

static void
test_bad(void **state)
{
	static const float rows[][FOUND_ROW] = { { 0, 4, .5f, 1, 0 },
		{ 0, -2, .5f, 1, 0 }, { 0, 1, NAN, 1, 0 },
		{ -1, 1, -3, -1, -1 }, { 0, NAN, 1, 1, 0 } };
	struct tally_counts c = { rows[0], FOUND_ROW - 1 };
	struct tally *t;

	(void)state;
	assert_int_equal(found_tally_new(&t, 0, 0, NULL, 0), ERR_RANGE);
	assert_int_equal(found_tally_new(&t, 4, -1, NULL, 0), 0);
	assert_true(tally_add(t, &c, 1) < 0);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		c = (struct tally_counts){ rows[i], FOUND_ROW };
		assert_true(tally_add(t, &c, 1) < 0);
	}
	tally_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
