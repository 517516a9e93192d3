/* What goes into web pages: text that stays text, bytes as base64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "json/markup.h"

static void
text(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	assert_int_equal(markup_text(&b, "<a href='x'>\"&\n\xc3\xa4"), 0);
	assert_string_equal(
	    buf_str(&b), "&lt;a href=&#39;x&#39;&gt;&quot;&amp; \xc3\xa4");
	assert_int_equal(markup_text(&b, NULL), 0);
	buf_clear(&b);
	buf_init(&b, 3);
	assert_int_equal(markup_text(&b, "<"), ERR_RANGE);
	buf_clear(&b);
}

/* The examples of RFC 4648, and the bytes that need the last digits. */
static void
data(void **state)
{
	static const char *const want[] = { "", "Zg==", "Zm8=", "Zm9v",
		"Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	const uint8_t high[] = { 0xff, 0xef, 0xbe };
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		buf_init(&b, 200);
		assert_int_equal(markup_data(&b, "a/b", "foobar", i), 0);
		assert_memory_equal(buf_str(&b), "data:a/b;base64,", 16);
		assert_string_equal(buf_str(&b) + 16, want[i]);
		buf_clear(&b);
	}
	buf_init(&b, 200);
	assert_int_equal(markup_data(&b, "a/b", high, 3), 0);
	assert_string_equal(buf_str(&b) + 16, "/+++");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		cmocka_unit_test(data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
