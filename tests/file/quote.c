/* Names in lists: what is written reads back, and plain names stay plain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "file/quote.h"

static void
there_and_back(void **state)
{
	static const char *const cases[][2] = {
		{ "a b/c.png", NULL }, /* as it is */
		{ "a\"b\\.png", NULL },
		{ "\xc3\xa4.png", NULL },
		{ "a\nb", "\"a\\nb\"" },
		{ "\"a", "\"\\\"a\"" },
		{ " a", "\" a\"" },
		{ "a ", "\"a \"" },
		{ "\a\b\t\n\v\f\r\"\\", "\"\\a\\b\\t\\n\\v\\f\\r\\\"\\\\\"" },
		{ "\x01\x7f", "\"\\001\\177\"" },
		{ "", "\"\"" },
	};
	struct buf b;
	char *back;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *want = cases[i][1];

		buf_init(&b, 1000);
		assert_int_equal(quote_name(&b, cases[i][0]), 0);
		assert_string_equal(
		    buf_str(&b), want != NULL ? want : cases[i][0]);
		back = quote_read(buf_str(&b));
		if (want == NULL)
			assert_null(back);
		else
			assert_string_equal(back, cases[i][0]);
		mem_free(back);
		buf_clear(&b);
	}
}

static void
not_quoted(void **state)
{
	static const char *const bad[] = { "\"a", "\"", "\"a\" b", "\"a\\\"",
		"\"\\q\"", "\"\\000\"", "\"\\777\"", "\"\\1", "\"\\" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_null(quote_read(bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(not_quoted),
	};

	return cmocka_run_group_tests_name("file/quote", tests, NULL, NULL);
}
