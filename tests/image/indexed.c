/* PNG files with a palette, and masks read as they are stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "image/image.h"

enum { W = 5, H = 3, COLOURS = 4 };

static const uint8_t rgb[3 * COLOURS] = { 1, 2, 3, 255, 0, 0, 0, 255, 0, 9, 9,
	9 };

static void
encode(struct buf *b)
{
	struct image im;

	image_init(&im);
	buf_init(b, 1 << 16);
	assert_int_equal(image_resize_buffer(&im, W, H, 1), 0);
	for (int i = 0; i < W * H; i++)
		im.data[i] = (uint8_t)(i % COLOURS);
	assert_int_equal(image_encode_indexed(b, &im, rgb, COLOURS), 0);
	assert_int_equal(image_encode_indexed(b, &im, rgb, 0), ERR_RANGE);
	image_clear(&im);
}

static void
there_and_back(void **state)
{
	uint8_t colours[3 * IMAGE_COLOURS];
	struct image_info info;
	struct image im;
	struct buf b;

	(void)state;
	encode(&b);
	image_init(&im);
	assert_int_equal(image_probe(&info, b.data, b.len, "x"), 0);
	assert_int_equal(info.channels, 1);
	assert_int_equal(image_palette(colours, b.data, b.len), COLOURS);
	assert_memory_equal(colours, rgb, sizeof rgb);
	/* Its colours, through both readers of PNG; or its indices. */
	assert_int_equal(image_decode(&im, b.data, b.len, "x", 0, 0, 0), 0);
	assert_int_equal(im.channels, 3);
	for (int i = 0; i < W * H; i++)
		assert_memory_equal(
		    im.data + 3 * i, rgb + 3 * (i % COLOURS), 3);
	assert_int_equal(
	    image_decode(&im, b.data, b.len, "x", IMAGE_INDICES, 0, 0), 0);
	assert_int_equal(im.channels, 1);
	for (int i = 0; i < W * H; i++)
		assert_int_equal(im.data[i], i % COLOURS);
	/* Cut short: no palette, or no picture; never more than there is. */
	for (size_t n = 0; n < b.len; n++) {
		int have = image_palette(colours, b.data, n);

		assert_true(have == 0 || (have == COLOURS && n >= 57));
		assert_true(image_decode(
				&im, b.data, n, "x", IMAGE_INDICES, 0, 0) < 0 ||
		    n > b.len - 13);
	}
	image_clear(&im);
	buf_clear(&b);
}

static void
others_have_none(void **state)
{
	uint8_t colours[3 * IMAGE_COLOURS];
	struct image im;
	struct buf b;

	(void)state;
	image_init(&im);
	buf_init(&b, 1 << 16);
	assert_int_equal(image_resize_buffer(&im, 2, 2, 3), 0);
	memset(im.data, 7, 12);
	assert_int_equal(image_encode_indexed(&b, &im, rgb, 4), ERR_RANGE);
	assert_int_equal(image_encode_png(&b, &im, -1), 0);
	assert_int_equal(image_palette(colours, b.data, b.len), 0);
	assert_int_equal(
	    image_decode(&im, b.data, b.len, "x", IMAGE_INDICES, 0, 0), 0);
	assert_int_equal(im.channels, 3);
	image_clear(&im);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(others_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
