/* What -f may replace, and what never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/replace.h"
#include "../tmp.h"

static const char *const names[] = { "mark", "*.txt", "db/data.[ab]", NULL };

static int
judge(struct replace_names *more, const char *dir, const void *ctx)
{
	char path[512];

	(void)ctx;
	snprintf(path, sizeof(path), "%s/mark", dir);
	replace_name_add(more, "own/x");
	return file_exists(path) ? 0 : err_set(ERR_MISSING, "no mark");
}

static const struct replace_kind kind = { "test set", names, judge, NULL };

static void
put(const char *path)
{
	assert_int_equal(file_write(path, "x", 1, 1), 0);
}

static void
make_set(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/db", tmp_path(name));
	assert_int_equal(file_mkdirs(path), 0);
	snprintf(path, sizeof(path), "%s/mark", tmp_path(name));
	put(path);
	snprintf(path, sizeof(path), "%s/db/data.a", tmp_path(name));
	put(path);
}

static void
refused(const char *path, const char *why)
{
	assert_int_equal(replace_check(path, &kind), ERR_REFUSED);
	if (strstr(err_text(), why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err_text(), why);
}

static void
contents(void **state)
{
	(void)state;
	make_set("set");
	assert_int_equal(replace_check(tmp_path("set"), &kind), 0);
	put(tmp_path("set/a.txt"));
	assert_int_equal(file_mkdirs(tmp_path("set/own")), 0);
	put(tmp_path("set/own/x"));
	put(tmp_path("set/.a.txt.tmp-0123abcd"));
	put(tmp_path("set/db/.data.a.tmp-0123abcd"));
	assert_int_equal(replace_check(tmp_path("set"), &kind), 0);
	put(tmp_path("set/own/y"));
	refused(tmp_path("set"), "own/y");
	assert_int_equal(unlink(tmp_path("set/own/y")), 0);
	put(tmp_path("set/db/a.txt"));
	refused(tmp_path("set"), "db/a.txt");
	assert_int_equal(unlink(tmp_path("set/db/a.txt")), 0);
	put(tmp_path("set/.thesis.tmp-0123abcd"));
	refused(tmp_path("set"), "thesis");
	assert_int_equal(unlink(tmp_path("set/.thesis.tmp-0123abcd")), 0);
	/* Empty folders are somebody's, too; so is one of a file's name. */
	assert_int_equal(file_mkdirs(tmp_path("set/notes")), 0);
	refused(tmp_path("set"), "notes");
	assert_int_equal(file_remove_tree(tmp_path("set/notes")), 0);
	assert_int_equal(file_mkdirs(tmp_path("set/b.txt")), 0);
	refused(tmp_path("set"), "b.txt");
	assert_int_equal(file_remove_tree(tmp_path("set/b.txt")), 0);
	assert_int_equal(unlink(tmp_path("set/mark")), 0);
	refused(tmp_path("set"), "no mark");
	refused(tmp_path("set/a.txt"), "not a folder");
}

static void
places(void **state)
{
	char was[256], sub[256];

	(void)state;
	make_set("set");
	assert_int_equal(file_mkdirs(tmp_path("set/.git")), 0);
	refused(tmp_path("set"), "repository");
	assert_int_equal(file_remove_tree(tmp_path("set/.git")), 0);
	refused("/", "/");
	refused("/proc", "mount point");
	assert_non_null(getcwd(was, sizeof(was)));
	snprintf(sub, sizeof(sub), "%s/set/db", tmp_dir);
	assert_int_equal(chdir(sub), 0);
	refused("..", "current folder");
	refused(".", "current folder");
	refused(tmp_path("set"), "current folder");
	assert_int_equal(chdir(was), 0);
	assert_int_equal(setenv("HOME", sub, 1), 0);
	refused(tmp_path("set"), "home folder");
	assert_int_equal(unsetenv("HOME"), 0);
	assert_int_equal(replace_check(tmp_path("set"), &kind), 0);
}

static void
inputs(void **state)
{
	char *list;

	(void)state;
	make_set("set");
	make_set("other");
	make_set("deep");
	make_set("deep/in/side");
	assert_int_equal(symlink("set", tmp_path("link")), 0);
	assert_int_equal(symlink("../other/db", tmp_path("deep/l")), 0);
	replace_input("-");
	replace_input("http://example.org/");
	replace_input(tmp_path("none"));
	/* A list of names, as options have them, is too long for a name. */
	list = mem_printf("%0400d,%s", 0, tmp_path("set"));
	replace_input(list);
	mem_free(list);
	assert_int_equal(replace_check(tmp_path("set"), &kind), 0);
	replace_input(tmp_path("link/db/../mark"));
	refused(tmp_path("set"), "link/db/../mark");
	refused(tmp_path("link"), "holds");
	assert_int_equal(
	    replace_check_file(tmp_path("link/mark")), ERR_REFUSED);
	assert_int_equal(replace_check_file(tmp_path("set/db/data.a")), 0);
	/* A file under its second name is the same file. */
	assert_int_equal(link(tmp_path("set/mark"), tmp_path("hard")), 0);
	assert_int_equal(replace_check_file(tmp_path("hard")), ERR_REFUSED);
	assert_int_equal(file_write(tmp_path("hard"), "y", 1, 1), ERR_REFUSED);
	replace_input(tmp_path("deep/in"));
	refused(tmp_path("deep/in/side"), "lies inside");
	refused(tmp_path("deep"), "holds");
	assert_int_equal(replace_check(tmp_path("other"), &kind), 0);
	replace_input(tmp_path("deep/l/"));
	refused(tmp_path("other"), "holds");
}

static void
lists(void **state)
{
	struct replace_names more = { 0 }, got = { 0 };
	const char *set = tmp_path("set");

	(void)state;
	make_set("set");
	put(tmp_path("set/new\nline"));
	replace_name_add(&more, "later.bin");
	assert_int_equal(replace_list_read(&got, set, "thing"), 0);
	assert_int_equal(replace_list_write(set, "thing", &more), 0);
	assert_int_equal(replace_list_read(&got, set, "thing"), 1);
	assert_int_equal(got.n, 4);
	assert_string_equal(got.v[0], "db/");
	assert_string_equal(got.v[1], "db/data.a");
	assert_string_equal(got.v[2], "later.bin");
	assert_string_equal(got.v[3], "mark");
	replace_names_clear(&got);
	assert_int_equal(replace_list_read(&got, set, "other"), ERR_FORMAT);
	assert_int_equal(unlink(tmp_path("set/" REPLACE_LIST)), 0);
	assert_int_equal(mkfifo(tmp_path("set/" REPLACE_LIST), 0600), 0);
	assert_int_equal(replace_list_read(&got, set, "thing"), ERR_FORMAT);
	replace_names_clear(&got);
	replace_names_clear(&more);
}

#define IN_TMP(f) cmocka_unit_test_setup_teardown(f, tmp_setup, tmp_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TMP(contents),
		IN_TMP(places),
		IN_TMP(inputs),
		IN_TMP(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
