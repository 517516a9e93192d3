/* Sweeps over any option: the product, names, commands, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "prog/prog.h"
#include "recipe/grid/grid_int.h"

struct args {
	struct opt_list sweep, names;
	const char *batch, *lr, *net, *out;
	int solver, crop;
	bool mirror, resume;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'b', "batch-size", OPT_STR, AT(batch), "N", "batch" },
	{ 0, "lr", OPT_STR, AT(lr), "RATE", "rate" },
	{ 'n', "net", OPT_STR, AT(net), "NET", "net" },
	{ 'o', "output", OPT_STR, AT(out), "DIR", "folder" },
	{ 0, "solver", OPT_CHOICE, AT(solver), "TYPE", "solver",
	    .choices = "sgd|adam" },
	{ 0, "crop", OPT_INT, AT(crop), "N", "crop", .lo = 0, .hi = 100 },
	{ 0, "mirror", OPT_FLAG, AT(mirror), NULL, "mirror" },
	{ 0, "resume", OPT_FLAG, AT(resume), NULL, "resume" },
	{ 0, "freeze", OPT_LIST, AT(names), "PATTERN", "freeze" },
	{ 0, "gamma", OPT_STR, AT(net), "G", "of adam",
	    .needs = "solver=adam" },
	{ 0, "sweep", OPT_LIST, AT(sweep), "OPTION=VALUE,...", "sweep",
	    .flags = OPT_VALUES },
	{ 0 },
};
static const struct prog prog = { .name = "p",
	.summary = "s",
	.opts = opts,
	.common = PROG_SEED | PROG_THREADS | PROG_FORCE };

static struct args args;

/* The plan of this command line. */
static int
plan(struct grid_plan *p, const char *line)
{
	static char words[512];
	char *v[32] = { (char *)"p" }, **argv = v;
	int argc = 1;

	memset(&args, 0, sizeof(args));
	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok(words, " "); w != NULL; w = strtok(NULL, " "))
		v[argc++] = w;
	assert_int_equal(prog_parse(&prog, &args, &argc, &argv), 1);
	return grid_plan_make(p, &args.sweep);
}

static void
product(void **state)
{
	static const char *const names[] = { "lr0.1-solver_sgd-mirror_on",
		"lr0.1-solver_sgd-mirror_off", "lr0.1-solver_adam-mirror_on",
		"lr0.1-solver_adam-mirror_off", "lr1e-7-solver_sgd-mirror_on",
		"lr1e-7-solver_sgd-mirror_off", "lr1e-7-solver_adam-mirror_on",
		"lr1e-7-solver_adam-mirror_off" };
	struct grid_plan p;

	(void)state;
	assert_int_equal(plan(&p,
			     "--sweep lr=0.10,0.0000001 --sweep "
			     "solver=sgd,adam --sweep mirror=on,off"),
	    0);
	assert_int_equal(p.n, LENGTH(names));
	for (size_t i = 0; i < p.n; i++)
		assert_string_equal(p.v[i].name, names[i]);
	assert_string_equal(p.v[5].value[0], "0.0000001");
	assert_string_equal(p.v[5].value[1], "sgd");
	assert_string_equal(p.v[5].value[2], "off");
	grid_plan_clear(&p);
}

/* What was a list before is one now, and comes first, as it is called. */
static void
lists(void **state)
{
	struct grid_plan p;

	(void)state;
	assert_int_equal(plan(&p, "--lr 1,2 -b 32,64 --sweep seed=3,4"), 0);
	assert_int_equal(p.n, 8);
	assert_string_equal(p.v[0].name, "b32-lr1-seed3");
	assert_string_equal(p.v[7].name, "b64-lr2-seed4");
	grid_plan_clear(&p);
}

/* Texts that cannot stand in a name are still two names; a comma can be in a value. */
static void
names(void **state)
{
	struct grid_plan p;

	(void)state;
	assert_int_equal(plan(&p, "--sweep net=a/b,a_b,a$b,x\\,y,-1"), 0);
	assert_int_equal(p.n, 5);
	assert_string_equal(p.v[0].name, "net_a_b");
	assert_string_equal(p.v[1].name, "net_a_b_2");
	assert_string_equal(p.v[2].name, "net_a_b_3");
	assert_string_equal(p.v[2].value[0], "a$b");
	assert_string_equal(p.v[3].name, "net_x_y");
	assert_string_equal(p.v[3].value[0], "x,y");
	assert_string_equal(p.v[4].name, "net-1");
	grid_plan_clear(&p);
}

