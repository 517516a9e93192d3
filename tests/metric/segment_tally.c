/* Pixels counted batch by batch give the figures of all pictures together. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "metric/segment.h"
#include "metric/segment_tally.h"
#include "near.h"

static const char *const names[] = { "ground", "cat" };

static struct tally *
made(size_t classes)
{
	struct tally *t;

	assert_int_equal(
	    segment_tally_new(&t, classes, names, 2, "accuracy"), 0);
	return t;
}

static double
figure(const struct tally *t, const char *name)
{
	struct gate_value v[32];
	const size_t n = tally_figures(t, v, 32);

	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return v[i].value;
	fail_msg("no figure %s", name);
	return 0;
}

/* Two pictures, then one: of class 0 8 pixels, 7 called so, 6 rightly. */
static void
a_pass(void **state)
{
	static const float two[2 * 9] = { 3, 1, 0, 3, 1, 0, 3, 1, 0, 4, 2, 0, 2,
		3, 1, 2, 2, 0 };
	static const float one[9] = { 1, 3, 0, 2, 2, 0, 1, 2, 0 };
	struct tally *t = made(3);

	(void)state;
	assert_true(isnan(figure(t, "miou")));
	for (int again = 0; again < 2; again++) {
		const struct tally_counts c[2] = { { two, 18 }, { one, 9 } };

		assert_int_equal(tally_add(t, &c[0], 1), 0);
		assert_int_equal(tally_add(t, &c[1], 1), 0);
		assert_near(figure(t, "accuracy"), 11.0 / 14, 1e-15);
		assert_near(figure(t, "iou/ground"), 6.0 / 9, 1e-15);
		assert_near(figure(t, "iou/cat"), 5.0 / 7, 1e-15);
		assert_near(figure(t, "iou/2"), 0, 0);
		assert_near(figure(t, "miou"), (6.0 / 9 + 5.0 / 7) / 3, 1e-15);
		assert_near(
		    figure(t, "dice"), (12.0 / 15 + 10.0 / 12) / 3, 1e-15);
		tally_reset(t);
		assert_true(isnan(figure(t, "iou/cat")));
	}
	tally_free(t);
}

/* Only sums of small numbers that can be counts of pixels are. */
static void
no_counts(void **state)
{
	static const float bad[][6] = { { 1, 0, 0, 0, 1, 0 },
		{ 0.5f, 0, 0.5f, 0, 0.5f, 0 }, { -1, 0, 0, 0, 0, 0 },
		{ NAN, 0, 1, 0, 0, 0 }, { INFINITY, 0, 1, 0, 0, 0 },
		{ 1, 1, 2, 0, 2, 0 } };
	struct tally *t = made(2);
	struct tally_counts c = { bad[0], 5 };

	(void)state;
	assert_int_equal(tally_add(t, &c, 1), ERR_FORMAT);
	assert_string_equal(
	    err_text(), "counts of pixels: 5 counts for 2 classes");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		c = (struct tally_counts){ bad[i], 6 };
		assert_int_equal(tally_add(t, &c, 1), ERR_FORMAT);
	}
	tally_free(t);
}

static void
many_classes(void **state)
{
	struct gate_value v[300];
	struct tally *t = made(SEGMENT_CLASSES_MAX);

	(void)state;
	assert_int_equal(
	    tally_figures(t, v, 300), SEGMENT_FIGURES + SEGMENT_CLASSES_MAX);
	assert_int_equal(tally_figures(t, v, 7), 7);
	tally_free(t);
	t = made(SEGMENT_CLASSES_MAX + 1);
	assert_int_equal(tally_figures(t, v, 300), SEGMENT_FIGURES);
	tally_free(t);
	assert_int_equal(segment_tally_new(&t, 0, NULL, 0, "a"), ERR_RANGE);
	assert_null(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pass),
		cmocka_unit_test(no_counts),
		cmocka_unit_test(many_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
