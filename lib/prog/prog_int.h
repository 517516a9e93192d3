/*
 * What the files of prog share; no other module includes this.
 *
 * A program's options are its own table followed by the common options it asked
 * for.  prog_rows joins both into one list of rows, each an option and the
 * place its value goes, so that the parser, help, page and completion need not
 * know where an option comes from.
 */
#ifndef PROG_PROG_INT_H
#define PROG_PROG_INT_H

#include <stdio.h>

#include "prog/prog.h"

struct prog_row {
	const struct opt *opt;
	void *dest; /* of the value; NULL for headings */
	bool *seen; /* or NULL */
	bool given;
	char *text, *was; /* see struct prog_given; owned */
};

/* The rows, ending with one whose opt is NULL; caller frees with mem_free. */
struct prog_row *prog_rows(const struct prog *p, void *args);

/* Raw values of the common options, as parsed (prog_common.c). */
struct prog_raw {
	int64_t seed; /* first: .help must not have offset 0 (opt.seen) */
	int verbose, threads;
	bool help, version, quiet, json, tsv, force, nul;
	const char *help_topic, *completion, *progress, *events, *bad, *max_bad;
	const char *deps;
	struct opt_list deps_target, args;
};
extern struct prog_raw prog_raw;
extern const struct opt prog_common_opts[];
/* Does this program have the common option?  (Its bit, or always.) */
bool prog_common_has(const struct prog *p, size_t index);
/* Turn raw values into prog_options(); prove what the rows say is an output; open
 * --bad and --events; choose threads. */
int prog_common_apply(const struct prog *p, const struct prog_row *rows);

/* For prog_given: an option is taken; rows stay until the next prog_parse. */
void prog_given_note(struct prog_row *r, const char *arg, bool off);
void prog_given_keep(struct prog_row *rows);
/* For prog_words: the word is its own now. */
void prog_words_add(char *word);
/* Names options without effect: opt.needs, OPT_PERCENT. */
int prog_needs_check(const struct prog_row *rows);

/* After a failure with this text: a word on ~ or on a drive of Windows, where such
 * a path is not there; once. */
void prog_hint_path(const char *text, int rc);
/* Of bad items that were counted and not named: how many. */
void prog_bad_rest(void);

/* Outputs can be written and gates be read: see enum opt_flags. */
int prog_prove(const struct prog *p, const struct prog_row *rows);

/* Read arg into the row's place, as the option's type and limits want it; not
 * for flags and counts, which take none. */
int prog_value(const struct prog_row *row, const char *arg);

/* Longest name of option i of a choice list "a|b|c"; NULL past the end. */
const char *prog_choice(const char *choices, int i, size_t *len);
/* The default as text, or "" where there is none to show. */
void prog_default(const struct prog_row *row, char *out, size_t size);

/* ERR_USAGE, with what may have been meant. */
int
prog_unknown_option(const struct prog_row *rows, const char *name, size_t n);
int prog_unknown_choice(const char *choices, const char *given);

/* The lines of a file of options, each as a word of the command line, which is
 * never freed. */
typedef int prog_args_take(void *ctx, char *word);
int prog_args_read(const char *path, prog_args_take *take, void *ctx);

/* Help and its kin: 0 when something was printed, 1 when none was asked for. */
int prog_answer(const struct prog *p, const struct prog_row *rows);

/* A program with many options shows the main ones; all: whatever their number. */
void prog_help(const struct prog *p, const struct prog_row *rows, FILE *f);
void prog_help_all(const struct prog *p, const struct prog_row *rows, FILE *f);
/* The options below the heading whose topic this is, or begins so; ERR_USAGE:
 * there is none. */
int prog_help_group(const struct prog_row *rows, const char *topic, FILE *f);
/* "all|man|exit|solver|…": what --help= takes; the caller frees. */
char *prog_help_topics(const struct prog_row *rows);
void prog_help_exit(FILE *f);
/* all: with commit, compiler, libraries and modules. */
void prog_version(const struct prog *p, bool all, FILE *f);
void prog_man(const struct prog *p, const struct prog_row *rows, FILE *f);
/* For this shell; ERR_USAGE: none of ours. */
int prog_completion(const struct prog *p, const struct prog_row *rows,
    const char *shell, FILE *f);

struct prog_exit_row {
	int status;
	const char *what;
};
extern const struct prog_exit_row prog_exit_table[]; /* ends with what NULL */

/* Environment the common options read, for the page. */
struct prog_env_row {
	int bit; /* of enum prog_common, 0: always */
	const char *name, *what;
};
extern const struct prog_env_row prog_env_table[]; /* ends with name NULL */

/* Take job slots from GNU make's jobserver: how many threads this process may
 * run (>= 1), or 0 where there is no jobserver.  Given back at exit. */
int prog_jobserver_take(int want);
void prog_jobserver_give(void);

/* Descriptors 0 to 2 are open from here on, SIGPIPE is an error. */
void prog_std_open(void);
/* The end of stdout: rc, or ERR_IO where rc was no failure and the result did
 * not reach its reader. */
int prog_std_close(int rc);

void prog_command_set(int argc, char **argv);
/* --deps: note what is read from here on; the rule, where it is asked for. */
int prog_deps_begin(const struct prog_row *rows);
int prog_deps_end(void);

/* The end of --bad, also when the program failed; before it then: abort. */
void prog_bad_abort(void);
int prog_bad_close(void);
int prog_bad_open(const char *path);

#endif
