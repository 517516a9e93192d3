/* Counts against the truth, with values worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "metric/confusion.h"

/*
 * Six samples of three classes, one of a class that there is not:
 *
 *	answer     0 1 2
 *	truth 0    1 1 0
 *	      1    0 1 0
 *	      2    1 1 0
 */
static void
fill(struct confusion *c, bool matrix)
{
	static const int truths[] = { 0, 0, 1, 2, 2, 7 };
	static const int orders[][3] = { { 0, 1, 2 }, { 1, 0, 2 }, { 1, 0, 2 },
		{ 0, 1, 2 }, { 1, 0, 2 }, { 1, 0, 2 } };

	assert_int_equal(confusion_init(c, 3, matrix), 0);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(
		    confusion_add(c, truths[i], orders[i], 3), i < 5);
}

static void
counts_and_matrix(void **state)
{
	static const uint64_t want[3][3] = { { 1, 1, 0 }, { 0, 1, 0 },
		{ 1, 1, 0 } };
	struct confusion c;

	(void)state;
	fill(&c, true);
	assert_int_equal(c.n, 5);
	assert_int_equal(c.outside, 1);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(confusion_at(&c, i, k), want[i][k]);
	confusion_clear(&c);
}

/* Rows 2 1 2, columns 2 3 0, diagonal 1 1 0. */
static void
precision_and_recall(void **state)
{
	static const double precision[] = { 1 / 2.0, 1 / 3.0, 0 };
	static const double recall[] = { 1 / 2.0, 1, 0 };
	struct confusion c;

	(void)state;
	fill(&c, false);
	assert_null(c.matrix);
	for (size_t i = 0; i < 3; i++) {
		assert_true(confusion_precision(&c, i) == precision[i]);
		assert_true(confusion_recall(&c, i) == recall[i]);
	}
	confusion_clear(&c);
}

static void
metrics_by_name(void **state)
{
	struct gate_value v[CONFUSION_METRICS];
	const struct confusion none = { .n = 0 };
	struct confusion c;

	(void)state;
	fill(&c, false);
	assert_int_equal(confusion_metrics(&c, v), 2);
	assert_string_equal(v[0].name, "top1");
	assert_true(v[0].value == 2 / 5.0);
	assert_string_equal(v[1].name, "top5");
	assert_true(v[1].value == 1);
	confusion_clear(&c);
	confusion_metrics(&none, v);
	assert_true(v[0].value == 0 && v[1].value == 0);
}

/* The sixth answer does not count for top-5. */
static void
five_are_looked_at(void **state)
{
	static const int order[] = { 1, 2, 3, 4, 5, 0 };
	struct confusion c;

	(void)state;
	assert_int_equal(confusion_init(&c, 6, false), 0);
	assert_true(confusion_add(&c, 0, order, 6));
	assert_true(confusion_add(&c, 5, order, 6));
	assert_int_equal(c.top5, 1);
	assert_int_equal(c.top1, 0);
	confusion_clear(&c);
}

static void
what_is_no_class(void **state)
{
	static const int far[] = { 3 }, under[] = { -1 }, good[] = { 2 };
	struct confusion c;

	(void)state;
	assert_int_equal(confusion_init(&c, 0, false), ERR_RANGE);
	confusion_clear(&c);
	assert_int_equal(confusion_init(&c, 3, true), 0);
	assert_false(confusion_add(&c, 0, far, 1));
	assert_false(confusion_add(&c, 0, under, 1));
	assert_false(confusion_add(&c, -1, good, 1));
	assert_false(confusion_add(&c, 0, good, 0));
	assert_int_equal(c.outside, 4);
	assert_int_equal(c.n, 0);
	confusion_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_matrix),
		cmocka_unit_test(precision_and_recall),
		cmocka_unit_test(metrics_by_name),
		cmocka_unit_test(five_are_looked_at),
		cmocka_unit_test(what_is_no_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
