/*
 * Outlines of objects to masks, and run lengths to text and back.  The pixels and
 * texts were found by pycocotools 2.0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/list.h"
#include "dset/masks/coco.h"
#include "dset/masks/outlines.h"
#include "dset/masks/write.h"

static void
paint(struct image *mask, const struct buf *b, int w, int h)
{
	assert_int_equal(image_resize_buffer(mask, w, h, 1), 0);
	assert_int_equal(dset_outlines_paint(mask, b->data, b->len), 0);
}

/* rows: a letter for each pixel, '.' for 0, else the class and 'a'. */
static void
is_mask(const struct image *mask, const char *rows)
{
	for (size_t i = 0; i < strlen(rows); i++) {
		char got = mask->data[i] == 0 ? '.'
		    : mask->data[i] == 255    ? '?'
					      : (char)('a' + mask->data[i]);

		if (got != rows[i])
			fail_msg("pixel %zu is %c, not %c", i, got, rows[i]);
	}
}

static void
polygons(void **state)
{
	static const struct {
		double xy[10];
		size_t n;
		int w, h;
		const char *rows;
	} cases[] = {
		{ { 1, 1, 3, 1, 3, 3, 1, 3 }, 4, 5, 5,
		    "......bb...bb............" },
		{ { 0, 0, 6, 0, 3, 5 }, 3, 7, 6,
		    "bbbbbb..bbbb....bb.....bb................." },
		/* It crosses itself: in, out, in. */
		{ { 1, 1, 5, 5, 5, 1, 1, 5 }, 4, 7, 6,
		    "........b..b...bbbb...b..b................" },
		{ { -3.3, 2, 4.5, -2, 9, 9.7 }, 3, 7, 6,
		    "bbbbbb.bbbbbb.bbbbbb.bbbbbbb.bbbbbb..bbbbb" },
		{ { 2.1, .1, 6.3, 5.9, .4, 2.2, 6.6, 2.7, 1.1, 5.5 }, 5, 7, 6,
		    ".........b.....b.......b.....bb.b........." },
	};
	struct image mask;
	struct buf b;

	(void)state;
	image_init(&mask);
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		buf_reset(&b);
		assert_int_equal(dset_outline_polygon(&b, 1, false, cases[i].xy,
				     cases[i].n, cases[i].w, cases[i].h),
		    0);
		paint(&mask, &b, cases[i].w, cases[i].h);
		is_mask(&mask, cases[i].rows);
	}
	buf_clear(&b);
	image_clear(&mask);
}

static void
bad_outlines(void **state)
{
	static const double two[] = { 0, 0, 1, 1 };
	static const double off[] = { 0, 0, 1, 1, 1e9, 0 };
	static const uint32_t few[] = { 3, 2 };
	double *many = mem_array(double, 2 * 100000);
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 26);
	assert_int_equal(
	    dset_outline_polygon(&b, 1, false, two, 2, 4, 4), ERR_FORMAT);
	assert_int_equal(
	    dset_outline_polygon(&b, 1, false, off, 3, 4, 4), ERR_FORMAT);
	assert_int_equal(
	    dset_outline_runs(&b, 1, false, few, 2, 2, 3), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "5 pixels, and the picture has 6"));
	/* To and fro until it is too far. */
	for (size_t i = 0; i < 100000; i++)
		many[2 * i] = i % 2 ? 60000 : 0;
	assert_int_equal(
	    dset_outline_polygon(&b, 1, false, many, 100000, 60000, 4),
	    ERR_FORMAT);
	assert_non_null(strstr(err_text(), "edges are longer"));
	assert_int_equal(b.len, 0);
	buf_clear(&b);
	mem_free(many);
}

static void
run_lengths(void **state)
{
	static const struct {
		const char *text;
		uint32_t run[6];
	} cases[] = {
		{ "012m0Un0RO", { 0, 1, 2, 30, 967, 0 } },
		{ "5Xo03iPO][T21", { 5, 1000, 3, 1, 70000, 2 } },
	};
	static const char *const bad[] = { "0 1", "PPPPPPPPPPP0", "p", "O",
		"01230" };
	uint32_t run[8];
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, 1 << 10);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(dset_runs_read(run, &n, 6, cases[i].text), 0);
		assert_int_equal(n, 6);
		assert_memory_equal(run, cases[i].run, sizeof cases[i].run);
		buf_reset(&b);
		assert_int_equal(dset_runs_write(&b, run, n), 0);
		assert_string_equal(buf_str(&b), cases[i].text);
	}
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(
		    dset_runs_read(run, &n, 4, bad[i]), ERR_FORMAT);
	buf_clear(&b);
}

