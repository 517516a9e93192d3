/* Outlines against the true ones, worked by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "metric/boundary.h"
#include "near.h"

enum { W = 8, H = 4 };

/* Class 1 from column x on, class 0 before it. */
static void
split(int32_t map[H][W], int x)
{
	for (int i = 0; i < H * W; i++)
		map[i / W][i % W] = i % W >= x;
}

static double
f_of(int32_t truth[H][W], int32_t answer[H][W], double tolerance)
{
	struct boundary b;
	double f;

	assert_int_equal(boundary_init(&b, 3, 255), 0);
	assert_int_equal(
	    boundary_add(&b, truth[0], answer[0], W, H, tolerance), 0);
	assert_true(isnan(boundary_of(&b, 2)));
	f = boundary_mean(&b);
	boundary_clear(&b);
	return f;
}

/* An edge that is two columns off is met by a tolerance of two, not of less. */
static void
columns_off(void **state)
{
	int32_t truth[H][W], answer[H][W];

	(void)state;
	split(truth, 3);
	split(answer, 5);
	assert_near(f_of(truth, truth, 0), 1, 0);
	assert_near(f_of(truth, answer, 1.99), 0, 0);
	assert_near(f_of(truth, answer, 2), 1, 0);
	assert_near(f_of(truth, answer, 1e9), 1, 0);
}

/*
 * One pixel of class 1 each, 3 columns and 1 row apart: root of 10 = 3.162.  The
 * boundary of class 0 is the four pixels around it; within 3.15 lie all but the
 * one that is farthest from the other's, of both.
 */
static void
distances_are_round(void **state)
{
	int32_t truth[H][W] = { 0 }, answer[H][W] = { 0 };
	struct boundary b;

	(void)state;
	truth[1][2] = 1;
	answer[2][5] = 1;
	assert_int_equal(boundary_init(&b, 2, -1), 0);
	assert_int_equal(boundary_add(&b, truth[0], answer[0], W, H, 3.15), 0);
	assert_near(boundary_of(&b, 1), 0, 0);
	assert_near(boundary_of(&b, 0), 0.75, 1e-15);
	assert_int_equal(boundary_add(&b, truth[0], answer[0], W, H, 3.17), 0);
	assert_near(boundary_of(&b, 1), 0.5, 0);
	boundary_clear(&b);
}

/*
 * The answer has half of the truth's edge (rows 0 and 1; below, all is class 0).
 * Class 1: its boundary in the answer is 2 pixels of column 4 and the rest of row
 * 1, 5 in all, of which 2 are met; of the truth's 4, 2 are.
 */
static void
half(void **state)
{
	int32_t truth[H][W], answer[H][W];
	struct boundary b;
	double p = 2.0 / 5, r = 2.0 / 4;

	(void)state;
	split(truth, 4);
	split(answer, 4);
	memset(answer[2], 0, sizeof(answer[2]) * 2);
	assert_int_equal(boundary_init(&b, 2, -1), 0);
	assert_int_equal(boundary_add(&b, truth[0], answer[0], W, H, 0), 0);
	assert_near(boundary_of(&b, 1), 2 * p * r / (p + r), 1e-15);
	boundary_clear(&b);
}

/* A class that one of the two lacks is 0; pictures without a boundary are left out,
 * and so are pixels that are ignored. */
static void
who_counts(void **state)
{
	int32_t truth[H][W] = { 0 }, answer[H][W] = { 0 };
	struct boundary b;

	(void)state;
	assert_int_equal(boundary_init(&b, 3, 255), 0);
	assert_int_equal(boundary_add(&b, truth[0], truth[0], W, H, 1), 0);
	assert_true(isnan(boundary_mean(&b)));
	split(answer, 4);
	assert_int_equal(boundary_add(&b, truth[0], answer[0], W, H, 1), 0);
	assert_near(boundary_mean(&b), 0, 0);
	assert_near(boundary_of(&b, 1), 0, 0);
	assert_int_equal(b.pictures, 1);
	/* Nothing is left of class 1 but what is ignored. */
	for (int i = 0; i < H * W; i++)
		truth[i / W][i % W] = i % W >= 4 ? 255 : 0;
	assert_int_equal(boundary_add(&b, truth[0], answer[0], W, H, 1), 0);
	assert_int_equal(b.pictures, 1);
	assert_int_equal(b.n[1], 1);
	split(truth, 4);
	assert_int_equal(boundary_add(&b, truth[0], answer[0], W, H, 1), 0);
	assert_near(boundary_mean(&b), 0.5, 0);
	assert_near(boundary_of(&b, 1), 0.5, 0);
	boundary_clear(&b);
}

static void
bounds(void **state)
{
	int32_t map[H][W] = { 0 };
	struct boundary b;

	(void)state;
	assert_int_equal(boundary_init(&b, 0, -1), ERR_RANGE);
	boundary_clear(&b);
	assert_int_equal(boundary_init(&b, 1, -1), 0);
	assert_int_equal(
	    boundary_add(&b, map[0], map[0], W, H, (double)NAN), ERR_RANGE);
	assert_int_equal(boundary_add(&b, map[0], map[0], W, H, -1), ERR_RANGE);
	assert_int_equal(boundary_add(&b, NULL, NULL, 0, 0, 1), 0);
	assert_near(boundary_tolerance(480, 360), 4.5, 1e-12);
	boundary_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_off),
		cmocka_unit_test(distances_are_round),
		cmocka_unit_test(half),
		cmocka_unit_test(who_counts),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
