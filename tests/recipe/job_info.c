/* What a resumed training believes of its info.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "recipe/job_info.h"

static int
recall(struct train_job *job, const char *training)
{
	struct model_info info;
	int rc;

	memset(job, 0, sizeof(*job));
	model_info_init(&info);
	model_info_extra(&info, "training", training);
	rc = job_info_read(job, &info);
	model_info_clear(&info);
	return rc;
}

static void
there_and_back(void **state)
{
	struct train_job a = { .warmup = 12,
		.iters_per_epoch = 62.5,
		.seed = 7,
		.precision = PRECISION_BF16,
		.rgb = true,
		.average = 0.99,
		.classes = 10,
		.val_items = 1000,
		.shuffle = true,
		.augment = { .flip = true,
		    .rotate = 15,
		    .hsv = { 0.02, 0.04, 0.06 },
		    .std = { 58.5 } } };
	struct train_job b = { 0 };
	struct model_info info;

	(void)state;
	model_info_init(&info);
	job_info_write(&info, &a);
	if (job_info_read(&b, &info) < 0)
		fail_msg("%s", err_text());
	model_info_clear(&info);
	assert_true(b.warmup == 12 && b.average == 0.99 && b.classes == 10);
	assert_true(b.val_items == 1000 && b.shuffle);
	assert_true(b.iters_per_epoch == 62.5 && b.seed == 7);
	assert_true(b.precision == PRECISION_BF16 && b.rgb);
	assert_true(b.augment.flip && !b.augment.mirror && !b.augment.whiten);
	assert_true(b.augment.rotate == 15 && b.augment.hsv[2] == 0.06);
	assert_true(b.augment.std[0] == 58.5 && b.augment.std[1] == 0);
}

/* Every field stands there, in this order; what is missing is shuffled. */
static void
the_text(void **state)
{
	const struct train_job job = {
		.shuffle = true, .val_items = 5, .augment = { .noise = 0.03 }
	};
	struct train_job back;
	struct model_info info;

	(void)state;
	model_info_init(&info);
	job_info_write(&info, &job);
	assert_string_equal(model_info_find(&info, "training"),
	    "{\"shuffle\": true, \"warmup\": 0, \"ema\": 0, \"classes\": 0, "
	    "\"val_items\": 5, \"precision\": \"fp32\", \"rgb\": false, "
	    "\"mirror\": false, \"flip\": false, \"whiten\": false, "
	    "\"rotate\": 0, \"scale\": 0, \"noise\": 0.03, \"contrast\": 0, "
	    "\"hue\": 0, \"saturation\": 0, \"value\": 0}");
	model_info_clear(&info);
	assert_int_equal(recall(&back, "{}"), 0);
	assert_true(back.shuffle && back.precision == PRECISION_FP32);
	assert_int_equal(recall(&back, "{\"shuffle\": false}"), 0);
	assert_false(back.shuffle);
}

/* Numbers that no option could have set are refused by name. */
static void
refuses_what_no_option_sets(void **state)
{
	static const char *const bad[][2] = {
		{ "{\"val_items\": -5}", "val_items" },
		{ "{\"val_items\": 1e300}", "val_items" },
		{ "{\"classes\": 1e12}", "classes" },
		{ "{\"warmup\": -1e300}", "warmup" },
		{ "{\"rotate\": 1e9}", "rotate" },
		{ "{\"ema\": 2}", "ema" },
		{ "{\"precision\": \"fp5\"}", "fp5" },
	};
	struct train_job job;

	(void)state;
	assert_int_equal(recall(&job, "{}"), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_true(recall(&job, bad[i][0]) < 0);
		if (strstr(err_text(), bad[i][1]) == NULL)
			fail_msg("%s", err_text());
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(the_text),
		cmocka_unit_test(refuses_what_no_option_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
