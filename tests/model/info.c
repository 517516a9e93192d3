/* info.json: byte for byte as DIGITS writes it, nothing lost, bad input named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "model/model.h"

static const char real[] =
    "../shared/data/digits_archives/ladrians_googlenet_v610/info.json";

static void
same_text_again(const char *text, size_t n)
{
	struct model_info m;
	struct buf b;

	model_info_init(&m);
	buf_init(&b, 1 << 20);
	assert_int_equal(model_info_parse(&m, text, n, "t"), 0);
	assert_int_equal(model_info_text(&b, &m), 0);
	assert_string_equal(buf_str(&b), text);
	buf_clear(&b);
	model_info_clear(&m);
}

static void
keeps_bytes_of_digits(void **state)
{
	struct buf b;

	(void)state;
	if (!file_exists(real)) {
		print_message("skipped: no shared data\n");
		skip();
	}
	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(&b, real), 0);
	same_text_again(b.data, b.len);
	buf_clear(&b);
}

/* What Python 3 prints for these values with sort_keys and indent 4. */
static void
keeps_what_it_does_not_know(void **state)
{
	static const char text[] = "{\n"
				   "    \"Zebra\": [\n"
				   "        1,\n"
				   "        2.5,\n"
				   "        \"\\u00e9\\ud83d\\ude00\"\n"
				   "    ],\n"
				   "    \"name\": \"caf\\u00e9 \\\"x\\\"\",\n"
				   "    \"other\": {\n"
				   "        \"a\": null,\n"
				   "        \"b\": true,\n"
				   "        \"c\": {},\n"
				   "        \"d\": []\n"
				   "    }\n"
				   "}";

	(void)state;
	same_text_again(text, strlen(text));
}

static void
refuses_wrong_types(void **state)
{
	static const char *const bad[] = {
		"{\"name\": 3}",
		"{\"image dimensions\": [1, 2]}",
		"{\"image dimensions\": [1, 2, -3]}",
		"{\"image dimensions\": \"28x28\"}",
		"{\"input scale\": \"x\"}",
		"{\"mean pixel\": [1, 2, 3, 4, 5]}",
		"{\"input std\": \"58\"}",
		"[]",
		"3",
		"",
		"{\"name\": \"x\"",
	};
	struct model_info m;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++) {
		model_info_init(&m);
		if (model_info_parse(&m, bad[i], strlen(bad[i]), "t") !=
		    ERR_FORMAT)
			fail_msg("not refused: %s", bad[i]);
		model_info_clear(&m);
	}
}

static void
checks_names_and_keys(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ "{\"framework\":\"caffe\",\"name\":\"n\","
		  "\"snapshot file\":\"s\",\"model file\":\"m\"}",
		    0 },
		{ "{\"framework\":\"caffe\",\"name\":\"n\","
		  "\"snapshot file\":\"s\",\"network file\":\"m\"}",
		    0 },
		{ "{\"framework\":\"caffe\",\"name\":\"n\","
		  "\"snapshot file\":\"s\"}",
		    ERR_FORMAT },
		{ "{\"snapshot file\":\"../s\"}", ERR_REFUSED },
		{ "{\"snapshot file\":\"/s\"}", ERR_REFUSED },
		{ "{\"snapshot file\":\"C:s\"}", ERR_REFUSED },
		{ "{\"mean file\":\"a/b\"}", ERR_REFUSED },
		{ "{\"labels file\":\"a\\nb\"}", ERR_REFUSED },
		{ "{\"deploy file\":\"..\"}", ERR_REFUSED },
	};
	struct model_info m;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		model_info_init(&m);
		assert_int_equal(model_info_parse(&m, cases[i].text,
				     strlen(cases[i].text), "t"),
		    0);
		if (model_info_check(&m, "t") != cases[i].rc)
			fail_msg("wrong: %s", cases[i].text);
		model_info_clear(&m);
	}
}

static void
names_the_files(void **state)
{
	struct model_info m;
	struct model_files f;

	(void)state;
	model_info_init(&m);
	model_set(&m.snapshot_file, "snapshot.ckpt");
	model_set(&m.network_file, "network.py");
	model_set(&m.mean_file, "");
	model_files_named(&f, &m);
	assert_int_equal(f.n, 4);
	assert_string_equal(f.name[0], "snapshot.ckpt.data-00000-of-00001");
	assert_string_equal(f.name[3], "network.py");
	model_files_free(&f);
	model_set(&m.snapshot_file, "no snapshots");
	model_files_named(&f, &m);
	assert_int_equal(f.n, 1);
	model_files_free(&f);
	model_info_clear(&m);
}

/* {"x": [0,0,…]}: a list that was walked from its start for each of its items
 * took hours. */
static void
takes_long_lists(void **state)
{
	enum { ITEMS = 1500000 };
	struct model_info m;
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, MODEL_INFO_MAX);
	assert_int_equal(buf_printf(&b, "{\"x\": [0"), 0);
	for (i = 1; i < ITEMS; i++)
		assert_int_equal(buf_add(&b, ",0", 2), 0);
	assert_int_equal(buf_printf(&b, "]}"), 0);
	model_info_init(&m);
	assert_int_equal(model_info_parse(&m, b.data, b.len, "t"), 0);
	assert_int_equal(strlen(model_info_find(&m, "x")) > ITEMS, 1);
	model_info_clear(&m);
	buf_clear(&b);
}

static void
takes_so_many_keys(void **state)
{
	struct model_info m;
	struct buf b;
	int i, n;

	(void)state;
	for (n = MODEL_EXTRA_MAX; n <= MODEL_EXTRA_MAX + 1; n++) {
		buf_init(&b, MODEL_INFO_MAX);
		assert_int_equal(buf_printf(&b, "{\"name\": \"m\""), 0);
		for (i = 0; i < n; i++)
			assert_int_equal(buf_printf(&b, ",\"k%d\":1", i), 0);
		assert_int_equal(buf_printf(&b, "}"), 0);
		model_info_init(&m);
		assert_int_equal(model_info_parse(&m, b.data, b.len, "t"),
		    n > MODEL_EXTRA_MAX ? ERR_RANGE : 0);
		model_info_clear(&m);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_bytes_of_digits),
		cmocka_unit_test(keeps_what_it_does_not_know),
		cmocka_unit_test(refuses_wrong_types),
		cmocka_unit_test(checks_names_and_keys),
		cmocka_unit_test(names_the_files),
		cmocka_unit_test(takes_long_lists),
		cmocka_unit_test(takes_so_many_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
