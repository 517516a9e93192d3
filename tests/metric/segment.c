/* Labelled pixels against the truth, worked by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "metric/segment.h"
#include "near.h"

/*
 * Two pictures of five classes, 255 ignored; class 3 is only guessed, class 4 is
 * nowhere.  Answer 9 is no class; truth 7 is none, nor the ignored value.
 *
 *	        0 1 2 3  none
 *	truth 0 2 1 0 0    0   t 3
 *	      1 0 3 0 1    0   t 4
 *	      2 1 0 1 0    1   t 3
 *	      a 3 4 1 1        n 10, right 6
 */
static const int32_t truth[2][7] = { { 0, 0, 0, 1, 1, 255, 7 },
	{ 1, 1, 2, 2, 2, 255, 255 } };
static const int32_t answer[2][7] = { { 0, 0, 1, 1, 1, 0, 1 },
	{ 1, 3, 0, 2, 9, 2, -1 } };

static void
fill(struct segment *s, bool matrix)
{
	assert_int_equal(segment_init(s, 5, 255, matrix), 0);
	for (size_t i = 0; i < 2; i++)
		segment_add(s, truth[i], answer[i], 7);
}

static void
figures(void **state)
{
	struct gate_value v[SEGMENT_FIGURES];
	struct segment s;

	(void)state;
	fill(&s, false);
	assert_int_equal(s.pixels.n, 10);
	assert_int_equal(s.skipped, 3);
	assert_int_equal(s.pixels.outside, 1);
	assert_int_equal(s.pictures, 2);
	assert_near(segment_iou(&s, 0), 2.0 / 4, 1e-15);
	assert_near(segment_iou(&s, 1), 3.0 / 5, 1e-15);
	assert_near(segment_iou(&s, 2), 1.0 / 3, 1e-15);
	assert_near(segment_iou(&s, 3), 0, 0);
	assert_true(isnan(segment_iou(&s, 4)));
	assert_near(segment_dice(&s, 0), 4.0 / 6, 1e-15);
	assert_near(segment_dice(&s, 3), 0, 0);
	assert_true(isnan(segment_dice(&s, 4)));
	assert_near(segment_accuracy(&s, 2), 1.0 / 3, 1e-15);
	assert_true(isnan(segment_accuracy(&s, 3)));
	assert_int_equal(segment_figures(&s, v), SEGMENT_FIGURES);
	assert_string_equal(v[SEGMENT_MEAN_IOU].name, "miou");
	assert_near(v[SEGMENT_PIXEL_ACCURACY].value, 0.6, 1e-15);
	assert_near(v[SEGMENT_MEAN_ACCURACY].value,
	    (2.0 / 3 + 3.0 / 4 + 1.0 / 3) / 3, 1e-15);
	assert_near(v[SEGMENT_MEAN_IOU].value,
	    (2.0 / 4 + 3.0 / 5 + 1.0 / 3 + 0) / 4, 1e-15);
	assert_near(v[SEGMENT_WEIGHTED_IOU].value,
	    (3 * 2.0 / 4 + 4 * 3.0 / 5 + 3 * 1.0 / 3) / 10, 1e-15);
	assert_near(v[SEGMENT_MEAN_DICE].value,
	    (4.0 / 6 + 6.0 / 8 + 2.0 / 4 + 0) / 4, 1e-15);
	segment_clear(&s);
}

static void
the_matrix(void **state)
{
	struct segment s;

	(void)state;
	fill(&s, true);
	assert_int_equal(confusion_at(&s.pixels, 0, 1), 1);
	assert_int_equal(confusion_at(&s.pixels, 1, 3), 1);
	assert_int_equal(confusion_at(&s.pixels, 2, 0), 1);
	assert_int_equal(confusion_at(&s.pixels, 2, 2), 1);
	assert_int_equal(confusion_at(&s.pixels, 3, 3), 0);
	segment_clear(&s);
}

static void
nothing(void **state)
{
	static const int32_t all[] = { 255, 255 };
	struct gate_value v[SEGMENT_FIGURES];
	struct segment s;

	(void)state;
	assert_int_equal(segment_init(&s, 0, -1, false), ERR_RANGE);
	segment_clear(&s);
	assert_int_equal(segment_init(&s, 2, 255, false), 0);
	segment_add(&s, all, all, 2);
	segment_figures(&s, v);
	for (size_t i = 0; i < SEGMENT_FIGURES; i++)
		assert_true(isnan(v[i].value));
	segment_clear(&s);
}

/* Without an ignored value, -1 is no more than no class. */
static void
none_ignored(void **state)
{
	static const int32_t t[] = { 0, -1, 1 }, a[] = { 0, 0, 1 };
	struct segment s;

	(void)state;
	assert_int_equal(segment_init(&s, 2, -1, false), 0);
	segment_add(&s, t, a, 3);
	assert_int_equal(s.skipped, 0);
	assert_int_equal(s.pixels.outside, 1);
	assert_int_equal(s.pixels.n, 2);
	segment_clear(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures),
		cmocka_unit_test(the_matrix),
		cmocka_unit_test(nothing),
		cmocka_unit_test(none_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
