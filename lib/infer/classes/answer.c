/* Printing of single answers: see answer.h. */
#include "infer/classes/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "json/line.h"
#include "metric/top.h"
#include "prog/line.h"
#include "prog/prog.h"

/* Values shown: in text; by --json and --tsv, where an output has no more. */
enum { FEW = 10, MANY = 4096 };

void
answers_clear(struct answers *s)
{
	mem_free(s->order);
	s->order = NULL;
	s->norder = 0;
}

size_t
answers_best(struct answers *s, const float *scores, size_t n, size_t want)
{
	want = want < n ? want : n;
	if (s->norder < want + 1) {
		s->order = mem_realloc(s->order, want + 1, sizeof(*s->order));
		s->norder = want + 1;
	}
	return top_indices(s->order, want, scores, n);
}

/* Output k of one picture. */
struct shown {
	int k;
	const char *blob;
	struct shape shape;
	const float *v;
	size_t n, classes;
};

static struct shown
output(const struct answers *s, const struct answer *a, int k)
{
	struct shown o = { .k = k,
		.blob = infer_output_name(s->infer, k),
		.shape = infer_output_shape(s->infer, k),
		.classes = infer_output_classes(s->infer, k) };

	o.v = infer_scores(s->infer, k, a->place, &o.n);
	if (s->raw)
		o.classes = 0;
	return o;
}

static size_t
values_shown(const struct shown *o)
{
	bool text = prog_options()->format == PROG_TEXT;

	if (o->n <= (text ? FEW : MANY))
		return o->n;
	return FEW;
}

/* Once: why there are no classes, and where the rest is. */
static void
hint(struct answers *s, const struct shown *o)
{
	char text[SHAPE_TEXT_MAX];

	if (s->hinted || (s->raw && values_shown(o) == o->n) ||
	    (s->asked && values_shown(o) == o->n))
		return;
	s->hinted = true;
	log_warn(
	    "%s (%s)%s: its values are printed as they are%s; --npy FILE writes them to a file",
	    o->blob, shape_text(text, &o->shape),
	    s->raw ? "" : " holds no probabilities of classes",
	    values_shown(o) < o->n ? ", the first few" : "");
}

static size_t
classes_shown(struct answers *s, const struct shown *o)
{
	if (s->top_given && !s->top_said && (size_t)s->top > o->classes) {
		s->top_said = true;
		log_warn(
		    "--top %d: the net has %zu classes", s->top, o->classes);
	}
	return answers_best(s, o->v, o->n, (size_t)s->top);
}

static void
json_classes(struct answers *s, struct json_w *w, const struct shown *o)
{
	size_t have = classes_shown(s, o);

	json_w_key(w, "predictions");
	json_w_array(w);
	for (size_t i = 0; i < have; i++) {
		char text[24];

		json_w_object(w);
		json_w_kstr(
		    w, "label", infer_label(s->infer, s->order[i], text));
		json_w_kint(w, "index", s->order[i]);
		json_w_key(w, "score");
		json_w_float(w, o->v[s->order[i]]);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static void
json_values(struct answers *s, struct json_w *w, const struct shown *o)
{
	size_t have = values_shown(o);

	hint(s, o);
	json_w_object(w);
	json_w_kstr(w, "blob", o->blob);
	json_w_key(w, "shape");
	json_w_array(w);
	for (int i = 0; i < o->shape.n; i++)
		json_w_int(w, o->shape.d[i]);
	json_w_array_end(w);
	json_w_key(w, "values");
	json_w_array(w);
	for (size_t i = 0; i < have; i++)
		json_w_float(w, o->v[i]);
	json_w_array_end(w);
	json_w_kbool(w, "whole", have == o->n);
	json_w_object_end(w);
}

/* "predictions" of the first output that has classes, "outputs" of the others. */
static int
print_answer_json(struct answers *s, const struct answer *a)
{
	int n = (int)infer_outputs(s->infer), classes = -1;
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	json_w_kstr(w, "path", a->name);
	if (a->truth >= 0 && a->truth != ANSWER_NO_CLASS)
		json_w_kint(w, "truth", a->truth);
	for (int k = 0; k < n && classes < 0; k++) {
		struct shown o = output(s, a, k);

		if (o.classes == 0)
			continue;
		json_classes(s, w, &o);
		classes = k;
	}
	if (n > 1 || classes < 0) {
		json_w_key(w, "outputs");
		json_w_array(w);
		for (int k = 0; k < n; k++) {
			struct shown o = output(s, a, k);

			if (k != classes)
				json_values(s, w, &o);
		}
		json_w_array_end(w);
	}
	return json_line_end(&line, stdout);
}

static void
text_classes(struct answers *s, const struct shown *o, struct line *l)
{
	size_t have = classes_shown(s, o);

	for (size_t i = 0; i < have; i++) {
		double v = (double)o->v[s->order[i]];
		char text[24];
		const char *label = infer_label(s->infer, s->order[i], text);

		if (l->tsv) {
			line_cell(l, "%s", label);
			line_cell(l, "%.6g", v);
		} else {
			line_cell(l, "%s %.2f%%", label, 100 * v);
		}
	}
}

static void
text_values(struct answers *s, const struct shown *o, struct line *l)
{
	size_t have = values_shown(o);
	char shape[SHAPE_TEXT_MAX];

	hint(s, o);
	line_cell(l, "%s", shape_text(shape, &o->shape));
	for (size_t i = 0; i < have; i++)
		line_cell(l, "%.6g", (double)o->v[i]);
	if (have < o->n)
		line_cell(l, "...");
}

/* A line for each output; which it is stands there where there may be several. */
static void
print_answer_text(struct answers *s, const struct answer *a)
{
	struct line l = { stdout, prog_options()->format == PROG_FMT_TSV };
	int n = (int)infer_outputs(s->infer);

	for (int k = 0; k < n; k++) {
		struct shown o = output(s, a, k);

		line_cell(&l, "%s", a->name);
		if (n > 1 || o.classes == 0)
			line_cell(&l, "%s", o.blob);
		if (o.classes > 0)
			text_classes(s, &o, &l);
		else
			text_values(s, &o, &l);
		line_end(&l);
	}
}

int
answers_print(struct answers *s, const struct answer *a)
{
	if (prog_options()->format == PROG_FMT_JSON)
		return print_answer_json(s, a);
	print_answer_text(s, a);
	return 0;
}
