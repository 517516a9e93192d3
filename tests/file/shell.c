/* Commands of the user's: status, environment, and what they may not see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>

#include "base/stop.h"
#include "file/shell/shell.h"

static int
sh(const char *command, const struct shell_env *env, size_t n)
{
	const char *const words[] = { "-c", command, NULL };

	return shell_run(words, env, n, false);
}

static void
statuses(void **state)
{
	(void)state;
	assert_int_equal(sh("exit 0", NULL, 0), 0);
	assert_int_equal(sh("exit 7", NULL, 0), 7);
	assert_int_equal(sh("kill -9 $$", NULL, 0), 128 + SIGKILL);
	assert_int_equal(sh("nonesuch-command 2>/dev/null", NULL, 0), 127);
	/* nothing to read, and a pipe that breaks ends the writer */
	assert_int_equal(sh("! read x", NULL, 0), 0);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(sh("kill -PIPE $$", NULL, 0), 128 + SIGPIPE);
}

static void
variables(void **state)
{
	const struct shell_env env[] = { { "WORDS_A", "x y" },
		{ "WORDS_B", NULL } };

	(void)state;
	setenv("WORDS_A", "old", 1);
	setenv("WORDS_B", "old", 1);
	setenv("WORDS_C", "kept", 1);
	assert_int_equal(
	    sh("[ \"$WORDS_A,${WORDS_B-none},$WORDS_C\" = 'x y,none,kept' ]",
		env, 2),
	    0);
	assert_string_equal(getenv("WORDS_A"), "old");
}

static void
stopped_with_us(void **state)
{
	const char *const words[] = { "-c", "sleep 30; exit 3", NULL };

	(void)state;
	stop_install();
	raise(SIGTERM);
	assert_int_equal(shell_run(words, NULL, 0, true), 128 + SIGTERM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),
		cmocka_unit_test(variables),
		cmocka_unit_test(stopped_with_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
