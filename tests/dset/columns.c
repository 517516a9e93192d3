/* Tables as lists: delimiters, quotes, which columns, and the numbers of lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/plan/columns.h"

static int64_t bad_line;

static int
hear(void *ctx, const char *path, int64_t record, const char *reason)
{
	(void)ctx;
	(void)path;
	(void)reason;
	bad_line = record;
	return 0;
}

static int
read_table(struct dset_rows_text *out, const char *spec, const char *text)
{
	const struct dset_bad bad = { .fn = hear };
	struct dset_columns c;
	int rc;

	bad_line = 0;
	assert_int_equal(dset_columns_parse(&c, spec), 0);
	rc = dset_columns_text(out, text, strlen(text), "table", &c, &bad);
	dset_columns_clear(&c);
	return rc;
}

static void
tables(void **state)
{
	static const struct {
		const char *spec, *text, *train, *val;
	} cases[] = {
		{ "label=k", "f,k\na,1\nb,2\n", "\na\t1\nb\t2\n", "\n\n\n" },
		{ "label=k", "f,k\na,1\n\nb,2", "\na\t1\n\nb\t2\n", NULL },
		{ "path=f,label=k,split=s", "s;k;f\nval;1;a\ntrain;2;b\n",
		    "\n\nb\t2\n", "\na\t1\n\n" },
		{ "label=1,path=2", "x,y\n\"a \"\"b\"\"\",\"c,d\"\n",
		    "\nc,d\ta \"b\"\n", NULL },
		/* A field over two lines: the next row keeps its number. */
		{ "label=k", "f,k,t\na,1,\"x\ny\"\nb,2,z\n", "\na\t1\n\nb\t2\n",
		    NULL },
		{ "label=*", "2\nA B\nx -1 1\ny  1 -1 \n",
		    "\n\nx\t-1 1\ny\t1 -1\n", NULL },
		{ "label=a+c", "f\ta\tb\tc\nx\t1\t2\t3\r\n", "\nx\t1 3\n",
		    NULL },
	};
	struct dset_rows_text rows;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(
		    read_table(&rows, cases[i].spec, cases[i].text), 0);
		assert_int_equal(bad_line, 0);
		assert_string_equal(
		    buf_str(&rows.part[DSET_TRAIN]), cases[i].train);
		if (cases[i].val != NULL)
			assert_string_equal(
			    buf_str(&rows.part[DSET_VAL]), cases[i].val);
		dset_rows_text_clear(&rows);
	}
}

static void
bad_tables(void **state)
{
	static const char *const cases[][2] = { { "label=k", "" },
		{ "label=k", "f,k\n" }, { "label=k", "f,j\na,1\n" },
		{ "label=k", "f,k\n\"a,1\n" }, { "label=*", "f\na\n" } };
	struct dset_rows_text rows;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(
		    read_table(&rows, cases[i][0], cases[i][1]), ERR_FORMAT);
		dset_rows_text_clear(&rows);
	}
	assert_int_equal(read_table(&rows, "label=k", "f,k\na,1\nb\nc,3\n"), 0);
	assert_int_equal(bad_line, 3);
	assert_string_equal(
	    buf_str(&rows.part[DSET_TRAIN]), "\na\t1\n\nc\t3\n");
	dset_rows_text_clear(&rows);
}

static void
specs(void **state)
{
	static const char *const bad[] = { "", "label=", "path=a", "label",
		"label=a,label=b", "label=a,", "x=y,label=a" };
	struct dset_columns c;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(dset_columns_parse(&c, bad[i]), ERR_USAGE);
	assert_int_equal(dset_columns_parse(&c, "split=s,label=a+b,path=p"), 0);
	assert_string_equal(c.path, "p");
	assert_string_equal(c.split, "s");
	assert_int_equal(c.nlabels, 2);
	assert_string_equal(c.label[1], "b");
	assert_true(dset_columns_several(&c));
	dset_columns_clear(&c);
	assert_int_equal(dset_columns_parse(&c, "label=a"), 0);
	assert_false(dset_columns_several(&c));
	dset_columns_clear(&c);
	assert_int_equal(dset_columns_parse(&c, "label=*"), 0);
	assert_true(dset_columns_several(&c));
	dset_columns_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),
		cmocka_unit_test(bad_tables),
		cmocka_unit_test(specs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
