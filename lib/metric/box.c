/* What two boxes share: see box.h. */
#include "metric/box.h"

#include <math.h>

#include "base/err.h"

int
metric_box_check(const struct metric_box *b)
{
	if (!isfinite(b->left) || !isfinite(b->top) || !isfinite(b->right) ||
	    !isfinite(b->bottom))
		return err_set(ERR_FORMAT,
		    "a box from (%g, %g) to (%g, %g): its edges are no numbers",
		    b->left, b->top, b->right, b->bottom);
	if (b->right < b->left || b->bottom < b->top)
		return err_set(ERR_FORMAT,
		    "a box from (%g, %g) to (%g, %g): its edges are swapped",
		    b->left, b->top, b->right, b->bottom);
	return 0;
}

double
metric_box_area(const struct metric_box *b)
{
	return (b->right - b->left) * (b->bottom - b->top);
}

static double
shared(const struct metric_box *a, const struct metric_box *b)
{
	double w = fmin(a->right, b->right) - fmax(a->left, b->left);
	double h = fmin(a->bottom, b->bottom) - fmax(a->top, b->top);

	return w > 0 && h > 0 ? w * h : 0;
}

static double
share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

double
metric_box_iou(const struct metric_box *a, const struct metric_box *b)
{
	double both = shared(a, b);

	return share(both, metric_box_area(a) + metric_box_area(b) - both);
}

double
metric_box_cover(const struct metric_box *a, const struct metric_box *b)
{
	return share(shared(a, b), metric_box_area(a));
}

double
metric_box_giou(const struct metric_box *a, const struct metric_box *b)
{
	struct metric_box c = { fmin(a->left, b->left), fmin(a->top, b->top),
		fmax(a->right, b->right), fmax(a->bottom, b->bottom) };
	double both = shared(a, b), around = metric_box_area(&c);
	double either = metric_box_area(a) + metric_box_area(b) - both;

	return share(both, either) - share(around - either, around);
}
