/* Percentiles, worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "speed/times.h"

static void
none_and_one(void **state)
{
	struct times t = { 0 };
	struct times_sum s;

	(void)state;
	times_sum(&s, &t);
	assert_true(s.mean == 0 && s.p99 == 0 && s.min == 0);
	times_add(&t, 0.5);
	times_sum(&s, &t);
	assert_true(s.mean == 0.5 && s.p50 == 0.5 && s.p90 == 0.5 &&
	    s.p99 == 0.5 && s.min == 0.5 && s.max == 0.5);
	times_clear(&t);
}

/* Number ceil(p n / 100) in order. */
static void
ranks(void **state)
{
	struct times t = { 0 };
	struct times_sum s;

	(void)state;
	for (int i = 0; i < 200; i++)
		times_add(&t, (double)((i * 37) % 200 + 1));
	times_sum(&s, &t);
	assert_true(s.min == 1 && s.max == 200);
	assert_true(s.p50 == 100);
	assert_true(s.p90 == 180);
	assert_true(s.p99 == 198);
	assert_true(s.mean == 100.5);
	times_clear(&t);
	for (int i = 1; i <= 5; i++)
		times_add(&t, (double)i);
	times_sum(&s, &t);
	assert_true(s.p50 == 3 && s.p90 == 5 && s.p99 == 5);
	times_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_and_one),
		cmocka_unit_test(ranks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
