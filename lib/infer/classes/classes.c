/*
 * The view of classes: of each picture those with the highest scores, or where the
 * output holds no probabilities its values as they are; against known truths top-1
 * and top-5.  And the view "raw", which prints values whatever they are.
 */
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "infer/classes/answer.h"
#include "infer/classes/figures.h"
#include "infer/report.h"
#include "infer/classes/summary.h"
#include "infer/views/view.h"
#include "prog/gate.h"

enum { TOP_COUNTED = 5 };

struct classes {
	const struct report_opts *o;
	struct answers answers;
	struct summary summary;
	bool counting; /* into it: a truth is known */
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

static int
classes_fit(struct infer_viewer *v, const struct net *net,
    const char *blobs[INFER_MORE], int *n)
{
	(void)v;
	(void)net;
	(void)blobs;
	*n = 0;
	return 1;
}

/* What can be known before a picture is looked at. */
static int
check_asked(const struct infer_viewer *v)
{
	const struct report_opts *o = v->o;
	const struct confusion none = { .n = 0 };
	struct gate_value values[CONFUSION_METRICS];
	struct gate g;

	if (needs_labels(o) != NULL && !stream_may_have_labels(v->stream))
		return no_labels(o);
	for (size_t i = 0; i < o->require.n; i++) {
		TRY(gate_parse(&g, o->require.v[i]));
		if (gate_known(&g, values, confusion_metrics(&none, values)) <
		    0)
			return err_in(ERR_USAGE, "--require");
	}
	return 0;
}

static struct classes *
classes_new(struct infer_viewer *v)
{
	struct classes *c = mem_new(struct classes);

	v->state = c;
	c->o = v->o;
	c->answers = (struct answers){ .infer = v->infer,
		.top = v->o->top,
		.top_given = v->o->top_given,
		.asked = v->o->outputs_asked,
		.raw = v->view == &infer_view_raw };
	c->summary = (struct summary){ v->o, v->infer };
	return c;
}

static int
classes_begin(struct infer_viewer *v)
{
	classes_new(v);
	return check_asked(v);
}

static int
raw_begin(struct infer_viewer *v)
{
	classes_new(v);
	if (needs_labels(v->o) != NULL)
		return err_set(ERR_USAGE,
		    "%s is about classes: --view raw only shows values",
		    needs_labels(v->o));
	return 0;
}

static void
classes_free(struct infer_viewer *v)
{
	struct classes *c = v->state;

	if (c == NULL)
		return;
	confusion_clear(&c->summary.confusion);
	mistakes_clear(&c->summary.mistakes);
	answers_clear(&c->answers);
	mem_free(c);
}

static int
no_classes(const struct infer_viewer *v, const char *option)
{
	int k = infer_score_output(v->infer);
	struct shape s = infer_output_shape(v->infer, k);
	char text[SHAPE_TEXT_MAX];

	return err_set(ERR_USAGE,
	    "%s counts classes, and the net's output %s (%s) is not a list of them",
	    option, infer_output_name(v->infer, k), shape_text(text, &s));
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
begin_counting(struct classes *c, size_t classes)
{
	int matrix = wants_matrix(c->o, classes);

	TRY(matrix);
	TRY(confusion_init(&c->summary.confusion, classes, matrix > 0));
	mistakes_init(&c->summary.mistakes, (size_t)c->o->mistakes);
	c->counting = true;
	return 0;
}

/* Against the truth: on the output that the net scores, whatever is printed. */
static int
count_answer(struct infer_viewer *v, const struct answer *a)
{
	struct classes *c = v->state;
	const int *order;
	size_t n;

	if (a->n < 2 || !infer_scores_are_list(v->infer))
		return needs_labels(c->o) != NULL
		    ? no_classes(v, needs_labels(c->o))
		    : 0;
	if (!c->counting)
		TRY(begin_counting(c, a->n));
	n = answers_best(&c->answers, a->scores, a->n, TOP_COUNTED);
	order = c->answers.order;
	if (confusion_add(&c->summary.confusion, a->truth, order, n) &&
	    order[0] != a->truth)
		mistakes_add(&c->summary.mistakes, a->name, a->truth, order[0],
		    (double)a->scores[order[0]]);
	return 0;
}

static int
classes_answer(struct infer_viewer *v, const struct answer *a)
{
	struct classes *c = v->state;

	if (a->truth < 0 && !c->counting && needs_labels(c->o) != NULL)
		return no_labels(c->o);
	if (a->truth >= 0 && !c->answers.raw)
		TRY(count_answer(v, a));
	return c->o->summary ? 0 : answers_print(&c->answers, a);
}

/* What was counted, and what was not. */
static int
print_counts(const struct infer_viewer *v, const struct classes *c)
{
	const struct confusion *n = &c->summary.confusion;

	if (n->classes < TOP_COUNTED)
		log_warn(
		    "the right one of %zu classes is always among the first five: top-5 says nothing",
		    n->classes);
	TRY(summary_print(&c->summary));
	if (n->outside > 0)
		log_warn(
		    "not counted, as the model does not have their labels: %llu %s%s",
		    (unsigned long long)n->outside,
		    num_plural(n->outside, "picture", "pictures"),
		    v->listed && n->truths[0] == 0
			? ", and none is of class 0 (--labels-from 1 where 1 is the first)"
			: "");
	return 0;
}

static int
classes_finish(struct infer_viewer *v)
{
	struct classes *c = v->state;
	struct gate_value values[CONFUSION_METRICS];

	if (c->counting)
		TRY(print_counts(v, c));
	else if (needs_labels(c->o) != NULL)
		return no_labels(c->o);
	TRY(summary_write_matrix(&c->summary));
	return report_gates(
	    c->o, values, confusion_metrics(&c->summary.confusion, values));
}

const struct infer_view infer_view_class = {
	.name = "class",
	.fits = classes_fit,
	.options = "batch confusion mistakes top",
	.begin = classes_begin,
	.answer = classes_answer,
	.finish = classes_finish,
	.free = classes_free,
};

const struct infer_view infer_view_raw = {
	.name = "raw",
	.fits = classes_fit,
	.options = "batch",
	.begin = raw_begin,
	.answer = classes_answer,
	.free = classes_free,
};
