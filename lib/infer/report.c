/* The results of model-infer on stdout and in files: see report.h. */
#include "infer/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/dset.h"
#include "file/file.h"
#include "infer/answer.h"
#include "infer/arrays.h"
#include "infer/figures.h"
#include "infer/summary.h"
#include "prog/gate.h"

enum { TOP_COUNTED = 5 };

struct report {
	const struct report_opts *o;
	struct infer *infer;
	struct answers answers;
	struct summary summary;
	bool counting; /* into it: a truth is known */
	bool listed;   /* the truth is a list's, by numbers that begin with 0 */
	uint64_t answered;
	char *first_bad; /* the name of a picture that could not be used */
	struct arrays *arrays; /* --npy */
	int untrained;         /* what telling of layers without weights said */
};

/* The option that says nothing where the truth is not known, or NULL. */
static const char *
needs_labels(const struct report_opts *o)
{
	return o->confusion != NULL ? "--confusion"
	    : o->require.n > 0      ? "--require"
	    : o->per_class          ? "--per-class"
	    : o->mistakes > 0       ? "--mistakes"
				    : NULL;
}

static int
no_labels(const struct report_opts *o)
{
	return err_set(ERR_USAGE,
	    "%s needs labels: a --list with labels, or -d, or --db, or a tar stream that has them",
	    needs_labels(o));
}

/* May what is asked about have labels? */
static bool
may_have_labels(const struct stream *s)
{
	for (size_t i = 0; i < s->nnames; i++)
		if (strcmp(s->names[i], "-") == 0)
			return true;
	return s->list != NULL || s->db != NULL;
}

/* What can be known before a picture is looked at. */
static int
check_asked(const struct report_opts *o, const struct stream *s)
{
	const struct confusion none = { .n = 0 };
	struct gate_value v[CONFUSION_METRICS];
	struct gate g;

	if (needs_labels(o) != NULL && !may_have_labels(s))
		return no_labels(o);
	for (size_t i = 0; i < o->require.n; i++) {
		TRY(gate_parse(&g, o->require.v[i]));
		if (gate_known(&g, v, confusion_metrics(&none, v)) < 0)
			return err_in(ERR_USAGE, "--require");
	}
	return 0;
}

static int
no_classes(const struct report *r, const char *option)
{
	int k = infer_score_output(r->infer);
	struct shape s = infer_output_shape(r->infer, k);
	char text[SHAPE_TEXT_MAX];

	return err_set(ERR_USAGE,
	    "%s counts classes, and the net's output %s (%s) is not a list of them",
	    option, infer_output_name(r->infer, k), shape_text(text, &s));
}

/* Is the matrix wanted?  1, 0, or ERR_RANGE where it would be too large. */
static int
wants_matrix(const struct report_opts *o, size_t classes)
{
	if (o->confusion == NULL)
		return prog_options()->format == PROG_FMT_JSON &&
		    classes <= MATRIX_JSON_MAX;
	return classes <= MATRIX_MAX
	    ? 1
	    : err_set(ERR_RANGE,
		  "%zu classes: a confusion matrix has at most %d", classes,
		  MATRIX_MAX);
}

static int
begin_counting(struct report *r, size_t classes)
{
	int matrix = wants_matrix(r->o, classes);

	TRY(matrix);
	TRY(confusion_init(&r->summary.confusion, classes, matrix > 0));
	mistakes_init(&r->summary.mistakes, (size_t)r->o->mistakes);
	r->counting = true;
	return 0;
}

/* Against the truth: on the output that the net scores, whatever is printed. */
static int
count_answer(struct report *r, const struct answer *a)
{
	const int *order;
	size_t n;

	if (a->n < 2 || !infer_scores_are_list(r->infer))
		return needs_labels(r->o) != NULL
		    ? no_classes(r, needs_labels(r->o))
		    : 0;
	if (!r->counting)
		TRY(begin_counting(r, a->n));
	n = answers_best(&r->answers, a->scores, a->n, TOP_COUNTED);
	order = r->answers.order;
	if (confusion_add(&r->summary.confusion, a->truth, order, n) &&
	    order[0] != a->truth)
		mistakes_add(&r->summary.mistakes, a->name, a->truth, order[0],
		    (double)a->scores[order[0]]);
	return 0;
}

static int
on_answer(void *ctx, const struct answer *a)
{
	struct report *r = ctx;

	r->answered++;
	if (a->truth < 0 && !r->counting && needs_labels(r->o) != NULL)
		return no_labels(r->o);
	if (a->truth >= 0)
		TRY(count_answer(r, a));
	if (r->arrays != NULL)
		TRY(arrays_add(r->arrays, r->infer, a->place));
	if (r->o->summary)
		return 0;
	TRY(answers_print(&r->answers, a));
	/* Who listened has gone: the rest need not be run. */
	return ferror(stdout) ? prog_std_check() : 0;
}

static int
on_bad(void *ctx, const char *name, int64_t record, const char *reason)
{
	struct report *r = ctx;

	if (r->first_bad == NULL)
		r->first_bad = mem_strdup(name);
	return prog_bad(name, record, reason, 0);
}

