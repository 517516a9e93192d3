/* Average precision, with values worked by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "metric/curve.h"
#include "near.h"

/*
 * Four truths; right, wrong, right, right, wrong:
 *
 *	i          1    2    3    4    5
 *	precision  1    1/2  2/3  3/4  3/5
 *	recall     1/4  1/4  1/2  3/4  3/4
 *	p          1    3/4  3/4  3/4  3/5
 */
static const bool five[] = { true, false, true, true, false };

static void
by_hand(void **state)
{
	(void)state;
	/* 1/4 at 1, 1/2 at 3/4. */
	assert_near(curve_ap(CURVE_ALL, five, 5, 4), 0.625, 1e-15);
	/* 0, .1, .2 at 1; .3 to .7 at 3/4; none reach .8. */
	assert_near(
	    curve_ap(CURVE_VOC11, five, 5, 4), (3 + 5 * 0.75) / 11, 1e-15);
	/* 0 to .25 at 1, .26 to .75 at 3/4. */
	assert_near(
	    curve_ap(CURVE_COCO101, five, 5, 4), (26 + 50 * 0.75) / 101, 1e-15);
}

static void
all_and_nothing(void **state)
{
	static const bool right[] = { true, true }, wrong[] = { false, false };

	(void)state;
	for (int k = CURVE_ALL; k <= CURVE_COCO101; k++) {
		enum curve_kind kind = (enum curve_kind)k;

		assert_near(curve_ap(kind, right, 2, 2), 1, 1e-15);
		assert_near(curve_ap(kind, wrong, 2, 2), 0, 0);
		assert_near(curve_ap(kind, NULL, 0, 2), 0, 0);
		assert_true(isnan(curve_ap(kind, wrong, 2, 0)));
		assert_true(isnan(curve_ap(kind, NULL, 0, 0)));
	}
}

/* A recall of 3/10 does not reach 3 * 0.1, which is 0.30000000000000004. */
static void
the_grid_is_of_doubles(void **state)
{
	static const bool three[] = { true, true, true };

	(void)state;
	assert_near(curve_ap(CURVE_VOC11, three, 3, 10), 3.0 / 11, 1e-15);
	assert_near(curve_ap(CURVE_ALL, three, 3, 10), 0.3, 1e-15);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_hand),
		cmocka_unit_test(all_and_nothing),
		cmocka_unit_test(the_grid_is_of_doubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
