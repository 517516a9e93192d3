/* Boxes of a validation: see tally.h. */
#include "nn/boxes/tally.h"

#include <math.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"

enum { NAMED_MAX = 100 }; /* classes with figures of their own */

struct boxes_tally {
	struct tally tally;
	struct boxes_figures figures;
	size_t keep, rows;
	char *first;
	char *
	    *names; /* "ap50/car" of each class; NULL: too many, or no names */
};

int
boxes_tally_count(struct boxes_figures *f, const float *guesses, size_t keep,
    const float *truths, size_t rows, size_t items)
{
	struct net_boxes b = { 0 };
	int rc = 0;

	for (size_t i = 0; i < items && rc >= 0; i++) {
		const float *v = guesses + i * keep * BOXES_TALLY_ROW;
		const float *t = truths + i * (rows + 1) * BOXES_TALLY_TRUTH;
		const size_t n =
		    t[0] >= 0 && t[0] <= (float)rows ? (size_t)t[0] : 0;

		b.n = 0;
		for (size_t k = 0; k < keep; k++, v += BOXES_TALLY_ROW) {
			const struct net_box x = { .class = (int)v[0],
				.score = v[1],
				.box = { v[2], v[3], v[4], v[5] } };

			if (v[0] >= 0 && isfinite(v[1]))
				net_boxes_add(&b, &x);
		}
		rc = boxes_figures_add(f, t + BOXES_TALLY_TRUTH, n, &b);
	}
	boxes_figures_batch(f);
	net_boxes_clear(&b);
	return rc;
}

static int
boxes_add(struct tally *tally, const struct tally_counts *c, size_t n)
{
	struct boxes_tally *t = (struct boxes_tally *)tally;
	const size_t guesses = t->keep * BOXES_TALLY_ROW;
	const size_t truths = (t->rows + 1) * BOXES_TALLY_TRUTH;

	if (n != 2 || c[0].n % guesses != 0 ||
	    c[1].n != c[0].n / guesses * truths)
		return err_set(ERR_FORMAT, "these are no boxes and truths");
	return boxes_tally_count(
	    &t->figures, c[0].v, t->keep, c[1].v, t->rows, c[0].n / guesses);
}

static size_t
boxes_values(const struct tally *tally, struct gate_value *v, size_t room)
{
	static const enum boxes_figure order[] = { BOXES_AP50, BOXES_AP,
		BOXES_AP75, BOXES_VOC07 };
	struct boxes_tally *t = (struct boxes_tally *)(uintptr_t)tally;
	struct boxes_figures *f = &t->figures;
	double all[BOXES_FIGURES];
	size_t n = 0;

	boxes_figures_values(f, f->classes, all);
	for (size_t i = 0; i < LENGTH(order) && n < room; i++)
		v[n++] =
		    (struct gate_value){ i == 0 ? t->first
						: boxes_figure_names[order[i]],
			    all[order[i]] };
	for (size_t c = 0; t->names != NULL && c < f->classes && n < room;
	     c++) {
		if (t->names[c] == NULL)
			continue;
		boxes_figures_values(f, c, all);
		v[n++] = (struct gate_value){ t->names[c], all[BOXES_AP50] };
	}
	return n;
}

static void
boxes_reset(struct tally *tally)
{
	struct boxes_figures *f = &((struct boxes_tally *)tally)->figures;
	const struct boxes_figures was = *f;

	f->digits = NULL;
	f->truths = f->guesses = NULL;
	(void)boxes_figures_init(f, was.classes, was.dontcare, was.shown);
	boxes_figures_clear(&(struct boxes_figures){ .coco = was.coco,
	    .voc = was.voc,
	    .digits = was.digits,
	    .truths = was.truths,
	    .guesses = was.guesses });
}

static void
boxes_free(struct tally *tally)
{
	struct boxes_tally *t = (struct boxes_tally *)tally;

	for (size_t c = 0; t->names != NULL && c < t->figures.classes; c++)
		mem_free(t->names[c]);
	mem_free(t->names);
	mem_free(t->first);
	boxes_figures_clear(&t->figures);
	mem_free(t);
}

static const struct tally_type boxes_tally_type = {
	.name = "boxes",
	.add = boxes_add,
	.figures = boxes_values,
	.reset = boxes_reset,
	.free = boxes_free,
};

int
boxes_tally_new(struct tally **out, size_t keep, size_t rows, double shown,
    const char *const *names, size_t nnames, const char *first)
{
	struct boxes_tally *t = mem_new(struct boxes_tally);
	const size_t classes = nnames > 0 ? nnames : BOXES_CLASSES_ANY;
	int dontcare = nnames > 0 ? -1 : 0, rc;

	for (size_t i = 0; i < nnames; i++)
		if (strcasecmp(names[i], "dontcare") == 0)
			dontcare = (int)i;
	t->tally.type = &boxes_tally_type;
	t->keep = keep;
	t->rows = rows;
	t->first = mem_strdup(first);
	rc = boxes_figures_init(&t->figures, classes, dontcare, shown);
	if (rc < 0) {
		boxes_free(&t->tally);
		return rc;
	}
	if (nnames > 0 && nnames <= NAMED_MAX)
		t->names = mem_array(char *, classes);
	for (size_t c = 0; t->names != NULL && c < classes; c++)
		if ((int)c != dontcare)
			t->names[c] = mem_printf("ap50/%s", names[c]);
	*out = &t->tally;
	return 0;
}
