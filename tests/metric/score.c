/* Which output scores a validation, and which of two is better. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "metric/score.h"

static void
the_first_accuracy(void **state)
{
	static const struct gate_value v[] = { { "loss", 0.25 },
		{ "my_Accuracy_top5", 0.9 }, { "accuracy", 0.7 } };
	struct score s = score_outputs(v, 3);

	(void)state;
	assert_true(s.accuracy && s.value == 0.9);
}

static void
else_the_first_output_as_a_loss(void **state)
{
	static const struct gate_value v[] = { { "loss", 0.25 },
		{ "other", 8 } };
	struct score s = score_outputs(v, 2);

	(void)state;
	assert_true(!s.accuracy && s.value == -0.25);
	s = score_outputs(NULL, 0);
	assert_true(!s.accuracy && isnan(s.value));
}

static void
mean_iou_before_accuracy(void **state)
{
	static const struct gate_value v[] = { { "loss", 0.25 },
		{ "accuracy", 0.9 }, { "miou", 0.4 }, { "iou/cat", 0.7 } };
	struct score s = score_outputs(v, 4);

	(void)state;
	assert_int_equal(score_first(v, 4), 2);
	assert_true(s.accuracy && s.value == 0.4);
	assert_int_equal(score_first(v, 1), 0);
	assert_true(score_detail("iou/cat") && !score_detail("miou"));
}

static void
comparing(void **state)
{
	const double none = (double)NAN;

	(void)state;
	assert_true(score_compare(0.9, 0.8) > 0);
	assert_true(score_compare(-0.5, -0.25) < 0);
	assert_true(score_compare(0.5, 0.5) == 0);
	assert_true(score_compare(-1e300, none) > 0);
	assert_true(score_compare(none, -1e300) < 0);
	assert_true(score_compare(none, none) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_accuracy),
		cmocka_unit_test(else_the_first_output_as_a_loss),
		cmocka_unit_test(mean_iou_before_accuracy),
		cmocka_unit_test(comparing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
