/* The four modes: shape, rounding and pixels are those of DIGITS (its
 * resize_image on Pillow); noise is seeded, 0..254, and only where it belongs.
 * The montage that lays pictures out. */
#include "pattern.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

/* The picture, the size, the mode; the part that is picture and the
 * fingerprint of it. */
static const struct golden {
	int w, h, c, to_w, to_h;
	enum image_mode mode;
	int x, y, part_w, part_h;
	uint64_t hash;
} golden[] = {
	{ 50, 30, 3, 20, 20, IMAGE_SQUASH, 0, 0, 20, 20,
	    0xafaa572f624b51adull },
	{ 50, 30, 3, 20, 20, IMAGE_CROP, 0, 0, 20, 20, 0x70f94a3d7a80d161ull },
	{ 50, 30, 3, 20, 20, IMAGE_FILL, 0, 4, 20, 12, 0x6643ee5d1fe8f651ull },
	{ 50, 30, 3, 20, 20, IMAGE_HALF_CROP, 0, 2, 20, 16,
	    0x49f6bf626350c7cfull },
	{ 30, 50, 1, 20, 20, IMAGE_SQUASH, 0, 0, 20, 20,
	    0xed92a3b191eb197bull },
	{ 30, 50, 1, 20, 20, IMAGE_CROP, 0, 0, 20, 20, 0x13bb9067f99514a0ull },
	{ 30, 50, 1, 20, 20, IMAGE_FILL, 4, 0, 12, 20, 0xf5bad76e130b8194ull },
	{ 30, 50, 1, 20, 20, IMAGE_HALF_CROP, 2, 0, 16, 20,
	    0xc7645a992593c709ull },
	{ 37, 41, 3, 24, 16, IMAGE_SQUASH, 0, 0, 24, 16,
	    0x219c099f4be4b53aull },
	{ 37, 41, 3, 24, 16, IMAGE_CROP, 0, 0, 24, 16, 0xc377e23446e7c5eeull },
	{ 37, 41, 3, 24, 16, IMAGE_FILL, 5, 0, 14, 16, 0x00ae00a1e86d6359ull },
	{ 37, 41, 3, 24, 16, IMAGE_HALF_CROP, 3, 0, 18, 16,
	    0x18d3772e30dcb007ull },
	{ 100, 20, 1, 15, 15, IMAGE_SQUASH, 0, 0, 15, 15,
	    0x2f2866079d524b4bull },
	{ 100, 20, 1, 15, 15, IMAGE_CROP, 0, 0, 15, 15, 0x683b64276e14fb70ull },
	{ 100, 20, 1, 15, 15, IMAGE_FILL, 0, 6, 15, 3, 0x3a068325c3d36f71ull },
	{ 100, 20, 1, 15, 15, IMAGE_HALF_CROP, 0, 5, 15, 5,
	    0xfb2da5dbd139c36cull },
	{ 20, 100, 3, 15, 16, IMAGE_SQUASH, 0, 0, 15, 16,
	    0xfdf6462b2db4626dull },
	{ 20, 100, 3, 15, 16, IMAGE_CROP, 0, 0, 15, 16, 0x7f80447e0bec442eull },
	{ 20, 100, 3, 15, 16, IMAGE_FILL, 6, 0, 3, 16, 0xe1f6b8a2e4753f09ull },
	{ 20, 100, 3, 15, 16, IMAGE_HALF_CROP, 5, 0, 5, 16,
	    0xbe2e978713067d2full },
	{ 64, 48, 3, 32, 24, IMAGE_SQUASH, 0, 0, 32, 24,
	    0x0b22eb89b02d28ddull },
	{ 64, 48, 3, 32, 24, IMAGE_CROP, 0, 0, 32, 24, 0x0b22eb89b02d28ddull },
	{ 64, 48, 3, 32, 24, IMAGE_FILL, 0, 0, 32, 24, 0x0b22eb89b02d28ddull },
	{ 64, 48, 3, 32, 24, IMAGE_HALF_CROP, 0, 0, 32, 24,
	    0x0b22eb89b02d28ddull },
	{ 7, 9, 1, 20, 10, IMAGE_SQUASH, 0, 0, 20, 10, 0x2a92439f032b6610ull },
	{ 7, 9, 1, 20, 10, IMAGE_CROP, 0, 0, 20, 10, 0x215d0fc841b8f467ull },
	{ 7, 9, 1, 20, 10, IMAGE_FILL, 6, 0, 8, 10, 0x16372116c3aaf06cull },
	{ 7, 9, 1, 20, 10, IMAGE_HALF_CROP, 4, 0, 12, 10,
	    0xc48870357ab9ca17ull },
	{ 31, 30, 3, 16, 16, IMAGE_SQUASH, 0, 0, 16, 16,
	    0xe16c4750d07856b7ull },
	{ 31, 30, 3, 16, 16, IMAGE_CROP, 0, 0, 16, 16, 0xa81513a6731bb43dull },
	{ 31, 30, 3, 16, 16, IMAGE_FILL, 0, 0, 16, 16, 0xe16c4750d07856b7ull },
	{ 31, 30, 3, 16, 16, IMAGE_HALF_CROP, 0, 0, 16, 16,
	    0xe16c4750d07856b7ull },
};

