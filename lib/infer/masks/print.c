/* Shares of classes, and figures, on standard output. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "infer/classes/summary.h"
#include "infer/masks/view.h"
#include "infer/report.h"
#include "json/line.h"
#include "metric/top.h"
#include "prog/line.h"
#include "prog/table.h"

enum { COLUMNS = 6 };

/* Pixels of each class in the mask; how many are of none. */
static uint64_t
count_mask(const struct masks_view *m, uint64_t n[256])
{
	const size_t all = (size_t)m->mask.width * (size_t)m->mask.height;

	memset(n, 0, 256 * sizeof(*n));
	for (size_t i = 0; i < all; i++)
		n[m->mask.data[i]]++;
	return n[MASKS_NONE];
}

static double
share_of(const struct masks_view *m, uint64_t n)
{
	return (double)n / ((double)m->mask.width * m->mask.height);
}

static int
print_json(
    const struct masks_view *m, const struct answer *a, const uint64_t n[256])
{
	struct json_line line;
	struct json_w *w = json_line_begin(&line);
	char text[24];

	json_w_kstr(w, "path", a->name);
	json_w_kint(w, "width", m->mask.width);
	json_w_kint(w, "height", m->mask.height);
	json_w_key(w, "classes");
	json_w_array(w);
	for (size_t i = 0; i < m->classes; i++) {
		if (n[i] == 0)
			continue;
		json_w_object(w);
		json_w_kstr(w, "label", infer_label(m->v->infer, (int)i, text));
		json_w_kint(w, "index", (int64_t)i);
		json_w_kint(w, "pixels", (int64_t)n[i]);
		json_w_knum(w, "share", share_of(m, n[i]));
		json_w_object_end(w);
	}
	json_w_array_end(w);
	json_w_kint(w, "unseen", (int64_t)n[MASKS_NONE]);
	return json_line_end(&line, stdout);
}

int
masks_print(const struct masks_view *m, const struct answer *a)
{
	struct line l = { stdout, prog_options()->format == PROG_FMT_TSV, 0 };
	const uint64_t *at;
	uint64_t n[256];
	float shares[MASKS_CLASSES];
	int order[MASKS_CLASSES];
	size_t have, top = (size_t)m->v->o->top;
	char text[24];

	count_mask(m, n);
	if (prog_options()->format == PROG_FMT_JSON)
		return print_json(m, a, n);
	for (size_t i = 0; i < m->classes; i++)
		shares[i] = (float)share_of(m, n[i]);
	have = top_indices(
	    order, top < m->classes ? top : m->classes, shares, m->classes);
	line_cell(&l, "%s", a->name);
	for (size_t i = 0; i < have; i++) {
		const char *name = infer_label(m->v->infer, order[i], text);

		at = &n[order[i]];
		if (*at == 0)
			break;
		if (l.tsv) {
			line_cell(&l, "%s", name);
			line_cell(&l, "%.6g", share_of(m, *at));
		} else {
			line_cell(
			    &l, "%s %.2f%%", name, 100 * share_of(m, *at));
		}
	}
	if (n[MASKS_NONE] > 0 && !l.tsv)
		line_cell(
		    &l, "not seen %.2f%%", 100 * share_of(m, n[MASKS_NONE]));
	line_end(&l);
	return 0;
}

/* Of a class; NAN where it has none. */
static void
class_values(const struct masks_view *m, size_t i, double v[4])
{
	v[0] = segment_accuracy(&m->figures, i);
	v[1] = segment_iou(&m->figures, i);
	v[2] = segment_dice(&m->figures, i);
	v[3] = boundary_of(&m->boundary, i);
}

static const char *const class_names[] = { "accuracy", "iou", "dice",
	"boundary" };

static void
print_classes(const struct masks_view *m, bool tsv)
{
	char cell[COLUMNS][REPORT_CELL], name[24];
	const char *row[COLUMNS] = { "class", "pixels" };
	struct table t;

	table_init(&t, COLUMNS);
	for (size_t k = 0; k < 4; k++)
		row[2 + k] = class_names[k];
	for (size_t k = 1; k < COLUMNS; k++)
		t.right[k] = 1;
	table_row(&t, row);
	for (size_t i = 0; i < m->classes; i++) {
		double v[4];

		class_values(m, i, v);
		row[0] = infer_label(m->v->infer, (int)i, name);
		snprintf(cell[1], REPORT_CELL, "%llu",
		    (unsigned long long)m->figures.pixels.truths[i]);
		for (size_t k = 0; k < 4; k++)
			report_share(cell[2 + k], v[k], tsv);
		for (size_t k = 1; k < COLUMNS; k++)
			row[k] = cell[k];
		table_row(&t, row);
	}
	table_print(&t, stdout, tsv);
	table_clear(&t);
}

static void
print_table(const struct masks_view *m,
    const struct gate_value v[MASKS_FIGURES], bool tsv)
{
	static const char *const said[MASKS_FIGURES] = { "pixel accuracy",
		"class accuracy", "mean IoU", "weighted IoU", "mean Dice",
		"boundary F" };
	char text[REPORT_CELL];
	struct table t;

	if (!tsv)
		printf("%s, %s\n", NUM_COUNTED(m->figures.pictures, "image"),
		    NUM_COUNTED(m->figures.pixels.n, "pixel"));
	table_init(&t, 2);
	t.right[1] = 1;
	for (size_t i = 0; i < MASKS_FIGURES; i++) {
		report_share(text, v[i].value, tsv);
		table_row(
		    &t, (const char *[]){ tsv ? v[i].name : said[i], text });
	}
	table_print(&t, stdout, tsv);
	table_clear(&t);
	if (m->v->o->per_class)
		print_classes(m, tsv);
}

static void
json_classes(struct json_w *w, const struct masks_view *m)
{
	char text[24];

	json_w_key(w, "classes");
	json_w_array(w);
	for (size_t i = 0; i < m->classes; i++) {
		double v[4];

		class_values(m, i, v);
		json_w_object(w);
		json_w_kstr(w, "label", infer_label(m->v->infer, (int)i, text));
		json_w_kint(w, "pixels", (int64_t)m->figures.pixels.truths[i]);
		for (size_t k = 0; k < 4; k++)
			json_w_knum(w, class_names[k], v[k]);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static int
print_figures_json(
    const struct masks_view *m, const struct gate_value v[MASKS_FIGURES])
{
	const struct report_opts *o = m->v->o;
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	json_w_key(w, "summary");
	json_w_object(w);
	json_w_kint(w, "images", (int64_t)m->figures.pictures);
	json_w_kint(w, "pixels", (int64_t)m->figures.pixels.n);
	json_w_kint(w, "ignored", (int64_t)m->figures.skipped);
	for (size_t i = 0; i < MASKS_FIGURES; i++)
		json_w_knum(w, v[i].name, v[i].value);
	if (o->per_class)
		json_classes(w, m);
	if (o->confusion != NULL && strcmp(o->confusion, "-") == 0)
		summary_matrix_json(w, &m->figures.pixels);
	json_w_object_end(w);
	return json_line_end(&line, stdout);
}

int
masks_print_figures(struct masks_view *m)
{
	struct gate_value v[MASKS_FIGURES];

	masks_values(m, v);
	if (prog_options()->format == PROG_FMT_JSON)
		return print_figures_json(m, v);
	print_table(m, v, prog_options()->format == PROG_FMT_TSV);
	return 0;
}
