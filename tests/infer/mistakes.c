/* The worst mistakes, by falling confidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "infer/classes/mistakes.h"

static void
keeps_the_worst(void **state)
{
	struct mistakes m;

	(void)state;
	mistakes_init(&m, 2);
	mistakes_add(&m, "a", 0, 1, 0.6);
	mistakes_add(&m, "b", 2, 0, 0.7);
	mistakes_add(&m, "c", 2, 1, 0.95);
	mistakes_add(&m, "d", 2, 1, 0.5);
	mistakes_add(&m, "e", 2, 1, 0.95);
	assert_int_equal(m.n, 2);
	assert_string_equal(m.v[0].name, "c");
	assert_string_equal(m.v[1].name, "e");
	assert_true(m.v[0].truth == 2 && m.v[0].answer == 1);
	mistakes_clear(&m);
}

static void
keeps_none(void **state)
{
	struct mistakes m;

	(void)state;
	mistakes_init(&m, 0);
	mistakes_add(&m, "a", 0, 1, 0.6);
	assert_int_equal(m.n, 0);
	mistakes_clear(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_worst),
		cmocka_unit_test(keeps_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
