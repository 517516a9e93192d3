/* PNG and JPEG: what is written reads back; damage, bombs and unknown bytes
 * are refused with a sentence; orientation is heeded or not as asked. */
#include "pattern.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "image/codec.h"

static struct image a, b;
static struct buf bytes;

static int
setup(void **state)
{
	(void)state;
	image_init(&a);
	image_init(&b);
	buf_init(&bytes, 1 << 26);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	image_clear(&a);
	image_clear(&b);
	buf_clear(&bytes);
	return 0;
}

static void
png_round_trip(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 2, 3 }, { 17, 1 },
		{ 1, 40 }, { 100, 70 } };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		for (int c = 1; c <= 3; c += 2)
			for (int level = -1; level <= 9; level++) {
				int w = sizes[i][0], h = sizes[i][1];

				if (level & 1)
					pattern_noise(&a, w, h, c, 3);
				else
					pattern_smooth(&a, w, h, c);
				buf_reset(&bytes);
				assert_int_equal(
				    image_encode_png(&bytes, &a, level), 0);
				assert_int_equal(image_decode(&b, bytes.data,
						     bytes.len, "a", 0, 0, 0),
				    0);
				assert_int_equal(pattern_worst(&a, &b), 0);
			}
	assert_int_equal(image_encode_png(&bytes, &a, 10), ERR_RANGE);
}

static void
jpeg_round_trip(void **state)
{
	struct image_info info;

	(void)state;
	for (int c = 1; c <= 3; c += 2) {
		pattern_smooth(&a, 67, 45, c);
		buf_reset(&bytes);
		assert_int_equal(image_encode_jpeg(&bytes, &a, 95), 0);
		assert_int_equal(
		    image_decode(&b, bytes.data, bytes.len, "a", 0, 0, 0), 0);
		assert_in_range(pattern_worst(&a, &b), 0, 4);
		assert_int_equal(
		    image_probe(&info, bytes.data, bytes.len, "a"), 0);
		assert_string_equal(info.format, "jpeg");
		assert_int_equal(info.width, 67);
		assert_int_equal(info.height, 45);
		assert_int_equal(info.channels, c);
	}
	assert_int_equal(image_encode_jpeg(&bytes, &a, 0), ERR_RANGE);
}

/* The scaled path: half the size when that is enough, and after the resize
 * nearly what full decoding gives. */
static void
jpeg_hint(void **state)
{
	struct image small, full;

	(void)state;
	image_init(&small);
	image_init(&full);
	pattern_smooth(&a, 801, 600, 3);
	assert_int_equal(image_encode_jpeg(&bytes, &a, 90), 0);
	assert_int_equal(
	    image_decode(&b, bytes.data, bytes.len, "a", 0, 0, 0), 0);
	assert_int_equal(b.full_width, 0);
	assert_int_equal(image_fit(&full, &b, 50, 50, IMAGE_CROP, 0, NULL), 0);
	assert_int_equal(
	    image_decode(&b, bytes.data, bytes.len, "a", 0, 50, 50), 0);
	assert_int_equal(b.width, 201);
	assert_int_equal(b.height, 150);
	assert_int_equal(b.full_width, 801);
	assert_int_equal(b.full_height, 600);
	assert_int_equal(image_fit(&small, &b, 50, 50, IMAGE_CROP, 0, NULL), 0);
	assert_in_range(pattern_worst(&small, &full), 0, 3);
	/* Not enough to shrink from: decoded whole. */
	assert_int_equal(
	    image_decode(&b, bytes.data, bytes.len, "a", 0, 450, 50), 0);
	assert_int_equal(b.width, 801);
	image_clear(&small);
	image_clear(&full);
}

