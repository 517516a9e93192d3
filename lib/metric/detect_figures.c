/* Figures of guesses that are right or wrong: see detect.h. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "metric/detect_int.h"

const char *const detect_names[DETECT_FIGURES] = { "AP", "AP50", "AP75",
	"APsmall", "APmedium", "APlarge", "AR1", "AR10", "AR100", "ARsmall",
	"ARmedium", "ARlarge" };

static int
compare(const void *va, const void *vb)
{
	const struct detect_kept *a = va, *b = vb;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static void
sort(struct detect *d)
{
	size_t at = 0;

	if (d->sorted)
		return;
	if (d->nkept > 0)
		qsort(d->kept, d->nkept, sizeof(*d->kept), compare);
	for (size_t c = 0; c <= d->o.classes; c++) {
		while (at < d->nkept && d->kept[at].class < c)
			at++;
		d->first[c] = at;
	}
	d->sorted = true;
}

static uint64_t
truths(const struct detect *d, size_t c, const struct detect_ask *a)
{
	return d->truths[c * DETECT_AREAS + a->area];
}

/* Does a guess count?  1: it is right, 0: it is wrong; else -1. */
static int
verdict(const struct detect *d, const struct detect_kept *k,
    const struct detect_ask *a)
{
	if (a->m > 0 && d->o.rule == DETECT_COCO && k->rank >= a->m)
		return -1;
	if (k->aside[a->area] >> a->threshold & 1)
		return -1;
	return k->right[a->area] >> a->threshold & 1;
}

double
detect_ap(struct detect *d, size_t c, enum curve_kind kind,
    const struct detect_ask *a)
{
	size_t n = 0;

	sort(d);
	mem_grow(&d->right, &d->caps, d->first[c + 1] - d->first[c] + 1);
	for (size_t i = d->first[c]; i < d->first[c + 1]; i++) {
		int is = verdict(d, &d->kept[i], a);

		if (is >= 0)
			d->right[n++] = is == 1;
	}
	return curve_ap(kind, d->right, n, truths(d, c, a));
}

/* Of one class. */
static struct detect_counts
counts(struct detect *d, size_t c, double score, const struct detect_ask *a)
{
	struct detect_counts n = { 0 };

	for (size_t i = d->first[c];
	     i < d->first[c + 1] && d->kept[i].score >= score; i++) {
		int is = verdict(d, &d->kept[i], a);

		n.right += is == 1;
		n.wrong += is == 0;
	}
	n.missed = truths(d, c, a) - n.right;
	return n;
}

struct detect_counts
detect_counts(
    struct detect *d, size_t c, double score, const struct detect_ask *a)
{
	struct detect_counts sum = { 0 };

	sort(d);
	if (c < d->o.classes)
		return counts(d, c, score, a);
	for (size_t i = 0; i < d->o.classes; i++) {
		struct detect_counts n = counts(d, i, score, a);

		sum.right += n.right;
		sum.wrong += n.wrong;
		sum.missed += n.missed;
	}
	return sum;
}

static double
share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

double
detect_counts_precision(const struct detect_counts *n)
{
	return share(n->right, n->right + n->wrong);
}

double
detect_counts_recall(const struct detect_counts *n)
{
	return share(n->right, n->right + n->missed);
}

double
detect_recall(struct detect *d, size_t c, const struct detect_ask *a)
{
	struct detect_counts n;

	if (truths(d, c, a) == 0)
		return (double)NAN;
	n = detect_counts(d, c, (double)-INFINITY, a);
	return detect_counts_recall(&n);
}

/* A mean of what is a number. */
struct mean {
	double sum;
	size_t n;
};

static void
mean_add(struct mean *m, double v)
{
	if (isnan(v))
		return;
	m->sum += v;
	m->n++;
}

static double
mean_of(const struct mean *m)
{
	return m->n > 0 ? m->sum / (double)m->n : (double)NAN;
}

double
detect_mean_ap(
    struct detect *d, enum curve_kind kind, const struct detect_ask *a)
{
	struct mean m = { 0 };

	for (size_t c = 0; c < d->o.classes; c++)
		mean_add(&m, detect_ap(d, c, kind, a));
	return mean_of(&m);
}

/* What a figure is: at one threshold or at all of them. */
static const struct {
	enum detect_area area;
	double threshold; /* 0: the mean over all */
	size_t m;
	bool recall;
} asked[DETECT_FIGURES] = {
	[DETECT_AP] = { DETECT_ALL, 0, 100, false },
	[DETECT_AP50] = { DETECT_ALL, 0.5, 100, false },
	[DETECT_AP75] = { DETECT_ALL, 0.75, 100, false },
	[DETECT_AP_SMALL] = { DETECT_SMALL, 0, 100, false },
	[DETECT_AP_MEDIUM] = { DETECT_MEDIUM, 0, 100, false },
	[DETECT_AP_LARGE] = { DETECT_LARGE, 0, 100, false },
	[DETECT_AR1] = { DETECT_ALL, 0, 1, true },
	[DETECT_AR10] = { DETECT_ALL, 0, 10, true },
	[DETECT_AR100] = { DETECT_ALL, 0, 100, true },
	[DETECT_AR_SMALL] = { DETECT_SMALL, 0, 100, true },
	[DETECT_AR_MEDIUM] = { DETECT_MEDIUM, 0, 100, true },
	[DETECT_AR_LARGE] = { DETECT_LARGE, 0, 100, true },
};

static double
figure(struct detect *d, size_t c, size_t f)
{
	struct detect_ask a = { 0, asked[f].area, asked[f].m };
	struct mean m = { 0 };

	for (; a.threshold < d->o.nthresholds; a.threshold++) {
		if (asked[f].threshold > 0 &&
		    fabs(d->o.thresholds[a.threshold] - asked[f].threshold) >
			1e-9)
			continue;
		mean_add(&m,
		    asked[f].recall ? detect_recall(d, c, &a)
				    : detect_ap(d, c, CURVE_COCO101, &a));
	}
	return mean_of(&m);
}

void
detect_figures(struct detect *d, size_t c, double out[DETECT_FIGURES])
{
	for (size_t f = 0; f < DETECT_FIGURES; f++) {
		struct mean m = { 0 };

		if (c < d->o.classes) {
			out[f] = figure(d, c, f);
			continue;
		}
		for (size_t i = 0; i < d->o.classes; i++)
			mean_add(&m, figure(d, i, f));
		out[f] = mean_of(&m);
	}
}
