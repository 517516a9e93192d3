/* Processes that are asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/stop.h"
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

/* It takes two answers at once for two, and a line that has no end for none. */
static void
lines(void **state)
{
	const char *const argv[] = { "printf", "%s", "one\ntwo\nthr", NULL };
	struct child c;

	(void)state;
	assert_int_equal(child_start(&c, "printf", argv), 0);
	assert_int_equal(child_answer(&c), 0);
	assert_string_equal(c.line, "one");
	assert_int_equal(child_answer(&c), 0);
	assert_string_equal(c.line, "two");
	assert_int_equal(child_answer(&c), ERR_IO);
	assert_int_equal(child_end(&c), 0);
}

/* The last: this process stays stopped. */
static void
stopped_while_it_waits(void **state)
{
	const char *const argv[] = { "sh", "-c",
		"kill -TERM $PPID; exec sleep 600", NULL };
	struct child c;

	(void)state;
	stop_install();
	assert_int_equal(child_start(&c, "sh", argv), 0);
	assert_int_equal(child_answer(&c), ERR_STOPPED);
	assert_int_equal(child_end(&c), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(silent_or_absent),
		cmocka_unit_test(lines),
		cmocka_unit_test(stopped_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
