/* How right the boxes of one picture are: see view.h. */
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "dset/boxes/rows.h"
#include "infer/boxes/view.h"
#include "metric/box.h"

#define SAME 0.5 /* IoU */

/* The true box that belongs to x and is not taken, the one it covers best; n: none. */
static size_t
partner_of(const struct net_box *x, const float *rows, size_t n,
    const bool *taken, int dontcare)
{
	const struct metric_box a = { x->box.left, x->box.top, x->box.right,
		x->box.bottom };
	double best = SAME;
	size_t at = n;

	for (size_t i = 0; i < n; i++) {
		const float *r = rows + i * ROW_NUMBERS;
		const struct metric_box b = { r[ROW_LEFT], r[ROW_TOP],
			r[ROW_LEFT] + r[ROW_WIDTH],
			r[ROW_TOP] + r[ROW_HEIGHT] };
		double iou;

		if (taken[i] || !dset_row_sound(r) ||
		    dset_row_class(r) != x->class || x->class == dontcare ||
		    metric_box_check(&a) < 0)
			continue;
		iou = metric_box_iou(&a, &b);
		if (iou >= best) {
			best = iou;
			at = i;
		}
	}
	return at;
}

/* How many boxes there are to be found. */
static size_t
count_true(const float *rows, size_t n, int dontcare)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		const float *r = rows + i * ROW_NUMBERS;

		k += dset_row_sound(r) && dset_row_class(r) >= 0 &&
		    dset_row_class(r) != dontcare;
	}
	return k;
}

double
boxes_right(
    char words[BOXES_WORDS], const struct boxes_view *b, const struct answer *a)
{
	struct record r = { .n = RECORD_LABEL + 1 };
	const size_t shown = boxes_shown(b);
	const float *rows;
	size_t n, truths, right = 0;
	bool *taken;

	words[0] = '\0';
	if (a->label == NULL)
		return NAN;
	r.v[RECORD_LABEL] = *a->label;
	if (!dset_rows(&rows, &n, &r))
		return NAN;
	truths = count_true(rows, n, b->dontcare);
	taken = mem_array(bool, n + 1);
	for (size_t i = 0; i < shown; i++) {
		const size_t k =
		    partner_of(&b->boxes.v[i], rows, n, taken, b->dontcare);

		taken[k] = true; /* of n, too, which is none */
		right += k < n;
	}
	mem_free(taken);
	snprintf(words, BOXES_WORDS, "%zu of %zu found, %zu wrong", right,
	    truths, shown - right);
	return shown + truths == 0
	    ? 1
	    : 2 * (double)right / (double)(shown + truths);
}
