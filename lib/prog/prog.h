/*
 * A program as a table: its options, operands, examples and the words of its
 * page.  From the one table come the parser, --help and its topics, --help=man
 * (mdoc), --help=exit and --completion=bash|zsh|fish.
 *
 *	struct args { int width; const char *out; bool force; };
 *	static const struct opt opts[] = {
 *		{ 'w', "width", OPT_INT, offsetof(struct args, width), "PIXELS",
 *		  "resize to this width", .lo = 1, .hi = 65535 },
 *		{ 'o', "output", OPT_STR, offsetof(struct args, out), "DIR",
 *		  "the data set to make", .flags = OPT_REQUIRED },
 *		{ 0 }
 *	};
 *	static const struct prog prog = { .name = "…", .opts = opts,
 *		.common = PROG_FORCE | PROG_SEED, … };
 *
 *	int
 *	main(int argc, char **argv)
 *	{
 *		struct args args = { .width = 256 };
 *		int rc = prog_parse(&prog, &args, &argc, &argv);
 *
 *		if (rc > 0)
 *			rc = run(&args, argc, argv);
 *		return prog_end(&prog, rc);
 *	}
 *
 * The default that help shows is the value found in struct args (for a number
 * with a range: only when it lies inside, so that -1 can mean "not given").
 * Options all programs share are asked for by the bits of prog.common and end
 * up in prog_options(); -h -V -v -q, --args, --deps and --completion are always
 * there.  A long option may be shortened as long as only one fits.
 */
#ifndef PROG_PROG_H
#define PROG_PROG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum opt_type {
	OPT_FLAG = 1, /* bool; --no-NAME clears it */
	OPT_COUNT,    /* int, +1 each time */
	OPT_INT,      /* int, lo..hi */
	OPT_I64,      /* int64_t, lo..hi (hi 0: INT64_MAX when lo is 0 too) */
	OPT_DOUBLE,   /* double, lo..hi */
	OPT_STR,      /* const char *; borrowed from argv */
	OPT_LIST, /* struct opt_list, one more each time (no comma splitting) */
	OPT_CHOICE,   /* int: index into choices ("a|b|c") */
	OPT_PAIR,     /* int[2]: WxH or N, lo..hi */
	OPT_DURATION, /* double seconds: 90, 15m, 1h30m */
	OPT_SIZE,     /* uint64_t bytes: 64M */
	OPT_HEAD /* a heading between options in help; only .help is used */
};

enum opt_flags {
	OPT_REQUIRED = 1, /* usage error when absent */
	/* the argument is optional (long form only: --opt=ARG); given bare:
	 * OPT_STR gets "" */
	OPT_OPTARG = 2,
	OPT_HIDDEN = 4, /* not in help, man page or completion */
	/* What prog_parse proves, before the program does anything: */
	/* OPT_STR: a file to write ("-": stdout), not there without --force;
	 * its ending is one of choices */
	OPT_OUT = 8,
	OPT_OUT_ANEW = 16, /* with OPT_OUT: replaced without being asked to */
	OPT_OUT_DIR = 32,  /* OPT_STR: a folder to make or to write into */
	OPT_GATE = 64,     /* OPT_LIST: each a gate (prog/gate.h) */
	/* a path that is read, maybe behind "X=" or in a list with commas: no
	 * output replaces it */
	OPT_INPUT = 128,
	OPT_PERCENT = 256, /* of the whole: numbers below 1 are asked about */
	/* OPT_LIST of "OPTION=VALUE,...": as if that option were given, with
	 * each of these values (for needs) */
	OPT_VALUES = 512,
	/* several of choices may be given at once, with commas between: for
	 * completion */
	OPT_COMMAS = 1024
};

struct opt_list {
	const char **v; /* arena of the process; never freed */
	size_t n;
};

struct opt {
	char c;           /* short letter, or 0 */
	const char *name; /* long name */
	enum opt_type type;
	size_t at;        /* offsetof destination in struct args */
	const char *arg;  /* placeholder of the argument, NULL for flags */
	const char *help; /* one sentence, lower case, no full stop */
	/* OPT_CHOICE: "squash|crop|fill"; OPT_OUT: endings, "png|svg"; other
	 * OPT_STR, and OPT_LIST: words that may be given, for completion */
	const char *choices;
	double lo, hi; /* range; both 0: the type's; hi < lo: no upper limit */
	int flags;
	/*
	 * What it takes for the option to have an effect, words with blanks
	 * between; where one does not hold, prog_parse says so once:
	 *
	 *	a|b      option a or b is given (a flag: and on)
	 *	a=x|y    option a, given or not, is x or y
	 *	!a|b     neither a nor b is given
	 *	!!a      as !a, but both together are a usage error
	 *	=resume  beside --resume it must be what it was at first
	 *	         (prog_given_each)
	 */
	const char *needs;
	size_t seen; /* if not 0: offsetof a bool set when it is given */
	/* OPT_STR: given this value ("list"), or any ("*"), nothing else is
	 * needed */
	const char *alone;
};

struct prog_example {
	const char
	    *command; /* a line the tests run in tests/cli; shown in the page */
	const char *what; /* a sentence above it, may be NULL */
};

/* A variable of the environment, for the page. */
struct prog_env {
	const char *name, *what;
};

