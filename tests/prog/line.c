/* Lines of cells, for people and for programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "prog/line.h"

/* Two lines, what came out. */
static void
write_both(char out[256], int tsv)
{
	char *text = NULL;
	size_t n = 0;
	struct line l = { open_memstream(&text, &n), tsv };

	assert_non_null(l.out);
	line_cell(&l, "%s", "a\tb\nc");
	line_cell(&l, "%s", "");
	line_cell(&l, "%.2f%%", 12.5);
	line_end(&l);
	line_cell(&l, "%s", "x\x1b[1m\xe2\x80\xaey");
	line_end(&l);
	assert_int_equal(fclose(l.out), 0);
	snprintf(out, 256, "%s", text);
	free(text);
}

static void
for_programs(void **state)
{
	char out[256];

	(void)state;
	write_both(out, 1);
	assert_string_equal(out, "a b c\t\t12.50%\nx?[1m\xe2\x80\xaey\n");
}

/* What turns the direction of text is shown, too. */
static void
for_people(void **state)
{
	char out[256];

	(void)state;
	write_both(out, 0);
	assert_string_equal(out, "a b c    12.50%\nx?[1m?y\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(for_programs),
		cmocka_unit_test(for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
