/*
 * The option table: what the parser takes and refuses, the common options, bad
 * items, deps, the jobserver, and the texts made from the table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <math.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "file/deps.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "prog/prog.h"
#include "prog/prog_int.h"
#include "base/queue.h"
#include "file/file.h"
#include "../tmp.h"

struct args {
	bool shuffle, gray, width_given;
	int width, count, mode, size[2], percent;
	int64_t big;
	double rate, budget, decay;
	uint64_t memory;
	const char *out, *view;
	struct opt_list lists;
};

static const struct args defaults = { .shuffle = true,
	.width = 256,
	.percent = -1,
	.rate = 0.01,
	.decay = NAN,
	.size = { 28, 28 },
	.budget = 5400,
	.memory = 64 << 20 };

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'w', "width", OPT_INT, AT(width), "PIXELS", "the width", .lo = 1,
	    .hi = 1000, .seen = AT(width_given) },
	{ 'o', "output", OPT_STR, AT(out), "DIR",
	    "the data set to make. It appears whole",
	    .flags = OPT_REQUIRED | OPT_OUT_DIR },
	{ .type = OPT_HEAD, .help = "Pictures" },
	{ 0, "shuffle", OPT_FLAG, AT(shuffle), NULL, "shuffle the list" },
	{ 'g', "gray", OPT_FLAG, AT(gray), NULL, "make grey pictures" },
	{ 'c', "count", OPT_COUNT, AT(count), NULL, "count one more" },
	{ 0, "big", OPT_I64, AT(big), "N", "a large number" },
	{ 0, "percent", OPT_INT, AT(percent), "P", "a share", .lo = 0,
	    .hi = 100 },
	{ 0, "rate", OPT_DOUBLE, AT(rate), "R", "learning rate", .lo = 0,
	    .hi = 10 },
	{ 0, "decay", OPT_DOUBLE, AT(decay), "D", "a decay" },
	{ 'r', "resize", OPT_CHOICE, AT(mode), NULL, "how to resize",
	    "squash|crop|half-crop" },
	{ 0, "size", OPT_PAIR, AT(size), "WxH", "the size", .lo = 2,
	    .hi = 500 },
	{ 0, "budget", OPT_DURATION, AT(budget), "DUR", "time to use" },
	{ 0, "memory", OPT_SIZE, AT(memory), "SIZE", "memory to use" },
	{ 0, "view", OPT_STR, AT(view), "KIND", "pictures",
	    .flags = OPT_OPTARG },
	{ 'l', "list", OPT_LIST, AT(lists), "FILE", "a list" },
	{ 0, "secret", OPT_FLAG, AT(gray), NULL, "x", .flags = OPT_HIDDEN },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "x-make -o d a | tail -n 1", "Make one. Show the end." },
	{ "x-make -o \"e\" 'b c'", NULL },
	{ 0 },
};

static const struct prog prog = {
	.name = "x-make",
	.summary = "make an x",
	.operands = "SOURCE...",
	.min_operands = 1,
	.max_operands = 3,
	.opts = opts,
	.about = "Reads pictures. Writes records.\n.Sh is no macro here.\n\n"
		 "As it is:\n\n  one\n  .two\n\nThe end\\.",
	.examples = examples,
	.files = "DIR/x holds y.",
	.see_also = "x(5), model-x(1), dset-show(1)",
	.common = 255,
};

static struct args args;
static int argc;
static char **argv;
static char *words[64];

/* Parse the words, split at spaces; operands are left in argc, argv. */
static int
parse(const char *line)
{
	static char text[1024];
	char *p;

	snprintf(text, sizeof(text), "x-make %s", line);
	args = defaults;
	argc = 0;
	argv = words;
	for (p = text; *p != '\0';) {
		words[argc++] = p;
		p = strchrnul(p, ' ');
		if (*p == ' ')
			*p++ = '\0';
	}
	words[argc] = NULL;
	return prog_parse(&prog, &args, &argc, &argv);
}

