/* Pictures into guesses that are right or wrong: see detect.h. */
#include "metric/detect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "metric/detect_int.h"

static int
check_options(const struct detect_options *o)
{
	if (o->classes < 1 || o->classes > INT32_MAX)
		return err_set(ERR_RANGE, "boxes without classes");
	if (o->nthresholds > DETECT_THRESHOLDS)
		return err_set(ERR_RANGE, "%zu thresholds of IoU: at most %d",
		    o->nthresholds, DETECT_THRESHOLDS);
	for (size_t i = 0; i < o->nthresholds; i++)
		if (!(o->thresholds[i] > 0 && o->thresholds[i] <= 1))
			return err_set(ERR_RANGE,
			    "threshold of IoU %g: it lies above 0, up to 1",
			    o->thresholds[i]);
	return 0;
}

int
detect_init(struct detect *d, const struct detect_options *o)
{
	memset(d, 0, sizeof(*d));
	TRY(check_options(o));
	d->o = *o;
	if (d->o.most == 0 || d->o.most > UINT32_MAX)
		d->o.most = DETECT_MOST;
	if (d->o.nthresholds == 0) {
		d->o.nthresholds = o->rule == DETECT_COCO ? 10 : 1;
		/* As numpy's linspace has them, which cocoeval asks. */
		for (size_t i = 0; i < d->o.nthresholds; i++)
			d->o.thresholds[i] =
			    i == 9 ? 0.95 : 0.5 + (double)i * (0.45 / 9);
	}
	d->truths = mem_array(uint64_t, o->classes * DETECT_AREAS);
	d->first = mem_array(size_t, o->classes + 1);
	return 0;
}

void
detect_clear(struct detect *d)
{
	mem_free(d->truths);
	mem_free(d->kept);
	mem_free(d->first);
	mem_free(d->right);
	memset(d, 0, sizeof(*d));
}

static int
check_class(const struct detect *d, int class)
{
	if (class < 0 || (size_t) class >= d->o.classes)
		return err_set(ERR_RANGE, "class %d: there are 0 to %zu", class,
		    d->o.classes - 1);
	return 0;
}

static int
check(const struct detect *d, const struct detect_truth *truths, size_t nt,
    const struct detect_guess *guesses, size_t ng)
{
	for (size_t i = 0; i < nt; i++) {
		TRY(metric_box_check(&truths[i].box));
		TRY(check_class(d, truths[i].class));
		if (!(truths[i].area >= 0 && isfinite(truths[i].area)))
			return err_set(
			    ERR_FORMAT, "area %g of an object", truths[i].area);
	}
	for (size_t i = 0; i < ng; i++) {
		TRY(metric_box_check(&guesses[i].box));
		TRY(check_class(d, guesses[i].class));
		if (!isfinite(guesses[i].score))
			return err_set(
			    ERR_FORMAT, "score %g of a box", guesses[i].score);
	}
	return 0;
}

/* Sorted by class (guesses by falling score, too), of equals the first first. */
static int
by_class(const void *va, const void *vb)
{
	const struct detect_truth *a = *(const struct detect_truth *const *)va;
	const struct detect_truth *b = *(const struct detect_truth *const *)vb;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	return (a > b) - (a < b);
}

static int
by_score(const void *va, const void *vb)
{
	const struct detect_guess *a = *(const struct detect_guess *const *)va;
	const struct detect_guess *b = *(const struct detect_guess *const *)vb;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return (a > b) - (a < b);
}

/* Copies in that order. */
static void *
sorted(const void *v, size_t n, size_t size,
    int (*cmp)(const void *, const void *))
{
	const char *from = v;
	const char **p = mem_array(const char *, n + 1);
	char *out = mem_calloc(n + 1, size);

	for (size_t i = 0; i < n; i++)
		p[i] = from + i * size;
	qsort(p, n, sizeof(*p), cmp);
	for (size_t i = 0; i < n; i++)
		memcpy(out + i * size, p[i], size);
	mem_free(p);
	return out;
}

/* One picture at work. */
struct picture {
	struct detect_truth *truths;
	struct detect_guess *guesses;
	size_t nt, ng;
	uint64_t *taken;
	double *shares;
	struct detect_kept *kept;
	size_t nkept;
};

static void
count_truth(struct detect *d, const struct detect_truth *t)
{
	double area = detect_truth_area(t);

	for (size_t a = 0; a < detect_areas(d); a++)
		d->truths[(size_t)t->class * DETECT_AREAS + a] += !t->aside &&
		    !t->crowd &&
		    (d->o.rule == DETECT_VOC ||
			(area >= detect_ranges[a][0] &&
			    area <= detect_ranges[a][1]));
}

/* The guesses of each class, with its truths. */
static void
match(const struct detect *d, struct picture *p)
{
	size_t t = 0;

	for (size_t g = 0; g < p->ng;) {
		int class = p->guesses[g].class;
		size_t g1 = g, t1, n;

		while (g1 < p->ng && p->guesses[g1].class == class)
			g1++;
		while (t < p->nt && p->truths[t].class < class)
			t++;
		for (t1 = t; t1 < p->nt && p->truths[t1].class == class;)
			t1++;
		n = g1 - g;
		if (d->o.rule == DETECT_COCO && n > DETECT_M)
			n = DETECT_M;
		detect_match(d, p->kept + p->nkept, p->truths + t, t1 - t,
		    p->guesses + g, n, p->taken + t, p->shares);
		p->nkept += n;
		g = g1;
		t = t1;
	}
}

static int
keep(struct detect *d, const struct picture *p)
{
	if (p->nkept > d->o.most - d->nkept)
		return err_set(ERR_RANGE,
		    "more than %zu boxes were guessed: raise the score that "
		    "they need",
		    d->o.most);
	mem_grow(&d->kept, &d->cap, d->nkept + p->nkept);
	for (size_t i = 0; i < p->nkept; i++) {
		d->kept[d->nkept] = p->kept[i];
		d->kept[d->nkept].order = (uint32_t)d->nkept;
		d->nkept++;
	}
	d->sorted = false;
	return 0;
}

int
detect_add(struct detect *d, const struct detect_truth *truths, size_t ntruths,
    const struct detect_guess *guesses, size_t nguesses)
{
	struct picture p = { .nt = ntruths, .ng = nguesses };
	int rc;

	TRY(check(d, truths, ntruths, guesses, nguesses));
	p.truths = sorted(truths, ntruths, sizeof(*truths), by_class);
	p.guesses = sorted(guesses, nguesses, sizeof(*guesses), by_score);
	p.taken = mem_array(uint64_t, ntruths + 1);
	p.shares = mem_array(double, ntruths + 1);
	p.kept = mem_array(struct detect_kept, nguesses + 1);
	match(d, &p);
	rc = keep(d, &p);
	if (rc == 0) {
		for (size_t i = 0; i < ntruths; i++)
			count_truth(d, &truths[i]);
		d->pictures++;
	}
	mem_free(p.truths);
	mem_free(p.guesses);
	mem_free(p.taken);
	mem_free(p.shares);
	mem_free(p.kept);
	return rc;
}
