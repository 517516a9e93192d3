/* Error sentences, prefixes, hand-over between threads, exit statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>

#include "base/alias.h"
#include "base/err.h"

static void
sentence(void **state)
{
	(void)state;
	assert_int_equal(
	    err_set(ERR_FORMAT, "record %d: width is %d", 7, 0), ERR_FORMAT);
	assert_string_equal(err_text(), "record 7: width is 0");
	assert_int_equal(err_in(ERR_FORMAT, "net %s", "a"), ERR_FORMAT);
	assert_string_equal(err_text(), "net a: record 7: width is 0");
	/* The sentence itself as an argument. */
	err_set(ERR_IO, "<%s>", err_text());
	assert_string_equal(err_text(), "<net a: record 7: width is 0>");
}

static void
system_errors(void **state)
{
	(void)state;
	errno = ENOENT;
	assert_int_equal(err_sys("open %s", "x"), ERR_MISSING);
	assert_string_equal(err_text(), "open x: No such file or directory");
	errno = EEXIST;
	assert_int_equal(err_sys("make"), ERR_REFUSED);
	errno = ENOSPC;
	assert_int_equal(err_sys("write"), ERR_IO);
	assert_string_equal(err_text(), "write: No space left on device");
}

static void
too_long(void **state)
{
	char word[2 * ERR_TEXT_MAX];

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	err_set(ERR_IO, "%s", word);
	assert_int_equal(strlen(err_text()), ERR_TEXT_MAX - 1);
	err_in(ERR_IO, "front");
	assert_int_equal(strlen(err_text()), ERR_TEXT_MAX - 1);
	assert_memory_equal(err_text(), "front: xx", 9);
}

static void *
fail_elsewhere(void *arg)
{
	err_save(arg, err_set(ERR_RANGE, "in the worker"));
	return NULL;
}

static void
threads(void **state)
{
	struct err_saved saved;
	pthread_t t;

	(void)state;
	err_set(ERR_IO, "mine");
	assert_int_equal(pthread_create(&t, NULL, fail_elsewhere, &saved), 0);
	pthread_join(t, NULL);
	assert_string_equal(err_text(), "mine");
	assert_int_equal(err_restore(&saved), ERR_RANGE);
	assert_string_equal(err_text(), "in the worker");
}

static int
tried(int rc, int *after)
{
	TRY(rc);
	*after = 1;
	return 0;
}

static void
statuses(void **state)
{
	static const int want[][2] = { { 0, 0 }, { 5, 0 }, { ERR_USAGE, 2 },
		{ ERR_FORMAT, 3 }, { ERR_RANGE, 3 }, { ERR_MISSING, 4 },
		{ ERR_IO, 5 }, { ERR_NET, 6 }, { ERR_DEVICE, 7 },
		{ ERR_REFUSED, 8 }, { ERR_GATE, 9 }, { ERR_STOPPED, 75 },
		{ ERR_UNSUPPORTED, 3 }, { ERR_ITEMS, 1 }, { -999, 5 } };
	int after = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(err_exit(want[i][0]), want[i][1]);
	assert_int_equal(tried(ERR_NET, &after), ERR_NET);
	assert_int_equal(after, 0);
	assert_int_equal(tried(3, &after), 0);
	assert_int_equal(after, 1);
}

/* Names that the user never gave are shown as those they stand for. */
static void
aliases(void **state)
{
	(void)state;
	alias_add("d/.x.tmp-01", "d/x");
	alias_add("d/.x.tmp-01/.y.tmp-02", "d/.x.tmp-01/y");
	err_set(ERR_IO, "write %s", "/a/d/.x.tmp-01/big, d/.x.tmp-01");
	assert_string_equal(err_text(), "write /a/d/x/big, d/x");
	err_in(ERR_IO, "%s", "d/.x.tmp-01/.y.tmp-02");
	assert_string_equal(err_text(), "d/x/y: write /a/d/x/big, d/x");
	/* A name that only begins or ends as it does is another. */
	err_set(ERR_IO, "%s", "d/.x.tmp-012 d/.x.tmp-01.json nd/.x.tmp-01");
	assert_string_equal(
	    err_text(), "d/.x.tmp-012 d/.x.tmp-01.json nd/.x.tmp-01");
	alias_add("d/.x.tmp-01", "a/much/longer/name/than/it/was");
	errno = ENOSPC;
	err_sys("d/.x.tmp-01");
	assert_string_equal(err_text(),
	    "a/much/longer/name/than/it/was: No space left on device");
	alias_drop("d/.x.tmp-01");
	alias_drop("d/.x.tmp-01/.y.tmp-02");
	alias_drop("never");
	alias_drop(NULL);
	assert_null(alias_shown("d/.x.tmp-01"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentence),
		cmocka_unit_test(system_errors),
		cmocka_unit_test(too_long),
		cmocka_unit_test(threads),
		cmocka_unit_test(statuses),
		cmocka_unit_test(aliases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