/* The later one covers the earlier; what lies beneath is below all. */
static void
covers(void **state)
{
	static const uint32_t first[] = { 0, 4, 2 }, second[] = { 2, 3, 1 },
			      under[] = { 0, 6 };
	struct image mask;
	struct buf b;

	(void)state;
	image_init(&mask);
	buf_init(&b, 1 << 10);
	assert_int_equal(dset_outline_runs(&b, 1, false, first, 3, 3, 2), 0);
	assert_int_equal(dset_outline_runs(&b, 2, false, second, 3, 3, 2), 0);
	assert_int_equal(dset_outline_runs(&b, 255, true, under, 2, 3, 2), 0);
	paint(&mask, &b, 3, 2);
	/* Down the columns: 1 1, 2 2, 2 and what is beneath. */
	is_mask(&mask, "bccbc?");
	assert_int_equal(dset_outlines_paint(&mask, NULL, 0), 0);
	is_mask(&mask, "......");
	buf_clear(&b);
	image_clear(&mask);
}

static char heard[1024];

static int
hear(void *ctx, const char *path, int64_t record, const char *reason)
{
	(void)ctx;
	(void)record;
	snprintf(heard + strlen(heard), sizeof heard - strlen(heard),
	    "%s: %s\n", path, reason);
	return 0;
}

#define HEAD                                                                   \
	"{\"images\": [{\"id\": 7, \"file_name\": \"a\", \"width\": 3,"        \
	" \"height\": 2}, {\"id\": 8, \"file_name\": \"b\"}],"                 \
	" \"categories\": [{\"id\": 90, \"name\": \"z\"},"                     \
	" {\"id\": 3, \"name\": \"y\"}],\n\"annotations\": [\n"
#define ONE(image, crowd, segment)                                             \
	"{\"image_id\": " image ", \"category_id\": 90, \"iscrowd\": " crowd   \
	", \"segmentation\": " segment "}"

static int
read_coco(struct dset_list *l, struct dset_masks *m, const char *text)
{
	const struct dset_bad bad = { .fn = hear };

	heard[0] = '\0';
	dset_list_init(l);
	return dset_masks_coco_parse(
	    l, text, strlen(text), "x.json", "dir", m, &bad);
}

static void
coco(void **state)
{
	static const struct dset_masks_options o;
	const struct value *v;
	struct dset_masks *m;
	struct dset_list l;
	struct image mask;

	(void)state;
	image_init(&mask);
	assert_int_equal(dset_masks_new(&m, &o), 0);
	assert_int_equal(
	    read_coco(&l, m,
		HEAD ONE("7", "0",
		    "{\"size\": [2, 3], \"counts\": [0, 2, 4]}") "," ONE("7",
		    "1", "{\"size\": [2, 3], \"counts\": \"042\"}") "]}"),
	    0);
	assert_string_equal(heard, "");
	assert_int_equal(l.n, 2);
	assert_int_equal(m->nlabels, 3);
	assert_string_equal(m->labels[0], "background");
	assert_string_equal(m->labels[1], "y");
	v = l.v[0].values;
	assert_int_equal(image_resize_buffer(&mask, v->width, v->height, 1), 0);
	assert_int_equal(dset_outlines_paint(&mask, v->blob, v->blob_len), 0);
	is_mask(&mask, "c?.c?.");
	dset_list_clear(&l);
	dset_masks_free(m);
	image_clear(&mask);
}

static void
bad_coco(void **state)
{
	static const char *const cases[][2] = {
		{ ONE("7", "0", "[]"), "segmentation is empty" },
		{ ONE("7", "0", "5"), "neither polygons nor run lengths" },
		{ ONE("7", "0", "[[1, 2, 3]]"), "no polygon" },
		{ ONE("7", "0", "[[1, 2, 3, 4]]"), "2 points" },
		{ ONE("7", "0", "[[1, 2, 3, 4, 5, \"6\"]]"), "no number" },
		{ ONE("7", "0", "{\"counts\": [6]}"), "size is not" },
		{ ONE("7", "0", "{\"size\": [3, 2], \"counts\": [6]}"),
		    "run lengths for 2x3 pixels" },
		{ ONE("7", "0", "{\"size\": [2, 3]}"), "no counts" },
		{ ONE("7", "0", "{\"size\": [2, 3], \"counts\": [7]}"),
		    "7 pixels, and the picture has 6" },
		{ ONE("7", "0", "{\"size\": [2, 3], \"counts\": [-1, 7]}"),
		    "no run length" },
		{ ONE("7", "0", "{\"size\": [2, 3], \"counts\": \"é\"}"),
		    "no text of run lengths" },
		{ ONE("8", "0", "[[1, 2, 3, 4, 5, 6]]"),
		    "does not say how large" },
		{ ONE("9", "0", "[[1, 2, 3, 4, 5, 6]]"),
		    "image_id 9 is not among the images" },
		{ "{\"image_id\": 7, \"category_id\": 3}",
		    "segmentation is missing" },
	};
	static const struct dset_masks_options o;
	struct dset_masks *m;
	struct dset_list l;
	char *text;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(dset_masks_new(&m, &o), 0);
		text = mem_printf(HEAD "%s]}", cases[i][0]);
		assert_int_equal(read_coco(&l, m, text), 0);
		if (strstr(heard, cases[i][1]) == NULL)
			fail_msg("%s: %s", cases[i][0], heard);
		dset_list_clear(&l);
		dset_masks_free(m);
		mem_free(text);
	}
}

