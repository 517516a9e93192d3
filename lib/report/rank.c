/* Curves of ranked scores: see rank.h. */
#include "report/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* How far a curve goes before its next point, as the sum of both ways: no curve here
 * is longer than 2 in one, and precision is mostly quiet. */
static const double step_least = 4.0 / RANK_POINTS;

struct ranked {
	float score;
	bool is;
};

static int
by_score(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->score < y->score) - (x->score > y->score);
}

static void
add(struct rank_line *l, double x, double y, bool last)
{
	const double *at = l->n > 0 ? l->xy + 2 * (l->n - 1) : NULL;

	if (at != NULL && !last &&
	    (fabs(x - at[0]) + fabs(y - at[1]) < step_least ||
		l->n >= RANK_POINTS))
		return;
	l->xy[2 * l->n] = x;
	l->xy[2 * l->n + 1] = y;
	l->n++;
}

static struct ranked *
sorted(const float *score, size_t step, const bool *is, size_t n)
{
	struct ranked *v = mem_array(struct ranked, n + 1);

	for (size_t i = 0; i < n; i++) {
		v[i].score =
		    isnan(score[i * step]) ? -INFINITY : score[i * step];
		v[i].is = is[i];
	}
	qsort(v, n, sizeof(*v), by_score);
	return v;
}

void
rank_make(
    struct rank *r, const float *score, size_t step, const bool *is, size_t n)
{
	struct ranked *v = sorted(score, step, is, n);
	double tp = 0, fp = 0, area = 0, ap = 0, p, q;

	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < n; i++)
		r->positives += is[i];
	r->negatives = n - r->positives;
	r->auc = r->ap = (double)NAN;
	p = (double)r->positives;
	q = (double)r->negatives;
	if (p > 0 && q > 0)
		add(&r->roc, 0, 0, false);
	for (size_t i = 0; i < n && p > 0;) {
		const double tp0 = tp, fp0 = fp;
		const float now = v[i].score;

		for (; i < n && v[i].score == now; i++) {
			tp += v[i].is;
			fp += !v[i].is;
		}
		area += (fp - fp0) * (tp + tp0) / 2;
		ap += (tp - tp0) / p * tp / (tp + fp);
		if (q > 0)
			add(&r->roc, fp / q, tp / p, i == n);
		add(&r->pr, tp / p, tp / (tp + fp), i == n);
	}
	if (p > 0)
		r->ap = ap;
	if (p > 0 && q > 0)
		r->auc = area / p / q;
	mem_free(v);
}
