/* Guessed boxes against those that are there, worked by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "metric/detect.h"
#include "metric/digits_map.h"
#include "near.h"

/* Boxes of height 10; two of width 10 that start n apart have (10 - n) of either's
 * 10 + n. */
#define BOX(x, w)                                                              \
	{                                                                      \
		x, 0, (x) + (w), 10                                            \
	}

static void
start(struct detect *d, enum detect_rule rule, size_t classes)
{
	const struct detect_options o = { .rule = rule, .classes = classes };

	assert_int_equal(detect_init(d, &o), 0);
}

static void
assert_counts(struct detect *d, size_t c, const struct detect_ask *a,
    uint64_t right, uint64_t wrong, uint64_t missed)
{
	struct detect_counts n = detect_counts(d, c, -1e9, a);

	assert_int_equal(n.right, right);
	assert_int_equal(n.wrong, wrong);
	assert_int_equal(n.missed, missed);
}

/*
 * Three truths, one of them difficult.  By score: the first is found; found again,
 * which is wrong; the difficult one, twice, which counts for nothing; and nothing
 * is found, which is wrong.
 */
static void
voc(void **state)
{
	static const struct detect_truth truths[] = {
		{ .box = BOX(0, 10) },
		{ .box = BOX(100, 10), .aside = true },
		{ .box = BOX(200, 10) },
	};
	static const struct detect_guess guesses[] = {
		{ BOX(300, 10), 0, 0.5 },
		{ BOX(101, 10), 0, 0.6 },
		{ BOX(100, 10), 0, 0.7 },
		{ BOX(0, 10), 0, 0.8 },
		{ BOX(1, 10), 0, 0.9 },
	};
	const struct detect_ask a = { 0 };
	struct detect_counts n;
	struct detect d;

	(void)state;
	start(&d, DETECT_VOC, 1);
	assert_int_equal(detect_add(&d, truths, 3, guesses, 5), 0);
	assert_counts(&d, 0, &a, 1, 2, 1);
	assert_near(detect_ap(&d, 0, CURVE_ALL, &a), 0.5, 1e-15);
	assert_near(detect_ap(&d, 0, CURVE_VOC11, &a), 6.0 / 11, 1e-15);
	assert_near(detect_recall(&d, 0, &a), 0.5, 0);
	/* The score asked for is one that counts. */
	n = detect_counts(&d, 0, 0.8, &a);
	assert_int_equal(n.right + n.wrong, 2);
	assert_near(detect_counts_precision(&n), 0.5, 0);
	assert_near(detect_counts_recall(&n), 0.5, 0);
	n = detect_counts(&d, 0, 2, &a);
	assert_near(detect_counts_precision(&n), 0, 0);
	detect_clear(&d);
}

/*
 * A guess between two truths, nearer to the one that another took before.  VOC
 * looks at the nearest alone; COCO at those that are left.
 */
static void
what_is_taken(void **state)
{
	static const struct detect_truth truths[] = { { .box = BOX(0, 10) },
		{ .box = BOX(3, 10) } };
	static const struct detect_guess guesses[] = { { BOX(0, 10), 0, 0.9 },
		{ BOX(1, 10), 0, 0.8 } };
	const struct detect_ask a = { 0 };
	struct detect d;

	(void)state;
	start(&d, DETECT_VOC, 1);
	assert_int_equal(detect_add(&d, truths, 2, guesses, 2), 0);
	assert_counts(&d, 0, &a, 1, 1, 1);
	detect_clear(&d);
	start(&d, DETECT_COCO, 1);
	assert_int_equal(detect_add(&d, truths, 2, guesses, 2), 0);
	assert_counts(&d, 0, &a, 2, 0, 0);
	detect_clear(&d);
}

/*
 * Four guesses lie inside a crowd, of which they cover little; one is of an object
 * before it.  What is set aside is taken only where nothing else is, a crowd as
 * often as one likes, another only once.
 */
