/* Figures as text: see figures.h. */
#include "infer/classes/figures.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "prog/table.h"

/* What classes are called. */
struct names {
	const char *const *v;
	size_t n; /* may be fewer than the classes */
	int tsv;
};

/* The name of class i, or its number, fit to be a cell; caller's. */
static char *
label(const struct names *names, size_t i)
{
	char *text =
	    i < names->n ? mem_strdup(names->v[i]) : mem_printf("%zu", i);

	table_cell_tame(text, names->tsv);
	return text;
}

/* That behind a gap, w wide: to the right, or with w < 0 to the left. */
static int
add_label(
    struct buf *b, const char *gap, int w, const struct names *names, size_t i)
{
	char *text = label(names, i);
	int rc = buf_printf(b, "%s%*s", gap, w, text);

	mem_free(text);
	return rc;
}

/* Width of the columns of an aligned matrix: labels and counts fit. */
static int
column_width(const struct confusion *c, const struct names *names)
{
	size_t w = 6;

	for (size_t i = 0; i < c->classes; i++) {
		char *text = label(names, i);
		size_t l = strlen(text);

		if (l > w)
			w = l;
		mem_free(text);
	}
	return (int)(w < 16 ? w : 16);
}

int
figures_matrix_text(struct buf *b, const struct confusion *c,
    const char *const *labels, size_t nlabels, int tsv)
{
	const struct names names = { labels, nlabels, tsv };
	int w = tsv ? 0 : column_width(c, &names);
	const char *gap = tsv ? "\t" : " ";

	TRY(buf_printf(b, "%-*s", w, tsv ? "truth" : ""));
	for (size_t k = 0; k < c->classes; k++)
		TRY(add_label(b, gap, w, &names, k));
	TRY(buf_printf(b, "%s%*s\n", gap, w, tsv ? "accuracy" : "right"));
	for (size_t i = 0; i < c->classes; i++) {
		if (c->truths[i] == 0)
			continue;
		TRY(add_label(b, "", -w, &names, i));
		for (size_t k = 0; k < c->classes; k++)
			TRY(buf_printf(b, "%s%*llu", gap, w,
			    (unsigned long long)confusion_at(c, i, k)));
		TRY(buf_printf(b, tsv ? "%s%*.2f\n" : "%s%*.2f%%\n", gap,
		    tsv ? 0 : w - 1, 100 * confusion_recall(c, i)));
	}
	return 0;
}

int
figures_classes_text(struct buf *b, const struct confusion *c,
    const char *const *labels, size_t nlabels, int tsv)
{
	const struct names names = { labels, nlabels, tsv };
	int w = tsv ? 0 : column_width(c, &names);

	TRY(buf_printf(b,
	    tsv ? "%-*s\timages\tright\tprecision\trecall\n"
		: "%-*s   images    right  precision   recall\n",
	    w, "class"));
	for (size_t i = 0; i < c->classes; i++) {
		TRY(add_label(b, "", -w, &names, i));
		TRY(buf_printf(b,
		    tsv ? "\t%llu\t%llu\t%.2f\t%.2f\n"
			: " %8llu %8llu %9.2f%% %7.2f%%\n",
		    (unsigned long long)c->truths[i],
		    (unsigned long long)c->right[i],
		    100 * confusion_precision(c, i),
		    100 * confusion_recall(c, i)));
	}
	return 0;
}
