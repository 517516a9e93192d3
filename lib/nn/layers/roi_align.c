/*
 * ROIAlign (Mask R-CNN, He et al., 2017): windows of a feature map (roi.h)
 * brought to one size without rounding.  A bin is the mean of sampling_ratio x
 * sampling_ratio points in it, each between the four places around it; 0 or less:
 * as many points as the bin has places, a begun one counted, LAYER_ROI_POINTS_MAX a side at
 * most.  Points off the map by more than a place are 0.  The largest instead of the
 * mean: roi_max.c.
 *
 * Being between four places is a product of one weight along each side, so the mean
 * of a bin is too: the weights of a side are summed once for all channels and bins.
 * Host code.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/roi_align.h"

enum { WEIGHTS_MAX = 1 << 24 };

static const Caffe__ROIAlignParameter none = CAFFE__ROIALIGN_PARAMETER__INIT;

/* The weights of the places along a side, of one bin: [from, to). */
struct bin {
	int64_t from, to;
	const float *weight; /* of all places */
};

int
layer_roi_side(const struct layer_roi_align *a, double from, double to,
    int64_t n, double *begin, double *each)
{
	const double size = to * a->roi.scale - from * a->roi.scale;

	*begin = from * a->roi.scale - (a->half_pixel ? 0.5 : 0);
	*each = (a->half_pixel ? size : fmax(size, 1)) / (double)n;
	if (a->ratio > 0)
		return a->ratio;
	return *each > 0 ? (int)fmin(ceil(*each), LAYER_ROI_POINTS_MAX) : 0;
}

/* The bins of a side of a window; v holds n bins of len weights. */
static void
side_bins(const struct layer_roi_align *a, double from, double to, int64_t n,
    int64_t len, struct bin *b, float *v)
{
	double begin, each;
	const int points = layer_roi_side(a, from, to, n, &begin, &each);

	memset(v, 0, (size_t)(n * len) * sizeof(*v));
	for (int64_t i = 0; i < n; i++, v += len) {
		b[i] = (struct bin){ len, 0, v };
		for (int k = 0; k < points; k++) {
			double p =
			    begin + ((double)i + (k + 0.5) / points) * each;
			int64_t at;

			if (!(p >= -1 && p <= (double)len))
				continue;
			p = fmin(fmax(p, 0), (double)(len - 1));
			at = (int64_t)p;
			p -= (double)at;
			v[at] += (float)((1 - p) / points);
			if (p > 0)
				v[at + 1] += (float)(p / points);
			b[i].from = at < b[i].from ? at : b[i].from;
			at += p > 0 ? 2 : 1;
			b[i].to = at > b[i].to ? at : b[i].to;
		}
	}
}

/* What is worked with, of one window. */
struct window {
	struct bin *row, *column;
	float *weights;
};

static void
window_open(struct window *w, const struct layer_roi *r)
{
	w->row = mem_array(struct bin, (size_t)(r->rows + r->columns));
	w->column = w->row + r->rows;
	w->weights = mem_array(
	    float, (size_t)(r->rows * r->height + r->columns * r->width));
}

static void
window_close(struct window *w)
{
	mem_free(w->row);
	mem_free(w->weights);
}

static double
bin_mean(const struct layer_roi *r, const struct bin *row,
    const struct bin *column, const float *map)
{
	double sum = 0;

	for (int64_t y = row->from; y < row->to; y++) {
		double line = 0;

		for (int64_t x = column->from; x < column->to; x++)
			line +=
			    (double)column->weight[x] * map[y * r->width + x];
		sum += row->weight[y] * line;
	}
	return sum;
}

static void
bin_grad(const struct layer_roi *r, const struct bin *row,
    const struct bin *column, float dy, float *map)
{
	for (int64_t y = row->from; y < row->to; y++)
		for (int64_t x = column->from; x < column->to; x++)
			map[y * r->width + x] +=
			    dy * row->weight[y] * column->weight[x];
}

