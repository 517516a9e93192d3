/* Figures and pictures of the numbers in a net, against what is worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "image/colour/heat.h"
#include "infer/layers/layers.h"

static void
figures(void **state)
{
	const float v[] = { 0, 1, 2, 3, 4, 19, 20, NAN, INFINITY };
	const float same[] = { 3, 3 };
	struct layer_stats s;

	(void)state;
	layer_stats_of(&s, v, LENGTH(v));
	assert_int_equal(s.count, 9);
	assert_int_equal(s.odd, 2);
	assert_float_equal(s.mean, 7, 1e-9);
	/* deviations 49 36 25 16 9 144 169, of seven */
	assert_float_equal(s.std, 8, 1e-9);
	assert_float_equal(s.min, 0, 0);
	assert_float_equal(s.max, 20, 0);
	for (int i = 0; i < LAYER_BINS; i++)
		assert_int_equal(s.bin[i], i < 5 ? 1 : i == 19 ? 2 : 0);
	assert_float_equal(layer_stats_centre(&s, 0), 0.5, 1e-9);
	assert_float_equal(layer_stats_centre(&s, 19), 19.5, 1e-9);
	layer_stats_of(&s, same, 2);
	assert_float_equal(s.low, 2.5, 0);
	assert_float_equal(s.high, 3.5, 0);
	assert_int_equal(s.bin[10], 2);
	layer_stats_of(&s, v + 7, 2);
	assert_int_equal(s.odd, 2);
	assert_true(isnan(s.mean) && isnan(s.max));
}

static uint32_t
pixel(const struct image *im, int x, int y)
{
	const uint8_t *p =
	    im->data + 3 * ((size_t)y * (size_t)im->width + (size_t)x);

	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* Five tiles of 2x3: three rows of two, each pixel a square, white between. */
static void
grid(void **state)
{
	const struct shape s = shape_of(3, 5, 2, 3);
	struct tiles t = { .map = HEAT_GRAY };
	struct image im;
	float v[30];
	int by;

	(void)state;
	image_init(&im);
	for (int i = 0; i < 30; i++)
		v[i] = (float)i - 10;
	assert_int_equal(tiles_draw(&im, &t, v, &s), 0);
	assert_int_equal(t.n, 5);
	assert_int_equal(t.shown, 5);
	assert_false(t.cut);
	by = im.width / 7;
	assert_int_equal(im.width, 7 * by);
	assert_int_equal(im.height, 8 * by);
	assert_true(im.width >= TILES_MIN);
	assert_int_equal(pixel(&im, 0, 0), 0x000000);
	assert_int_equal(pixel(&im, by - 1, by - 1), 0x000000);
	assert_int_equal(pixel(&im, 3 * by, 0), 0xffffff);      /* between */
	assert_int_equal(pixel(&im, 4 * by, 0), 0x353535);      /* 6 of 29 */
	assert_int_equal(pixel(&im, 2 * by, 7 * by), 0xffffff); /* 29 */
	assert_int_equal(pixel(&im, 1 * by, 7 * by), 0xf6f6f6); /* 28 */
	assert_int_equal(pixel(&im, 4 * by, 7 * by), 0xffffff); /* no tile */
	image_clear(&im);
}

/* Three channels are a picture; B G R is turned round, a filter for each. */
static void
colours(void **state)
{
	const struct shape s = shape_of(3, 3, 1, 2);
	const struct shape filters = shape_of(4, 2, 3, 1, 1);
	const float v[] = { 0, 10, 5, 10, 10, 0 };
	struct tiles t = { .map = HEAT_HEAT, .bgr = true };
	struct image im;

	(void)state;
	image_init(&im);
	assert_int_equal(tiles_draw(&im, &t, v, &s), 0);
	assert_int_equal(t.n, 1);
	assert_int_equal(pixel(&im, 0, 0), 0xff8000);
	assert_int_equal(pixel(&im, im.width - 1, 0), 0x00ffff);
	t.bgr = false;
	assert_int_equal(tiles_draw(&im, &t, v, &filters), 0);
	assert_int_equal(t.n, 2);
	assert_int_equal(pixel(&im, 0, 0), 0x00ff80);
	assert_int_equal(pixel(&im, 0, im.height - 1), 0xffff00);
	image_clear(&im);
}

/* Shares are not stretched; jet is DIGITS's. */
static void
shares(void **state)
{
	const struct shape s = shape_of(1, 4);
	const float v[] = { 0.25F, 0.5F, 1, NAN };
	struct tiles t = { .map = HEAT_JET, .shares = true };
	struct image im;

	(void)state;
	image_init(&im);
	assert_int_equal(tiles_draw(&im, &t, v, &s), 0);
	assert_int_equal(t.n, 4);
	assert_int_equal(im.width, im.height);
	assert_int_equal(pixel(&im, 0, 0), 0x0080ff);
	assert_int_equal(pixel(&im, im.width - 1, 0), 0x80ff80);
	assert_int_equal(pixel(&im, 0, im.height - 1), 0x800000);
	assert_int_equal(pixel(&im, im.width - 1, im.height - 1), 0x000080);
	image_clear(&im);
}

/* What has no room is left out, and that is told. */
static void
caps(void **state)
{
	const struct shape many = shape_of(3, 20, 2, 599);
	const struct shape wide = shape_of(3, 2, 1, 1300);
	float *v = mem_array(float, 20 * 2 * 599);
	struct tiles t = { .map = HEAT_GRAY };
	struct image im;

	(void)state;
	image_init(&im);
	v[2 * 599 * 4] = 9; /* of a tile that is not shown: not counted */
	v[0] = 1;
	assert_int_equal(tiles_draw(&im, &t, v, &many), 0);
	assert_int_equal(t.n, 20);
	assert_int_equal(t.shown, 4);
	assert_int_equal(pixel(&im, 0, 0), 0xffffff);
	assert_int_equal(tiles_draw(&im, &t, v, &wide), 0);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.shown, 1);
	assert_true(t.cut);
	assert_true(im.width <= 2 * TILES_WIDTH);
	image_clear(&im);
	mem_free(v);
}

