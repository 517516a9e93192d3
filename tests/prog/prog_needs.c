/* What options need to have an effect, and what is remembered of those given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "file/file.h"
#include "base/mem.h"
#include "prog/prog.h"
#include "../tmp.h"

struct args {
	int how, n;
	double share, rate;
	bool mix;
	const char *list, *root, *file, *steps;
	struct opt_list names, each;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 0, "how", OPT_CHOICE, AT(how), "HOW", "how", .choices = "a|b|c" },
	{ 'n', "number", OPT_INT, AT(n), "N", "of b and c",
	    .needs = "how=b|c" },
	{ 0, "list", OPT_STR, AT(list), "FILE", "a list" },
	{ 0, "mix", OPT_FLAG, AT(mix), NULL, "mix" },
	{ 0, "root", OPT_STR, AT(root), "DIR", "of lists",
	    .needs = "list|mix =resume" },
	{ 0, "share", OPT_DOUBLE, AT(share), "PCT", "percent",
	    .needs = "!list|mix", .flags = OPT_PERCENT },
	{ 0, "steps", OPT_STR, AT(steps), "P,P", "percents",
	    .flags = OPT_PERCENT },
	{ 0, "file", OPT_STR, AT(file), "FILE", "all in a file" },
	{ 0, "rate", OPT_DOUBLE, AT(rate), "R", "rate",
	    .needs = "!!file =resume" },
	{ 0, "name", OPT_LIST, AT(names), "NAME", "names" },
	{ 0, "each", OPT_LIST, AT(each), "OPTION=VALUE", "values",
	    .flags = OPT_VALUES },
	{ 0 },
};
static const struct prog prog = { .name = "p", .summary = "s", .opts = opts };

/* Parses; *said is what stood on stderr. */
static int
parse(char **said, const char *line)
{
	static struct args args;
	static char words[256];
	char *v[32] = { (char *)"p" }, **argv = v;
	struct buf b;
	int argc = 1, rc;
	FILE *old = stderr, *f = fopen(tmp_path("said"), "w+");

	assert_non_null(f);
	args = (struct args){ .rate = 0.5 };
	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok(words, " "); w != NULL; w = strtok(NULL, " "))
		v[argc++] = w;
	fflush(old);
	rc = dup(2);
	dup2(fileno(f), 2);
	argv[argc] = NULL;
	argc = prog_parse(&prog, &args, &argc, &argv);
	dup2(rc, 2);
	close(rc);
	fclose(f);
	buf_init(&b, 1 << 16);
	assert_true(file_read(&b, tmp_path("said")) >= 0);
	*said = mem_strdup(buf_str(&b));
	buf_clear(&b);
	return argc;
}

static const struct {
	const char *line, *says;
} lines[] = {
	{ "", "" },
	{ "--how b -n 3", "" },
	{ "-n 3", "p: --number has no effect: it needs --how b or c\n" },
	{ "--how a -n 3",
	    "p: --number has no effect: it needs --how b or c\n" },
	{ "--root x", "p: --root has no effect: it needs --list or --mix\n" },
	{ "--root x --mix", "" },
	{ "--root x --no-mix",
	    "p: --root has no effect: it needs --list or --mix\n" },
	{ "--share 25 --list x", "p: --share has no effect beside --list\n" },
	{ "--share 25 --list x --mix",
	    "p: --share has no effect beside --list and --mix\n" },
	{ "--share 25", "" },
	{ "--share 0.25",
	    "p: --share 0.25 is less than one percent: for a quarter say "
	    "25\n" },
	{ "--share 0", "" },
	{ "--share 1", "" },
	{ "--steps 0.5,0.75",
	    "p: --steps 0.5,0.75 is less than one percent: for a quarter say "
	    "25\n" },
	{ "--steps 0.5,75", "" },
	{ "-q -n 3", "" },
	{ "-n 3 --each how=a,b", "" },
	{ "--root x --each list=a", "" },
	{ "-n 3 --each hows=b",
	    "p: --number has no effect: it needs --how b or c\n" },
	{ "--share 25 --each list=a",
	    "p: --share has no effect beside --list\n" },
};

static void
said(void **state)
{
	char *text;

	(void)state;
	for (size_t i = 0; i < LENGTH(lines); i++) {
		assert_int_equal(parse(&text, lines[i].line), 1);
		assert_string_equal(text, lines[i].says);
		mem_free(text);
	}
	assert_int_equal(parse(&text, "--rate 1 --file x"), ERR_USAGE);
	assert_string_equal(err_text(), "--rate cannot be used with --file");
	mem_free(text);
}

static void
add_word(void *ctx, const struct prog_word *w)
{
	char *text = prog_word_text(w);

	buf_printf(ctx, "%s ", text);
	mem_free(text);
}

/* Word for word, in their order, each as it can be said again. */
static void
word_for_word(void **state)
{
	struct prog_word w;
	struct buf b;
	char *text;

	(void)state;
	assert_int_equal(
	    parse(&text, "--name a --no-mix -n3 --name b --rate=1 -v"), 1);
	mem_free(text);
	buf_init(&b, 1024);
	prog_words_each(add_word, &b);
	assert_string_equal(buf_str(&b),
	    "--name=a --no-mix --number=3 --name=b --rate=1 --verbose ");
	buf_reset(&b);
	assert_int_equal(prog_word_make(&w, "mix", "off"), 0);
	add_word(&b, &w);
	assert_int_equal(prog_word_make(&w, "how", "b"), 0);
	add_word(&b, &w);
	assert_string_equal(buf_str(&b), "--no-mix --how=b ");
	buf_clear(&b);
	assert_int_equal(prog_word_make(&w, "how", "d"), ERR_USAGE);
	assert_int_equal(prog_word_make(&w, "mix", "maybe"), ERR_USAGE);
	assert_int_equal(prog_word_make(&w, "number", "x"), ERR_USAGE);
	assert_int_equal(prog_word_make(&w, "verbose", "1"), ERR_USAGE);
	assert_int_equal(prog_word_make(&w, "hwo", "a"), ERR_USAGE);
	/* those of another command line are gone */
	assert_int_equal(parse(&text, ""), 1);
	mem_free(text);
	prog_words_each(add_word, &b);
	assert_string_equal(buf_str(&b), "");
}

static void
last(void *ctx, const struct prog_given *g)
{
	const struct prog_given **out = ctx;
	static struct prog_given kept;

	kept = *g;
	*out = &kept;
}

static void
remembered(void **state)
{
	const struct prog_given *g = NULL;
	char *text;

	(void)state;
	assert_int_equal(
	    parse(&text, "--name a --no-mix --name b --rate 1 --rate 2"), 1);
	mem_free(text);
	assert_string_equal(prog_given("name"), "a,b");
	assert_string_equal(prog_given("mix"), "off");
	assert_string_equal(prog_given("rate"), "2");
	assert_null(prog_given("list"));
	assert_null(prog_given("nam"));
	assert_int_equal(parse(&text, "--rate 2"), 1);
	mem_free(text);
	prog_given_each(last, &g);
	assert_string_equal(g->name, "rate");
	assert_string_equal(g->was, "0.5");
	assert_true(g->lasting);
	assert_null(prog_given("mix"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(said, tmp_setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(
		    remembered, tmp_setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(
		    word_for_word, tmp_setup, tmp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
