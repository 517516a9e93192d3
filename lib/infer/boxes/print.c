/* Boxes and their figures on standard output. */
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "infer/boxes/view.h"
#include "infer/report.h"
#include "json/line.h"
#include "prog/line.h"
#include "prog/table.h"

static int
print_json(const struct boxes_view *b, const struct answer *a)
{
	struct json_line line;
	struct json_w *w = json_line_begin(&line);
	char text[24];

	json_w_kstr(w, "path", a->name);
	json_w_kint(w, "width", a->where->width);
	json_w_kint(w, "height", a->where->height);
	json_w_key(w, "boxes");
	json_w_array(w);
	for (size_t i = 0; i < boxes_shown(b); i++) {
		const struct net_box *x = &b->boxes.v[i];

		json_w_object(w);
		json_w_kstr(
		    w, "label", infer_label(b->v->infer, x->class, text));
		json_w_kint(w, "index", x->class);
		json_w_key(w, "score");
		json_w_float(w, (float)x->score);
		json_w_key(w, "box");
		json_w_array(w);
		json_w_float(w, (float)x->box.left);
		json_w_float(w, (float)x->box.top);
		json_w_float(w, (float)x->box.right);
		json_w_float(w, (float)x->box.bottom);
		json_w_array_end(w);
		json_w_object_end(w);
	}
	json_w_array_end(w);
	return json_line_end(&line, stdout);
}

/* DIGITS's scores are no shares. */
static void
score_cell(struct line *l, const struct boxes_view *b, double score)
{
	if (l->tsv || b->plain)
		line_cell(l, "%.6g", score);
	else
		line_cell(l, "%.2f%%", 100 * score);
}

/* A line for each box; for people also one that says that there are none. */
static void
print_text(const struct boxes_view *b, const struct answer *a)
{
	struct line l = { stdout, prog_options()->format == PROG_FMT_TSV, 0 };
	const size_t n = boxes_shown(b);
	char text[24];

	for (size_t i = 0; i < n; i++) {
		const struct net_box *x = &b->boxes.v[i];

		line_cell(&l, "%s", a->name);
		line_cell(&l, "%s", infer_label(b->v->infer, x->class, text));
		score_cell(&l, b, x->score);
		line_cell(&l, "%.2f", x->box.left);
		line_cell(&l, "%.2f", x->box.top);
		line_cell(&l, "%.2f", x->box.right);
		line_cell(&l, "%.2f", x->box.bottom);
		line_end(&l);
	}
	if (n == 0 && !l.tsv) {
		line_cell(&l, "%s", a->name);
		line_cell(&l, "no boxes");
		line_end(&l);
	}
}

int
boxes_print(const struct boxes_view *b, const struct answer *a)
{
	if (prog_options()->format == PROG_FMT_JSON)
		return print_json(b, a);
	print_text(b, a);
	return 0;
}

/* What stands for the figures where people read them. */
static const struct {
	enum boxes_figure figure;
	const char *what;
} told[] = {
	{ BOXES_AP, "AP (COCO, IoU 0.5 to 0.95)" },
	{ BOXES_AP50, "AP50" },
	{ BOXES_AP75, "AP75" },
	{ (enum boxes_figure)DETECT_AP_SMALL, "AP of small objects" },
	{ (enum boxes_figure)DETECT_AP_MEDIUM, "AP of medium objects" },
	{ (enum boxes_figure)DETECT_AP_LARGE, "AP of large objects" },
	{ (enum boxes_figure)DETECT_AR1, "AR of 1 box a picture" },
	{ (enum boxes_figure)DETECT_AR10, "AR of 10" },
	{ (enum boxes_figure)DETECT_AR100, "AR of 100" },
	{ (enum boxes_figure)DETECT_AR_SMALL, "AR of small objects" },
	{ (enum boxes_figure)DETECT_AR_MEDIUM, "AR of medium objects" },
	{ (enum boxes_figure)DETECT_AR_LARGE, "AR of large objects" },
	{ BOXES_VOC07, "mAP of VOC 2007 (11 points, IoU 0.5)" },
	{ BOXES_VOC10, "mAP of VOC 2010 (all points, IoU 0.5)" },
	{ BOXES_PRECISION, "precision of the boxes shown (IoU 0.5)" },
	{ BOXES_RECALL, "recall of the boxes shown (IoU 0.5)" },
	{ BOXES_DIGITS_MAP, "\"mAP\" of DIGITS (no average precision)" },
	{ BOXES_DIGITS_PRECISION, "precision of DIGITS (IoU 0.7)" },
	{ BOXES_DIGITS_RECALL, "recall of DIGITS (IoU 0.7)" },
};

/* Columns of --per-class. */
static const enum boxes_figure class_figures[] = { BOXES_AP, BOXES_AP50,
	BOXES_AP75, BOXES_VOC07, BOXES_VOC10, BOXES_PRECISION, BOXES_RECALL };