static int
summarise(const struct report *r)
{
	struct gate_value v[CONFUSION_METRICS];

	if (r->counting) {
		if (r->summary.confusion.classes < TOP_COUNTED)
			log_warn(
			    "the right one of %zu classes is always among the first five: top-5 says nothing",
			    r->summary.confusion.classes);
		TRY(summary_print(&r->summary));
		if (r->summary.confusion.outside > 0)
			log_warn(
			    "not counted, as the model does not have their labels: %llu %s%s",
			    (unsigned long long)r->summary.confusion.outside,
			    num_plural(r->summary.confusion.outside, "picture",
				"pictures"),
			    r->listed && r->summary.confusion.truths[0] == 0
				? ", and none is of class 0 (--labels-from 1 where 1 is the first)"
				: "");
	}
	if (!r->counting && needs_labels(r->o) != NULL)
		return no_labels(r->o);
	TRY(summary_write_matrix(&r->summary));
	for (size_t i = 0; i < r->o->require.n; i++) {
		struct gate g;
		int met;

		TRY(gate_parse(&g, r->o->require.v[i]));
		met = gate_met(
		    &g, v, confusion_metrics(&r->summary.confusion, v));
		if (met < 0)
			return met;
		if (met == 0)
			return err_set(ERR_GATE, "--require %s is not met",
			    r->o->require.v[i]);
	}
	return 0;
}

/* Comma lists of --outputs into names, for free_outputs. */
static void
split_outputs(struct infer_opts *io, const struct opt_list *outputs)
{
	const char **v = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < outputs->n; i++) {
		const char *at = outputs->v[i];

		while (*at != '\0') {
			size_t len = strcspn(at, ",");

			mem_grow(&v, &cap, n + 1);
			v[n++] = mem_strndup(at, len);
			at += len + (at[len] == ',');
		}
	}
	io->outputs = v;
	io->noutputs = n;
}

static void
free_outputs(struct infer_opts *io)
{
	for (size_t i = 0; i < io->noutputs; i++)
		mem_free((char *)io->outputs[i]);
	mem_free((void *)io->outputs);
}

static void
untrained(void *ctx, const char *layer)
{
	struct report *r = ctx;
	char *why = mem_printf(
	    "layer \"%s\" has no weights: its filler's values are used", layer);
	int rc = prog_bad(infer_model(r->infer)->weights, -1, why, 0);

	mem_free(why);
	if (r->untrained >= 0)
		r->untrained = rc;
}

/* Numbers of classes mean the same only where their names are the same. */
static int
same_classes(const struct report *r, const struct dset *d)
{
	size_t n =
	    r->answers.nlabels < d->nlabels ? r->answers.nlabels : d->nlabels;

	for (size_t i = 0; i < n; i++)
		if (strcmp(r->answers.labels[i], d->labels[i]) != 0)
			return err_set(ERR_FORMAT,
			    "class %zu is \"%s\" in %s and \"%s\" in the model: they have other classes (--db takes the records of a part by their numbers alone)",
			    i, d->labels[i], d->path, r->answers.labels[i]);
	return 0;
}

static int
run_stream(struct report *r, struct stream *s)
{
	if (s->dset != NULL)
		TRY(same_classes(r, s->dset));
	s->infer = r->infer;
	r->listed = s->list != NULL && s->first_label == 0;
	s->answer = on_answer;
	s->bad = on_bad;
	s->ctx = r;
	TRY(stream_run(s));
	if (s->db != NULL && r->answered == 0 && r->first_bad != NULL)
		return err_set(
		    ERR_FORMAT, "%s: none of its records can be used", s->db);
	if (s->list != NULL && r->answered == 0 && r->first_bad != NULL)
		return file_root_hint(
		    err_set(ERR_FORMAT,
			"none of the pictures of %s can be used",
			strcmp(s->list, "-") == 0 ? "the list" : s->list),
		    s->list, s->root, r->first_bad);
	return summarise(r);
}

int
report_run(const struct report_opts *o, const char *model,
    struct infer_opts *io, struct stream *s, const struct opt_list *inputs,
    const struct opt_list *outputs)
{
	struct report r = { .o = o, .summary = { o, &r.answers } };
	int rc;

	TRY(check_asked(o, s));
	split_outputs(io, outputs);
	rc = infer_open(&r.infer, model, io);
	if (rc >= 0) {
		infer_each_untrained(r.infer, untrained, &r);
		rc = r.untrained;
		r.answers = (struct answers){ .infer = r.infer,
			.top = o->top,
			.top_given = o->top_given,
			.asked = io->noutputs > 0 || o->npy != NULL };
		r.answers.labels = infer_labels(r.infer, &r.answers.nlabels);
		if (rc >= 0 && o->npy != NULL)
			rc = arrays_new(
			    &r.arrays, o->npy, io->outputs, io->noutputs);
	}
	if (rc >= 0 && inputs->n > 0)
		rc = arrays_run_inputs(r.arrays, r.infer, inputs);
	else if (rc >= 0)
		rc = run_stream(&r, s);
	if (rc >= 0 || rc == ERR_GATE) {
		struct err_saved why;

		err_save(&why, rc);
		rc = arrays_commit(r.arrays, r.infer);
		if (rc >= 0)
			rc = err_restore(&why);
	}
	arrays_free(r.arrays);
	confusion_clear(&r.summary.confusion);
	mistakes_clear(&r.summary.mistakes);
	infer_close(r.infer);
	answers_clear(&r.answers);
	mem_free(r.first_bad);
	free_outputs(io);
	return rc;
}
