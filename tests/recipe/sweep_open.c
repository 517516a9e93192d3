/* The texts of model-train's options, read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "input/feed.h"
#include "recipe/sweep.h"

static void
lists(void **state)
{
	struct sweep s = { .batch = "32,64",
		.lr = "0.01,0.003,1e-3",
		.stepvalues = "50,85.5",
		.setup.augment.hsv = "0.02,0.04,0.06" };
	const double *hsv = s.setup.job.augment.hsv;

	(void)state;
	assert_int_equal(sweep_open(&s), 0);
	assert_int_equal(s.nbatches, 2);
	assert_true(s.batches[0] == 32 && s.batches[1] == 64);
	assert_int_equal(s.nrates, 3);
	assert_true(s.rates[1] == 0.003 && s.rates[2] == 0.001);
	assert_int_equal(s.setup.recipe.nstepvalues, 2);
	assert_true(s.setup.recipe.stepvalues[1] == 85.5);
	assert_true(hsv[0] == 0.02 && hsv[1] == 0.04 && hsv[2] == 0.06);
	assert_false(s.setup.batch_auto);
	sweep_close(&s);
}

static void
arrays_and_gates(void **state)
{
	const char *inputs[] = { "data=a=b.npy", "label=l.npy" };
	const char *until[] = { "accuracy>=0.98" };
	const char *require[] = { "loss<0.1", "accuracy>0.5" };
	struct sweep s = { .batch = "auto",
		.lr = "0.01",
		.inputs = { inputs, 2 },
		.until = { until, 1 },
		.require = { require, 2 } };
	const struct train_job *job = &s.setup.job;

	(void)state;
	assert_int_equal(sweep_open(&s), 0);
	assert_true(s.setup.batch_auto && s.nbatches == 0);
	assert_int_equal(job->ninputs, 2);
	assert_string_equal(job->inputs[0].name, "data");
	assert_string_equal(job->inputs[0].path, "a=b.npy");
	assert_string_equal(job->inputs[1].name, "label");
	assert_int_equal(job->nuntil, 1);
	assert_string_equal(job->until[0].name, "accuracy");
	assert_int_equal(job->nrequire, 2);
	assert_true(job->require[0].value == 0.1);
	sweep_close(&s);
}

/* A sweep with these texts of augmentation. */
#define ASKS(...)                                                              \
	{                                                                      \
		.setup = {.augment = { __VA_ARGS__ } }                         \
	}

/* Each says which option it is about. */
static void
what_is_refused(void **state)
{
	const char *input[] = { "=a.npy" }, *gate[] = { "accuracy" };
	const struct {
		struct sweep s;
		const char *said;
	} bad[] = {
		{ { .batch = "32,0" }, "--batch-size" },
		{ { .batch = "2.5" }, "--batch-size 2.5: not a whole" },
		{ { .batch = "auto,32" }, "--batch-size auto,32" },
		{ { .lr = "0.1,,0.2" }, "--lr" },
		{ { .stepvalues = "101" }, "--stepvalues" },
		{ ASKS(.hsv = "0.1,0.1"), "--hsv 0.1,0.1: three numbers" },
		{ ASKS(.hsv = "1,0,0"), "--hsv" },
		{ ASKS(.zoom = "0.5"), "--zoom 0.5: two numbers, MIN,MAX" },
		{ ASKS(.zoom = "0.5,1,2"), "--zoom 0.5,1,2: two numbers" },
		{ ASKS(.zoom = "0,1"), "--zoom" },
		{ ASKS(.area = "0.5,0.2"), "--crop-area 0.5,0.2: the first" },
		{ ASKS(.area = "0.5,1.2"), "--crop-area" },
		{ ASKS(.aspect = "a,b"), "--crop-aspect" },
		{ ASKS(.rand = "2.5,9"), "--rand-augment 2.5,9: N is a whole" },
		{ ASKS(.rand = "15,9"), "--rand-augment 15,9: N is a whole" },
		{ ASKS(.rand = "2"), "--rand-augment 2: two numbers, N,M" },
		{ ASKS(.rand = "2,31"), "--rand-augment" },
		{ { .inputs = { input, 1 } }, "--input =a.npy" },
		{ { .until = { gate, 1 } }, "accuracy" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sweep s = bad[i].s;

		assert_int_equal(sweep_open(&s), ERR_USAGE);
		if (strstr(err_text(), bad[i].said) == NULL)
			fail_msg("%s: %s", bad[i].said, err_text());
		sweep_close(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(arrays_and_gates),
		cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
