/* Confusion matrices as pictures: what must be seen, at any number of classes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "file/file.h"
#include "image/image.h"
#include "infer/classes/matrix.h"
#include "../tmp.h"

static void
add(struct confusion *c, int truth, int answer, int times)
{
	for (int i = 0; i < times; i++)
		assert_true(confusion_add(c, truth, &answer, 1));
}

/* Of each class 50 pictures: most are right, some are taken for one of the ten
 * around it; the last class has none. */
static void
fill(struct confusion *c, size_t n)
{
	assert_int_equal(confusion_init(c, n, true), 0);
	for (size_t i = 0; i + 1 < n; i++) {
		size_t group = i / 10 * 10;
		size_t many = n - group < 10 ? n - group : 10;

		add(c, (int)i, (int)i, 42);
		for (int k = 0; k < 8; k++)
			add(c, (int)i,
			    (int)(group + (i * 7 + (size_t)k * 3) % many), 1);
	}
}

static void
write_and_read(struct image *im, const char *path, const struct confusion *c)
{
	static const char *const names[] = { "cat",
		"a dog with a name that is far too long to be written here",
		"\xc3\xa4hre" };

	assert_int_equal(matrix_write(path, c, names, 3, 1), 0);
	image_init(im);
	assert_int_equal(image_read(im, path, 0), 0);
	assert_int_equal(im->channels, 3);
}

/* How many pixels have just this colour? */
static size_t
pixels_of(const struct image *im, uint32_t colour)
{
	const size_t n = (size_t)im->width * (size_t)im->height;
	size_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = im->data + 3 * i;

		sum += ((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]) ==
		    colour;
	}
	return sum;
}

/* White to dark, and each share darker than the one before. */
static void
colours(void **state)
{
	int before = 256 * 3;

	(void)state;
	assert_int_equal(matrix_colour(0, 10), 0xffffff);
	assert_int_equal(matrix_colour(1, 10), 0x08285a);
	assert_int_equal(matrix_colour(2, 10), 0x08285a);
	for (int i = 1; i <= 100; i++) {
		uint32_t v = matrix_colour(i / 100.0, 10);
		int light =
		    (int)(v >> 16) + (int)(v >> 8 & 255) + (int)(v & 255);

		assert_true(light < before);
		before = light;
	}
	/* One in a hundred is told from none. */
	assert_true(matrix_colour(0.01, 10) != 0xffffff);
	assert_true((matrix_colour(0.01, 10) >> 16) < 245);
}

/* Every count of the matrix is there as an area of its colour. */
static void
cells(void **state)
{
	const char *path = tmp_path("two.png");
	struct confusion c;
	struct image im;
	size_t right, half;

	(void)state;
	assert_int_equal(confusion_init(&c, 3, true), 0);
	add(&c, 0, 0, 5);
	add(&c, 1, 1, 2);
	add(&c, 1, 0, 2);
	write_and_read(&im, path, &c);
	right = pixels_of(&im, matrix_colour(1, 10));
	half = pixels_of(&im, matrix_colour(0.5, 10));
	/* A cell of 48 x 48 less its lines and number; two of half. */
	assert_in_range(right, 1800, 2400);
	assert_in_range(half, 3600, 4700);
	/* The row of the class without pictures. */
	assert_true(pixels_of(&im, 0xeeeeee) > 3 * 45 * 45);
	assert_true(pixels_of(&im, 0xffffff) > 5000);
	image_clear(&im);
	confusion_clear(&c);
}

/* As large as a screen can show, whatever the classes; and clusters are there. */
static void
sizes(void **state)
{
	static const size_t n[] = { 1, 2, 10, 11, 40, 41, 100, 101, 250, 1000,
		2001 };

	(void)state;
	for (size_t i = 0; i < LENGTH(n); i++) {
		char name[32];
		struct confusion c;
		struct image im;

		snprintf(name, sizeof(name), "m%zu.png", n[i]);
		fill(&c, n[i]);
		write_and_read(&im, tmp_path(name), &c);
		assert_in_range(im.width, 200, 2400);
		assert_in_range(im.height, 200, 2400);
		if (n[i] >= 10)
			assert_true(pixels_of(&im, 0xffffff) >
			    (size_t)im.width * (size_t)im.height / 3);
		image_clear(&im);
		confusion_clear(&c);
	}
}

static void
shapes(void **state)
{
	static const size_t n[] = { 10, 300 };
	struct confusion c;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < LENGTH(n); i++) {
		const char *path = tmp_path("m.svg");

		fill(&c, n[i]);
		assert_int_equal(matrix_write(path, &c, NULL, 0, 1), 0);
		buf_init(&b, 1 << 26);
		assert_int_equal(file_read(&b, path), 0);
		assert_int_equal(memcmp(buf_str(&b), "<?xml", 5), 0);
		assert_non_null(strstr(buf_str(&b), "<svg "));
		assert_non_null(strstr(buf_str(&b), "</svg>"));
		assert_int_equal(
		    strstr(buf_str(&b), "<image") != NULL, n[i] > 100);
		buf_clear(&b);
		confusion_clear(&c);
	}
}

static void
refused(void **state)
{
	const char *path = tmp_path("twice.png");
	struct confusion c;

	(void)state;
	fill(&c, 2);
	assert_int_equal(matrix_write(path, &c, NULL, 0, 0), 0);
	assert_int_equal(matrix_write(path, &c, NULL, 0, 0), ERR_REFUSED);
	confusion_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colours),
		cmocka_unit_test(cells),
		cmocka_unit_test(sizes),
		cmocka_unit_test(shapes),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
