/*
 * Keys, words and labels of samples that come in a stream, and the shapes of arrays;
 * whole streams are in tests/cli/dset-stream.bats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/stream/stream_int.h"
#include "file/npy.h"

static void
keys(void **state)
{
	char *s;

	(void)state;
	assert_int_equal(dset_stream_key("a.png"), 1);
	assert_int_equal(dset_stream_key("d.1/a.label.png"), 5);
	assert_int_equal(dset_stream_key("plain"), 5);
	assert_int_equal(dset_stream_key(".hidden"), 0);
	s = dset_stream_word("7\r\n8", 4);
	assert_string_equal(s, "7");
	mem_free(s);
	s = dset_stream_word("big dog", 3);
	assert_string_equal(s, "big");
	mem_free(s);
}

static void
labels(void **state)
{
	static const char *const cases[][2] = { { "7", "7" },
		{ "-0.25", "-0.25" }, { "\"big dog\"", "big dog" },
		{ "[1, 2.5, -3]", "1 2.5 -3" }, { "{\"label\": [4]}", "4" },
		{ "{\"a\": 1, \"label\": \"x\"}", "x" }, { "{}", NULL },
		{ "[]", NULL }, { "[1, \"2\"]", NULL }, { "null", NULL },
		{ "{\"label\": {}}", NULL }, { "[1", NULL } };
	char *text;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *in = cases[i][0], *out = cases[i][1];
		int rc = stream_json_text(&text, in, strlen(in));

		assert_int_equal(rc, out != NULL ? 0 : ERR_FORMAT);
		if (rc < 0)
			continue;
		assert_string_equal(text, out);
		mem_free(text);
	}
}

static void
shapes(void **state)
{
	static const struct {
		int ndim;
		size_t dim[4];
		int shape[3];
	} cases[] = {
		{ 0, { 0 }, { 1, 1, 1 } },
		{ 1, { 6 }, { 6, 1, 1 } },
		{ 2, { 2, 3 }, { 1, 2, 3 } },
		{ 3, { 1, 3, 2 }, { 1, 3, 2 } },
		{ 4, { 1, 1, 3, 2 }, { 0 } },
		{ 1, { 0 }, { 0 } },
	};
	static const float v[6] = { 1, 2, 3, 4, 5, 6 };
	float back[6];
	struct buf b;
	int shape[3];

	(void)state;
	buf_init(&b, 1 << 12);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		bool good = cases[i].shape[0] > 0;

		buf_reset(&b);
		assert_int_equal(
		    npy_add(&b, NPY_F32, cases[i].ndim, cases[i].dim, v), 0);
		assert_int_equal(dset_npy_shape(shape, b.data, b.len, "a"),
		    good ? 0 : ERR_FORMAT);
		if (good)
			assert_memory_equal(
			    shape, cases[i].shape, sizeof shape);
		assert_false(dset_npy_bytes(b.data, b.len));
		if (!good || cases[i].ndim == 0)
			continue;
		assert_int_equal(
		    dset_npy_floats(back, 6, b.data, b.len, "a"), 0);
		assert_memory_equal(back, v, sizeof v);
		assert_int_equal(
		    dset_npy_floats(back, 5, b.data, b.len, "a"), ERR_FORMAT);
	}
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test(labels),
		cmocka_unit_test(shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
