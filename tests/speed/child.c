/* Processes that are asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "speed/child.h"

static void
answers(void **state)
{
	const char *const argv[] = { "sh", "-c",
		"while read x; do echo \"<$x>\"; done; exit 7", NULL };
	struct child c;

	(void)state;
	assert_int_equal(child_start(&c, "sh", argv), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(child_ask(&c, "7 8"), 0);
		assert_int_equal(child_answer(&c), 0);
		assert_string_equal(c.line, "<7 8>");
	}
	assert_int_equal(child_end(&c), 7);
	assert_int_equal(child_end(&c), -1);
}

static void
silent_or_absent(void **state)
{
	const char *const quiet[] = { "true", NULL };
	const char *const none[] = { "no-such-program-anywhere", NULL };
	struct child c;

	(void)state;
	assert_int_equal(child_start(&c, "true", quiet), 0);
	assert_int_equal(child_answer(&c), ERR_IO);
	assert_string_equal(err_text(), "true ended without an answer");
	assert_int_equal(child_end(&c), 0);
	assert_int_equal(child_start(&c, "none", none), ERR_MISSING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(silent_or_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