static int
read_yolo(struct buf *b, const char *text, int64_t *line)
{
	static const struct dset_masks_options o;
	static char cat[] = "cat", dog[] = "dog";
	char *const names[] = { cat, dog };
	struct dset_masks *m;
	int rc;

	assert_int_equal(dset_masks_new(&m, &o), 0);
	buf_reset(b);
	rc = dset_masks_yolo(b, text, strlen(text), 4, 4, names, 2, m, line);
	if (rc == 0)
		assert_int_equal(m->nlabels, 2); /* dog alone was met */
	dset_masks_free(m);
	return rc;
}

static void
yolo(void **state)
{
	struct image mask;
	struct buf b;
	int64_t line;

	(void)state;
	image_init(&mask);
	buf_init(&b, 1 << 20);
	assert_int_equal(read_yolo(&b, "\n1 0 0 1 0 1 .5 0 .5\n", &line), 0);
	paint(&mask, &b, 4, 4);
	is_mask(&mask, "bbbbbbbb........");
	assert_int_equal(read_yolo(&b, "\n1 .5 .5 .2 .2\n", &line), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "a box, where a mask wants"));
	assert_int_equal(line, 2);
	assert_int_equal(read_yolo(&b, "2 0 0 1 0 1 .5\n", &line), ERR_FORMAT);
	assert_int_equal(read_yolo(&b, "1 0 0 1 0 1 5\n", &line), ERR_FORMAT);
	assert_int_equal(read_yolo(&b, "1 0 0 1 0 1\n", &line), ERR_FORMAT);
	buf_clear(&b);
	image_clear(&mask);
}

/* A mask to annotations, which are read as the same mask. */
static void
there_and_back(void **state)
{
	static const uint8_t pixels[12] = { 0, 1, 1, 255, 2, 1, 0, 255, 2, 2, 2,
		0 };
	static const struct dset_masks_options o;
	struct image mask, again;
	struct dset_masks *m;
	struct dset_list l;
	struct buf b;
	uint64_t id = 0;
	int32_t most = 0;
	char *text;

	(void)state;
	image_init(&mask);
	image_init(&again);
	buf_init(&b, 1 << 16);
	assert_int_equal(image_resize_buffer(&mask, 4, 3, 1), 0);
	memcpy(mask.data, pixels, sizeof pixels);
	assert_int_equal(dset_mask_annotations(&b, &id, &most, 1, &mask), 0);
	assert_int_equal(id, 3);
	assert_int_equal(most, 2);
	assert_non_null(
	    strstr(buf_str(&b), "\"bbox\": [0, 1, 3, 2], \"area\": 4"));
	text = mem_printf(
	    "{\"images\": [{\"id\": 1, \"file_name\": \"a\", \"width\": 4, \"height\": 3}],"
	    "\"categories\": [{\"id\": 1, \"name\": \"1\"}, {\"id\": 2, \"name\": \"2\"}],"
	    "\"annotations\": [%s]}",
	    buf_str(&b));
	assert_int_equal(dset_masks_new(&m, &o), 0);
	assert_int_equal(read_coco(&l, m, text), 0);
	assert_string_equal(heard, "");
	assert_int_equal(image_resize_buffer(&again, 4, 3, 1), 0);
	assert_int_equal(dset_outlines_paint(&again, l.v[0].values->blob,
			     l.v[0].values->blob_len),
	    0);
	assert_memory_equal(again.data, pixels, sizeof pixels);
	dset_list_clear(&l);
	dset_masks_free(m);
	buf_clear(&b);
	image_clear(&mask);
	image_clear(&again);
	mem_free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(polygons),
		cmocka_unit_test(bad_outlines),
		cmocka_unit_test(run_lengths),
		cmocka_unit_test(covers),
		cmocka_unit_test(coco),
		cmocka_unit_test(bad_coco),
		cmocka_unit_test(yolo),
		cmocka_unit_test(there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
