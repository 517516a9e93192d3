/* Sheets have their words below their pictures, legends their colours below all. */
#include "pattern.h"

#include <string.h>

#include "base/err.h"
#include "image/drawing/legend.h"
#include "image/drawing/sheet.h"

static uint32_t
at(const struct image *im, int x, int y)
{
	const uint8_t *p = im->data + (y * im->width + x) * 3;

	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* How many pixels of a rectangle are not white? */
static int
inked(const struct image *im, int x, int y, int w, int h)
{
	int n = 0;

	for (int i = y; i < y + h; i++)
		for (int k = x; k < x + w; k++)
			n += at(im, k, i) != 0xffffff;
	return n;
}

static void
sheets(void **state)
{
	static char longest[] =
	    "a name that is much longer than any picture is wide";
	static char one[] = "one", none[] = "";
	static char *const words[] = { one, none, longest };
	const struct image *list[3];
	struct image im[3], out;

	(void)state;
	image_init(&out);
	for (int i = 0; i < 3; i++) {
		image_init(&im[i]);
		assert_int_equal(image_resize_buffer(&im[i], 40, 20, 1), 0);
		memset(im[i].data, 10, 40 * 20);
		list[i] = &im[i];
	}
	/* Cells of 40 x 20, as there are no words. */
	assert_int_equal(image_sheet(&out, list, NULL, 3, 2, 100), 0);
	assert_int_equal(out.width, 4 + 2 * 44);
	assert_int_equal(out.height, 4 + 2 * 24);
	assert_int_equal(at(&out, 4, 4), 0x0a0a0a);
	assert_int_equal(at(&out, 3, 4), 0xffffff);
	/* As wide as words may be, with a line of them below each. */
	assert_int_equal(image_sheet(&out, list, words, 3, 3, 100), 0);
	assert_int_equal(out.width, 4 + 3 * 116);
	assert_int_equal(out.height, 4 + 20 + 15 + 4);
	assert_int_equal(at(&out, 4 + 36, 4), 0x0a0a0a);
	assert_true(inked(&out, 4, 26, 112, 15) > 10);
	assert_int_equal(inked(&out, 120, 26, 112, 15), 0);
	assert_true(inked(&out, 236, 26, 112, 15) > 200);
	/* Larger ones shrink, both ways alike. */
	assert_int_equal(image_sheet(&out, list, NULL, 3, 3, 20), 0);
	assert_int_equal(out.width, 4 + 3 * 24);
	assert_int_equal(out.height, 4 + 14);
	assert_int_equal(image_sheet(&out, list, NULL, 0, 3, 20), ERR_RANGE);
	/* 40 x 20 fits twice into 99, and stays what it is in 79. */
	assert_int_equal(image_sheet_enlarge(&im[0], 99), 0);
	assert_int_equal(im[0].width, 80);
	assert_int_equal(im[0].height, 40);
	assert_int_equal(image_sheet_enlarge(&im[1], 79), 0);
	assert_int_equal(im[1].width, 40);
	for (int i = 0; i < 3; i++)
		image_clear(&im[i]);
	image_clear(&out);
}

static void
legends(void **state)
{
	static const uint32_t colours[] = { 0xff0000, 0x00ff00, 0x0000ff };
	static char red[] = "red", green[] = "green", blue[] = "blue";
	static char *const names[] = { red, green, blue };
	struct image im;
	int high;

	(void)state;
	image_init(&im);
	assert_int_equal(image_resize_buffer(&im, 300, 10, 1), 0);
	memset(im.data, 10, 300 * 10);
	assert_int_equal(image_legend(&im, colours, names, 3, 12, 0), 0);
	assert_int_equal(im.width, 300);
	high = im.height;
	assert_int_equal(at(&im, 0, 9), 0x0a0a0a);
	assert_int_equal(at(&im, 12, 10 + 12), 0xff0000);
	assert_true(inked(&im, 24, 12, 30, high - 12) > 20);
	image_clear(&im);
	/* Where they do not stand beside each other they are rows. */
	image_init(&im);
	assert_int_equal(image_resize_buffer(&im, 30, 10, 1), 0);
	memset(im.data, 10, 30 * 10);
	assert_int_equal(image_legend(&im, colours, names, 3, 12, 70), 0);
	assert_int_equal(im.width, 70);
	assert_int_equal(im.height, high + 2 * 18);
	assert_int_equal(at(&im, 12, 10 + 12 + 18), 0x00ff00);
	assert_int_equal(at(&im, 12, 10 + 12 + 36), 0x0000ff);
	assert_int_equal(at(&im, 35, 5), 0xffffff);
	image_clear(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sheets),
		cmocka_unit_test(legends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
