/* The figures over all pictures on stdout and in files: see summary.h. */
#include "infer/classes/summary.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "infer/classes/figures.h"
#include "infer/infer.h"
#include "infer/classes/matrix.h"
#include "infer/classes/reliability.h"
#include "infer/report.h"
#include "json/line.h"
#include "prog/gate.h"
#include "prog/line.h"

enum { LINE_MAX_BYTES = 1 << 30 };

/* Does a file's name mean standard output?  With --json that is among the figures. */
static bool
is_printed(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

size_t
summary_metrics(const struct summary *s, struct gate_value v[SUMMARY_METRICS])
{
	const size_t n = confusion_metrics(&s->confusion, v);

	return n + calibration_metrics(&s->calibration, v + n);
}

void
summary_matrix_json(struct json_w *w, const struct confusion *c)
{
	json_w_key(w, "confusion");
	json_w_array(w);
	for (size_t i = 0; i < c->classes; i++) {
		json_w_array(w);
		for (size_t k = 0; k < c->classes; k++)
			json_w_int(w, (int64_t)confusion_at(c, i, k));
		json_w_array_end(w);
	}
	json_w_array_end(w);
}

static void
classes_json(struct json_w *w, const struct summary *s)
{
	const struct confusion *c = &s->confusion;
	char text[24];

	json_w_key(w, "classes");
	json_w_array(w);
	for (size_t i = 0; i < c->classes; i++) {
		json_w_object(w);
		json_w_kstr(w, "label", infer_label(s->infer, (int)i, text));
		json_w_kint(w, "images", (int64_t)c->truths[i]);
		json_w_kint(w, "right", (int64_t)c->right[i]);
		json_w_knum(w, "precision", confusion_precision(c, i));
		json_w_knum(w, "recall", confusion_recall(c, i));
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static void
mistakes_json(struct json_w *w, const struct summary *s)
{
	json_w_key(w, "mistakes");
	json_w_array(w);
	for (size_t i = 0; i < s->mistakes.n; i++) {
		const struct mistake *m = &s->mistakes.v[i];
		char truth[24], answer[24];

		json_w_object(w);
		json_w_kstr(w, "path", m->name);
		json_w_kstr(w, "truth", infer_label(s->infer, m->truth, truth));
		json_w_kstr(
		    w, "answer", infer_label(s->infer, m->answer, answer));
		json_w_knum(w, "score", m->confidence);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static void
calibration_json(struct json_w *w, const struct calibration *c)
{
	struct gate_value v[CALIBRATION_METRICS];

	calibration_metrics(c, v);
	json_w_key(w, "calibration");
	json_w_object(w);
	for (size_t i = 0; i < CALIBRATION_METRICS; i++)
		json_w_knum(w, v[i].name, v[i].value);
	json_w_key(w, "bins");
	json_w_array(w);
	for (int i = 0; i < CALIBRATION_BINS; i++) {
		json_w_object(w);
		json_w_knum(w, "from", (double)i / CALIBRATION_BINS);
		json_w_knum(w, "to", (double)(i + 1) / CALIBRATION_BINS);
		json_w_kint(w, "images", (int64_t)c->bin[i].n);
		json_w_knum(w, "confidence", calibration_confidence(c, i));
		json_w_knum(w, "accuracy", calibration_accuracy(c, i));
		json_w_object_end(w);
	}
	json_w_array_end(w);
	json_w_object_end(w);
}

static int
print_json(const struct summary *s)
{
	const struct confusion *c = &s->confusion;
	struct gate_value v[CONFUSION_METRICS];
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	confusion_metrics(c, v);
	json_w_key(w, "summary");
	json_w_object(w);
	json_w_kint(w, "images", (int64_t)c->n);
	for (size_t i = 0; i < CONFUSION_METRICS; i++)
		json_w_knum(w, v[i].name, v[i].value);
	if (s->o->per_class)
		classes_json(w, s);
	if (s->o->mistakes > 0)
		mistakes_json(w, s);
	if (c->matrix != NULL &&
	    (c->classes <= MATRIX_JSON_MAX || is_printed(s->o->confusion)))
		summary_matrix_json(w, c);
	if (s->o->calibration != NULL)
		calibration_json(w, &s->calibration);
	json_w_object_end(w);
	return json_line_end(&line, stdout);
}

/* With TABs in any case: pictures' names have blanks. */
static void
print_mistakes(const struct summary *s)
{
	struct line l = { stdout, 1 };

	for (size_t i = 0; i < s->mistakes.n; i++) {
		const struct mistake *m = &s->mistakes.v[i];
		char truth[24], answer[24];

		line_cell(&l, "mistake");
		line_cell(&l, "%s", m->name);
		line_cell(&l, "%s, not %s",
		    infer_label(s->infer, m->answer, answer),
		    infer_label(s->infer, m->truth, truth));
		line_cell(&l, "%.2f%%", 100 * m->confidence);
		line_end(&l);
	}
}

static bool
is_picture(const char *path)
{
	return path_has_ext(path, ".png") || path_has_ext(path, ".svg");
}

/* With TABs: by the file's name, on standard output as all that is there. */
static bool
has_tabs(const char *path)
{
	return is_printed(path) ? prog_options()->format == PROG_FMT_TSV
				: path_has_ext(path, ".tsv");
}

/* What is in b, unless making it failed; b is cleared. */
static int
write_text(const char *path, struct buf *b, int rc)
{
	if (rc >= 0 && is_printed(path))
		fputs(buf_str(b), stdout);
	else if (rc >= 0)
		rc =
		    file_write(path, buf_str(b), b->len, prog_options()->force);
	buf_clear(b);
	return rc;
}

static int
write_matrix(const struct summary *s)
{
	const char *path = s->o->confusion;
	size_t nlabels;
	const char *const *labels = infer_labels(s->infer, &nlabels);
	struct buf b;

	if (is_picture(path))
		return matrix_write(path, &s->confusion, labels, nlabels,
		    prog_options()->force);
	buf_init(&b, LINE_MAX_BYTES);
	return write_text(path, &b,
	    figures_matrix_text(
		&b, &s->confusion, labels, nlabels, has_tabs(path)));
}

static void
print_calibration(const struct summary *s)
{
	struct line l = { stdout, prog_options()->format == PROG_FMT_TSV, 0 };
	struct gate_value v[CALIBRATION_METRICS];

	calibration_metrics(&s->calibration, v);
	if (l.tsv) {
		line_cell(&l, "calibration");
		line_cell(&l, "%.6g", v[0].value);
		line_cell(&l, "%.6g", v[1].value);
	} else {
		line_cell(&l, "ECE %.2f%%, MCE %.2f%%", 100 * v[0].value,
		    100 * v[1].value);
	}
	line_end(&l);
}

static int
print_text(const struct summary *s)
{
	const struct confusion *c = &s->confusion;
	struct gate_value v[CONFUSION_METRICS];
	size_t nlabels;
	const char *const *labels = infer_labels(s->infer, &nlabels);
	struct buf b;
	int rc = 0;

	confusion_metrics(c, v);
	if (prog_options()->format == PROG_FMT_TSV) {
		struct line l = { stdout, 1 };

		line_cell(&l, "summary");
		line_cell(&l, "%llu", (unsigned long long)c->n);
		line_cell(&l, "%.6g", v[0].value);
		line_cell(&l, "%.6g", v[1].value);
		line_end(&l);
	} else {
		printf("%llu %s, top-1 %.2f%%, top-5 %.2f%%\n",
		    (unsigned long long)c->n,
		    num_plural(c->n, "image", "images"), 100 * v[0].value,
		    100 * v[1].value);
	}
	if (s->o->calibration != NULL)
		print_calibration(s);
	if (s->o->per_class) {
		buf_init(&b, LINE_MAX_BYTES);
		rc = figures_classes_text(&b, c, labels, nlabels,
		    prog_options()->format == PROG_FMT_TSV);
		fputs(buf_str(&b), stdout);
		buf_clear(&b);
	}
	print_mistakes(s);
	return rc;
}

int
summary_print(const struct summary *s)
{
	return prog_options()->format == PROG_FMT_JSON ? print_json(s)
						       : print_text(s);
}

static int
write_calibration(const struct summary *s)
{
	const char *path = s->o->calibration;
	struct buf b;

	if (is_picture(path))
		return reliability_write(
		    path, &s->calibration, prog_options()->force);
	buf_init(&b, LINE_MAX_BYTES);
	return write_text(
	    path, &b, reliability_text(&b, &s->calibration, has_tabs(path)));
}

int
summary_write_files(const struct summary *s)
{
	const bool json = prog_options()->format == PROG_FMT_JSON;
	const char *matrix = s->o->confusion, *sure = s->o->calibration;

	if (matrix != NULL && !(json && is_printed(matrix)))
		TRY(write_matrix(s));
	if (sure != NULL && !(json && is_printed(sure)))
		TRY(write_calibration(s));
	return 0;
}