struct prog {
	const char *name;
	const char *summary;  /* "make a data set from pictures" */
	const char *operands; /* "SOURCE..." , NULL for none */
	int min_operands;
	int max_operands;    /* -1: any number */
	bool reads_operands; /* they are paths: no output replaces them */
	/* Where there are too many options for one help (it is not NULL, or there
	 * are very many), these are shown at once besides those with a letter and
	 * those above the first heading: long names with blanks between. */
	const char *main_options;
	/* "mnist|cifar10": what operands may be, for completion; or NULL */
	const char *operand_words;
	const struct opt *opts; /* ends with { 0 } */
	/* DESCRIPTION: paragraphs separated by blank lines; a line that
	 * starts with two spaces is shown as it is */
	const char *about;
	const struct prog_example *examples; /* ends with { 0 } */
	/* JSON OUTPUT: what --json prints, every key of it; same rules */
	const char *json;
	const char *files; /* FILES section, same rules as about; may be NULL */
	const char *see_also; /* "dset-show(1), model-train(1)" */
	/* Does it read, of a folder among its inputs, the file with this path?
	 * Such a file is not replaced.  NULL: none. */
	int (*reads)(const char *rel);
	/* Bits of the common options this program takes beyond -h -V -v -q and
	 * --deps, whose rule prog_end writes (file/deps.h). */
	int common;
	/* What it reads besides that of the common options, in tables that end
	 * with { 0 }; NULL: nothing. */
	const struct prog_env *env, *more_env;
};

/* Variables that the programs which run nets, open stores, and ask the network
 * have in common. */
extern const struct prog_env prog_env_nets[];
extern const struct prog_env prog_env_stores[];
extern const struct prog_env prog_env_http[];

enum prog_common {
	PROG_JSON = 1,  /* --json --tsv: see prog_format */
	PROG_FORCE = 2, /* -f --force */
	PROG_SEED = 4,  /* --seed N (0) */
	PROG_THREADS =
	    8, /* -j --threads N (all cores; jobserver; NNUTILS_THREADS) */
	PROG_PROGRESS = 16, /* --progress[=bar|json|off] */
	PROG_EVENTS = 32,   /* --events FD|FILE */
	PROG_BAD = 64,      /* --bad FILE, --max-bad N|P% */
	PROG_NUL = 128      /* -0 --null: NUL-separated lists */
};

enum prog_format { PROG_TEXT, PROG_FMT_JSON, PROG_FMT_TSV };

/* What the common options gave; valid after prog_parse. */
struct prog_options {
	int verbosity; /* -1 quiet, 0, 1, 2 */
	enum prog_format format;
	bool force;
	int64_t seed;
	int threads;     /* >= 1, resolved */
	const char *bad; /* or NULL */
	double
	    max_bad; /* a count, or a share 0..1 when max_bad_share; -1: no limit */
	bool max_bad_share;
	bool nul;
};
const struct prog_options *prog_options(void);

/*
 * Parse.  Options may stand anywhere before "--".  On success argc/argv hold the
 * operands only (argv[0] is the first operand), and 1 is returned.  0: nothing
 * left to do (help was printed).  < 0: ERR_USAGE with the sentence set, or what
 * opening --bad or --events failed with.
 */
int prog_parse(const struct prog *p, void *args, int *argc, char ***argv);

/* What a long option was given: its last text (of a list all, with commas
 * between), "on" or "off" for a flag; NULL: it was not.  Borrowed. */
const char *prog_given(const char *name);
struct prog_given {
	const char *name, *text;
	const char *was; /* its default as text, "" where there is none */
	bool lasting;    /* needs has "=resume" */
};
/* All that were given, in the order of the table. */
void
prog_given_each(void (*f)(void *ctx, const struct prog_given *g), void *ctx);

/* Each option as it was given, once for each time, in the order of the command
 * line, those of files of options (--args) among them.  Borrowed. */
struct prog_word {
	const char *name; /* long name */
	const char *arg;  /* NULL: it had none */
	bool off;         /* --no-NAME */
};
void
prog_words_each(void (*f)(void *ctx, const struct prog_word *w), void *ctx);
/* As a word of a command line that says the same ("--lr=0.01"); the caller's. */
char *prog_word_text(const struct prog_word *w);

/* Could this program's option be given this text ("on" and "off" for a flag)?
 * ERR_USAGE with the reason.  *w, which borrows from both: the word that does so. */
int prog_word_make(struct prog_word *w, const char *name, const char *text);

/*
 * The end of main: prints the sentence of a failure as "program: sentence",
 * closes stdout and fails when that fails (a full disk), returns the exit status
 * of CLI.md.  rc is what the program's function returned: >= 0 or an error code.
 */
int prog_end(const struct prog *p, int rc);

/* Flush stdout: 0, or ERR_IO once nobody receives it (a full disk, a reader that
 * has gone).  For what prints much: why go on? */
int prog_std_check(void);

/* The command line as one shell-quoted string, for provenance; borrowed. */
const char *prog_command(void);
/*
 * The same as words, to be given again, up to a NULL: the program, each option in
 * its long form ("--size=32x32"; those of --args FILE where it stood), then what it
 * works on, behind "--" if one of them begins with a dash.  Borrowed.
 */
const char *const *prog_words(void);
/* A word as a shell reads it: as it is, or quoted. */
int prog_quote(struct buf *b, const char *word);

extern const char *const nnutils_version; /* "0.1.0" */

/*
 * Items that were bad (CLI.md: --bad, --max-bad).  prog_bad records one: a JSON
 * line into --bad FILE, a warning on stderr, and a count; it returns 0, or
 * ERR_FORMAT once the limit of --max-bad is passed (total: items seen so far or
 * known, 0 unknown).  prog_bad_end flushes and returns 0 when none was bad, else
 * ERR_ITEMS, with a sentence that gives the count.  Call from one thread.
 */
int
prog_bad(const char *path, int64_t record, const char *reason, uint64_t total);
uint64_t prog_bad_count(void);
int prog_bad_end(void);

/* Ask a question on stderr ("…?", then " [y/N] "): 1 for a line of standard input
 * that begins with y, 0 for any other or none, ERR_STOPPED when told to end. */
int prog_ask(const char *question);

#endif
