/* The range test's arithmetic, on losses that are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>

#include <cmocka.h>

#include "train/find/find.h"

static void
smoothing(void **state)
{
	struct find_result r = { 0 };

	(void)state;
	assert_true(find_add(&r, 0.1, 2));
	assert_true(find_add(&r, 0.2, 4));
	assert_true(find_add(&r, 0.4, 1));
	assert_true(fabs(r.v[0].smooth - 2) < 1e-12);
	/* (0.9 * 0.1 * 2 + 0.1 * 4) / (1 - 0.81) */
	assert_true(fabs(r.v[1].smooth - 0.58 / 0.19) < 1e-12);
	/* (0.9 * 0.58 + 0.1) / (1 - 0.729) */
	assert_true(fabs(r.v[2].smooth - 0.622 / 0.271) < 1e-12);
	find_result_clear(&r);
}

/* It ends at a loss that is no number, and at one that has run away. */
static void
divergence(void **state)
{
	struct find_result r = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 50; i++)
		assert_true(find_add(&r, pow(1.5, i), 1));
	assert_false(find_add(&r, 1e9, NAN));
	assert_true(r.n == 51);
	find_result_clear(&r);
	for (i = 0; i < 50; i++)
		assert_true(find_add(&r, pow(1.5, i), 1));
	/* 0.9 + 0.1 x is more than 4 where x is more than about 31 */
	assert_true(find_add(&r, 1e9, 30));
	find_result_clear(&r);
	for (i = 0; i < 50; i++)
		assert_true(find_add(&r, pow(1.5, i), 1));
	assert_false(find_add(&r, 1e9, 32));
	find_result_clear(&r);
}

/* A fall that is steepest at rate 0.01, a least loss at about 0.1, then a rise. */
static void
judging(void **state)
{
	struct find_result r = { 0 };

	(void)state;
	for (int i = 0; i < 400; i++) {
		const double at = -5 + i * 5.0 / 400; /* log10 of the rate */
		const double loss = 2 - 1.5 / (1 + exp(-6 * (at + 2))) +
		    (at > -1 ? 5 * (at + 1) * (at + 1) : 0);

		find_add(&r, pow(10, at), loss);
	}
	find_judge(&r);
	/* smoothing comes some points late */
	assert_true(r.steepest > 0.009 && r.steepest < 0.02);
	assert_true(r.least > 0.09 && r.least < 0.25);
	find_result_clear(&r);
}

static void
never_falls(void **state)
{
	struct find_result r = { 0 };

	(void)state;
	find_judge(&r);
	assert_true(isnan(r.steepest) && isnan(r.least));
	for (int i = 0; i < 30; i++)
		find_add(&r, pow(2, i), 1 + i * 0.01);
	find_judge(&r);
	assert_true(isnan(r.steepest) && isnan(r.least));
	find_result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smoothing),
		cmocka_unit_test(divergence),
		cmocka_unit_test(judging),
		cmocka_unit_test(never_falls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
