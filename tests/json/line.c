/* An object as a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "json/line.h"

static void
one_line_each(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	assert_non_null(out);
	for (int i = 0; i < 2; i++) {
		struct json_line l;
		struct json_w *w = json_line_begin(&l);

		json_w_kstr(w, "path", "a\n\"b\"");
		json_w_kint(w, "n", i);
		assert_int_equal(json_line_end(&l, out), 0);
	}
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text,
	    "{\"path\": \"a\\n\\\"b\\\"\", \"n\": 0}\n"
	    "{\"path\": \"a\\n\\\"b\\\"\", \"n\": 1}\n");
	free(text);
}

/* What could not be written as JSON is not printed in part. */
static void
nothing_of_a_failure(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	struct json_line l;
	struct json_w *w = json_line_begin(&l);

	(void)state;
	assert_non_null(out);
	for (int i = 0; i <= JSON_MAX_DEPTH; i++) {
		json_w_key(w, "k");
		json_w_object(w);
	}
	assert_true(json_line_end(&l, out) < 0);
	w = json_line_begin(&l);
	json_w_kint(w, "n", 1);
	json_line_drop(&l);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_each),
		cmocka_unit_test(nothing_of_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