static void
crowds(void **state)
{
	static const struct detect_truth truths[] = {
		{ .box = BOX(0, 1000), .crowd = true },
		{ .box = BOX(0, 10) },
		{ .box = BOX(2000, 10), .aside = true },
	};
	static const struct detect_guess guesses[] = {
		{ BOX(500, 10), 0, 0.9 },
		{ BOX(600, 10), 0, 0.8 },
		{ BOX(1, 10), 0, 0.7 },
		{ BOX(700, 10), 0, 0.6 },
		{ BOX(2000, 10), 0, 0.5 },
		{ BOX(2000, 10), 0, 0.4 },
	};
	const struct detect_ask a = { 0 };
	double v[DETECT_FIGURES];
	struct detect d;

	(void)state;
	start(&d, DETECT_COCO, 1);
	assert_int_equal(detect_add(&d, truths, 3, guesses, 6), 0);
	assert_counts(&d, 0, &a, 1, 1, 0);
	detect_figures(&d, 0, v);
	assert_near(v[DETECT_AP50], 1, 1e-15);
	/* IoU 9/11 is enough for 0.5 to 0.8. */
	assert_near(v[DETECT_AP], 0.7, 1e-15);
	assert_near(v[DETECT_AP75], 1, 1e-15);
	/* The first guess is not looked for in what is set aside, too. */
	assert_near(v[DETECT_AR1], 0, 0);
	assert_near(v[DETECT_AR10], 0.7, 1e-15);
	detect_clear(&d);
}

/* A small object of 10 x 10 and a large one of 1000 x 10, whose outline has but
 * 1000 square pixels: it is small as well. */
static void
areas(void **state)
{
	struct detect_truth truths[] = { { .box = BOX(0, 10) },
		{ .box = BOX(100, 1000) } };
	static const struct detect_guess guesses[] = { { BOX(0, 10), 0, 0.5 },
		{ BOX(5000, 1000), 0, 0.9 } };
	double v[DETECT_FIGURES];
	struct detect d;

	(void)state;
	start(&d, DETECT_COCO, 1);
	assert_int_equal(detect_add(&d, truths, 2, guesses, 2), 0);
	detect_figures(&d, 0, v);
	/* Of small ones: the wrong guess is large, and counts for nothing. */
	assert_near(v[DETECT_AP_SMALL], 1, 1e-15);
	assert_true(isnan(v[DETECT_AP_MEDIUM]));
	assert_near(v[DETECT_AP_LARGE], 0, 0);
	/* Of all: precision 1/2 up to recall 1/2. */
	assert_near(v[DETECT_AP], 51 * 0.5 / 101, 1e-15);
	assert_near(v[DETECT_AR1], 0, 0);
	detect_clear(&d);

	truths[1].area = 1000;
	start(&d, DETECT_COCO, 1);
	assert_int_equal(detect_add(&d, truths, 2, guesses, 2), 0);
	detect_figures(&d, 0, v);
	assert_near(v[DETECT_AR_SMALL], 0.5, 1e-15);
	assert_true(isnan(v[DETECT_AP_LARGE]));
	detect_clear(&d);
}

/* A class without truths is left out of means, with its guesses; one without
 * guesses is not. */
static void
means(void **state)
{
	static const struct detect_truth truths[] = {
		{ .box = BOX(0, 10), .class = 0 },
		{ .box = BOX(0, 10), .class = 1 },
	};
	static const struct detect_guess guesses[] = { { BOX(0, 10), 2, 0.9 },
		{ BOX(0, 10), 0, 0.8 } };
	const struct detect_ask a = { 0 };
	double v[DETECT_FIGURES];
	struct detect d;

	(void)state;
	start(&d, DETECT_COCO, 3);
	detect_figures(&d, 3, v);
	assert_true(isnan(v[DETECT_AP]));
	assert_int_equal(detect_add(&d, truths, 2, guesses, 2), 0);
	detect_figures(&d, 3, v);
	assert_near(v[DETECT_AP], 0.5, 1e-15);
	assert_near(v[DETECT_AR100], 0.5, 1e-15);
	assert_near(detect_mean_ap(&d, CURVE_ALL, &a), 0.5, 1e-15);
	assert_true(isnan(detect_ap(&d, 2, CURVE_ALL, &a)));
	assert_true(isnan(detect_recall(&d, 2, &a)));
	assert_counts(&d, 3, &a, 1, 1, 1);
	/* More may come after figures. */
	assert_int_equal(detect_add(&d, NULL, 0, &guesses[1], 1), 0);
	assert_int_equal(detect_add(&d, NULL, 0, NULL, 0), 0);
	assert_counts(&d, 0, &a, 1, 1, 0);
	assert_int_equal(d.pictures, 3);
	detect_clear(&d);
}

