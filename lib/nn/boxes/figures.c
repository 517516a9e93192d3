/* Figures of a net's boxes: see figures.h. */
#include "nn/boxes/figures.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { ROW = 16, ROW_CLASS = 5, ROW_ASIDE = 6 };

const char *const boxes_figure_names[BOXES_FIGURES] = { "ap", "ap50", "ap75",
	"ap_small", "ap_medium", "ap_large", "ar1", "ar10", "ar100", "ar_small",
	"ar_medium", "ar_large", "voc07", "voc10", "precision", "recall",
	"digits_map", "digits_precision", "digits_recall" };

/* A picture's truths and guesses, as metric takes them. */
struct picture {
	struct detect_truth *truth;
	size_t ntruths, cap;
	struct detect_guess *guess;
	size_t nguesses;
	bool *seen; /* (classes): has it a truth or a guess? */
};

int
boxes_figures_init(
    struct boxes_figures *f, size_t classes, int dontcare, double shown)
{
	const struct detect_options coco = { .rule = DETECT_COCO,
		.classes = classes };
	const struct detect_options voc = { .rule = DETECT_VOC,
		.classes = classes };

	memset(f, 0, sizeof(*f));
	f->classes = classes;
	f->dontcare = dontcare;
	f->shown = shown;
	f->digits = mem_array(struct digits_map, classes + 1);
	f->truths = mem_array(uint64_t, classes + 1);
	f->guesses = mem_array(uint64_t, classes + 1);
	TRY(detect_init(&f->coco, &coco));
	return detect_init(&f->voc, &voc);
}

void
boxes_figures_clear(struct boxes_figures *f)
{
	detect_clear(&f->coco);
	detect_clear(&f->voc);
	mem_free(f->digits);
	mem_free(f->truths);
	mem_free(f->guesses);
	memset(f, 0, sizeof(*f));
}

/* A number of a row as a class that there is; -1: it is none. */
static int
class_in(const struct boxes_figures *f, float v)
{
	return v >= 0 && v < (float)f->classes && v == floorf(v) ? (int)v : -1;
}

static void
put_truth(struct picture *p, const struct detect_truth *t)
{
	mem_grow(&p->truth, &p->cap, p->ntruths + 1);
	p->truth[p->ntruths++] = *t;
}

/* What is guessed there is wrong for no class. */
static void
add_dontcare(
    const struct boxes_figures *f, struct picture *p, struct detect_truth t)
{
	t.aside = t.crowd = true;
	for (size_t c = 0; c < f->classes; c++) {
		t.class = (int)c;
		if (p->seen[c])
			put_truth(p, &t);
	}
}

static void
add_truth(struct boxes_figures *f, struct picture *p, const float *row)
{
	struct detect_truth t = { .box = { row[0], row[1],
				      (double)row[0] + row[2],
				      (double)row[1] + row[3] },
		.class = class_in(f, row[ROW_CLASS]) };
	const int aside = class_in(f, row[ROW_ASIDE]);

	if (metric_box_check(&t.box) < 0 || t.class < 0) {
		f->unsound++;
		return;
	}
	if (t.class != f->dontcare) {
		f->truths[t.class]++;
		p->seen[t.class] = true;
		put_truth(p, &t);
		return;
	}
	if (aside <= 0) {
		add_dontcare(f, p, t);
		return;
	}
	t.class = aside;
	t.aside = true;
	put_truth(p, &t);
}

static void
add_guesses(
    struct boxes_figures *f, struct picture *p, const struct net_boxes *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct net_box *v = &b->v[i];

		if (v->class < 0 || (size_t)v->class >= f->classes) {
			f->outside++;
			continue;
		}
		f->guesses[v->class] += v->score >= f->shown;
		p->seen[v->class] = true;
		p->guess[p->nguesses++] =
		    (struct detect_guess){ v->box, v->class, v->score };
	}
}

