/* Calibration, worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>

#include <cmocka.h>

#include "metric/calibration.h"

/* Ten answers of 0.95, of which seven are right, and ten of 0.5, all right: gaps of
 * 0.25 and 0.5, so (10 * 0.25 + 10 * 0.5) / 20. */
static void
errors(void **state)
{
	struct calibration c = { 0 };
	struct gate_value v[CALIBRATION_METRICS];

	(void)state;
	calibration_metrics(&c, v);
	assert_true(isnan(v[0].value) && isnan(v[1].value));
	for (int i = 0; i < 10; i++) {
		calibration_add(&c, 0.95, i < 7);
		calibration_add(&c, 0.5, true);
	}
	assert_int_equal(c.n, 20);
	assert_int_equal(calibration_metrics(&c, v), 2);
	assert_string_equal(v[0].name, "ece");
	assert_float_equal(v[0].value, 0.375, 1e-9);
	assert_string_equal(v[1].name, "mce");
	assert_float_equal(v[1].value, 0.5, 1e-9);
	assert_float_equal(calibration_accuracy(&c, 14), 0.7, 1e-9);
	assert_float_equal(calibration_confidence(&c, 7), 0.5, 1e-9);
	assert_true(isnan(calibration_accuracy(&c, 3)));
}

/* What is just an edge belongs below it; odd numbers do no harm. */
static void
edges(void **state)
{
	struct calibration c = { 0 };

	(void)state;
	calibration_add(&c, 0, false);
	calibration_add(&c, 1.0 / CALIBRATION_BINS, false);
	calibration_add(&c, 1, true);
	calibration_add(&c, 1.5, true);
	calibration_add(&c, -1, true);
	calibration_add(&c, (double)NAN, true);
	assert_int_equal(c.bin[0].n, 4);
	assert_int_equal(c.bin[CALIBRATION_BINS - 1].n, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors),
		cmocka_unit_test(edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
