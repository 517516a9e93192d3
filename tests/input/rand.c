/* RandAugment's operations, by values worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "input/augment/rand.h"
#include "input/augment/scene.h"

enum { SIDE = 20, PLANE = SIDE * SIDE, GRAY = 114 };

/* n pixels of one channel, in a row. */
static void
expect(
    enum rand_op op, double strength, const float *from, const float *to, int n)
{
	float x[64], spare[64];

	memcpy(x, from, (size_t)n * sizeof(*x));
	rand_apply(op, strength, x, spare, 1, 1, n);
	for (int i = 0; i < n; i++)
		if (x[i] != to[i])
			fail_msg("operation %d: value %d is %g, not %g", op, i,
			    (double)x[i], (double)to[i]);
}

#define V(...) ((const float[]){ __VA_ARGS__ })

static void
values(void **state)
{
	(void)state;
	expect(RAND_IDENTITY, 1, V(0, 100, 255), V(0, 100, 255), 3);
	expect(
	    RAND_SOLARIZE, 0.5, V(100, 127, 128, 200), V(100, 127, 127, 55), 4);
	expect(RAND_SOLARIZE, -0.5, V(100, 200), V(100, 55), 2);
	expect(RAND_SOLARIZE, 0, V(0, 255), V(0, 255), 2);
	expect(RAND_POSTERIZE, 1, V(17, 255, 15), V(16, 240, 0), 3);
	expect(RAND_POSTERIZE, 0.25, V(255, 1, 2), V(254, 0, 2), 3);
	expect(RAND_POSTERIZE, 0, V(255, 1), V(255, 1), 2);
	expect(RAND_BRIGHTNESS, -1, V(200, 10), V(20, 1), 2);
	expect(RAND_BRIGHTNESS, 1, V(100, 200), V(190, 255), 2);
	/* about the mean, 100 */
	expect(RAND_CONTRAST, -1, V(0, 200), V(90, 110), 2);
	expect(RAND_CONTRAST, 1, V(50, 150), V(5, 195), 2);
	expect(RAND_AUTOCONTRAST, 0, V(50, 75, 100), V(0, 128, 255), 3);
	expect(RAND_AUTOCONTRAST, 0, V(50, 50), V(50, 50), 2);
	/* a gray picture has no colour to lose */
	expect(RAND_COLOR, -1, V(50, 60), V(50, 60), 2);
}

/* gray = 0.299 R + 0.587 G + 0.114 B = 29.9; nine tenths of the way to it. */
static void
colour(void **state)
{
	float x[3] = { 0, 0, 100 }, spare[3];

	(void)state;
	rand_apply(RAND_COLOR, -1, x, spare, 3, 1, 1);
	assert_float_equal(x[0], 27, 0);
	assert_float_equal(x[1], 27, 0);
	assert_float_equal(x[2], 37, 0);
}

/* 512 pixels of 10 and of 20: a step is (1024 - 512) / 255 = 2 pixels. */
static void
equalized(void **state)
{
	static float x[1024], spare[1024];

	(void)state;
	for (int i = 0; i < 1024; i++)
		x[i] = i % 2 ? 10 : 20;
	rand_apply(RAND_EQUALIZE, 0, x, spare, 1, 32, 32);
	for (int i = 0; i < 1024; i++)
		assert_float_equal(x[i], (i % 2 ? 0 : 255), 0);
}

/* One bright pixel, 130: the mean of nine about it is 5 * 130 / 13 = 50, about its
 * neighbours 10; a tenth of the difference is left. */
static void
sharpened(void **state)
{
	float x[25] = { 0 }, spare[25];

	(void)state;
	x[12] = 130;
	rand_apply(RAND_SHARPNESS, -1, x, spare, 1, 5, 5);
	for (int i = 0; i < 25; i++) {
		const bool border =
		    i < 5 || i >= 20 || i % 5 == 0 || i % 5 == 4;

		assert_float_equal(x[i], (border ? 0 : i == 12 ? 58 : 9), 0);
	}
}

/* Where each pixel of what is made comes from, by numbered pixels. */
static void
moves(void **state)
{
	static const struct {
		enum rand_op op;
		double strength;
		int row, column, from_row, from_column; /* -1: outside */
	} cases[] = {
		/* 0.45 * 20 = 9 */
		{ RAND_TRANSLATE_X, 1, 3, 12, 3, 3 },
		{ RAND_TRANSLATE_X, 1, 3, 8, -1, 0 },
		{ RAND_TRANSLATE_X, -1, 3, 3, 3, 12 },
		{ RAND_TRANSLATE_Y, 1, 12, 3, 3, 3 },
		{ RAND_TRANSLATE_Y, -1, 12, 3, -1, 0 },
		/* 0.3 of 4.5 pixels below the middle is 1.35 */
		{ RAND_SHEAR_X, 1, 14, 5, 14, 6 },
		{ RAND_SHEAR_X, -1, 14, 5, 14, 4 },
		{ RAND_SHEAR_X, 1, 10, 5, 10, 5 },
		{ RAND_SHEAR_Y, 1, 5, 14, 6, 14 },
		/* by 30 degrees: (8.5, 0.5) from (7.61, -3.82) */
		{ RAND_ROTATE, 1, 10, 18, 6, 17 },
		{ RAND_ROTATE, 0, 7, 7, 7, 7 },
	};
	static float x[PLANE], spare[PLANE];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const int from =
		    cases[i].from_row * SIDE + cases[i].from_column;
		float got;

		for (int k = 0; k < PLANE; k++)
			x[k] = (float)(1000 + k);
		rand_apply(
		    cases[i].op, cases[i].strength, x, spare, 1, SIDE, SIDE);
		got = x[cases[i].row * SIDE + cases[i].column];
		if (got !=
		    (cases[i].from_row < 0 ? GRAY : (float)(1000 + from)))
			fail_msg("case %zu: %g", i, (double)got);
	}
}

/* All operations come, those of a place are always the same, and n 0 is none. */
static void
drawn(void **state)
{
	static uint8_t pixels[3 * PLANE];
	struct transform_scratch a = { 0 }, b = { 0 };
	struct record_item item = {
		.channels = 3, .height = SIDE, .width = SIDE, .data = pixels
	};
	struct transform t;
	int changed = 0;

	(void)state;
	for (int i = 0; i < 3 * PLANE; i++)
		pixels[i] = (uint8_t)(40 + i * 7 % 150);
	assert_int_equal(transform_init(&t, NULL, true, 3, SIDE, SIDE), 0);
	t.augment.rand_n = 1;
	t.augment.rand_m = 15;
	for (uint64_t g = 0; g < 140; g++) {
		struct record_item one = item, two = item;
		bool same = true;

		rand_augment(&t, g, 0, &a, &one);
		rand_augment(&t, g, 0, &b, &two);
		assert_memory_equal(
		    one.floats, two.floats, 3 * PLANE * sizeof(float));
		for (int i = 0; i < 3 * PLANE; i++) {
			assert_true(one.floats[i] >= 0 && one.floats[i] <= 255);
			same = same && one.floats[i] == pixels[i];
		}
		changed += !same;
	}
	/* but for the identity, one in 14 */
	assert_in_range(changed, 118, 139);
	transform_scratch_clear(&a);
	transform_scratch_clear(&b);
	transform_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(colour),
		cmocka_unit_test(equalized),
		cmocka_unit_test(sharpened),
		cmocka_unit_test(moves),
		cmocka_unit_test(drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
