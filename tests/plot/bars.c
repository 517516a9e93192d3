/* Bars of a table, drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/image.h"
#include "plot/bars.h"

#include "../tmp.h"

static const char *const parts[] = { "train", "val", "test", NULL };

static void
tables(void **state)
{
	struct bars b;

	(void)state;
	assert_int_equal(bars_table(&b,
			     "label\tclass\ttrain\ttest\n"
			     "0\tcat\t7\t2\n1\tdog\t9\n"
			     "label\tclass\ttrain\n5\tx\t1\n",
			     "class", parts),
	    0);
	assert_int_equal(b.n, 2);
	assert_int_equal(b.series, 2);
	assert_string_equal(b.name[1], "dog");
	assert_string_equal(b.series_name[1], "test");
	assert_true(b.v[0][0] == 7 && b.v[0][1] == 9);
	assert_true(b.v[1][0] == 2 && b.v[1][1] == 0);
	bars_clear(&b);
	assert_int_equal(bars_table(&b, "", "class", parts), ERR_MISSING);
	assert_int_equal(
	    bars_table(&b, "label\tclass\ttrain\n", "class", parts),
	    ERR_MISSING);
	assert_int_equal(
	    bars_table(&b, "a\tb\n1\t2\n", "class", parts), ERR_MISSING);
}

/* Pixels of a colour in a picture. */
static size_t
pixels_of(const struct image *im, uint32_t colour)
{
	size_t n = 0;

	for (size_t i = 0; i < (size_t)im->width * (size_t)im->height; i++) {
		const uint8_t *p = im->data + i * 3;

		n += (uint32_t)(p[0] << 16 | p[1] << 8 | p[2]) == colour;
	}
	return n;
}

/* A bar's area is as its number: 100 to 50 of the one, twice 100 of the other. */
static void
areas(void **state)
{
	const char *path = tmp_path("bars.png");
	struct bars b;
	struct image im;
	size_t train, val;

	(void)state;
	image_init(&im);
	assert_int_equal(
	    bars_table(&b, "class\ttrain\tval\nx\t100\t100\ny\t50\t100\n",
		"class", parts),
	    0);
	assert_int_equal(bars_write(&b, path, 0, 0, 1), 0);
	assert_int_equal(image_read(&im, path, 0), 0);
	train = pixels_of(&im, 0x0072b2);
	val = pixels_of(&im, 0xd55e00);
	assert_true(train > 1000 && val > train);
	assert_in_range(val * 3, train * 4 - train / 4, train * 4 + train / 4);
	assert_int_equal(bars_write(&b, path, 400, 300, 1), 0);
	assert_int_equal(image_read(&im, path, 0), 0);
	assert_true(im.width <= 400 && im.height <= 300);
	bars_clear(&b);
	image_clear(&im);
}

/* A thousand rows stand in columns: the page is wider than high. */
static void
many(void **state)
{
	const char *path = tmp_path("many.png");
	char *text = mem_array(char, 40000);
	size_t n = 0;
	struct bars b;
	struct image im;

	(void)state;
	image_init(&im);
	n += (size_t)snprintf(text, 40000, "class\ttrain\n");
	for (int i = 0; i < 1000; i++)
		n += (size_t)snprintf(
		    text + n, 40000 - n, "class %d\t%d\n", i, i % 97);
	assert_int_equal(bars_table(&b, text, "class", parts), 0);
	assert_int_equal(b.n, 1000);
	assert_int_equal(bars_write(&b, path, 0, 0, 1), 0);
	assert_int_equal(image_read(&im, path, 0), 0);
	assert_true(im.width > im.height && im.width < 3 * im.height);
	bars_clear(&b);
	image_clear(&im);

	mem_free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),
		cmocka_unit_test(areas),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