static void
equals_digits(void **state)
{
	struct image in, out, part;

	(void)state;
	image_init(&in);
	image_init(&out);
	image_init(&part);
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		const struct golden *g = &golden[i];

		pattern_noise(&in, g->w, g->h, g->c, i / 4 + 1);
		assert_int_equal(
		    image_fit(&out, &in, g->to_w, g->to_h, g->mode, 7, NULL),
		    0);
		assert_int_equal(out.width, g->to_w);
		assert_int_equal(out.height, g->to_h);
		assert_int_equal(
		    image_crop(&part, &out, g->x, g->y, g->part_w, g->part_h),
		    0);
		if (pattern_hash(&part) != g->hash)
			fail_msg("%s of %dx%d to %dx%d differs",
			    image_mode_name(g->mode), g->w, g->h, g->to_w,
			    g->to_h);
	}
	image_clear(&in);
	image_clear(&out);
	image_clear(&part);
}

static void
noise(void **state)
{
	struct image in, a, b;
	int seen[256] = { 0 };

	(void)state;
	image_init(&in);
	image_init(&a);
	image_init(&b);
	assert_int_equal(image_resize_buffer(&in, 400, 4, 1), 0);
	memset(in.data, 255, 400 * 4);
	assert_int_equal(image_fit(&a, &in, 200, 200, IMAGE_FILL, 1, NULL), 0);
	assert_int_equal(image_fit(&b, &in, 200, 200, IMAGE_FILL, 1, NULL), 0);
	assert_int_equal(pattern_worst(&a, &b), 0);
	assert_int_equal(image_fit(&b, &in, 200, 200, IMAGE_FILL, 2, NULL), 0);
	assert_true(pattern_worst(&a, &b) > 200);
	for (int i = 0; i < 200 * 200; i++)
		seen[a.data[i]]++;
	/* 255 is the picture, 2 rows of it; the rest is spread evenly. */
	assert_int_equal(seen[255], 2 * 200);
	for (int v = 0; v < 255; v++)
		assert_in_range(seen[v], 80, 240); /* 155 expected */
	image_clear(&in);
	image_clear(&a);
	image_clear(&b);
}

/* As fill, with grey where that has noise. */
static void
letterbox(void **state)
{
	struct image in, fill, box;
	int bars = 0;

	(void)state;
	image_init(&in);
	image_init(&fill);
	image_init(&box);
	pattern_noise(&in, 50, 30, 3, 1);
	assert_int_equal(image_fit(&fill, &in, 20, 20, IMAGE_FILL, 7, NULL), 0);
	assert_int_equal(
	    image_fit(&box, &in, 20, 20, IMAGE_LETTERBOX, 7, NULL), 0);
	for (int i = 0; i < 20 * 20 * 3; i++) {
		int y = i / 60;

		if (y >= 4 && y < 16)
			assert_int_equal(box.data[i], fill.data[i]);
		else
			bars += box.data[i] == IMAGE_GROUND;
	}
	assert_int_equal(bars, 8 * 60);
	image_clear(&in);
	image_clear(&fill);
	image_clear(&box);
}

/* The corners of a picture, and where golden says that its part lies. */
static void
places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		const struct golden *g = &golden[i];
		struct image_place p =
		    image_fit_place(g->w, g->h, g->to_w, g->to_h, g->mode);
		double right = g->w * p.scale_x + p.left;
		double bottom = g->h * p.scale_y + p.top;

		assert_true(fmax(p.left, 0) == g->x);
		assert_true(fmax(p.top, 0) == g->y);
		assert_true(
		    fabs(fmin(right, g->to_w) - g->x - g->part_w) < 1e-9);
		assert_true(
		    fabs(fmin(bottom, g->to_h) - g->y - g->part_h) < 1e-9);
	}
	/* 500x300 into 100x100: a fifth, and 20 rows above. */
	struct image_place p =
	    image_fit_place(500, 300, 100, 100, IMAGE_LETTERBOX);
	assert_true(p.scale_x == .2 && p.scale_y == .2);
	assert_true(p.left == 0 && p.top == 20);
}

/* Shapes that would be huge if scaled whole, or vanish. */
static void
absurd_shapes(void **state)
{
	struct image in, out;

	(void)state;
	image_init(&in);
	image_init(&out);
	for (int mode = IMAGE_SQUASH; mode <= IMAGE_LETTERBOX; mode++) {
		pattern_noise(&in, IMAGE_MAX_SIDE, 1, 3, 1);
		assert_int_equal(image_fit(&out, &in, 32, 32,
				     (enum image_mode)mode, 1, NULL),
		    0);
		pattern_noise(&in, 1, IMAGE_MAX_SIDE, 1, 1);
		assert_int_equal(image_fit(&out, &in, 31, 32,
				     (enum image_mode)mode, 1, NULL),
		    0);
		assert_int_equal(out.width, 31);
		assert_int_equal(out.height, 32);
	}
	image_clear(&in);
	image_clear(&out);
}