/* An IoU of exactly 0.5 is enough for it. */
static void
as_much_as_the_threshold(void **state)
{
	static const struct detect_truth truth = { .box = BOX(0, 20) };
	static const struct detect_guess guess = { BOX(0, 10), 0, 0.5 };
	const struct detect_ask a = { 0 };
	struct detect d;

	(void)state;
	for (int rule = DETECT_VOC; rule <= DETECT_COCO; rule++) {
		start(&d, (enum detect_rule)rule, 1);
		assert_int_equal(detect_add(&d, &truth, 1, &guess, 1), 0);
		assert_counts(&d, 0, &a, 1, 0, 0);
		detect_clear(&d);
	}
}

/* Of equal scores those that were added first count first, also when figures were
 * asked for between. */
static void
equal_scores(void **state)
{
	static const struct detect_truth truth = { .box = BOX(0, 10) };
	static const struct detect_guess found = { BOX(0, 10), 0, 0.5 },
					 wrong = { BOX(50, 10), 0, 0.5 };
	const struct detect_ask a = { 0 };
	struct detect d;

	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		start(&d, DETECT_VOC, 1);
		for (int i = 0; i < 40; i++)
			assert_int_equal(detect_add(&d, NULL, 0, &wrong, 1), 0);
		if (asked)
			assert_counts(&d, 0, &a, 0, 40, 0);
		assert_int_equal(detect_add(&d, &truth, 1, &found, 1), 0);
		for (int i = 0; i < 9; i++)
			assert_int_equal(detect_add(&d, NULL, 0, &wrong, 1), 0);
		assert_near(detect_ap(&d, 0, CURVE_ALL, &a), 1.0 / 41, 1e-15);
		detect_clear(&d);
	}
}

/* Of 102 guesses at one class, COCO looks at 100: the truth is the 101st. */
static void
a_hundred(void **state)
{
	static const struct detect_truth truth = { .box = BOX(0, 10) };
	struct detect_guess guesses[102];
	const struct detect_ask a = { 0 };
	struct detect d;

	(void)state;
	for (int i = 0; i < 102; i++)
		guesses[i] =
		    (struct detect_guess){ BOX(500, 10), 0, 1 - i / 200.0 };
	guesses[100].box = truth.box;
	for (int rule = DETECT_VOC; rule <= DETECT_COCO; rule++) {
		start(&d, (enum detect_rule)rule, 1);
		assert_int_equal(detect_add(&d, &truth, 1, guesses, 102), 0);
		assert_int_equal(d.nkept, rule == DETECT_VOC ? 102 : 100);
		assert_near(detect_recall(&d, 0, &a), rule == DETECT_VOC, 0);
		detect_clear(&d);
	}
}

