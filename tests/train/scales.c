/* Sizes of a training at several: what is read, what they are, what is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "train/scales.h"

static void
read_texts(void **state)
{
	static const char *const bad[] = { "", "64", "64-", "-64", "64-128/",
		"64-128@", "64-128@0", "64-100", "60-128", "128-64",
		"64-128/24", "64-128 ", "64x128", "1-4096/1", "64-128@3/32" };
	struct train_scales o;

	(void)state;
	assert_int_equal(scales_parse(&o, NULL), 0);
	assert_int_equal(o.every, 0);
	assert_int_equal(scales_parse(&o, "320-640"), 0);
	assert_memory_equal(
	    &o, (&(struct train_scales){ 320, 640, 32, 10 }), sizeof(o));
	assert_int_equal(scales_count(&o), 11);
	assert_int_equal(scales_parse(&o, "64-128/16@1"), 0);
	assert_memory_equal(
	    &o, (&(struct train_scales){ 64, 128, 16, 1 }), sizeof(o));
	assert_int_equal(scales_count(&o), 5);
	assert_int_equal(scales_parse(&o, "64-64@7"), 0);
	assert_int_equal(scales_count(&o), 1);
	for (size_t i = 0; i < LENGTH(bad); i++) {
		if (scales_parse(&o, bad[i]) != ERR_USAGE)
			fail_msg("accepted: %s", bad[i]);
		assert_non_null(strstr(err_text(), "--multi-scale"));
		assert_int_equal(o.every, 0);
	}
}

/* The longer side is what is asked for, the other in proportion. */
static void
sizes(void **state)
{
	static const struct {
		int nominal[2], i, size[2];
	} cases[] = {
		{ { 416, 416 }, 0, { 320, 320 } },
		{ { 416, 416 }, 10, { 640, 640 } },
		{ { 416, 416 }, 3, { 416, 416 } },
		{ { 240, 320 }, 0, { 256, 320 } }, /* 240 is 7.5 steps */
		{ { 320, 240 }, 10, { 640, 480 } },
		{ { 320, 240 }, 1, { 352, 256 } }, /* 264 */
		{ { 10, 1000 }, 0, { 32, 320 } },
	};
	const struct train_scales o = { 320, 640, 32, 10 };

	(void)state;
	for (size_t k = 0; k < LENGTH(cases); k++) {
		int size[2];

		scales_size(size, &o, cases[k].i, cases[k].nominal);
		assert_int_equal(size[0], cases[k].size[0]);
		assert_int_equal(size[1], cases[k].size[1]);
	}
}

/* By seed and place alone, the same within a turn, each about as often. */
static void
draws(void **state)
{
	const struct train_scales o = { 320, 640, 32, 10 };
	int often[11] = { 0 }, differ = 0;

	(void)state;
	for (int64_t turn = 0; turn < 1100; turn++) {
		const int at = scales_draw(&o, 5, turn * 10);

		assert_in_range(at, 0, 10);
		for (int i = 1; i < 10; i++)
			assert_int_equal(scales_draw(&o, 5, turn * 10 + i), at);
		differ += scales_draw(&o, 6, turn * 10) != at;
		often[at]++;
	}
	for (int i = 0; i < 11; i++)
		assert_in_range(often[i], 60, 140);
	assert_true(differ > 900);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_texts),
		cmocka_unit_test(sizes),
		cmocka_unit_test(draws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
