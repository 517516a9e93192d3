/* A command line, word by word, as it can be given again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "prog/prog.h"

struct args {
	int size[2];
	const char *out;
	bool gray;
	struct opt_list more;
};

static const struct opt opts[] = {
	{ 's', "size", OPT_PAIR, offsetof(struct args, size), "WxH", "a size",
	    .lo = 1, .hi = 100 },
	{ 'o', "output", OPT_STR, offsetof(struct args, out), "FILE",
	    "an output" },
	{ 'g', "gray", OPT_FLAG, offsetof(struct args, gray), NULL, "gray" },
	{ 0, "more", OPT_LIST, offsetof(struct args, more), "X", "more" },
	{ 0 },
};

static const struct prog prog = { .name = "words",
	.summary = "try words",
	.operands = "FILE...",
	.max_operands = -1,
	.opts = opts };

static void
options_are_in_full(void **state)
{
	static char a[] = "/bin/words", b[] = "-gs", c[] = "3x4", d[] = "--mo",
		    e[] = "x y", f[] = "--no-gray", g[] = "--more=", h[] = "--",
		    i[] = "-odd", j[] = "b";
	static const char *const want[] = { "words", "--gray", "--size=3x4",
		"--more=x y", "--no-gray", "--more=", "--", "-odd", "b" };
	char *argv[] = { a, b, c, d, e, f, g, h, i, j, NULL }, **rest = argv;
	int argc = 10;
	struct args args = { 0 };
	const char *const *got;

	(void)state;
	assert_int_equal(prog_parse(&prog, &args, &argc, &rest), 1);
	got = prog_words();
	for (size_t k = 0; k < sizeof(want) / sizeof(*want); k++)
		assert_string_equal(got[k], want[k]);
	assert_null(got[sizeof(want) / sizeof(*want)]);
}

static void
shells_read_quoted_words(void **state)
{
	static const char *const words[][2] = { { "a-b_c.d/e=f",
						    "a-b_c.d/e=f" },
		{ "", "''" }, { "a b", "'a b'" }, { "it's", "'it'\\''s'" },
		{ "$x`y`\"\\\n", "'$x`y`\"\\\n'" }, { "~", "'~'" },
		{ "*", "'*'" }, { "!", "'!'" } };
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	for (size_t k = 0; k < sizeof(words) / sizeof(*words); k++) {
		buf_reset(&b);
		assert_int_equal(prog_quote(&b, words[k][0]), 0);
		assert_string_equal(buf_str(&b), words[k][1]);
	}
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_in_full),
		cmocka_unit_test(shells_read_quoted_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
