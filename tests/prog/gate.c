/* --require and --until. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "prog/gate.h"

static const struct gate_value values[] = { { "accuracy", 0.98 },
	{ "loss", 0.07 }, { "accuracy_top5", 1 } };

static int
met(const char *text)
{
	struct gate g;

	assert_int_equal(gate_parse(&g, text), 0);
	return gate_met(&g, values, LENGTH(values));
}

static void
holds(void **state)
{
	(void)state;
	assert_int_equal(met("accuracy>=0.98"), 1);
	assert_int_equal(met("accuracy>0.98"), 0);
	assert_int_equal(met("loss < 0.1"), 1);
	assert_int_equal(met("loss<=0.05"), 0);
	assert_int_equal(met("acc>=0.9"), 1);
	assert_int_equal(met("accuracy_top5=1"), 1);
	assert_int_equal(met("top1>=0.5"), ERR_USAGE);
	assert_non_null(strstr(err_text(), "accuracy, loss, accuracy_top5"));
}

static void
nan_is_never_met(void **state)
{
	const struct gate_value v = { "loss", NAN };
	struct gate g;

	(void)state;
	assert_int_equal(gate_parse(&g, "loss<=1"), 0);
	assert_int_equal(gate_met(&g, &v, 1), 0);
	assert_int_equal(gate_parse(&g, "loss>=1"), 0);
	assert_int_equal(gate_met(&g, &v, 1), 0);
}

static void
refused(void **state)
{
	static const char *const bad[] = { "", "accuracy", ">=1", "a>=", "a=>1",
		"a>>1", "a>=x", "a>=1x" };
	struct gate g;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (gate_parse(&g, bad[i]) != ERR_USAGE)
			fail_msg("accepted: %s", bad[i]);
}

static void
names(void **state)
{
	struct gate g;

	(void)state;
	assert_int_equal(gate_parse(&g, "acc>=2"), 0);
	assert_int_equal(gate_known(&g, values, LENGTH(values)), 0);
	assert_int_equal(gate_parse(&g, "top9>=2"), 0);
	assert_int_equal(gate_known(&g, values, 1), ERR_USAGE);
	assert_string_equal(
	    err_text(), "no measurement \"top9\" (there is: accuracy)");
	assert_int_equal(gate_known(&g, NULL, 0), ERR_USAGE);
	assert_string_equal(
	    err_text(), "no measurement \"top9\": nothing is measured");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds),
		cmocka_unit_test(nan_is_never_met),
		cmocka_unit_test(refused),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
