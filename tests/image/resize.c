/* Resizing equals Pillow's BILINEAR bit for bit, in every kind of loop, and its
 * BICUBIC; a
 * window of the result is the window of the whole. */
#include "pattern.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "image/resize/resize.h"

/* w, h, channels, to w, h, fingerprints of Pillow's results, the second one of its
 * BICUBIC. */
static const struct golden {
	int w, h, c, to_w, to_h;
	uint64_t hash, cubic;
} golden[] = {
	{ 7, 5, 3, 4, 3, 0x5160b8aae993b58eull, 0xa0b1fcb43d00ea5full },
	{ 5, 7, 1, 12, 9, 0xe23e2884f72ba58aull, 0x3b20bd23ad110856ull },
	{ 64, 48, 3, 32, 32, 0xcdd0bcf649a4025aull, 0x4dac981fc9e73ad5ull },
	{ 50, 37, 1, 17, 29, 0x4aa509bea270b71full, 0x9acaa4a957e64d76ull },
	{ 100, 75, 3, 51, 51, 0x442fcd1d0897ca43ull, 0xd4df9263d2862af9ull },
	{ 33, 1, 3, 5, 1, 0x70e77e5f31caaad2ull, 0x44518aa9d750bfb1ull },
	{ 1, 33, 1, 1, 4, 0x8f204fa9bd1a65beull, 0xa9aae8b49da1fe67ull },
	{ 200, 3, 3, 1, 1, 0xc00fb019803dc60aull, 0x60caed194a48ee3aull },
	{ 61, 59, 3, 61, 20, 0xce66329e8d79101full, 0xde4c2f0493bd527bull },
	{ 61, 59, 1, 20, 59, 0x44d05688912717daull, 0xde9cd7f89caeb7adull },
	{ 13, 13, 3, 40, 41, 0x166e291cd1a27475ull, 0x0a146daa406aa041ull },
	{ 300, 200, 3, 7, 9, 0x53612cfb5adad25dull, 0xf8579031be8a1fd8ull },
};

static const struct resize_kernels *const kinds[] = {
	&resize_plain,
#if defined(__x86_64__)
	&resize_avx2,
	&resize_vnni,
#endif
};

static void
equals_pillow(void **state)
{
	struct image in, out, scratch;

	(void)state;
	image_init(&in);
	image_init(&out);
	image_init(&scratch);
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (!kinds[k]->usable()) {
			print_message("# no %s here\n", kinds[k]->name);
			continue;
		}
		for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]);
		     i++) {
			const struct golden *g = &golden[i];
			struct resize_window win = { .full_w = g->to_w,
				.full_h = g->to_h,
				.w = g->to_w,
				.h = g->to_h };

			pattern_noise(&in, g->w, g->h, g->c, i + 1);
			assert_int_equal(
			    resize_window(&out, &in, &win, &scratch, kinds[k]),
			    0);
			if (pattern_hash(&out) != g->hash)
				fail_msg("%s: %dx%dx%d to %dx%d differs",
				    kinds[k]->name, g->w, g->h, g->c, g->to_w,
				    g->to_h);
			win.filter = IMAGE_BICUBIC;
			assert_int_equal(
			    resize_window(&out, &in, &win, &scratch, kinds[k]),
			    0);
			if (pattern_hash(&out) != g->cubic)
				fail_msg("bicubic: %dx%dx%d to %dx%d differs",
				    g->w, g->h, g->c, g->to_w, g->to_h);
		}
	}
	image_clear(&in);
	image_clear(&out);
	image_clear(&scratch);
}

static void
window_is_part(void **state)
{
	struct resize_window win = {
		.full_w = 91, .full_h = 70, .x = 13, .y = 11, .w = 37, .h = 41
	};
	struct image in, whole, part, want;

	(void)state;
	image_init(&in);
	image_init(&whole);
	image_init(&part);
	image_init(&want);
	for (int c = 1; c <= 3; c += 2) {
		pattern_noise(&in, 150, 120, c, 5);
		assert_int_equal(image_resize(&whole, &in, 91, 70, NULL), 0);
		assert_int_equal(image_crop(&want, &whole, 13, 11, 37, 41), 0);
		assert_int_equal(
		    resize_window(&part, &in, &win, NULL, resize_best()), 0);
		assert_int_equal(pattern_worst(&part, &want), 0);
	}
	image_clear(&in);
	image_clear(&whole);
	image_clear(&part);
	image_clear(&want);
}

/* A hint-decoded picture keeps the geometry of the whole one: a half of 201
 * columns is 101, the last of which counts for half. */
static void
fraction_of_a_pixel(void **state)
{
	struct image in, out;

	(void)state;
	image_init(&in);
	image_init(&out);
	assert_int_equal(image_resize_buffer(&in, 101, 4, 1), 0);
	memset(in.data, 0, 101 * 4);
	for (int y = 0; y < 4; y++)
		in.data[y * 101 + 100] = 255;
	in.full_width = 201;
	in.full_height = 8;
	assert_int_equal(image_resize(&out, &in, 1, 1, NULL), 0);
	assert_int_equal(out.width, 1);
	assert_true(out.data[0] <= 2); /* a triangle's very edge */
	image_clear(&in);
	image_clear(&out);
}

static void
refuses(void **state)
{
	struct image in, out;

	(void)state;
	image_init(&in);
	image_init(&out);
	pattern_noise(&in, 4, 4, 1, 1);
	assert_int_equal(image_resize(&out, &in, 0, 4, NULL), ERR_FORMAT);
	assert_int_equal(image_resize(&out, &in, 70000, 4, NULL), ERR_RANGE);
	assert_int_equal(
	    image_resize(&out, &in, 60000, 60000, NULL), ERR_RANGE);
	image_clear(&in);
	image_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_pillow),
		cmocka_unit_test(window_is_part),
		cmocka_unit_test(fraction_of_a_pixel),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
