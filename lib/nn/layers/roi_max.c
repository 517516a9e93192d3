/*
 * ROIAlign whose bins are the largest of their points (ONNX RoiAlign, mode max): of
 * each point its four corners count by themselves, each times its weight.
 */
#include <math.h>

#include "base/mem.h"
#include "nn/layers/roi_align.h"

/* A point of a side: the places before and behind it, and their weights; off: too
 * far off the map. */
struct point {
	int64_t at[2];
	double weight[2];
	bool off;
};

/* The points of a side of a window, bin by bin; returns how many a bin has. */
static int
side_points(const struct layer_roi_align *a, double from, double to, int64_t n,
    int64_t len, struct point **out)
{
	double begin, each;
	const int points = layer_roi_side(a, from, to, n, &begin, &each);
	struct point *p = mem_array(struct point, (size_t)(n * points) + 1);

	*out = p;
	for (int64_t i = 0; i < n * points; i++) {
		double v = begin +
		    ((double)(i / points) +
			((double)(i % points) + 0.5) / points) *
			each;

		p[i].off = !(v >= -1 && v <= (double)len);
		if (p[i].off)
			continue;
		v = fmin(fmax(v, 0), (double)(len - 1));
		p[i].at[0] = (int64_t)v;
		p[i].at[1] = p[i].at[0] + 1 < len ? p[i].at[0] + 1 : p[i].at[0];
		p[i].weight[1] = v - (double)p[i].at[0];
		p[i].weight[0] = 1 - p[i].weight[1];
	}
	return points;
}

struct best {
	double value, weight;
	int64_t at;
	bool any;
};

static void
look(struct best *b, const float *map, int64_t width, const struct point *y,
    const struct point *x)
{
	for (int k = 0; k < 4; k++) {
		const int64_t at =
		    y->off || x->off ? 0 : y->at[k / 2] * width + x->at[k % 2];
		const double w =
		    y->off || x->off ? 0 : y->weight[k / 2] * x->weight[k % 2];
		const double v = w * (double)map[at];

		if (b->any && !(v > b->value))
			continue;
		*b = (struct best){ v, w, at, true };
	}
}

/* The best of bin (row, column) of a map. */
static struct best
bin_best(const float *map, int64_t width, const struct point *row, int rows,
    const struct point *column, int columns)
{
	struct best b = { 0 };

	for (int i = 0; i < rows; i++)
		for (int k = 0; k < columns; k++)
			look(&b, map, width, &row[i], &column[k]);
	return b;
}

int
layer_roi_max(const struct layer_roi_align *a, const float *windows,
    const float *x, float *y, const float *dy, float *dx)
{
	const struct layer_roi *r = &a->roi;
	const int64_t bins = r->rows * r->columns;
	const size_t map = (size_t)(r->height * r->width);
	int rc = 0;

	for (int64_t n = 0; n < r->windows && rc >= 0 && map > 0; n++) {
		const float *v = windows + n * LAYER_ROI;
		struct point *row = NULL, *column = NULL;
		size_t at = (size_t)(n * r->out * bins);
		int64_t picture = 0;
		int rows, columns;

		rc = layer_roi_picture(r, v, n, &picture);
		if (rc <= 0)
			continue;
		rows = side_points(
		    a, (double)v[2], (double)v[4], r->rows, r->height, &row);
		columns = side_points(a, (double)v[1], (double)v[3], r->columns,
		    r->width, &column);
		for (int64_t i = 0; i < r->channels * bins; i++, at++) {
			const size_t m =
			    (size_t)(picture * r->channels + i / bins) * map;
			const struct best b = bin_best(x + m, r->width,
			    row + i % bins / r->columns * rows, rows,
			    column + i % r->columns * columns, columns);

			if (dx != NULL)
				dx[m + (size_t)b.at] +=
				    (float)((double)dy[at] * b.weight);
			else
				y[at] = (float)b.value;
		}
		mem_free(row);
		mem_free(column);
	}
	return rc < 0 ? rc : 0;
}