static double
lightness(uint32_t colour)
{
	double y = 0;
	const double part[] = { 0.2126, 0.7152, 0.0722 };

	for (int k = 0; k < 3; k++) {
		const double c = (double)(colour >> (16 - 8 * k) & 255) / 255;

		y += part[k] *
		    (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y;
}

/* Lightness rises as evenly as bytes allow. */
static void
heat(void **state)
{
	double before = lightness(heat_colour(HEAT_HEAT, 0));

	(void)state;
	assert_true(before < 6);
	for (int i = 1; i <= 50; i++) {
		const double l = lightness(heat_colour(HEAT_HEAT, i / 50.0));

		assert_true(l > before + 0.5 && l < before + 3.5);
		before = l;
	}
	assert_true(before > 94);
	assert_int_equal(heat_colour(HEAT_GRAY, -3), 0);
	assert_int_equal(heat_colour(HEAT_GRAY, 7), 0xffffff);
	assert_int_equal(heat_colour(HEAT_JET, (double)NAN), 0x000080);
}

/* The bars of a histogram: where values are, and only there. */
static void
bins(void **state)
{
	const float v[] = { 0, 0, 0, 0, 20 };
	struct layer_stats s;
	struct image im;

	(void)state;
	image_init(&im);
	layer_stats_of(&s, v, LENGTH(v));
	assert_int_equal(layer_bins_draw(&im, &s), 0);
	assert_int_equal(pixel(&im, 15, 100), 0x4a6fa5);
	assert_int_equal(pixel(&im, 15, 40), 0x4a6fa5);
	assert_int_equal(pixel(&im, 130, 100), 0xffffff);
	assert_int_equal(pixel(&im, 244, 110), 0x4a6fa5);
	assert_int_equal(pixel(&im, 244, 40), 0xffffff);
	image_clear(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures),
		cmocka_unit_test(grid),
		cmocka_unit_test(colours),
		cmocka_unit_test(shares),
		cmocka_unit_test(caps),
		cmocka_unit_test(heat),
		cmocka_unit_test(bins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