static void
expect(char **words, const char *const *want)
{
	size_t i = 0;

	for (; want[i] != NULL; i++) {
		assert_non_null(words[i + 1]);
		assert_string_equal(words[i + 1], want[i]);
	}
	assert_null(words[i + 1]);
	grid_words_free(words);
}

static void
commands(void **state)
{
	struct grid_plan p;

	(void)state;
	assert_int_equal(plan(&p,
			     "-n le'net --freeze a --freeze b --resume -f -v "
			     "-j 3 --sweep mirror=on,off -o out --seed 7"),
	    0);
	expect(grid_words(&p, 1, "d", GRID_HERE),
	    (const char *const[]){ "--net=le'net", "--freeze=a", "--freeze=b",
		"--verbose", "--seed=7", "--no-mirror", "--output=d/mirror_off",
		"--resume", NULL });
	expect(grid_words(&p, 0, "d", GRID_SCRIPT),
	    (const char *const[]){ "--net=le'net", "--freeze=a", "--freeze=b",
		"--verbose", "--threads=3", "--seed=7", "--mirror",
		"--output=d/mirror_on", "--resume", NULL });
	expect(grid_words(&p, 0, "d", GRID_WHOLE),
	    (const char *const[]){ "--net=le'net", "--freeze=a", "--freeze=b",
		"--verbose", "--threads=3", "--sweep=mirror=on,off", "--seed=7",
		"--output=d", NULL });
	assert_true(grid_lasting(&p, "net"));
	assert_true(grid_lasting(&p, "seed"));
	assert_false(grid_lasting(&p, "mirror"));
	assert_false(grid_lasting(&p, "threads"));
	assert_false(grid_lasting(&p, "device"));
	grid_plan_clear(&p);
}

static void
quoting(void **state)
{
	static const char *const pairs[][2] = { { "a-b=c,d", "a-b=c,d" },
		{ "", "''" }, { "a b", "'a b'" }, { "$x", "'$x'" },
		{ "it's", "'it'\\''s'" }, { "a\nb", "'a\nb'" } };

	(void)state;
	for (size_t i = 0; i < LENGTH(pairs); i++) {
		struct buf b;

		buf_init(&b, 64);
		assert_int_equal(prog_quote(&b, pairs[i][0]), 0);
		assert_string_equal(buf_str(&b), pairs[i][1]);
		buf_clear(&b);
	}
}

static void
what_is_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "--sweep lr", "say OPTION=VALUE" },
		{ "--sweep =1", "say OPTION=VALUE" },
		{ "--sweep lr=", "a value is empty" },
		{ "--sweep lr=1,,2", "a value is empty" },
		{ "--sweep lr=0.1,0.10", "0.10 is named twice" },
		{ "--sweep lr=1 --sweep lr=2", "two lists" },
		{ "--lr 3 --sweep lr=1,2", "no effect beside --sweep lr=1,2" },
		{ "--sweep sovler=sgd", "did you mean --solver" },
		{ "--sweep solver=sgd,adan", "did you mean" },
		{ "--sweep crop=5,101", "--crop" },
		{ "--sweep mirror=yes", "yes: on or off" },
		{ "--sweep output=a,b", "is the sweep's" },
		{ "--sweep threads=1,2", "is the sweep's" },
		{ "--sweep sweep=a", "is the sweep's" },
		{ "--lr 0.1", "nothing to sweep" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct grid_plan p;

		assert_int_equal(plan(&p, bad[i][0]), ERR_USAGE);
		if (strstr(err_text(), bad[i][1]) == NULL)
			fail_msg("%s: %s", bad[i][0], err_text());
		grid_plan_clear(&p);
	}
}

/* A product that would be too many is refused before it is made. */
static void
too_many(void **state)
{
	static char line[512];
	struct grid_plan p;

	(void)state;
	for (int i = 0; i < 3; i++) {
		static const char *const option[] = { "seed", "crop", "lr" };

		snprintf(line + strlen(line), sizeof(line) - strlen(line),
		    "%s--sweep %s=1", i > 0 ? " " : "", option[i]);
		for (int k = 2; k <= 17; k++)
			snprintf(line + strlen(line),
			    sizeof(line) - strlen(line), ",%d", k);
	}
	assert_int_equal(plan(&p, line), ERR_USAGE);
	assert_non_null(strstr(err_text(), "more than 4096"));
	grid_plan_clear(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(product),
		cmocka_unit_test(lists),
		cmocka_unit_test(names),
		cmocka_unit_test(commands),
		cmocka_unit_test(quoting),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