/* DIGITS's figures of one class; two lists of room enough. */
static int
add_digits(struct boxes_figures *f, const struct picture *p, int class,
    struct metric_box *truth, struct metric_box *guess)
{
	size_t truths = 0, guesses = 0;

	for (size_t i = 0; i < p->ntruths; i++)
		if (p->truth[i].class == class && !p->truth[i].aside)
			truth[truths++] = p->truth[i].box;
	for (size_t i = 0; i < p->nguesses; i++)
		if (p->guess[i].class == class && p->guess[i].score >= f->shown)
			guess[guesses++] = p->guess[i].box;
	return digits_map_add(&f->digits[class], truth, truths, guess, guesses);
}

static int
add_picture(struct boxes_figures *f, const struct picture *p)
{
	struct metric_box *truth = mem_array(struct metric_box, p->ntruths + 1);
	struct metric_box *guess =
	    mem_array(struct metric_box, p->nguesses + 1);
	int rc;

	rc = detect_add(&f->coco, p->truth, p->ntruths, p->guess, p->nguesses);
	if (rc >= 0)
		rc = detect_add(
		    &f->voc, p->truth, p->ntruths, p->guess, p->nguesses);
	for (size_t c = 0; rc >= 0 && c < f->classes; c++)
		if (p->seen[c])
			rc = add_digits(f, p, (int)c, truth, guess);
	mem_free(truth);
	mem_free(guess);
	return rc;
}

int
boxes_figures_add(struct boxes_figures *f, const float *rows, size_t n,
    const struct net_boxes *guesses)
{
	struct picture p = { 0 };
	int rc;

	p.seen = mem_array(bool, f->classes + 1);
	p.guess = mem_array(struct detect_guess, guesses->n + 1);
	add_guesses(f, &p, guesses);
	for (size_t i = 0; i < n; i++)
		add_truth(f, &p, rows + i * ROW);
	rc = add_picture(f, &p);
	f->pictures++;
	mem_free(p.seen);
	mem_free(p.truth);
	mem_free(p.guess);
	return rc;
}

void
boxes_figures_batch(struct boxes_figures *f)
{
	for (size_t c = 0; c < f->classes; c++)
		digits_map_batch(&f->digits[c]);
}

/* DIGITS's of class c, or the means of those of which there are truths. */
static void
digits_values(const struct boxes_figures *f, size_t c, double *out)
{
	double sum[3] = { 0 }, n = 0;

	for (size_t k = 0; k < f->classes; k++) {
		const struct digits_map_means m =
		    digits_map_means(&f->digits[k]);

		if ((c < f->classes && c != k) || f->truths[k] == 0)
			continue;
		sum[0] += m.map / 100;
		sum[1] += m.precision / 100;
		sum[2] += m.recall / 100;
		n++;
	}
	for (int i = 0; i < 3; i++)
		out[i] = n > 0 ? sum[i] / n : NAN;
}

void
boxes_figures_values(
    struct boxes_figures *f, size_t c, double out[BOXES_FIGURES])
{
	const struct detect_ask half = { .threshold = 0 };
	struct detect_counts n;

	detect_figures(&f->coco, c, out);
	for (int i = 0; i < 2; i++) {
		const enum curve_kind kind = i == 0 ? CURVE_VOC11 : CURVE_ALL;

		out[BOXES_VOC07 + i] = c < f->classes
		    ? detect_ap(&f->voc, c, kind, &half)
		    : detect_mean_ap(&f->voc, kind, &half);
	}
	n = detect_counts(&f->coco, c, f->shown, &half);
	out[BOXES_PRECISION] =
	    n.right + n.wrong > 0 ? detect_counts_precision(&n) : NAN;
	out[BOXES_RECALL] =
	    n.right + n.missed > 0 ? detect_counts_recall(&n) : NAN;
	digits_values(f, c, &out[BOXES_DIGITS_MAP]);
}