static void
refused(void **state)
{
	static const struct detect_truth good = { .box = BOX(0, 10) };
	static const struct detect_truth truths[] = {
		{ .box = { 0, 0, -1, 1 } },
		{ .box = BOX(0, 10), .class = 2 },
		{ .box = BOX(0, 10), .class = -1 },
		{ .box = BOX(0, 10), .area = (double)NAN },
		{ .box = BOX(0, 10), .area = -4 },
	};
	static const struct detect_guess guesses[] = {
		{ BOX(0, 10), 0, (double)NAN },
		{ BOX((double)NAN, 10), 0, 1 },
		{ BOX(0, 10), 2, 1 },
	};
	static const struct detect_guess three[3] = { { BOX(0, 10), 0, 1 },
		{ BOX(0, 10), 1, 1 }, { BOX(0, 10), 0, 1 } };
	static const struct detect_options bad[] = {
		{ .classes = 0 },
		{ .classes = 1, .nthresholds = 17 },
		{ .classes = 1, .nthresholds = 1, .thresholds = { 0 } },
		{ .classes = 1, .nthresholds = 1, .thresholds = { 1.5 } },
		{ .classes = 1,
		    .nthresholds = 1,
		    .thresholds = { (double)NAN } },
	};
	const struct detect_options o = { .classes = 2, .most = 2 };
	struct detect d;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(detect_init(&d, &bad[i]), ERR_RANGE);
		detect_clear(&d);
	}
	assert_int_equal(detect_init(&d, &o), 0);
	for (size_t i = 0; i < 5; i++)
		assert_true(detect_add(&d, &truths[i], 1, NULL, 0) < 0);
	for (size_t i = 0; i < 3; i++)
		assert_true(detect_add(&d, &good, 1, &guesses[i], 1) < 0);
	assert_string_equal(err_text(), "class 2: there are 0 to 1");
	assert_int_equal(detect_add(&d, &good, 1, three, 3), ERR_RANGE);
	assert_string_equal(err_text(),
	    "more than 2 boxes were guessed: raise the score that they need");
	/* Nothing of those pictures was counted. */
	assert_int_equal(d.pictures + d.nkept + d.truths[0], 0);
	assert_int_equal(detect_add(&d, &good, 1, three, 2), 0);
	assert_int_equal(detect_add(&d, NULL, 0, three, 1), ERR_RANGE);
	detect_clear(&d);
}

/*
 * Batch 1: two of three found, one guess too many: 200/3 x 200/3 / 100.  Batch 2:
 * its one truth takes the first guess that is near enough, whatever the score of a
 * nearer one: 50 x 100 / 100.  Batch 3: nothing, which is 0.
 */
static void
digits(void **state)
{
	static const struct metric_box truths[] = { BOX(0, 10), BOX(100, 10),
		BOX(200, 10) };
	static const struct metric_box guesses[] = { BOX(200, 10), BOX(1, 10),
		BOX(102, 10) };
	static const struct metric_box twice[] = { BOX(1, 10), BOX(0, 10) };
	static const struct metric_box bad = { 1, 0, 0, 1 };
	struct digits_map m = { 0 };
	struct digits_map_means v = digits_map_means(&m);

	(void)state;
	assert_near(v.map, 0, 0);
	assert_int_equal(digits_map_add(&m, truths, 2, guesses + 1, 2), 0);
	assert_int_equal(digits_map_add(&m, truths + 2, 1, guesses, 1), 0);
	assert_int_equal(digits_map_add(&m, &bad, 1, NULL, 0), ERR_FORMAT);
	assert_int_equal(digits_map_add(&m, NULL, 0, &bad, 1), ERR_FORMAT);
	/* 8/12 is not 0.7. */
	assert_int_equal(m.right, 2);
	assert_int_equal(m.wrong, 1);
	assert_int_equal(m.missed, 1);
	digits_map_batch(&m);
	assert_int_equal(digits_map_add(&m, truths, 1, twice, 2), 0);
	digits_map_batch(&m);
	digits_map_batch(&m);
	v = digits_map_means(&m);
	assert_near(v.precision, (200.0 / 3 + 50) / 3, 1e-12);
	assert_near(v.recall, (200.0 / 3 + 100) / 3, 1e-12);
	assert_near(v.map, (400.0 / 9 + 50) / 3, 1e-12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(voc),
		cmocka_unit_test(what_is_taken),
		cmocka_unit_test(crowds),
		cmocka_unit_test(areas),
		cmocka_unit_test(means),
		cmocka_unit_test(as_much_as_the_threshold),
		cmocka_unit_test(equal_scores),
		cmocka_unit_test(a_hundred),
		cmocka_unit_test(refused),
		cmocka_unit_test(digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
