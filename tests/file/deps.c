/* The rule of what was read: which files count, and under what names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "file/deps.h"
#include "file/file.h"
#include "base/mem.h"
#include "../tmp.h"

static char home[PATH_MAX];

/* In a folder of our own; the rule of target t there. */
static int
begin(void **state)
{
	if (tmp_setup(state) != 0 || getcwd(home, sizeof(home)) == NULL ||
	    chdir(tmp_dir) != 0)
		return -1;
	deps_start();
	return 0;
}

static int
end(void **state)
{
	deps_stop();
	return chdir(home) != 0 ? -1 : tmp_teardown(state);
}

static void
put(const char *path)
{
	assert_int_equal(file_write(path, "", 0, 1), 0);
}

static void
rule(const char *want)
{
	const char *t = "t";
	struct buf b;

	buf_init(&b, 1 << 20);
	assert_int_equal(deps_rule(&b, &t, 1), 0);
	assert_string_equal(buf_str(&b), want);
	buf_clear(&b);
}

/* As other processes left it: none of it was written by this one. */
static void
again(void)
{
	deps_stop();
	deps_start();
}

static void
sorted_once(void **state)
{
	struct buf b;

	(void)state;
	put("b c#$");
	put("a");
	put("a:b");
	again();
	buf_init(&b, 100);
	assert_int_equal(file_read(&b, "b c#$"), 0);
	buf_clear(&b);
	deps_add("a");
	deps_add("a");
	deps_add("a:b");
	deps_add("-");
	deps_add(NULL);
	deps_add("gone");
	rule("t: \\\n\ta \\\n\ta\\:b \\\n\tb\\ c\\#$$\n"
	     "a:\na\\:b:\nb\\ c\\#$$:\n");
}

static void
left_out(void **state)
{
	(void)state;
	put("in");
	put(".x.tmp-00000000");
	assert_int_equal(file_mkdirs("cache/store"), 0);
	put("cache/store/list");
	assert_int_equal(file_mkdirs("out/deep"), 0);
	put("out/deep/file");
	again();
	put("made"); /* by us: no input */
	setenv("NNUTILS_CACHE", "cache", 1);
	deps_leave("./out/");
	deps_add("in");
	deps_add("made");
	deps_add(".x.tmp-00000000");
	deps_add("cache/store/list");
	deps_add("out/deep/file");
	deps_add("/proc/self/stat");
	deps_add("/dev/null");
	rule("t: \\\n\tin\nin:\n");
	unsetenv("NNUTILS_CACHE");
}

/* One file, two names: that which was given; a link is a name of its own. */
static void
as_given(void **state)
{
	char *full;

	(void)state;
	assert_int_equal(file_mkdirs("d"), 0);
	assert_int_equal(file_mkdirs("e"), 0);
	put("d/in");
	put("e/two");
	again();
	full = realpath("d/in", NULL);
	deps_add(full);
	deps_add("d/in");
	free(full);
	full = realpath("e", NULL);
	deps_alias(full, "./e");
	free(full);
	full = realpath("e/two", NULL);
	deps_add(full);
	free(full);
	rule("t: \\\n\t./e/two \\\n\td/in\n./e/two:\nd/in:\n");
}

/* A folder counts by its names, unless we add to them. */
static void
folders(void **state)
{
	(void)state;
	assert_int_equal(file_mkdirs("d"), 0);
	assert_int_equal(file_mkdirs("e"), 0);
	again();
	deps_add("d");
	deps_add("e");
	deps_leave("e/out");
	rule("t: \\\n\td\nd:\n");
}

static void
off(void **state)
{
	(void)state;
	put("a");
	deps_stop();
	deps_add("a");
	assert_false(deps_on());
	deps_start();
	rule("t:\n");
}

/* What make would take for something else. */
static void
odd(void **state)
{
	(void)state;
	put("=a");
	put("define");
	put("a;b");
	put("50%");
	again();
	deps_add("=a");
	deps_add("define");
	deps_add("a;b");
	deps_add("50%");
	rule("t: $(subst ,,) \\\n\t50% \\\n\t?a \\\n\ta?b \\\n\tdefine\n"
	     "50\\%:\n");
}

#define IN_TMP(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TMP(sorted_once),
		IN_TMP(left_out),
		IN_TMP(as_given),
		IN_TMP(folders),
		IN_TMP(off),
		IN_TMP(odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
