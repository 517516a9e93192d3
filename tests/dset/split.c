/* DIGITS's rule for sharing out a class, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/err.h"
#include "dset/plan/split.h"

static void
cases(void **state)
{
	static const struct {
		size_t n;
		double val, test;
		size_t want[DSET_PARTS];
	} v[] = {
		{ 0, 25, 0, { 0, 0, 0 } },
		{ 1, 25, 0, { 1, 0, 0 } },
		{ 2, 25, 0, { 1, 1, 0 } },
		{ 3, 25, 0, { 2, 1, 0 } },
		{ 4, 25, 0, { 3, 1, 0 } },
		{ 6, 25, 0, { 5, 1, 0 } }, /* 4.5 and 1.5 both round up */
		{ 100, 25, 0, { 75, 25, 0 } },
		{ 100, 0, 0, { 100, 0, 0 } },
		{ 7, 100, 0, { 0, 7, 0 } },
		{ 7, 0, 100, { 0, 0, 7 } },
		{ 3, 1, 1, { 1, 1, 1 } },
		{ 2, 1, 1, { 1, 1, 0 } },
		{ 10, 10, 10, { 8, 1, 1 } },
		{ 1000, 33.3, 33.3, { 334, 333, 333 } },
		{ 5, 50, 50, { 0, 3, 2 } },
	};
	size_t got[DSET_PARTS], i;
	int part;

	(void)state;
	for (i = 0; i < sizeof v / sizeof *v; i++) {
		dset_split(got, v[i].n, v[i].val, v[i].test);
		for (part = 0; part < DSET_PARTS; part++)
			if (got[part] != v[i].want[part])
				fail_msg("n %zu, val %g, test %g: %zu %zu %zu",
				    v[i].n, v[i].val, v[i].test, got[0], got[1],
				    got[2]);
	}
}

/* Nothing is lost, and every part asked for has one where that is possible. */
static void
sums(void **state)
{
	size_t got[DSET_PARTS], n;
	double val, test;

	(void)state;
	for (n = 1; n < 60; n++) {
		for (val = 0; val <= 100; val += 7) {
			for (test = 0; val + test <= 100; test += 9) {
				dset_split(got, n, val, test);
				assert_int_equal(got[0] + got[1] + got[2], n);
				if (test == 0)
					assert_int_equal(got[DSET_TEST], 0);
				if (val == 0)
					assert_int_equal(got[DSET_VAL], 0);
				if (val > 0 && n >= 3 && val + test < 100)
					assert_true(got[DSET_VAL] > 0);
			}
		}
	}
}

static void
checks(void **state)
{
	(void)state;
	assert_int_equal(dset_split_check(25, 0), 0);
	assert_int_equal(dset_split_check(50, 50), 0);
	assert_int_equal(dset_split_check(60, 50), ERR_USAGE);
	assert_int_equal(dset_split_check(-1, 0), ERR_USAGE);
	assert_int_equal(dset_split_check(0, 101), ERR_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases),
		cmocka_unit_test(sums),
		cmocka_unit_test(checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