static void
names(void **state)
{
	enum image_mode mode;

	(void)state;
	for (int m = IMAGE_SQUASH; m <= IMAGE_LETTERBOX; m++) {
		assert_int_equal(
		    image_mode_find(&mode, image_mode_name((enum image_mode)m)),
		    0);
		assert_int_equal(mode, m);
	}
	assert_int_equal(image_mode_find(&mode, "half-crop"), 0);
	assert_int_equal(mode, IMAGE_HALF_CROP);
	assert_int_equal(image_mode_find(&mode, "stretch"), ERR_USAGE);
}

static void
montage(void **state)
{
	const struct image *list[5];
	struct image small, large, out;

	(void)state;
	image_init(&small);
	image_init(&large);
	image_init(&out);
	assert_int_equal(image_resize_buffer(&small, 4, 4, 1), 0);
	memset(small.data, 200, 16);
	assert_int_equal(image_resize_buffer(&large, 40, 20, 3), 0);
	memset(large.data, 100, 40 * 20 * 3);
	for (int i = 0; i < 5; i++)
		list[i] = i == 4 ? &large : &small;
	assert_int_equal(image_montage(&out, list, 5, 0, 10, 10, 2, 30), 0);
	/* Three columns, two rows. */
	assert_int_equal(out.width, 3 * 12 + 2);
	assert_int_equal(out.height, 2 * 12 + 2);
	assert_int_equal(out.channels, 3);
#define AT(x, y) out.data[((size_t)(y) * (size_t)out.width + (size_t)(x)) * 3]
	assert_int_equal(AT(0, 0), 30);
	assert_int_equal(AT(4, 4), 30);  /* the cell around the small one */
	assert_int_equal(AT(5, 5), 200); /* centred, as it is */
	assert_int_equal(AT(8, 8), 200);
	assert_int_equal(AT(9, 9), 30);
	/* The large one is shrunk to 10x5 in the cell at 14,14. */
	assert_int_equal(AT(14, 15), 30);
	assert_int_equal(AT(14, 17), 100);
	assert_int_equal(AT(23, 20), 100);
	assert_int_equal(AT(14, 21), 30);
	assert_int_equal(AT(30, 20), 30); /* no sixth */
#undef AT
	assert_int_equal(
	    image_montage(&out, list, 0, 0, 10, 10, 2, 30), ERR_RANGE);
	image_clear(&small);
	image_clear(&large);
	image_clear(&out);
}

/* What torchvision's Resize and CenterCrop make of it, fingerprints of Pillow's (rows
 * first, as all before version 13). */
static void
middle_is_torchvisions(void **state)
{
	static const struct {
		int w, h, edge, side;
		enum image_filter filter;
		uint64_t hash;
	} v[] = {
		{ 97, 200, 73, 64, IMAGE_BICUBIC, 0x171ef3d2c4d92a01ull },
		{ 150, 101, 71, 64, IMAGE_BILINEAR, 0x81b5aeaf1ba1aaa0ull },
		{ 73, 73, 73, 64, IMAGE_BICUBIC, 0x59d8648eff362482ull },
		{ 64, 80, 64, 64, IMAGE_BILINEAR, 0x2f5bfb346eca8727ull },
		{ 40, 31, 51, 44, IMAGE_BICUBIC, 0xdf9ceebdfc1d5834ull },
	};
	struct image in, out;

	(void)state;
	image_init(&in);
	image_init(&out);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		const int size[2] = { v[i].w, v[i].h };
		const int fit[2] = { v[i].edge, v[i].edge };
		const int to[2] = { v[i].side, v[i].side };
		const struct image_place p = image_middle_place(size, fit, to);

		pattern_noise(&in, v[i].w, v[i].h, 3, i + 1);
		assert_int_equal(image_middle(&out, &in, v[i].edge, v[i].edge,
				     v[i].side, v[i].side, v[i].filter, NULL),
		    0);
		assert_int_equal(out.width, v[i].side);
		if (pattern_hash(&out) != v[i].hash)
			fail_msg("the middle %d of %dx%d at %d differs",
			    v[i].side, v[i].w, v[i].h, v[i].edge);
		/* its middle stays in the middle, within half a pixel */
		assert_true(fabs(v[i].w / 2.0 * p.scale_x + p.left -
				v[i].side / 2.0) < 0.51);
		assert_true(fabs(v[i].h / 2.0 * p.scale_y + p.top -
				v[i].side / 2.0) < 0.51);
	}
	image_clear(&in);
	image_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_digits),
		cmocka_unit_test(noise),
		cmocka_unit_test(letterbox),
		cmocka_unit_test(places),
		cmocka_unit_test(absurd_shapes),
		cmocka_unit_test(names),
		cmocka_unit_test(montage),
		cmocka_unit_test(middle_is_torchvisions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
