/* What a classifier got right and wrong, for a page. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "infer/classes/matrix.h"
#include "metric/score.h"
#include "report/inside.h"

enum { CURVES_MOST = 8, CELL = 32 };

struct ranked_class {
	size_t class;
	struct rank rank;
};

/* The worst first; those of which there is no picture last. */
static int
by_precision(const void *a, const void *b)
{
	const struct ranked_class *x = a, *y = b;
	const double u = isnan(x->rank.ap) ? 2 : x->rank.ap;
	const double v = isnan(y->rank.ap) ? 2 : y->rank.ap;

	if (u != v)
		return u < v ? -1 : 1;
	return x->class < y->class ? -1 : x->class > y->class;
}

static struct ranked_class *
rank_classes(const struct report_answers *r)
{
	const size_t c = r->confusion.classes;
	struct ranked_class *v = mem_array(struct ranked_class, c);
	bool *is = mem_array(bool, r->n + 1);

	for (size_t i = 0; i < c; i++) {
		for (size_t k = 0; k < r->n; k++)
			is[k] = r->truth[k] == (int)i;
		v[i].class = i;
		rank_make(&v[i].rank, r->scores + i, c, is, r->n);
	}
	mem_free(is);
	return v;
}

static void
share(char out[CELL], double v, bool known)
{
	if (known && isfinite(v))
		snprintf(out, CELL, "%.1f %%", 100 * v);
	else
		snprintf(out, CELL, "-");
}

static void
class_table(struct page *p, const struct report_all *a,
    const struct report_answers *r, const struct ranked_class *ranks)
{
	static const char *const heads[] = { "class", "images", "recall",
		"precision", "F1", "average precision", "ROC AUC" };
	const struct page_table t = {
		ranks != NULL ? LENGTH(heads) : LENGTH(heads) - 2, 1
	};
	const struct confusion *c = &r->confusion;

	page_table(p, &t, "Each class against all others", heads);
	for (size_t i = 0; i < c->classes; i++) {
		const double re = confusion_recall(c, i);
		const double pr = confusion_precision(c, i);
		char name[24], n[CELL], cell[5][CELL];

		snprintf(n, sizeof(n), "%" PRIu64, c->truths[i]);
		share(cell[0], re, c->truths[i] > 0);
		share(cell[1], pr, c->answers[i] > 0);
		share(cell[2], re + pr > 0 ? 2 * re * pr / (re + pr) : 0,
		    c->truths[i] > 0);
		if (ranks != NULL) {
			share(cell[3], ranks[i].rank.ap, true);
			share(cell[4], ranks[i].rank.auc, true);
		}
		page_row(p, &t,
		    (const char *[]){ report_class(a, i, name), n, cell[0],
			cell[1], cell[2], cell[3], cell[4] });
	}
	page_table_end(p);
}

static void
curves(struct page *p, const struct report_all *a,
    const struct report_answers *r, struct ranked_class *v)
{
	struct report_rank pr[CURVES_MOST], roc[CURVES_MOST];
	char names[CURVES_MOST][24];
	size_t n = 0;

	qsort(v, r->confusion.classes, sizeof(*v), by_precision);
	for (; n < CURVES_MOST && n < r->confusion.classes; n++) {
		if (isnan(v[n].rank.ap) || isnan(v[n].rank.auc))
			break;
		pr[n].name = roc[n].name =
		    report_class(a, v[n].class, names[n]);
		pr[n].line = &v[n].rank.pr;
		roc[n].line = &v[n].rank.roc;
	}
	if (n == 0)
		return;
	if (r->confusion.classes > n)
		page_line(p,
		    "Curves of the %zu classes that are told worst from the others.",
		    n);
	report_ranks(p, pr, n, "Precision over recall", "recall", "precision");
	report_ranks(p, roc, n, "Receiver operating characteristic (ROC)",
	    "false positive rate", "true positive rate");
}

static void
matrix(
    struct page *p, const struct report_all *a, const struct report_answers *r)
{
	struct buf b;
	int rc;

	buf_init(&b, 1 << 26);
	rc = matrix_inline(&b, &r->confusion,
	    (const char *const *)a->dset->labels, a->dset->nlabels);
	if (rc >= 0)
		page_drawing(p, &b, true, "Confusion matrix",
		    "Rows are the truth, columns the answers; cells are as dark as their share of the row.");
	buf_clear(&b);
	if (p->rc >= 0)
		p->rc = rc < 0 ? rc : p->rc;
}