/* All bins: y from x, or, where dx is set, dx from y. */
static int
for_bins(const struct layer_roi_align *a, const float *windows, const float *x,
    float *y, const float *dy, float *dx)
{
	const struct layer_roi *r = &a->roi;
	const int64_t bins = r->rows * r->columns;
	const size_t map = (size_t)(r->height * r->width);
	struct window w;
	int rc = 0;

	window_open(&w, r);
	for (int64_t n = 0; n < r->windows && rc >= 0; n++) {
		const float *v = windows + n * LAYER_ROI;
		size_t at = (size_t)(n * r->out * bins), from;
		int64_t picture;

		rc = layer_roi_picture(r, v, n, &picture);
		if (rc <= 0)
			continue;
		side_bins(a, v[2], v[4], r->rows, r->height, w.row, w.weights);
		side_bins(a, v[1], v[3], r->columns, r->width, w.column,
		    w.weights + r->rows * r->height);
		from = (size_t)(picture * r->channels) * map;
		for (int64_t i = 0; i < r->channels * bins; i++, at++) {
			const struct bin *row = &w.row[i % bins / r->columns];
			const struct bin *column = &w.column[i % r->columns];
			const size_t m = from + (size_t)(i / bins) * map;

			if (dx != NULL)
				bin_grad(r, row, column, dy[at], dx + m);
			else
				y[at] = (float)bin_mean(r, row, column, x + m);
		}
	}
	window_close(&w);
	return rc;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct layer_roi_align *a = state;
	const struct layer_roi *r = &a->roi;

	(void)env;
	memset(out[0], 0,
	    (size_t)(r->windows * r->out * r->rows * r->columns) *
		sizeof(float));
	TRY((a->max ? layer_roi_max : for_bins)(
	    a, in[1], in[0], out[0], NULL, NULL));
	return 0;
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct layer_roi_align *a = state;
	const struct layer_roi *r = &a->roi;

	(void)env;
	(void)out;
	if (din[0] == NULL)
		return 0;
	memset(din[0], 0,
	    (size_t)(r->pictures * r->channels * r->height * r->width) *
		sizeof(float));
	TRY((a->max ? layer_roi_max : for_bins)(
	    a, in[1], in[0], NULL, dout[0], din[0]));
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__ROIAlignParameter *p =
	    LAYER_PARAM(l, roi_align_param, &none);
	union op_attr a = { .custom = { .nin = 2,
				.nout = 1,
				.forward = forward,
				.backward = backward } };
	struct layer_roi_align *s = mem_new(struct layer_roi_align);

	l->state = a.custom.state = s;
	s->ratio = p->sampling_ratio;
	s->half_pixel = p->half_pixel;
	s->max = p->mode == CAFFE__ROIALIGN_PARAMETER__MODE__MAX;
	s->roi.out = layer_shape(l, 0)->n == 4 ? layer_shape(l, 0)->d[1] : 1;
	s->roi.rows = p->pooled_h;
	s->roi.columns = p->pooled_w;
	s->roi.scale = p->spatial_scale;
	if (s->ratio > LAYER_ROI_POINTS_MAX)
		return err_set(ERR_RANGE, "sampling_ratio %d is above %d",
		    s->ratio, LAYER_ROI_POINTS_MAX);
	TRY(layer_roi_shapes(&s->roi, l, &a.custom.shape[0]));
	if (s->roi.rows * s->roi.height > WEIGHTS_MAX ||
	    s->roi.columns * s->roi.width > WEIGHTS_MAX)
		return err_set(ERR_RANGE,
		    "%lldx%lld bins of a map of %lldx%lld are too many",
		    (long long)s->roi.rows, (long long)s->roi.columns,
		    (long long)s->roi.height, (long long)s->roi.width);
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_roi_align = { "ROIAlign", 2, 2, 1, 1,
	.emit = emit, .no_grad = 2, .free = release };