enum { COLUMNS = 3 + LENGTH(class_figures) };

static bool
worth_a_row(const struct boxes_figures *f, size_t c)
{
	return f->truths[c] > 0 || f->guesses[c] > 0;
}

static void
print_classes(struct boxes_view *b, bool tsv)
{
	struct boxes_figures *f = &b->figures;
	char cell[COLUMNS][REPORT_CELL], text[24];
	const char *row[COLUMNS] = { "class", "objects", "boxes" };
	struct table t;

	table_init(&t, COLUMNS);
	for (size_t k = 0; k < LENGTH(class_figures); k++)
		row[3 + k] = boxes_figure_names[class_figures[k]];
	for (size_t k = 1; k < COLUMNS; k++)
		t.right[k] = 1;
	table_row(&t, row);
	for (size_t c = 0; c < f->classes; c++) {
		double v[BOXES_FIGURES];

		if (!worth_a_row(f, c))
			continue;
		boxes_figures_values(f, c, v);
		snprintf(cell[1], REPORT_CELL, "%llu",
		    (unsigned long long)f->truths[c]);
		snprintf(cell[2], REPORT_CELL, "%llu",
		    (unsigned long long)f->guesses[c]);
		for (size_t k = 0; k < LENGTH(class_figures); k++)
			report_share(cell[3 + k], v[class_figures[k]], tsv);
		row[0] = infer_label(b->v->infer, (int)c, text);
		for (size_t k = 1; k < COLUMNS; k++)
			row[k] = cell[k];
		table_row(&t, row);
	}
	table_print(&t, stdout, tsv);
	table_clear(&t);
}

static uint64_t
sum(const uint64_t *v, size_t n)
{
	uint64_t s = 0;

	for (size_t i = 0; i < n; i++)
		s += v[i];
	return s;
}

static void
print_table(struct boxes_view *b, const double v[BOXES_FIGURES], bool tsv)
{
	struct boxes_figures *f = &b->figures;
	const uint64_t boxes = sum(f->guesses, f->classes);
	char text[REPORT_CELL];
	struct table t;

	if (!tsv)
		printf("%s, %s, %llu %s\n", NUM_COUNTED(f->pictures, "image"),
		    NUM_COUNTED(sum(f->truths, f->classes), "object"),
		    (unsigned long long)boxes,
		    num_plural(boxes, "box", "boxes"));
	table_init(&t, 2);
	t.right[1] = 1;
	for (size_t i = 0; i < LENGTH(told); i++) {
		report_share(text, v[told[i].figure], tsv);
		table_row(&t,
		    (const char *[]){
			tsv ? boxes_figure_names[told[i].figure] : told[i].what,
			text });
	}
	table_print(&t, stdout, tsv);
	table_clear(&t);
	if (b->v->o->per_class)
		print_classes(b, tsv);
}

static void
json_classes(struct json_w *w, struct boxes_view *b)
{
	struct boxes_figures *f = &b->figures;
	char text[24];

	json_w_key(w, "classes");
	json_w_array(w);
	for (size_t c = 0; c < f->classes; c++) {
		double v[BOXES_FIGURES];

		if (!worth_a_row(f, c))
			continue;
		boxes_figures_values(f, c, v);
		json_w_object(w);
		json_w_kstr(w, "label", infer_label(b->v->infer, (int)c, text));
		json_w_kint(w, "objects", (int64_t)f->truths[c]);
		json_w_kint(w, "boxes", (int64_t)f->guesses[c]);
		for (int i = 0; i < BOXES_FIGURES; i++)
			json_w_knum(w, boxes_figure_names[i], v[i]);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static int
print_figures_json(struct boxes_view *b, const double v[BOXES_FIGURES])
{
	struct boxes_figures *f = &b->figures;
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	json_w_key(w, "summary");
	json_w_object(w);
	json_w_kint(w, "images", (int64_t)f->pictures);
	json_w_kint(w, "objects", (int64_t)sum(f->truths, f->classes));
	json_w_kint(w, "boxes", (int64_t)sum(f->guesses, f->classes));
	for (int i = 0; i < BOXES_FIGURES; i++)
		json_w_knum(w, boxes_figure_names[i], v[i]);
	if (b->v->o->per_class)
		json_classes(w, b);
	json_w_object_end(w);
	return json_line_end(&line, stdout);
}

int
boxes_print_figures(struct boxes_view *b)
{
	const enum prog_format format = prog_options()->format;
	double v[BOXES_FIGURES];

	boxes_figures_values(&b->figures, b->classes, v);
	if (format == PROG_FMT_JSON)
		return print_figures_json(b, v);
	print_table(b, v, format == PROG_FMT_TSV);
	return 0;
}