static void
taken(void **state)
{
	(void)state;
	assert_int_equal(parse("a -w5 -o out -gccr crop b --no-shuffle --rate "
			       "2.5 --size=3x4 --budget 1h --memory 1K --view "
			       "--list a -l b -lc --big -7 -- -w"),
	    1);
	assert_int_equal(argc, 3);
	assert_string_equal(argv[0], "a");
	assert_string_equal(argv[1], "b");
	assert_string_equal(argv[2], "-w");
	assert_int_equal(args.width, 5);
	assert_true(args.width_given);
	assert_string_equal(args.out, "out");
	assert_true(args.gray);
	assert_false(args.shuffle);
	assert_int_equal(args.count, 2);
	assert_int_equal(args.mode, 1);
	assert_true(args.rate == 2.5);
	assert_int_equal(args.size[0], 3);
	assert_int_equal(args.size[1], 4);
	assert_true(args.budget == 3600);
	assert_true(args.memory == 1024);
	assert_string_equal(args.view, "");
	assert_int_equal(args.lists.n, 3);
	assert_string_equal(args.lists.v[0], "a");
	assert_string_equal(args.lists.v[2], "c");
	assert_true(args.big == -7);
	assert_string_equal(prog_command(),
	    "x-make a -w5 -o out -gccr crop b --no-shuffle --rate 2.5 "
	    "--size=3x4 --budget 1h --memory 1K --view --list a -l b -lc "
	    "--big -7 -- -w");

	assert_int_equal(parse("-o x --wid 7 --view=all -"), 1);
	assert_int_equal(args.width, 7);
	assert_string_equal(args.view, "all");
	assert_string_equal(argv[0], "-");
	assert_int_equal(parse("-o x --resize half_crop y"), 1);
	assert_int_equal(args.mode, 2);
	assert_int_equal(parse("-o x y"), 1);
	assert_false(args.width_given);
	assert_null(args.view);
}

