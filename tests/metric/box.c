/* What boxes share, with values worked by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "metric/box.h"
#include "near.h"

static const struct metric_box a = { 0, 0, 4, 2 }, b = { 2, 1, 6, 3 };

static void
shares(void **state)
{
	/* 2 x 1 of both, 14 of either, 6 x 3 around them. */
	(void)state;
	assert_near(metric_box_area(&a), 8, 0);
	assert_near(metric_box_iou(&a, &b), 2.0 / 14, 1e-15);
	assert_near(metric_box_cover(&a, &b), 2.0 / 8, 1e-15);
	assert_near(metric_box_giou(&a, &b), 2.0 / 14 - 4.0 / 18, 1e-15);
	assert_near(metric_box_iou(&a, &a), 1, 0);
	assert_near(metric_box_giou(&a, &a), 1, 0);
}

/* One inside of the other: of what is covered it matters which. */
static void
inside(void **state)
{
	static const struct metric_box c = { 1, 0, 2, 1 };

	(void)state;
	assert_near(metric_box_iou(&a, &c), 1.0 / 8, 0);
	assert_near(metric_box_cover(&a, &c), 1.0 / 8, 0);
	assert_near(metric_box_cover(&c, &a), 1, 0);
}

static void
touching_is_apart(void **state)
{
	static const struct metric_box side = { 4, 0, 8, 2 },
				       corner = { 4, 2, 8, 4 };

	(void)state;
	assert_near(metric_box_iou(&a, &side), 0, 0);
	assert_near(metric_box_iou(&a, &corner), 0, 0);
	/* Nothing between them; half of the box around them is empty. */
	assert_near(metric_box_giou(&a, &side), 0, 0);
	assert_near(metric_box_giou(&a, &corner), -0.5, 0);
}

static void
without_area(void **state)
{
	static const struct metric_box line = { 1, 1, 3, 1 },
				       point = { 1, 1, 1, 1 };

	(void)state;
	assert_int_equal(metric_box_check(&line), 0);
	assert_near(metric_box_iou(&line, &line), 0, 0);
	assert_near(metric_box_cover(&line, &a), 0, 0);
	assert_near(metric_box_iou(&a, &line), 0, 0);
	assert_near(metric_box_giou(&point, &point), 0, 0);
}

static void
no_boxes(void **state)
{
	static const struct metric_box bad[] = {
		{ (double)NAN, 0, 1, 1 },
		{ 0, (double)NAN, 1, 1 },
		{ 0, 0, (double)INFINITY, 1 },
		{ 0, 0, 1, (double)-INFINITY },
		{ 2, 0, 1, 1 },
		{ 0, 2, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(metric_box_check(&bad[i]), ERR_FORMAT);
	assert_string_equal(
	    err_text(), "a box from (0, 2) to (1, 1): its edges are swapped");
	assert_int_equal(metric_box_check(&bad[0]), ERR_FORMAT);
	assert_string_equal(err_text(),
	    "a box from (nan, 0) to (1, 1): its edges are no numbers");
	assert_int_equal(metric_box_check(&a), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares),
		cmocka_unit_test(inside),
		cmocka_unit_test(touching_is_apart),
		cmocka_unit_test(without_area),
		cmocka_unit_test(no_boxes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
