/* The figures as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "infer/classes/figures.h"
#include "../tmp.h"

static const char *const names[] = { "cat", "dog", "owl" };

/* Truth and answer. */
static void
fill(struct confusion *c)
{
	static const int pairs[][2] = { { 0, 0 }, { 0, 1 }, { 1, 1 }, { 2, 0 },
		{ 2, 1 } };

	assert_int_equal(confusion_init(c, 3, true), 0);
	for (size_t i = 0; i < 5; i++)
		assert_true(confusion_add(c, pairs[i][0], &pairs[i][1], 1));
}

static void
as_tsv(void **state)
{
	struct confusion c;
	struct buf b;

	(void)state;
	fill(&c);
	buf_init(&b, 4096);
	assert_int_equal(figures_matrix_text(&b, &c, names, 3, 1), 0);
	assert_string_equal(buf_str(&b),
	    "truth\tcat\tdog\towl\taccuracy\ncat\t1\t1\t0\t50.00\n"
	    "dog\t0\t1\t0\t100.00\nowl\t1\t1\t0\t0.00\n");
	buf_reset(&b);
	assert_int_equal(figures_classes_text(&b, &c, names, 3, 1), 0);
	assert_string_equal(buf_str(&b),
	    "class\timages\tright\tprecision\trecall\ncat\t2\t1\t50.00\t50.00\n"
	    "dog\t1\t1\t33.33\t100.00\nowl\t2\t0\t0.00\t0.00\n");
	buf_clear(&b);
	confusion_clear(&c);
}

/* A class without a name is shown by its number. */
static void
aligned(void **state)
{
	struct confusion c;
	struct buf b;

	(void)state;
	fill(&c);
	buf_init(&b, 4096);
	assert_int_equal(figures_classes_text(&b, &c, names, 2, 0), 0);
	assert_string_equal(buf_str(&b),
	    "class    images    right  precision   recall\n"
	    "cat           2        1     50.00%   50.00%\n"
	    "dog           1        1     33.33%  100.00%\n"
	    "2             2        0      0.00%    0.00%\n");
	buf_clear(&b);
	confusion_clear(&c);
}

/* A TAB in a name would be the end of its cell. */
static void
names_are_cells(void **state)
{
	static const char *const odd[] = { "black\tcat", "dog", "owl" };
	struct confusion c;
	struct buf b;

	(void)state;
	fill(&c);
	buf_init(&b, 4096);
	assert_int_equal(figures_matrix_text(&b, &c, odd, 3, 1), 0);
	assert_non_null(strstr(buf_str(&b), "truth\tblack cat\tdog\t"));
	assert_non_null(strstr(buf_str(&b), "\nblack cat\t1\t1\t"));
	buf_reset(&b);
	assert_int_equal(figures_classes_text(&b, &c, odd, 3, 1), 0);
	assert_non_null(strstr(buf_str(&b), "\nblack cat\t2\t1\t"));
	buf_clear(&b);
	confusion_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_tsv),
		cmocka_unit_test(aligned),
		cmocka_unit_test(names_are_cells),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
