/* Files that came in place of others are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/sniff.h"

static void
told(void **state)
{
	static const struct {
		const char *bytes, *what;
	} cases[] = {
		{ "<!DOCTYPE HTML PUBLIC", "an HTML page" },
		{ "\xef\xbb\xbf\r\n <html>", "an HTML page" },
		{ "version https://git-lfs.github.com/spec/v1\n",
		    "a Git LFS pointer" },
		{ "PK\3\4", "a zip archive" },
		{ "\x1f\x8b\x08", "a gzip archive" },
		{ "\x89PNG\r\n", "a PNG picture" },
		{ "name: \"lenet\"", NULL },
		{ "version: 3", NULL },
		{ " \n", NULL },
		{ "<htm", NULL },
		{ "P", NULL },
		{ "", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		const char *what =
		    sniff(cases[i].bytes, strlen(cases[i].bytes));

		if (cases[i].what == NULL)
			assert_null(what);
		else
			assert_string_equal(what, cases[i].what);
	}
}

static void
only_after_failures(void **state)
{
	(void)state;
	assert_int_equal(sniff_fail(0, "x", "<html>", 6, "a net"), 0);
	assert_int_equal(sniff_fail(7, "x", "<html>", 6, "a net"), 7);
	assert_int_equal(
	    sniff_fail(ERR_IO, "x", "<html>", 6, "a net"), ERR_FORMAT);
	assert_string_equal(err_text(), "x: is an HTML page, not a net");
	assert_int_equal(sniff_fail(ERR_IO, "x", "abc", 3, "a net"), ERR_IO);
	assert_int_equal(
	    sniff_file_fail(ERR_IO, "/nowhere/x", "a net"), ERR_IO);
	assert_int_equal(sniff_file_fail(ERR_IO, "/tmp", "a net"), ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told),
		cmocka_unit_test(only_after_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
