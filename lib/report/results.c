/* What a classifier got right and wrong, for a page. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "infer/classes/matrix.h"
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

void
report_results(
    struct page *p, const struct report_all *a, const struct report_answers *r)
{
	const struct confusion *c = &r->confusion;
	struct ranked_class *v;

	page_section(p, "Results");
	if (c->n == 0) {
		page_line(p,
		    "Not shown: the net's answers are not classes, or no record has a label.");
		page_section_end(p);
		return;
	}
	page_line(p, "Of the %s of the %s part, %.2f %% were right%s.",
	    NUM_COUNTED(c->n, "image"), dset_part_name(r->part),
	    100 * (double)c->top1 / (double)c->n,
	    history_best_snapshot(&a->view.history, &a->view.snapshots) >= 0
		? ", by the best snapshot"
		: "");
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
