/* Which guess has found which truth: see detect.h. */
#include "metric/detect_int.h"

#include <math.h>
#include <string.h>

/* "More" is what cocoeval has for it. */
const double detect_ranges[DETECT_AREAS][2] = { { 0, 1e10 }, { 0, 1024 },
	{ 1024, 9216 }, { 9216, 1e10 } };

size_t
detect_areas(const struct detect *d)
{
	return d->o.rule == DETECT_COCO ? DETECT_AREAS : 1;
}

double
detect_truth_area(const struct detect_truth *t)
{
	return t->area > 0 ? t->area : metric_box_area(&t->box);
}

static bool
outside(double area, size_t a)
{
	return area < detect_ranges[a][0] || area > detect_ranges[a][1];
}

static void
voc(const struct detect *d, struct detect_kept *k, const struct detect_guess *g,
    const struct detect_truth *truths, size_t n, uint64_t *taken)
{
	size_t at = 0;
	double best = -1;

	for (size_t i = 0; i < n; i++) {
		double iou = metric_box_iou(&g->box, &truths[i].box);

		if (iou > best) {
			best = iou;
			at = i;
		}
	}
	for (size_t t = 0; t < d->o.nthresholds; t++) {
		uint64_t bit = (uint64_t)1 << t;

		if (best < d->o.thresholds[t])
			continue;
		if (truths[at].aside || truths[at].crowd)
			k->aside[DETECT_ALL] |= (uint16_t)bit;
		else if (!(taken[at] & bit))
			k->right[DETECT_ALL] |= (uint16_t)bit;
		taken[at] |= bit;
	}
}

/* The truth to be taken at an area and a threshold, of those set aside or of those
 * that are not; n when none is. */
static size_t
candidate(const struct detect_truth *truths, size_t n, const double *shares,
    const uint64_t *taken, size_t a, size_t t, double threshold, bool aside)
{
	uint64_t bit = (uint64_t)1 << (a * DETECT_THRESHOLDS + t);
	double best = fmin(threshold, 1 - 1e-10);
	size_t at = n;

	for (size_t i = 0; i < n; i++) {
		const struct detect_truth *g = &truths[i];
		bool is =
		    g->aside || g->crowd || outside(detect_truth_area(g), a);

		if (is != aside || shares[i] < best ||
		    ((taken[i] & bit) && !g->crowd))
			continue;
		best = shares[i];
		at = i;
	}
	return at;
}

static void
coco(const struct detect *d, struct detect_kept *k,
    const struct detect_guess *g, const struct detect_truth *truths, size_t n,
    uint64_t *taken, double *shares)
{
	double area = metric_box_area(&g->box);

	for (size_t i = 0; i < n; i++)
		shares[i] = truths[i].crowd
		    ? metric_box_cover(&g->box, &truths[i].box)
		    : metric_box_iou(&g->box, &truths[i].box);
	for (size_t a = 0; a < DETECT_AREAS; a++)
		for (size_t t = 0; t < d->o.nthresholds; t++) {
			double threshold = d->o.thresholds[t];
			size_t at = candidate(
			    truths, n, shares, taken, a, t, threshold, false);
			bool aside = at == n;

			if (at == n)
				at = candidate(truths, n, shares, taken, a, t,
				    threshold, true);
			if (at < n)
				taken[at] |= (uint64_t)1
				    << (a * DETECT_THRESHOLDS + t);
			if (at < n && !aside)
				k->right[a] |= (uint16_t)(1u << t);
			else if (at < n || outside(area, a))
				k->aside[a] |= (uint16_t)(1u << t);
		}
}

void
detect_match(const struct detect *d, struct detect_kept *out,
    const struct detect_truth *truths, size_t ntruths,
    const struct detect_guess *guesses, size_t nguesses, uint64_t *taken,
    double *shares)
{
	for (size_t i = 0; i < nguesses; i++) {
		memset(&out[i], 0, sizeof(out[i]));
		out[i].score = guesses[i].score;
		out[i].class = (uint32_t)guesses[i].class;
		out[i].rank = (uint32_t)i;
		if (d->o.rule == DETECT_COCO)
			coco(d, &out[i], &guesses[i], truths, ntruths, taken,
			    shares);
		else
			voc(d, &out[i], &guesses[i], truths, ntruths, taken);
	}
}
