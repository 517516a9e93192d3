/*
 * Inside grid: the plan (plan.c), what a member's command is (words.c), the
 * folder of the sweep (folder.c), processes (jobs.c), scripts (script.c) and what came of
 * it (results.c).
 */
#ifndef RECIPE_GRID_GRID_INT_H
#define RECIPE_GRID_GRID_INT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "model/history.h"
#include "recipe/grid/grid.h"

struct arena;
struct json_w;

enum { GRID_MEMBERS = 4096, GRID_AXES = 16 };

/* -- plan.c -- */

struct grid_axis {
	const char *option; /* its long name */
	const char **value; /* as prog_word_make takes them */
	size_t n, cap;
};

struct grid_member {
	char *name;         /* of its folder: "b32-lr0.01", "solver_adam" */
	const char **value; /* by axis */
};

struct grid_plan {
	struct grid_axis axis[GRID_AXES];
	size_t naxes;
	struct grid_member *v; /* the last axis changes fastest */
	size_t n;
	struct arena *room;
};

/* Of the texts of --sweep, and of the lists that --batch-size and --lr were given.
 * ERR_USAGE names what is wrong.  To be cleared whatever is returned. */
int grid_plan_make(struct grid_plan *p, const struct opt_list *sweep);
void grid_plan_clear(struct grid_plan *p);

/* -- words.c -- */

/* For whom a command is. */
enum grid_for {
	GRID_HERE,   /* a process that the sweep runs */
	GRID_SCRIPT, /* make or Slurm */
	GRID_WHOLE   /* the sweep itself, to be given again */
};

/* Is the option one that a member cannot have of its own? */
bool grid_owns(const char *option);
/* Does it matter for what is trained, so that a sweep must not change it? */
bool grid_lasting(const struct grid_plan *p, const char *option);
/* The command of member i in dir; NULL behind the last word; grid_words_free. */
char **grid_words(
    const struct grid_plan *p, size_t i, const char *dir, enum grid_for who);
void grid_words_add(char ***words, char *more); /* takes more */
void grid_words_free(char **words);             /* accepts NULL */

/* -- results.c -- */

/* What a member came to. */
struct grid_result {
	size_t member;          /* its index in the plan */
	char *status;           /* info.json's, or "Missing" */
	char *error;            /* of a training that failed, or NULL */
	bool weights;           /* has it a snapshot? */
	double seconds;         /* of training; < 0: not known */
	double epochs;          /* of the best validation; < 0: there is none */
	double score;           /* higher is better; NAN: none */
	int64_t iterations;     /* that were done; -1: none */
	int64_t best;           /* iteration of the best validation; -1: none */
	struct history history; /* whose validation it is */
	const struct history_val *val; /* or NULL */
};

/* Of all members, in the order of the plan; grid_results_free. */
int grid_results_read(
    struct grid_result **out, const struct grid_plan *p, const char *dir);
/* Of one of them again. */
int grid_result_read(
    struct grid_result *r, const struct grid_plan *p, const char *dir);
void grid_results_free(struct grid_result *r, size_t n); /* accepts NULL */
/* Best first. */
void grid_results_sort(struct grid_result *r, const struct grid_plan *p);
/* "values" and what else is known, as keys of an object. */
void grid_result_write(
    struct json_w *w, const struct grid_plan *p, const struct grid_result *r);
/* The table, for people or programs. */
int grid_results_print(
    const struct grid_result *r, const struct grid_plan *p, const char *dir);

/* -- folder.c -- */

/* How a member stands. */
enum grid_state { GRID_NONE, GRID_BEGUN, GRID_DONE };
int grid_state(enum grid_state *out, const char *dir, const char *name);
/* May the sweep be made in dir, or gone on with?  ERR_REFUSED with the difference. */
int grid_folder_check(const struct grid_plan *p, const char *dir, bool force);
/* What -f removes: the members of the sweep that is there, and its sweep.json.
 * ERR_REFUSED: one of them is being trained. */
int grid_folder_empty(const char *dir);
/* sweep.json, with how each member stands (r: in the order of the plan). */
int grid_folder_write(
    const struct grid_plan *p, const struct grid_result *r, const char *dir);

/* -- jobs.c -- */

struct grid_job {
	char **words;
	char *label; /* its folder: in front of what it says */
	char *run;   /* "2/6 lr0.1", for its progress line */
	int status;  /* once it ended: as the shell has it; -1: not begun */
	char *said;  /* the last thing, where that came through here */
};

struct grid_jobs {
	struct grid_job *v;
	size_t n;
	int at_once;
	bool apart; /* what they say goes through here, line by line */
	/* one has ended */
	int (*ended)(void *ctx, size_t i);
	void *ctx;
};

/* Runs them.  Asked to stop, it asks those that run and waits for them:
 * ERR_STOPPED. */
int grid_jobs_run(struct grid_jobs *j);

/* -- script.c -- */

/* The Makefile and the Slurm array that are asked for ("-": standard output); write
 * false: only whether they can be written. */
int grid_scripts(const struct grid_plan *p, const struct grid *g,
    const char *dir, bool write);

#endif
