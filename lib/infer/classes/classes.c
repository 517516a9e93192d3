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
#include "base/path.h"
#include "infer/classes/answer.h"
#include "infer/classes/best.h"
#include "infer/classes/figures.h"
#include "infer/classes/map.h"
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
	bool sure;     /* scores are probabilities: calibration is counted */
	struct best *best;
	struct feature_map *map;
	char *blob; /* that the map is of */
};

/* The option that says nothing where the truth is not known, or NULL. */
static const char *
needs_labels(const struct report_opts *o)
{
	return o->confusion != NULL  ? "--confusion"
	    : o->calibration != NULL ? "--calibration"
	    : o->require.n > 0       ? "--require"
	    : o->per_class           ? "--per-class"
	    : o->mistakes > 0        ? "--mistakes"
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
	const struct summary none = { .o = o };
	const char *map = o->map;
	struct gate_value values[SUMMARY_METRICS];
	struct gate g;

	if (map != NULL && !path_has_ext(map, ".png") &&
	    !path_has_ext(map, ".svg"))
		return err_set(ERR_USAGE,
		    "--map %s: a map is a picture, a file .png or .svg", map);
	if (needs_labels(o) != NULL && !stream_may_have_labels(v->stream))
		return no_labels(o);
	for (size_t i = 0; i < o->require.n; i++) {
		TRY(gate_parse(&g, o->require.v[i]));
		if (gate_known(&g, values, summary_metrics(&none, values)) < 0)
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
	c->summary = (struct summary){ .o = v->o, .infer = v->infer };
	return c;
}

static int
classes_begin(struct infer_viewer *v)
{
	classes_new(v);
	if (v->o->out != NULL && v->o->best == 0)
		return err_set(ERR_USAGE,
		    "--output is nothing that the view \"class\" makes without --best: another is chosen by --view");
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
	best_free(c->best);
	feature_map_free(c->map);
	mem_free(c->blob);
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

/* Is one of --require about how sure the answers are? */
static bool
requires_calibration(const struct report_opts *o)
{
	const struct calibration none = { .n = 0 };
	struct gate_value v[CALIBRATION_METRICS];
	struct gate g;

	calibration_metrics(&none, v);
	for (size_t i = 0; i < o->require.n; i++)
		if (gate_parse(&g, o->require.v[i]) >= 0 &&
		    gate_known(&g, v, CALIBRATION_METRICS) >= 0)
			return true;
	return false;
}

static int
begin_counting(struct classes *c, const struct infer *f, size_t classes)
{
	const int k = infer_score_output(f);
	int matrix = wants_matrix(c->o, classes);

	TRY(matrix);
	c->sure = infer_output_classes(f, k) > 1;
	if (!c->sure &&
	    (c->o->calibration != NULL || requires_calibration(c->o)))
		return err_set(ERR_USAGE,
		    "%s compares probabilities with what is right, and the net's output %s holds none",
		    c->o->calibration != NULL ? "--calibration" : "--require",
		    infer_output_name(f, k));
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
		TRY(begin_counting(c, v->infer, a->n));
	n = answers_best(&c->answers, a->scores, a->n, TOP_COUNTED);
	order = c->answers.order;
	if (!confusion_add(&c->summary.confusion, a->truth, order, n))
		return 0;
	if (c->sure)
		calibration_add(&c->summary.calibration,
		    (double)a->scores[order[0]], order[0] == a->truth);
	if (order[0] != a->truth)
		mistakes_add(&c->summary.mistakes, a->name, a->truth, order[0],
		    (double)a->scores[order[0]]);
	return 0;
}

/* --best and --map, of all pictures, whether their truth is known or not. */
static int
keep_answer(struct infer_viewer *v, const struct answer *a)
{
	struct classes *c = v->state;
	const bool list = a->n > 1 && infer_scores_are_list(v->infer);
	int first = -1;

	if (list)
		answers_best(&c->answers, a->scores, a->n, 1);
	if (list)
		first = c->answers.order[0];
	if (c->o->best > 0 && !list)
		return no_classes(v, "--best");
	if (c->o->best > 0 && c->best == NULL)
		c->best = best_new(a->n, (size_t)c->o->best);
	if (c->best != NULL)
		TRY(best_add(c->best, first, (double)a->scores[first], a->name,
		    a->truth == ANSWER_NO_CLASS ? -1 : a->truth, a->picture));
	if (c->o->map != NULL) {
		size_t n;
		const float *x = infer_scores(v->infer, 0, a->place, &n);

		if (c->map == NULL)
			c->map = feature_map_new(
			    (enum feature_map_method)c->o->map_method);
		if (c->blob == NULL)
			c->blob = mem_strdup(infer_output_name(v->infer, 0));
		TRY(feature_map_add(c->map, x, n,
		    a->truth >= 0 && a->truth != ANSWER_NO_CLASS ? a->truth
								 : first));
	}
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
	TRY(keep_answer(v, a));
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
	struct gate_value values[SUMMARY_METRICS];

	if (c->counting)
		TRY(print_counts(v, c));
	else if (needs_labels(c->o) != NULL)
		return no_labels(c->o);
	TRY(summary_write_files(&c->summary));
	if (c->best != NULL)
		TRY(best_write(c->best, v->infer, v->pictures));
	if (c->map != NULL)
		TRY(feature_map_write(c->map, c->o->map, c->blob, v->infer,
		    prog_options()->threads, prog_options()->force));
	return report_gates(c->o, values, summary_metrics(&c->summary, values));
}

const struct infer_view infer_view_class = {
	.name = "class",
	.fits = classes_fit,
	.options =
	    "batch best calibration confusion map map-method mistakes output top",
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