static void
refused(void **state)
{
	static const char *const cases[][2] = {
		{ "-o x --nope a", "unknown option --nope" },
		{ "-o x --widht 3 a",
		    "unknown option --widht (did you mean --width?)" },
		{ "-o x --no-shufle a",
		    "unknown option --no-shufle (did you mean --no-shuffle?)" },
		{ "-o x -Z a", "unknown option -Z" },
		{ "-o x --no-width a",
		    "unknown option --no-width (did you mean --width?)" },
		{ "a", "option --output DIR is needed" },
		{ "-o x", "SOURCE... is missing" },
		{ "-o x a b c d", "too many operands" },
		{ "-o x a --width", "option --width needs an argument" },
		{ "-o x a -w", "option -w needs an argument" },
		{ "-o x --gray=1 a", "option --gray takes no argument" },
		{ "-o x -w0 a", "--width: 0 is not within 1..1000" },
		{ "-o x -w1x a", "--width: '1x' is not a whole number" },
		{ "-o x --resize fit a",
		    "--resize: 'fit' is not one of squash|crop|half-crop" },
		{ "-o x --resize cro a",
		    "--resize: 'cro' is not one of squash|crop|half-crop (did "
		    "you mean crop?)" },
		{ "-o x --size 1x5 a", "--size: 1x5: a side is below 2" },
		{ "-o x --size 501 a",
		    "--size: '501' is not a size in pixels (WxH or N, each "
		    "1..500)" },
		{ "-o x --rate nan a", "--rate: nan is not within 0..10" },
		{ "-o x --s a", "option --s is ambiguous; write it in full" },
		{ "-o x --max-bad 5%% a", "--max-bad: '5%' is not a number" },
		{ "-o x --max-bad 101% a",
		    "--max-bad: 101 is not within 0..100" },
		{ "-o x --progress=slow a",
		    "--progress: 'slow' is not one of bar|json|off" },
		{ "-o x --json --tsv a",
		    "--json and --tsv are mutually exclusive" },
		{ "--help=picures",
		    "--help: 'picures' is not one of all|man|exit|options|"
		    "pictures|common-options (did you mean pictures?)" },
		{ "--completion=fisch",
		    "--completion: 'fisch' is not one of bash|zsh|fish (did "
		    "you mean fish?)" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(parse(cases[i][0]), ERR_USAGE);
		assert_string_equal(err_text(), cases[i][1]);
	}
}

static void
common(void **state)
{
	const struct prog_options *o = prog_options();

	(void)state;
	unsetenv("MAKEFLAGS");
	unsetenv("NNUTILS_THREADS");
	assert_int_equal(parse("-o x a"), 1);
	assert_int_equal(o->verbosity, 0);
	assert_int_equal(o->format, PROG_TEXT);
	assert_int_equal(o->threads, queue_cpus());
	assert_true(o->max_bad < 0);
	assert_null(o->bad);
	assert_int_equal(
	    parse("-o x -vvvf0 --seed 9 -j3 --tsv --max-bad 4 a"), 1);
	assert_int_equal(o->verbosity, 2);
	assert_int_equal(o->format, PROG_FMT_TSV);
	assert_int_equal(o->threads, 3);
	assert_true(o->force && o->nul && o->seed == 9);
	assert_true(o->max_bad == 4 && !o->max_bad_share);
	assert_int_equal(parse("-o x -q --json --max-bad 2.5% a"), 1);
	assert_int_equal(o->verbosity, -1);
	assert_int_equal(o->format, PROG_FMT_JSON);
	assert_true(o->max_bad == 0.025 && o->max_bad_share);
	setenv("NNUTILS_THREADS", "7", 1);
	assert_int_equal(parse("-o x a"), 1);
	assert_int_equal(o->threads, 7);
	assert_int_equal(parse("-o x -j2 a"), 1);
	assert_int_equal(o->threads, 2);
	setenv("NNUTILS_THREADS", "many", 1);
	assert_int_equal(parse("-o x a"), ERR_USAGE);
	unsetenv("NNUTILS_THREADS");
}

/* What a program that takes no common options still understands. */
static void
bare(void **state)
{
	static const struct prog plain = { .name = "p", .summary = "s" };
	char *line[] = { (char *)"p", (char *)"--json", NULL };

	(void)state;
	argc = 2;
	argv = line;
	assert_int_equal(prog_parse(&plain, NULL, &argc, &argv), ERR_USAGE);
	line[1] = (char *)"-vq";
	argc = 2;
	assert_int_equal(prog_parse(&plain, NULL, &argc, &argv), 1);
	assert_int_equal(argc, 0);
}

static void
has(const char *path, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	assert_int_equal(file_read(&b, path), 0);
	assert_string_equal(buf_str(&b), want);
	buf_clear(&b);
}

/* The count of bad items lasts as long as a process: each case in its own. */
static int
in_child(int (*fn)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* What main returns, and what stands on stderr then. */
static int ended_with;

#define WANT(x)                                                                \
	do {                                                                   \
		if (!(x))                                                      \
			return __LINE__ % 200 + 20;                            \
	} while (0)

static int
bad_items(void)
{
	char line[256];

	snprintf(line, sizeof(line), "-o x -q --bad %s --max-bad 2 a",
	    tmp_path("bad"));
	WANT(parse(line) == 1);
	WANT(prog_bad("a\nb", -1, "no \"picture\"", 10) == 0);
	WANT(prog_bad("db", 7, "cut", 10) == 0);
	WANT(prog_bad_count() == 2);
	WANT(prog_bad_end() == ERR_ITEMS);
	WANT(strcmp(err_text(), "2 bad items") == 0);
	return 0;
}

static int
too_many_bad(void)
{
	WANT(parse("-o x -q --max-bad 20% a") == 1);
	WANT(prog_bad("a", -1, "r", 10) == 0);
	WANT(prog_bad("b", -1, "r", 10) == 0);
	WANT(prog_bad("c", -1, "r", 0) == 0); /* not known of how many */
	WANT(prog_bad("d", -1, "r", 10) == ERR_FORMAT);
	return 0;
}

static void
bad(void **state)
{
	(void)state;
	assert_int_equal(in_child(bad_items), 0);
	has(tmp_path("bad"),
	    "{\"path\": \"a\\nb\", \"reason\": \"no \\\"picture\\\"\"}\n"
	    "{\"path\": \"db\", \"record\": 7, \"reason\": \"cut\"}\n");
	assert_int_equal(in_child(too_many_bad), 0);
}

static int
write_deps(void)
{
	char line[512];

	snprintf(line, sizeof(line), "-o %s --deps %s a", tmp_path("o"),
	    tmp_path("deps"));
	WANT(parse(line) == 1);
	deps_add("src/base");
	return prog_end(&prog, ended_with);
}

static int
write_targets(void)
{
	char line[512];

	snprintf(line, sizeof(line),
	    "-o o --deps-target $(x) --deps-target y --deps %s a",
	    tmp_path("deps"));
	WANT(parse(line) == 1);
	deps_add("Makefile");
	return prog_end(&prog, 0);
}

/* A product that is there has its rule, one that is not has none. */
static void
deps(void **state)
{
	static const struct {
		int rc, status;
		bool wrote;
	} ends[] = { { 0, 0, true }, { ERR_ITEMS, 1, true },
		{ ERR_GATE, 9, true }, { ERR_FORMAT, 3, false },
		{ ERR_STOPPED, 75, false } };

	(void)state;
	for (size_t i = 0; i < LENGTH(ends); i++) {
		ended_with = ends[i].rc;
		assert_int_equal(in_child(write_deps), ends[i].status);
		assert_int_equal(file_exists(tmp_path("deps")), ends[i].wrote);
		remove(tmp_path("deps"));
	}
	assert_int_equal(in_child(write_targets), 0);
	has(tmp_path("deps"), "$(x) y: \\\n\tMakefile\nMakefile:\n");
	assert_int_equal(parse("-o x --deps-target y a"), ERR_USAGE);
}

/* Three slots in a pipe, as make -j4 has them. */
static void
jobserver(void **state)
{
	char line[256], got[8];
	int fd[2], threads, cpus = queue_cpus();

	(void)state;
	assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
	assert_int_equal(write(fd[1], "abc", 3), 3);
	snprintf(
	    line, sizeof(line), "kw -j4 --jobserver-auth=%d,%d", fd[0], fd[1]);
	setenv("MAKEFLAGS", line, 1);
	assert_int_equal(parse("-o x a"), 1);
	threads = prog_options()->threads;
	assert_int_equal(threads, cpus < 4 ? cpus : 4);
	prog_jobserver_give();
	assert_int_equal(read(fd[0], got, sizeof(got)), 3);
	/* None free: our own slot is left. */
	assert_int_equal(parse("-o x a"), 1);
	assert_int_equal(prog_options()->threads, 1);
	/* Not the two ends of one pipe: no jobserver. */
	snprintf(line, sizeof(line), " -j --jobserver-auth=%d,0", fd[0]);
	setenv("MAKEFLAGS", line, 1);
	assert_int_equal(parse("-o x a"), 1);
	assert_int_equal(prog_options()->threads, cpus);
	close(fd[0]);
	close(fd[1]);
	snprintf(line, sizeof(line), " --jobserver-auth=%d,%d", fd[0], fd[1]);
	setenv("MAKEFLAGS", line, 1);
	assert_int_equal(parse("-o x a"), 1);
	assert_int_equal(prog_options()->threads, cpus);

	assert_int_equal(mkfifo(tmp_path("fifo"), 0600), 0);
	fd[0] = open(tmp_path("fifo"), O_RDWR | O_NONBLOCK);
	assert_int_equal(write(fd[0], "+++", 3), 3);
	snprintf(line, sizeof(line), " -j4 --jobserver-auth=fifo:%s",
	    tmp_path("fifo"));
	setenv("MAKEFLAGS", line, 1);
	assert_int_equal(parse("-o x a"), 1);
	assert_int_equal(prog_options()->threads, cpus < 4 ? cpus : 4);
	assert_int_equal(
	    read(fd[0], got, sizeof(got)), 3 - (prog_options()->threads - 1));
	prog_jobserver_give();
	assert_int_equal(read(fd[0], got, sizeof(got)),
	    prog_options()->threads - 1 > 0 ? prog_options()->threads - 1 : -1);
	close(fd[0]);
	unsetenv("MAKEFLAGS");
}

static char *
text_of(void (*fn)(const struct prog *, const struct prog_row *, FILE *))
{
	struct prog_row *rows;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	args = defaults;
	memset(&prog_raw, 0, sizeof(prog_raw));
	rows = prog_rows(&prog, &args);
	fn(&prog, rows, f);
	fclose(f);
	mem_free(rows);
	return text;
}

static void
help(void **state)
{
	static const char *const want[] = {
		"usage: x-make [OPTION]... SOURCE...\nx-make: make an x\n",
		"\n  -w, --width PIXELS        the width [256]\n",
		"\n      --[no-]shuffle        shuffle the list [on]\n",
		"\n      --percent P           a share\n",
		"\n      --budget DUR          time to use [1h30m]\n",
		"\n      --memory SIZE         memory to use [64M]\n",
		"\n      --decay D             a decay\n",
		"\n  -r, --resize squash|crop|half-crop\n"
		"                            how to resize [squash]\n",
		"\n      --view[=KIND]         pictures\n",
		"\nPictures:\n",
		"\nCommon options:\n",
		"\n  # Make one. Show the end.\n  x-make -o d a | tail -n 1\n",
	};
	char *text = text_of(prog_help), *line;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(want); i++)
		if (strstr(text, want[i]) == NULL)
			fail_msg("no '%s' in:\n%s", want[i], text);
	assert_null(strstr(text, "secret"));
	for (line = text; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_true(strcspn(line, "\n") < 80);
	free(text);
}

static void
page(void **state)
{
	static const char *const want[] = {
		"\n.Dt X-MAKE 1\n",
		"\n.It Fl w , Fl -width Ar \\&PIXELS\nthe width\n(default: "
		"256)\n",
		"\n.It Fl -\\&[no-]shuffle\nshuffle the list\n(default: on)\n",
		"\nthe data set to make.\nIt appears whole\n",
		"\n\\&.Sh is no macro here.\n",
		"\n.Bd -literal -offset indent\none\n\\&.two\n.Ed\n",
		"\nThe end\\e.\n",
		"\n.It 75\n",
		"\n.Xr dset-show 1 ,\n.Xr model-x 1 ,\n.Xr x 5 ,\n.Xr nnutils 7\n",
	};
	char *text = text_of(prog_man);
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(want); i++)
		if (strstr(text, want[i]) == NULL)
			fail_msg("no '%s' in:\n%s", want[i], text);
	free(text);
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* A file of options, between what stands before and behind it. */
static void
args_file(void **state)
{
	static const char good[] =
	    "\xef\xbb\xbf# a comment\r\n\n  width = 7\r\nrate: 2.5\n"
	    "--no-shuffle\n-g\n-r crop\noutput \"a b\\t\\\"c\\\"\"  \n"
	    "list=x = y \nlist = \n-lz\nview";
	static const char *const bad[][2] = {
		{ "widht 7",
		    "line 1: unknown option --widht (did you mean "
		    "--width?)" },
		{ "\nwidth", "line 2: option --width needs an argument" },
		{ "width 7x", "line 1: --width: '7x' is not a whole number" },
		{ "gray yes", "line 1: option --gray takes no argument" },
		{ "view \"x", "line 1: a quoted value has no closing quote" },
		{ "view \"x\" y", "line 1: ' y' after the quoted value" },
		{ "= 3", "line 1: '= 3' is not an option" },
		{ "args = x",
		    "line 1: a file of options cannot name another with --args" },
	};
	char line[512], want[512];

	(void)state;
	put(tmp_path("args"), good);
	snprintf(line, sizeof(line), "-w 5 --size 9 --args %s --rate 3 a",
	    tmp_path("args"));
	if (parse(line) != 1)
		fail_msg("%s", err_text());
	assert_int_equal(args.width, 7);
	assert_true(args.rate == 3 && args.gray && !args.shuffle);
	assert_int_equal(args.mode, 1);
	assert_int_equal(args.size[0], 9);
	assert_string_equal(args.out, "a b\t\"c\"");
	assert_int_equal(args.lists.n, 3);
	assert_string_equal(args.lists.v[0], "x = y");
	assert_string_equal(args.lists.v[1], "");
	assert_string_equal(args.lists.v[2], "z");
	assert_string_equal(args.view, "");
	assert_int_equal(argc, 1);
	for (size_t i = 0; i < LENGTH(bad); i++) {
		put(tmp_path("args"), bad[i][0]);
		assert_int_equal(parse(line), ERR_USAGE);
		snprintf(
		    want, sizeof(want), "%s: %s", tmp_path("args"), bad[i][1]);
		assert_string_equal(err_text(), want);
	}
	assert_int_equal(parse("-o x --args no-such-file a"), ERR_MISSING);
}

/* One group alone; the main options where there are many. */
static void
topics(void **state)
{
	static struct opt many[60];
	static struct prog large;
	struct prog_row *rows;
	char *text = NULL, *names;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	args = defaults;
	rows = prog_rows(&prog, &args);
	names = prog_help_topics(rows);
	assert_string_equal(
	    names, "all|man|exit|options|pictures|common-options");
	assert_int_equal(prog_help_group(rows, "pict", f), 0);
	assert_int_equal(prog_help_group(rows, "no", f), ERR_USAGE);
	fclose(f);
	assert_non_null(strstr(text, "\nPictures:\n      --[no-]shuffle"));
	assert_null(strstr(text, "--width"));
	assert_null(strstr(text, "--json"));
	free(text);
	free(names);
	mem_free(rows);

	for (size_t i = 0; i + 1 < LENGTH(many); i++)
		many[i] = (struct opt){ 0, "one", OPT_FLAG, AT(gray), NULL,
			"a flag" };
	many[0] = (struct opt){ 'o', "output", OPT_STR, AT(out), "F", "out" };
	many[1] = (struct opt){ .type = OPT_HEAD, .help = "Much more" };
	many[2].name = "gray";
	many[3].c = 'x';
	large = (struct prog){ .name = "p",
		.summary = "s",
		.about = "First.\n\nSecond.",
		.opts = many,
		.main_options = "big gray" };
	rows = prog_rows(&large, &args);
	f = open_memstream(&text, &n);
	prog_help(&large, rows, f);
	fclose(f);
	assert_non_null(strstr(text, "\nFirst.\n"));
	assert_null(strstr(text, "Second"));
	assert_non_null(strstr(text,
	    "\nMuch more (all: --help=much-more):\n"
	    "      --gray"));
	assert_non_null(strstr(text, "  -x, --one"));
	assert_null(strstr(text, "      --one"));
	assert_non_null(strstr(text, "\nMore with --help=TOPIC:\n  all man "));
	free(text);
	f = open_memstream(&text, &n);
	prog_help_all(&large, rows, f);
	fclose(f);
	assert_non_null(strstr(text, "      --one"));
	assert_non_null(strstr(text, "\nSecond.\n"));
	free(text);
	mem_free(rows);
}

static int
end(void)
{
	FILE *f = freopen(tmp_path("stderr"), "w", stderr);

	WANT(f != NULL && parse("-o x a") == 1);
	return prog_end(&prog, err_set(ended_with, "a sentence\n\x1b[31m"));
}

static int
end_full(void)
{
	FILE *f = freopen(tmp_path("stderr"), "w", stderr);

	WANT(f != NULL && freopen("/dev/full", "w", stdout) != NULL);
	WANT(parse("-o x a") == 1);
	printf("result\n");
	return prog_end(&prog, ended_with);
}

static void
ends(void **state)
{
	(void)state;
	ended_with = ERR_MISSING;
	assert_int_equal(in_child(end), 4);
	has(tmp_path("stderr"), "x-make: a sentence??[31m\n");
	ended_with = ERR_USAGE;
	assert_int_equal(in_child(end), 2);
	has(tmp_path("stderr"),
	    "x-make: a sentence??[31m\n"
	    "x-make: see 'x-make --help'\n");
	if (!file_exists("/dev/full"))
		return;
	ended_with = 0;
	assert_int_equal(in_child(end_full), 5);
	has(tmp_path("stderr"),
	    "x-make: write standard output: No space left on device\n");
	ended_with = ERR_ITEMS;
	assert_int_equal(in_child(end_full), 5);
	ended_with = ERR_FORMAT;
	assert_int_equal(in_child(end_full), 3);
}

/* Events: lines of JSON, from the start to the end. */
static int
with_events(void)
{
	char line[256];

	snprintf(
	    line, sizeof(line), "-o x -q a --events %s", tmp_path("events"));
	WANT(freopen(tmp_path("stderr"), "w", stderr) != NULL);
	WANT(parse(line) == 1);
	log_warn("half of %s", "it");
	log_event("{\"event\": \"epoch\"}", 18);
	return prog_end(&prog, err_set(ERR_GATE, "not met"));
}

static void
events(void **state)
{
	struct buf b;
	const char *s;

	(void)state;
	assert_int_equal(in_child(with_events), 9);
	buf_init(&b, 1 << 16);
	assert_int_equal(file_read(&b, tmp_path("events")), 0);
	s = buf_str(&b);
	assert_true(
	    strstr(s, "{\"event\": \"start\", \"program\": \"x-make\", ") == s);
	assert_non_null(strstr(s,
	    "\n{\"event\": \"warning\", \"text\": \"half of it\"}\n"
	    "{\"event\": \"epoch\"}\n{\"event\": \"end\", \"status\": 9, "));
	assert_non_null(strstr(s, "\"error\": \"not met\"}\n"));
	buf_clear(&b);
}

static void
quoting(void **state)
{
	char x[] = "/bin/x", two[] = "a b", it[] = "it's", none[] = "";
	char opt[] = "--x=1";
	char *line[] = { x, two, it, none, opt, NULL };

	(void)state;
	prog_command_set(5, line);
	assert_string_equal(prog_command(), "x 'a b' 'it'\\''s' '' --x=1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken),
		cmocka_unit_test(refused),
		cmocka_unit_test(common),
		cmocka_unit_test(bare),
		cmocka_unit_test(bad),
		cmocka_unit_test(deps),
		cmocka_unit_test(jobserver),
		cmocka_unit_test(help),
		cmocka_unit_test(args_file),
		cmocka_unit_test(topics),
		cmocka_unit_test(page),
		cmocka_unit_test(ends),
		cmocka_unit_test(events),
		cmocka_unit_test(quoting),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
