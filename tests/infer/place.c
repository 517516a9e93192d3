/* The way of pixels into a net and back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "infer/place.h"

static void
expect_back(
    const struct infer_place *p, double x, double y, double to_x, double to_y)
{
	double a = x, b = y;

	infer_place_back(p, &a, &b);
	assert_float_equal(a, to_x, 1e-9);
	assert_float_equal(b, to_y, 1e-9);
	infer_place_forth(p, &a, &b);
	assert_float_equal(a, x, 1e-9);
	assert_float_equal(b, y, 1e-9);
}

static void
test_whole(void **state)
{
	struct infer_place p = infer_place_whole(40, 30);

	(void)state;
	expect_back(&p, 7, 9, 7, 9);
	assert_int_equal(p.in_w, 40);
	assert_int_equal(p.in_h, 30);
}

static void
test_squash(void **state)
{
	struct infer_place p = infer_place_whole(40, 30);

	(void)state;
	infer_place_fit(&p, 80, 15, IMAGE_SQUASH);
	expect_back(&p, 80, 15, 40, 30);
	expect_back(&p, 20, 5, 10, 10);
}

/* 40 x 20 into 20 x 20: half as large, 5 rows of ground above. */
static void
test_letterbox(void **state)
{
	struct infer_place p = infer_place_whole(40, 20);

	(void)state;
	infer_place_fit(&p, 20, 20, IMAGE_LETTERBOX);
	expect_back(&p, 0, 5, 0, 0);
	expect_back(&p, 20, 15, 40, 20);
}

/* Scaled to cover, the middle kept, and of that the middle again. */
static void
test_crop_of_crop(void **state)
{
	struct infer_place p = infer_place_whole(40, 20);

	(void)state;
	infer_place_fit(&p, 10, 10, IMAGE_CROP);
	expect_back(&p, 0, 0, 10, 0);
	infer_place_window(&p, 1, 2, 8, 6);
	assert_int_equal(p.in_w, 8);
	expect_back(&p, 0, 0, 12, 4);
	expect_back(&p, 8, 6, 28, 16);
}

/* A part of 20 x 10 at 100, 50, run at twice its size. */
static void
test_part(void **state)
{
	struct infer_place p = infer_place_whole(20, 10);

	(void)state;
	infer_place_fit(&p, 40, 20, IMAGE_SQUASH);
	infer_place_part(&p, 100, 50, 300, 200);
	assert_int_equal(p.width, 300);
	expect_back(&p, 0, 0, 100, 50);
	expect_back(&p, 40, 20, 120, 60);
}

static void
test_box(void **state)
{
	struct infer_place p = infer_place_whole(40, 30);
	struct metric_box b = { -10, 10, 100, 20 };
	struct metric_box out = { 90, 10, 100, 20 };
	struct metric_box none = { NAN, 10, 100, 20 };

	(void)state;
	infer_place_fit(&p, 80, 60, IMAGE_SQUASH);
	assert_true(infer_place_box(&p, &b));
	assert_float_equal(b.left, 0, 0);
	assert_float_equal(b.top, 5, 0);
	assert_float_equal(b.right, 40, 0);
	assert_float_equal(b.bottom, 10, 0);
	assert_false(infer_place_box(&p, &out));
	assert_false(infer_place_box(&p, &none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_squash),
		cmocka_unit_test(test_letterbox),
		cmocka_unit_test(test_crop_of_crop),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_box),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
