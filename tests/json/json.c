/* Reading with sentences that name the key; writing that reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "json/json.h"

static struct json *
parsed(const char *text)
{
	struct json *j = NULL;

	assert_int_equal(json_parse(&j, text, strlen(text), "doc"), 0);
	return j;
}

static void
values(void **state)
{
	struct json *j =
	    parsed(" {\"s\": \"x\\u00e9\", \"n\": -2.5, \"t\": true,"
		   " \"z\": null, \"a\": [1, \"b\", {}], \"S\": 1}\n");
	const struct json *a;
	const char *s;
	double n;

	(void)state;
	assert_int_equal(json_type(j), JSON_OBJECT);
	assert_int_equal(json_length(j), 6);
	assert_string_equal(json_str(j, "s", "?"), "x\xc3\xa9");
	assert_string_equal(json_str(j, "n", "?"), "?");
	assert_string_equal(json_str(j, "none", "?"), "?");
	assert_true(json_num(j, "n", 0) == -2.5);
	assert_true(json_num(j, "s", 7) == 7);
	assert_true(json_num(j, "S", 7) == 1);
	assert_true(json_bool(j, "t", false));
	assert_true(json_bool(j, "n", true));
	assert_int_equal(json_type(json_find(j, "z")), JSON_NULL);
	assert_string_equal(json_key_at(j, 1), "n");
	assert_null(json_key_at(j, 6));
	a = json_find(j, "a");
	assert_int_equal(json_length(a), 3);
	assert_true(json_number(json_at(a, 0)) == 1);
	assert_true(isnan(json_number(json_at(a, 1))));
	assert_string_equal(json_text(json_next(json_first(a))), "b");
	assert_null(json_first(json_at(a, 2)));
	assert_null(json_at(a, 3));
	assert_int_equal(json_need_str(&s, j, "s"), 0);
	assert_int_equal(json_need_str(&s, j, "n"), ERR_FORMAT);
	assert_string_equal(err_text(), "\"n\" is not a string");
	assert_int_equal(json_need_num(&n, j, "gone"), ERR_FORMAT);
	assert_string_equal(err_text(), "\"gone\" is missing");
	assert_int_equal(json_need_num(&n, j, "n"), 0);
	json_free(j);
	json_free(NULL);
}

static void
refused(void **state)
{
	static const char *const bad[] = { "", " ", "{", "[1,]", "{\"a\" 1}",
		"nul", "1 2", "{}x", "\"a", "[1]]", "{a: 1}", "'a'" };
	struct json *j;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++) {
		assert_int_equal(
		    json_parse(&j, bad[i], strlen(bad[i]), "doc"), ERR_FORMAT);
		assert_null(j);
	}
	assert_int_equal(json_parse(&j, "{\n\n x}", 6, "doc"), ERR_FORMAT);
	assert_string_equal(err_text(), "doc: line 3: not JSON");
	assert_int_equal(json_read(&j, "/no/such"), ERR_MISSING);
}

static void
depth(void **state)
{
	char text[2 * (JSON_MAX_DEPTH + 1)];
	struct json *j;
	size_t n = JSON_MAX_DEPTH + 1;

	(void)state;
	memset(text, '[', n);
	memset(text + n, ']', n);
	assert_int_equal(json_parse(&j, text, 2 * n, "doc"), ERR_RANGE);
	assert_int_equal(json_parse(&j, text + 1, 2 * n - 2, "doc"), 0);
	json_free(j);
	/* Brackets in strings do not count. */
	text[0] = '"';
	memset(text + n, '[', n);
	text[2 * n - 1] = '"';
	assert_int_equal(json_parse(&j, text, 2 * n, "doc"), 0);
	json_free(j);
}

static void
fill(struct json_w *w)
{
	json_w_object(w);
	json_w_kstr(w, "name", "a\"b");
	json_w_kint(w, "n", INT64_MIN);
	json_w_knum(w, "x", 0.1);
	json_w_kbool(w, "yes", true);
	json_w_key(w, "list");
	json_w_array(w);
	json_w_float(w, 0.1f);
	json_w_num(w, NAN);
	json_w_str(w, NULL);
	json_w_array(w);
	json_w_array_end(w);
	json_w_object(w);
	json_w_object_end(w);
	json_w_array_end(w);
	json_w_object_end(w);
}

static void
lines(void **state)
{
	struct json_w w;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	json_w_init(&w, &b, 0);
	fill(&w);
	assert_int_equal(json_w_end(&w), 0);
	assert_string_equal(buf_str(&b),
	    "{\"name\": \"a\\\"b\", \"n\": -9223372036854775808, \"x\": 0.1, "
	    "\"yes\": true, \"list\": [0.1, null, null, [], {}]}");
	buf_clear(&b);
}

static void
indented(void **state)
{
	struct json_w w;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	json_w_init(&w, &b, 4);
	fill(&w);
	assert_int_equal(json_w_end(&w), 0);
	/* As json.dumps(…, indent=4) of Python. */
	assert_string_equal(buf_str(&b),
	    "{\n    \"name\": \"a\\\"b\",\n    \"n\": -9223372036854775808,\n"
	    "    \"x\": 0.1,\n    \"yes\": true,\n    \"list\": [\n"
	    "        0.1,\n        null,\n        null,\n        [],\n"
	    "        {}\n    ]\n}");
	buf_clear(&b);
}

static void
capped(void **state)
{
	struct json_w w;
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, 20);
	json_w_init(&w, &b, 0);
	fill(&w);
	assert_int_equal(json_w_end(&w), ERR_RANGE);
	assert_true(b.len <= 20);
	buf_clear(&b);
	buf_init(&b, 10000);
	json_w_init(&w, &b, 0);
	for (i = 0; i < 100; i++)
		json_w_array(&w);
	for (i = 0; i < 100; i++)
		json_w_array_end(&w);
	assert_int_equal(json_w_end(&w), ERR_RANGE);
	buf_clear(&b);
}

static void
nul_in_a_string(void **state)
{
	static const char bad[] = "{\"a\": \"m\\u0000x\"}";
	static const char good[] = "{\"a\": \"m\\\\u0000x\"}";
	struct json *j = NULL;

	(void)state;
	assert_int_equal(
	    json_parse(&j, bad, sizeof(bad) - 1, "test"), ERR_FORMAT);
	assert_int_equal(json_parse(&j, good, sizeof(good) - 1, "test"), 0);
	assert_string_equal(json_str(j, "a", ""), "m\\u0000x");
	json_free(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nul_in_a_string),
		cmocka_unit_test(values),
		cmocka_unit_test(refused),
		cmocka_unit_test(depth),
		cmocka_unit_test(lines),
		cmocka_unit_test(indented),
		cmocka_unit_test(capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