static void
cut_files(void **state)
{
	(void)state;
	pattern_noise(&a, 40, 30, 3, 9);
	for (int jpeg = 0; jpeg < 2; jpeg++) {
		buf_reset(&bytes);
		assert_int_equal(jpeg ? image_encode_jpeg(&bytes, &a, 90)
				      : image_encode_png(&bytes, &a, 1),
		    0);
		/* A missing end marker is forgiven to a JPEG, no more. */
		for (size_t n = 0; n + 3 < bytes.len; n++) {
			int rc =
			    image_decode(&b, bytes.data, n, "x.pic", 0, 0, 0);

			if (rc >= 0)
				fail_msg("%zu of %zu bytes were taken", n,
				    bytes.len);
			assert_true(strncmp(err_text(), "x.pic: ", 7) == 0);
		}
	}
	assert_int_equal(
	    image_decode(&b, bytes.data, bytes.len, "x", 0, 0, 0), 0);
}

/* A header that promises what the file cannot hold, or more than is taken. */
static void
bombs(void **state)
{
	static const uint8_t widths[2][4] = { { 0, 0, 0x20, 0 },
		{ 0x7f, 0xff, 0, 0 } };

	(void)state;
	pattern_smooth(&a, 8, 8, 3);
	for (int i = 0; i < 2; i++) {
		uint8_t *p;
		uint32_t crc = 0xffffffff;

		buf_reset(&bytes);
		assert_int_equal(image_encode_png(&bytes, &a, 1), 0);
		p = (uint8_t *)bytes.data;
		memcpy(p + 16, widths[i], 4);
		memcpy(p + 20, widths[0], 4);
		for (int k = 12; k < 29; k++) {
			crc ^= p[k];
			for (int bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		}
		crc = ~crc;
		for (int k = 0; k < 4; k++)
			p[29 + k] = (uint8_t)(crc >> (24 - 8 * k));
		assert_int_equal(
		    image_decode(&b, bytes.data, bytes.len, "x", 0, 0, 0),
		    i == 0 ? ERR_FORMAT : ERR_RANGE);
		assert_true(b.cap < 1 << 20);
	}
}

static void
not_pictures(void **state)
{
	(void)state;
	assert_int_equal(image_decode(&b, "", 0, "x", 0, 0, 0), ERR_FORMAT);
	assert_string_equal(err_text(), "x: the file is empty");
	assert_int_equal(
	    image_decode(&b, "hello, world", 12, "x", 0, 0, 0), ERR_FORMAT);
}

/* EXIF in a JPEG: a segment behind SOI that says "turned by a quarter". */
static void
orientation(void **state)
{
	static const uint8_t exif[] = { 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f',
		0, 0, 'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0,
		0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0 };
	struct buf turned;

	(void)state;
	buf_init(&turned, 1 << 20);
	/* Left dark, right light. */
	assert_int_equal(image_resize_buffer(&a, 32, 16, 1), 0);
	for (int i = 0; i < 32 * 16; i++)
		a.data[i] = i % 32 < 16 ? 10 : 240;
	assert_int_equal(image_encode_jpeg(&bytes, &a, 95), 0);
	assert_int_equal(buf_add(&turned, bytes.data, 2), 0);
	assert_int_equal(buf_add(&turned, exif, sizeof(exif)), 0);
	assert_int_equal(buf_add(&turned, bytes.data + 2, bytes.len - 2), 0);
	assert_int_equal(
	    image_decode(&b, turned.data, turned.len, "x", IMAGE_NO_EXIF, 0, 0),
	    0);
	assert_int_equal(b.width, 32);
	assert_int_equal(
	    image_decode(&b, turned.data, turned.len, "x", 0, 0, 0), 0);
	assert_int_equal(b.width, 16);
	assert_int_equal(b.height, 32);
	/* Clockwise: what was left is now above. */
	assert_true(b.data[0] < 30);
	assert_true(b.data[16 * 31] > 220);
	buf_clear(&turned);
}

/* Every orientation: where the pixel stored first is seen. */
static void
eight_ways(void **state)
{
	static const int corner[9] = { 0, 0, 1, 3, 2, 0, 1, 3, 2 };

	(void)state;
	for (int o = 1; o <= 8; o++) {
		int at[4];

		assert_int_equal(image_resize_buffer(&a, 3, 2, 1), 0);
		for (int i = 0; i < 6; i++)
			a.data[i] = (uint8_t)i;
		assert_int_equal(image_orient(&a, o), 0);
		assert_int_equal(a.width, o >= 5 ? 2 : 3);
		at[0] = 0;
		at[1] = a.width - 1;
		at[2] = (a.height - 1) * a.width;
		at[3] = a.height * a.width - 1;
		assert_int_equal(a.data[at[corner[o]]], 0);
		/* Row neighbours stay neighbours, along x or y. */
		assert_int_equal(a.data[at[3 - corner[o]]], 5);
	}
}

static void
channels(void **state)
{
	static const uint8_t rgb[] = { 255, 0, 0, 0, 255, 0, 0, 0, 255, 255,
		255, 255, 10, 20, 30 };
	static const uint8_t grey[] = { 76, 150, 29, 255, 18 }; /* Pillow's */

	(void)state;
	assert_int_equal(image_resize_buffer(&a, 5, 1, 3), 0);
	memcpy(a.data, rgb, sizeof(rgb));
	assert_int_equal(image_channels(&a, 1), 0);
	assert_memory_equal(a.data, grey, sizeof(grey));
	assert_int_equal(image_channels(&a, 3), 0);
	for (int i = 0; i < 15; i++)
		assert_int_equal(a.data[i], grey[i / 3]);
	assert_int_equal(image_channels(&a, 2), ERR_RANGE);
}

static void
writes_by_extension(void **state)
{
	char path[64];

	(void)state;
	pattern_smooth(&a, 20, 10, 3);
	snprintf(
	    path, sizeof(path), "/tmp/nnutils-image-%d.PNG", (int)getpid());
	assert_int_equal(image_write(path, &a, 0), 0);
	assert_int_equal(image_read(&b, path, 0), 0);
	assert_int_equal(pattern_worst(&a, &b), 0);
	assert_int_equal(image_write(path, &a, 0), ERR_REFUSED);
	assert_int_equal(image_write(path, &a, 1), 0);
	unlink(path);
	assert_int_equal(image_write("a.xyz", &a, 0), ERR_USAGE);
	assert_int_equal(image_read(&b, path, 0), ERR_MISSING);
}

/* word i of "a|b|c" */
static void
is_word(const char *list, int i, const char *name)
{
	size_t n;

	for (; i > 0; i--)
		list = strchr(list, '|') + 1;
	n = strcspn(list, "|");
	assert_int_equal(strlen(name), n);
	for (size_t j = 0; j < n; j++)
		assert_true(name[j] == (list[j] == '-' ? '_' : list[j]));
}

/* What options call things is what files do, in the same order. */
static void
names(void **state)
{
	enum image_mode mode;

	(void)state;
	for (int i = IMAGE_PNG; i <= IMAGE_RAW; i++)
		is_word(IMAGE_ENCODINGS, i,
		    image_encoding_name((enum image_encoding)i));
	for (int i = IMAGE_SQUASH; i <= IMAGE_LETTERBOX; i++) {
		const char *name = image_mode_name((enum image_mode)i);

		is_word(IMAGE_MODES, i, name);
		assert_int_equal(image_mode_find(&mode, name), 0);
		assert_int_equal(mode, i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    png_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    jpeg_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(jpeg_hint, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_files, setup, teardown),
		cmocka_unit_test_setup_teardown(bombs, setup, teardown),
		cmocka_unit_test_setup_teardown(not_pictures, setup, teardown),
		cmocka_unit_test(names),
		cmocka_unit_test_setup_teardown(orientation, setup, teardown),
		cmocka_unit_test_setup_teardown(eight_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(channels, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    writes_by_extension, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