static void
mistakes(
    struct page *p, const struct report_all *a, const struct report_answers *r)
{
	if (r->nshown == 0)
		return;
	page_put(p, "<h3>Worst mistakes</h3>\n<div class=\"few\">\n");
	for (size_t i = 0; i < r->nshown; i++) {
		const struct report_shown *s = &r->shown[i];
		char t[24], g[24];
		const char *truth = report_class(a, (size_t)s->truth, t);
		const char *answer = report_class(a, (size_t)s->answer, g);
		char *caption = mem_printf("%s, called %s (%.1f %%)", truth,
		    answer, 100 * s->confidence);
		char *alt = mem_printf("record %s", s->name);

		page_picture(p, &s->im, s->im.width > 40,
		    s->im.width <= 40 ? 3 : 1, alt, caption);
		mem_free(alt);
		mem_free(caption);
	}
	page_put(p, "</div>\n");
}

/* ---- of other tasks ------------------------------------------------------- */

enum { FIGURES = 6 };

/* "iou/cat": the figure "iou" of the class behind the slash; how many bytes that has,
 * 0: it is of no class. */
static size_t
figure_of(const char *name)
{
	const char *slash = score_detail(name) ? strchr(name, '/') : NULL;

	return slash != NULL ? (size_t)(slash - name) : 0;
}

static bool
has_figure(const char *name, const char *figure)
{
	const size_t n = figure_of(name);

	return n > 0 && strlen(figure) == n && strncmp(name, figure, n) == 0;
}

/* The row of the class of v[i], whose name no earlier one has. */
static void
figures_row(struct page *p, const struct page_table *t,
    const struct history_val *v, size_t i, char *const *figure)
{
	const char *class = v->v[i].name + figure_of(v->v[i].name) + 1;
	char cell[FIGURES][CELL];
	const char *cells[FIGURES + 1] = { class };

	for (size_t k = 0; k + 1 < t->n; k++) {
		share(cell[k], 0, false);
		for (size_t j = 0; j < v->n; j++)
			if (has_figure(v->v[j].name, figure[k]) &&
			    strcmp(v->v[j].name + figure_of(v->v[j].name) + 1,
				class) == 0)
				share(cell[k], v->v[j].value, true);
		cells[k + 1] = cell[k];
	}
	page_row(p, t, cells);
}

static bool
first_of_class(const struct history_val *v, size_t i)
{
	const char *class = v->v[i].name + figure_of(v->v[i].name);

	for (size_t j = 0; j < i; j++)
		if (figure_of(v->v[j].name) > 0 &&
		    strcmp(v->v[j].name + figure_of(v->v[j].name), class) == 0)
			return false;
	return true;
}

/* What the best validation measured of each class, as boxes and masks have it; is
 * there anything? */
static bool
validated(struct page *p, const struct report_all *a)
{
	const struct history_val *v =
	    history_judge(&a->view.history, &a->view.snapshots);
	struct page_table t = { 1, 1 };
	char *figure[FIGURES];
	const char *heads[FIGURES + 1] = { "class" };

	for (size_t i = 0; v != NULL && i < v->n && t.n <= FIGURES; i++) {
		bool new = figure_of(v->v[i].name) > 0;

		for (size_t k = 0; k + 1 < t.n; k++)
			new = new && !has_figure(v->v[i].name, figure[k]);
		if (!new)
			continue;
		figure[t.n - 1] =
		    mem_strndup(v->v[i].name, figure_of(v->v[i].name));
		heads[t.n] = figure[t.n - 1];
		t.n++;
	}
	if (t.n > 1) {
		page_line(
		    p, "Of the validation at epoch %.4g, the best:", v->epoch);
		page_table(p, &t, "", heads);
		for (size_t i = 0; i < v->n; i++)
			if (figure_of(v->v[i].name) > 0 && first_of_class(v, i))
				figures_row(p, &t, v, i, figure);
		page_table_end(p);
	}
	for (size_t k = 0; k + 1 < t.n; k++)
		mem_free(figure[k]);
	return t.n > 1;
}

void
report_results(
    struct page *p, const struct report_all *a, const struct report_answers *r)
{
	const struct confusion *c = &r->confusion;
	struct ranked_class *v;

	page_section(p, "Results");
	if (c->n == 0) {
		if (!validated(p, a) && r->seen == 0)
			page_line(p,
			    "Not shown: the net's answers are not classes, or no record has a label.");
		report_pictures(p, a, r);
		page_section_end(p);
		return;
	}
	page_line(p, "Of the %s of the %s part, %.2f %% were right%s.",
	    NUM_COUNTED(c->n, "image"), dset_part_name(r->part),
	    100 * (double)c->top1 / (double)c->n,
	    a->best ? ", by the best snapshot" : "");
	if (r->bad > 0)
		page_line(p, "%s could not be read.",
		    NUM_COUNTED(r->bad, "other record"));
	if (c->classes > 5)
		page_line(p, "Of %.2f %% the truth was among the first five.",
		    100 * (double)c->top5 / (double)c->n);
	matrix(p, a, r);
	v = r->too_many ? NULL : rank_classes(r);
	class_table(p, a, r, v);
	if (v != NULL)
		curves(p, a, r, v);
	mem_free(v);
	mistakes(p, a, r);
	page_section_end(p);
}
