/* Boxes, words and overlays reach the pixels they should and no others. */
#include "pattern.h"

#include <string.h>

#include "base/err.h"
#include "file/bytes/base64.h"
#include "image/draw.h"

static struct image im;

static int
setup(void **state)
{
	(void)state;
	image_init(&im);
	assert_int_equal(image_resize_buffer(&im, 100, 60, 1), 0);
	memset(im.data, 50, 100 * 60);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	image_clear(&im);
	return 0;
}

static uint32_t
at(int x, int y)
{
	const uint8_t *p = im.data + (y * im.width + x) * 3;

	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static void
shapes(void **state)
{
	struct draw *d = NULL;

	(void)state;
	assert_int_equal(draw_begin(&d, &im), 0);
	draw_fill(d, 10, 10, 5, 5, 0xff0000);
	draw_box(d, 20, 10, 30, 20, 2, 0x00ff00);
	draw_line(d, 0, 50.5, 100, 50.5, 1, 0x0000ff);
	assert_int_equal(draw_end(&im, &d), 0);
	assert_null(d);
	assert_int_equal(im.channels, 3);
	assert_int_equal(at(10, 10), 0xff0000);
	assert_int_equal(at(14, 14), 0xff0000);
	assert_int_equal(at(15, 15), 0x323232);
	assert_int_equal(at(9, 10), 0x323232);
	assert_int_equal(at(20, 10), 0x00ff00);
	assert_int_equal(at(21, 11), 0x00ff00);
	assert_int_equal(at(22, 12), 0x323232);
	assert_int_equal(at(49, 29), 0x00ff00);
	assert_int_equal(at(50, 30), 0x323232);
	assert_int_equal(at(50, 50), 0x0000ff);
	assert_int_equal(at(50, 51), 0x323232);
}

/* How many pixels of a rectangle are not the ground? */
static int
inked(int x, int y, int w, int h)
{
	int n = 0;

	for (int i = 0; i < h; i++)
		for (int k = 0; k < w; k++)
			n += at(x + k, y + i) != 0x323232;
	return n;
}

static void
words(void **state)
{
	struct draw *d = NULL;
	double one, two;

	(void)state;
	assert_int_equal(draw_begin(&d, &im), 0);
	one = draw_text_width(d, 12, "mm");
	two = draw_text_width(d, 12, "mmmm");
	assert_true(one > 8 && two > 1.9 * one && two < 2.1 * one);
	draw_text(d, 90, 20, 12, DRAW_RIGHT, 0xffffff, "mm");
	/* Not UTF-8, and control characters: shown, not stumbled over. */
	draw_text(d, 5, 50, 12, DRAW_LEFT, 0xffffff, "a\xff\xc0\x01z");
	assert_int_equal(draw_end(&im, &d), 0);
	assert_true(inked(60, 8, 32, 14) > 20);
	assert_int_equal(inked(92, 0, 8, 30), 0);
	assert_int_equal(inked(0, 0, 55, 30), 0);
	assert_true(inked(5, 38, 40, 14) > 20);
}

static void
overlay(void **state)
{
	uint32_t palette[256] = { 0x000000, 0xff8000 };
	uint8_t labels[100 * 60] = { 0 };

	(void)state;
	labels[3] = 1;
	assert_int_equal(image_overlay(&im, labels, NULL, 1), 0);
	assert_int_equal(at(0, 0), 0x323232);
	assert_int_equal(at(3, 0), draw_colour(0));
	assert_int_equal(image_overlay(&im, labels, palette, 0.5), 0);
	assert_int_equal(at(0, 0), 0x191919);
	palette[0] = DRAW_CLEAR;
	assert_int_equal(image_overlay(&im, labels, palette, 0.5), 0);
	assert_int_equal(at(0, 0), 0x191919);
	assert_int_equal(image_overlay(&im, labels, palette, 2), ERR_RANGE);
}

/* Elements for a page of HTML: words stay words, with what XML cannot have made fit;
 * nothing is named; clips end; a picture is within. */
static void
elements(void **state)
{
	static const double xy[] = { 1, 2, 3, 4, 5, 6, 7, 8.126 };
	struct draw_card card = {
		.fill = 0xeeeeee, .frame = 0x102030, .line = 2, .round = 3
	};
	struct draw *d = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	assert_int_equal(draw_svg(&d, 100, 50.5, 2), 0);
	draw_note(d, "a \"note\"");
	draw_curve(d, xy, 4, 1, 0, 0x123456);
	draw_note(d, NULL);
	draw_lines(d, xy, 4, 1.5, 4, 0x123456);
	draw_card(d, 10, 10, 20, 20, &card);
	draw_clip(d, 0, 0, 5, 5);
	draw_shade(d, 1, 1, 2, 2, 0xff0000, 0.25);
	draw_unclip(d);
	draw_bold(d, true);
	draw_text(d, 5, 5, 10, DRAW_RIGHT, 0, "<a & b>\xff\x01.");
	draw_picture(d, 0, 0, &im);
	assert_int_equal(draw_svg_end(&b, &d), 0);
	assert_null(d);
	assert_memory_equal(b.data, "<svg xmlns=", 11);
	assert_string_equal(b.data + b.len - 7, "</svg>\n");
	for (
	    const char *const *s = (const char
		    *const[]){ " width=\"200\" height=\"101\"",
		"viewBox=\"0 0 100 50.5\"",
		"<path d=\"M1 2C3 4 5 6 7 8.13\" fill=\"none\" stroke=\"#123456\" "
		"stroke-linejoin=\"round\" stroke-linecap=\"round\">"
		"<title>a &quot;note&quot;</title></path>\n",
		"d=\"M1 2L3 4 5 6 7 8.13\" fill=\"none\" stroke=\"#123456\" "
		"stroke-width=\"1.5\" stroke-dasharray=\"4\"",
		"<rect x=\"11\" y=\"11\" width=\"18\" height=\"18\" rx=\"3\" "
		"fill=\"#eeeeee\" stroke=\"#102030\" stroke-width=\"2\"/>\n",
		"<svg x=\"0\" y=\"0\" width=\"5\" height=\"5\" viewBox=\"0 0 5 5\">\n"
		"<rect x=\"1\" y=\"1\" width=\"2\" height=\"2\" fill=\"#ff0000\" "
		"fill-opacity=\"0.25\"/>\n</svg>\n",
		" text-anchor=\"end\" font-weight=\"bold\">&lt;a &amp; b&gt;??.</text>",
		"<image x=\"0\" y=\"0\" width=\"100\" height=\"60\" "
		"href=\"data:image/png;base64,iVBORw0KGgo",
		NULL };
	    *s != NULL; s++)
		if (strstr(b.data, *s) == NULL)
			fail_msg("no %s in:\n%s", *s, b.data);
	assert_null(strstr(b.data, " id="));
	buf_clear(&b);
}

/* Words of a drawing made smaller are smaller in the same measure, to a pixel. */
static void
scaled(void **state)
{
	static const char text[] = "res4b35_branch2a  BatchNorm";
	struct draw *a = NULL, *b = NULL;

	(void)state;
	assert_int_equal(draw_scaled(&a, "x.png", 1000, 100, 1), 0);
	assert_int_equal(draw_scaled(&b, "x.png", 1000, 100, 0.31), 0);
	assert_float_equal(
	    draw_text_width(a, 11, text), draw_text_width(b, 11, text), 0.5);
	draw_free(a);
	draw_free(b);
	assert_int_equal(draw_scaled(&a, "x.png", 1e7, 1e9, 1), ERR_RANGE);
	assert_null(a);
	assert_int_equal(draw_tint(0x0000ff, 0.5), 0x8080ff);
	assert_int_equal(draw_tint(0x123456, 1), 0x123456);
}

/* Bytes of all lengths, as anybody else has them (RFC 4648, section 10), also
 * where they are more than one piece. */
static void
letters(void **state)
{
	static const char *const of[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foobar", "Zm9vYmFy" } };
	enum { MANY = 3 * 16384 + 1 };
	char *many = calloc(1, MANY);
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
		buf_reset(&b);
		assert_int_equal(base64_add(&b, of[i][0], strlen(of[i][0])), 0);
		assert_string_equal(buf_str(&b), of[i][1]);
	}
	buf_reset(&b);
	assert_int_equal(base64_add(&b, many, MANY), 0);
	assert_int_equal(b.len, 4 * 16384 + 4);
	assert_int_equal(strspn(b.data, "A"), 4 * 16384 + 2);
	assert_string_equal(b.data + b.len - 2, "==");
	buf_clear(&b);
	free(many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(shapes, setup, teardown),
		cmocka_unit_test_setup_teardown(words, setup, teardown),
		cmocka_unit_test_setup_teardown(overlay, setup, teardown),
		cmocka_unit_test_setup_teardown(elements, setup, teardown),
		cmocka_unit_test(scaled),
		cmocka_unit_test(letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
