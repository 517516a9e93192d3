/* Ticks at round numbers, and where values stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "plot/axis.h"

static void
ticks_are_round(void **state)
{
	struct axis a;

	(void)state;
	axis_make(&a, 0.07, 2.31, 6, false, true, AXIS_PLAIN);
	assert_true(a.lo == 0 && fabs(a.hi - 2.5) < 1e-12);
	assert_int_equal(a.n, 6);
	assert_string_equal(a.text[1], "0.5");
	assert_true(fabs(axis_at(&a, 1.25) - 0.5) < 1e-12);
	axis_make(&a, 0.09, 0.75, 5, false, true, AXIS_PERCENT);
	assert_string_equal(a.text[0], "0 %");
	assert_string_equal(a.text[a.n - 1], "80 %");
	/* ends as they are: an x axis */
	axis_make(&a, 0, 4900, 12, false, false, AXIS_WHOLE);
	assert_true(a.hi == 4900);
	assert_string_equal(a.text[a.n - 1], "4500");
	axis_make(&a, 0, 2, 12, false, false, AXIS_WHOLE);
	assert_int_equal(a.n, 3); /* no iteration one and a half */
	axis_make(&a, -3e-4, 1e-4, 8, false, true, AXIS_PLAIN);
	assert_string_equal(a.text[a.n - 2], "0.0000");
}

static void
logarithms(void **state)
{
	struct axis a;

	(void)state;
	axis_make(&a, 0.003, 40, 6, true, true, AXIS_PLAIN);
	assert_true(fabs(a.lo - 0.001) < 1e-12 && fabs(a.hi - 100) < 1e-9);
	assert_string_equal(a.text[0], "0.001");
	assert_true(fabs(axis_at(&a, 0.001)) < 1e-9);
	assert_true(fabs(axis_at(&a, 100) - 1) < 1e-9);
	axis_make(&a, 1, 10, 8, true, true, AXIS_PLAIN);
	assert_int_equal(a.n, 4); /* 1 2 5 10 */
}

/* Whatever comes: ticks inside, no more than asked for, an axis with room. */
static void
always_an_axis(void **state)
{
	static const double ends[][2] = { { 0, 0 }, { 5, 5 }, { -1, -1 },
		{ 1e-30, 1e-30 }, { 0, 1e300 }, { -1e9, 1e-9 },
		{ 1, 1 + 1e-12 }, { 0.1, 0.3 }, { 123456, 123457 } };

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		for (int most = 2; most <= AXIS_TICKS; most++)
			for (int how = 0; how < 12; how++) {
				struct axis a;
				bool log = how & 1 && ends[i][0] > 0;

				axis_make(&a, ends[i][0], ends[i][1], most, log,
				    how & 2, (enum axis_numbers)(how / 4));
				assert_true(a.lo < a.hi);
				assert_true(a.n >= 0 && a.n <= AXIS_TICKS);
				for (int k = 0; k < a.n; k++)
					assert_true(
					    axis_at(&a, a.tick[k]) > -1e-6 &&
					    axis_at(&a, a.tick[k]) < 1 + 1e-6);
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(ticks_are_round),
		cmocka_unit_test(logarithms),
		cmocka_unit_test(always_an_axis) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
