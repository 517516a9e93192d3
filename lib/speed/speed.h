/*
 * model-bench: how fast is a net, in all the ways that are asked for?
 *
 * Of each way: the first answer, from the start of a process of its own; then, here,
 * runs that do not count and runs that do; then, if asked for, as many whose steps
 * are timed one by one.
 */
#ifndef SPEED_SPEED_H
#define SPEED_SPEED_H

#include <stdio.h>

#include "speed/subject.h"
#include "speed/times.h"
#include "prog/gate.h"
#include "prog/prog.h"

enum { SPEED_WAYS = 64 }; /* of each list */

struct speed_opts {
	const char *model, *input;
	int classes; /* where the net leaves them open; 0: not said */
	const char *const *pictures;
	size_t npictures;
	struct opt_list devices; /* names */
	struct opt_list plugins; /* loaded; for other processes */
	enum precision precision[SPEED_WAYS];
	int threads[SPEED_WAYS], batch[SPEED_WAYS];
	int nprecision, nthreads, nbatch;
	bool train, autotune;
	bool layers, ops; /* the time of each, too */
	double seconds;   /* of runs that count, at least */
	int runs;         /* > 0: so many instead */
	int warmup;       /* runs that do not count */
	int starts;       /* processes that are started for the first answer */
	const char *vs;   /* a model in ONNX, or NULL */
	struct opt_list require;
	enum prog_format format;
};

/* What a first answer took, in seconds from the start of a process. */
struct speed_first {
	double total;           /* to the answer, as another process sees it */
	double load, plan, run; /* to read; to make ready; the first run */
	uint64_t peak;          /* bytes of memory, at most */
};

/* What a step of the net took. */
struct speed_step {
	char *layer, *op, *how;
	bool backward;
	double seconds; /* of one run */
	double share;   /* of all steps, 0..1 */
	int steps;      /* that are counted together */
};

struct speed_result {
	struct speed_setting way;
	char *device; /* its whole name */
	struct shape input;
	size_t runs;
	struct times_sum t, vs;
	double rate;    /* pictures a second, of the mean */
	double flops;   /* multiplications and additions a second; 0: unknown */
	uint64_t bytes; /* of the plan */
	bool started;   /* first is known */
	struct speed_first first;
	char *vs_version; /* NULL: not measured */
	double vs_first;
	struct speed_step *step; /* in the order of the run */
	size_t nsteps;
};
void speed_result_clear(struct speed_result *r);

/* Measure all ways, and print each as it is known. */
int speed_run(const struct speed_opts *o, FILE *out);

/* The other side of the first answer: what the process that was started does (with
 * the one setting in o), one line to out. */
int speed_first_answer(const struct speed_opts *o, FILE *out);
/* Start one. */
int speed_first_ask(struct speed_first *f, const struct speed_opts *o,
    const struct speed_setting *way);

/* Profile s for n runs into r. */
int speed_profile(struct speed_result *r, struct subject *s, int n, bool ops);

/* The figures by their names, for gates and columns; how many.  Times are in ms,
 * memory in MiB; NAN where it is not known. */
enum { SPEED_FIGURES = 20 };
size_t
speed_figures(struct gate_value v[SPEED_FIGURES], const struct speed_result *r);

/* One as an object of JSON; several as tables, or with TABs between columns, and
 * behind each what its steps took. */
int speed_print_json(
    FILE *out, const struct speed_model *m, const struct speed_result *r);
int speed_print_table(FILE *out, const struct speed_model *m,
    const struct speed_result *r, size_t n, bool tsv);

#endif
