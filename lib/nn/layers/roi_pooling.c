/*
 * ROIPooling (Fast R-CNN, Girshick, 2015) and PSROIPooling (R-FCN, Dai et al.,
 * 2016): windows of a feature map (roi.h) brought to one size.
 *
 * ROIPooling makes the window wider by pad_ratio of its size on each side (0, but
 * for MS-CNN), rounds it to whole places, ends included, and takes the
 * greatest value of each bin.  PSROIPooling adds one pixel to the ends, does not
 * round, and takes the mean of each bin, which reads a channel of its own:
 * (c group_size + row) group_size + column.  An empty bin is 0.  Host code.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/roi.h"

static const Caffe__ROIPoolingParameter roi_none =
    CAFFE__ROIPOOLING_PARAMETER__INIT;
static const Caffe__PSROIPoolingParameter psroi_none =
    CAFFE__PSROIPOOLING_PARAMETER__INIT;

struct roi_pool {
	struct layer_roi roi;
	double pad; /* MS-CNN: share of its sides that a window is wider by */
	bool by_position; /* PSROIPooling */
};

/* One bin: places [y, y_end) x [x, x_end) of a map that begins at `map`. */
struct bin {
	size_t map;
	int64_t y, y_end, x, x_end;
};

/* Begin and size of a window along a side, in places of the map. */
static void
window_side(const struct roi_pool *p, double from, double to, double *begin,
    double *size)
{
	const double pad = (to - from + 1) * p->pad;

	if (p->by_position) {
		*begin = round(from) * p->roi.scale;
		*size = fmax((round(to) + 1) * p->roi.scale - *begin, 0.1);
		return;
	}
	*begin = round((from - pad) * p->roi.scale);
	*size = fmax(round((to + pad) * p->roi.scale) - *begin + 1, 1);
}

/* Bin i of n. */
static void
bin_side(double begin, double size, int64_t i, int64_t n, int64_t max,
    int64_t *from, int64_t *to)
{
	const double each = size / (double)n;

	*from = layer_roi_cut(floor((double)i * each + begin), max);
	*to = layer_roi_cut(ceil((double)(i + 1) * each + begin), max);
}

/* The bins of one window: empty ones of none. */
static void
window_bins(const struct roi_pool *p, const float *window, int64_t picture,
    void (*each)(void *ctx, const struct bin *b, size_t at), void *ctx,
    size_t at)
{
	const struct layer_roi *r = &p->roi;
	const size_t map = (size_t)(r->height * r->width);
	const int64_t bins = r->rows * r->columns;
	double x, y, w, h;
	struct bin b = { 0 };

	window_side(p, window[1], window[3], &x, &w);
	window_side(p, window[2], window[4], &y, &h);
	for (int64_t c = 0; c < r->out; c++)
		for (int64_t i = 0; i < bins; i++, at++) {
			const int64_t from = p->by_position ? c * bins + i : c;

			if (picture >= 0) {
				bin_side(y, h, i / r->columns, r->rows,
				    r->height, &b.y, &b.y_end);
				bin_side(x, w, i % r->columns, r->columns,
				    r->width, &b.x, &b.x_end);
				b.map = (size_t)(picture * r->channels + from) *
				    map;
			}
			each(ctx, &b, at);
		}
}

/* Call each(bin, number in the top) for all; which picture is checked. */
static int
for_bins(const struct roi_pool *p, const float *windows,
    void (*each)(void *ctx, const struct bin *b, size_t at), void *ctx)
{
	const size_t bins = (size_t)(p->roi.out * p->roi.rows * p->roi.columns);

	for (int64_t r = 0; r < p->roi.windows; r++, windows += LAYER_ROI) {
		int64_t picture = -1;

		TRY(layer_roi_picture(&p->roi, windows, r, &picture));
		window_bins(p, windows, picture, each, ctx, (size_t)r * bins);
	}
	return 0;
}

struct pooling {
	const struct roi_pool *p;
	const float *x, *dy;
	float *y, *dx;
};

/* The place of the greatest value; SIZE_MAX when the bin is empty. */
static size_t
greatest(const struct pooling *q, const struct bin *b)
{
	size_t best = SIZE_MAX, k;
	int64_t y, x;

	for (y = b->y; y < b->y_end; y++)
		for (x = b->x; x < b->x_end; x++) {
			k = b->map + (size_t)(y * q->p->roi.width + x);
			if (best == SIZE_MAX || q->x[k] > q->x[best])
				best = k;
		}
	return best;
}

static void
max_bin(void *ctx, const struct bin *b, size_t at)
{
	struct pooling *q = ctx;
	const size_t k = greatest(q, b);

	q->y[at] = k == SIZE_MAX ? 0 : q->x[k];
}

static void
max_bin_grad(void *ctx, const struct bin *b, size_t at)
{
	struct pooling *q = ctx;
	const size_t k = greatest(q, b);

	if (k != SIZE_MAX)
		q->dx[k] += q->dy[at];
}

static void
mean_bin(void *ctx, const struct bin *b, size_t at)
{
	struct pooling *q = ctx;
	const int64_t n = (b->y_end - b->y) * (b->x_end - b->x);
	double sum = 0;
	int64_t y, x;

	for (y = b->y; y < b->y_end; y++)
		for (x = b->x; x < b->x_end; x++)
			sum += q->x[b->map + (size_t)(y * q->p->roi.width + x)];
	q->y[at] = sum != 0 ? (float)(sum / (double)n) : 0;
}

static void
mean_bin_grad(void *ctx, const struct bin *b, size_t at)
{
	struct pooling *q = ctx;
	const int64_t n = (b->y_end - b->y) * (b->x_end - b->x);
	int64_t y, x;

	for (y = b->y; y < b->y_end; y++)
		for (x = b->x; x < b->x_end; x++)
			q->dx[b->map + (size_t)(y * q->p->roi.width + x)] +=
			    q->dy[at] / (float)n;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct roi_pool *p = state;
	struct pooling q = { .p = p, .x = in[0], .y = out[0] };

	(void)env;
	return for_bins(p, in[1], p->by_position ? mean_bin : max_bin, &q);
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct roi_pool *p = state;
	struct pooling q = { .p = p, .x = in[0], .dy = dout[0], .dx = din[0] };

	(void)env;
	(void)out;
	if (din[0] == NULL)
		return 0;
	memset(din[0], 0,
	    (size_t)(p->roi.pictures * p->roi.channels * p->roi.height *
		p->roi.width) *
		sizeof(float));
	return for_bins(
	    p, in[1], p->by_position ? mean_bin_grad : max_bin_grad, &q);
}

static int
add_op(struct layer *l, const struct roi_pool *wanted)
{
	union op_attr a = { .custom = { .nin = 2,
				.nout = 1,
				.forward = forward,
				.backward = backward } };
	struct roi_pool *p = mem_new(struct roi_pool);

	l->state = p;
	*p = *wanted;
	TRY(layer_roi_shapes(&p->roi, l, &a.custom.shape[0]));
	a.custom.state = p;
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
}

static int
roi_emit(struct layer *l)
{
	const Caffe__ROIPoolingParameter *p =
	    LAYER_PARAM(l, roi_pooling_param, &roi_none);
	const struct shape *x = layer_shape(l, 0);
	const struct roi_pool q = { .roi = { .out = x->n == 4 ? x->d[1] : 1,
					.rows = p->pooled_h,
					.columns = p->pooled_w,
					.scale = p->spatial_scale },
		.pad = p->pad_ratio };

	return add_op(l, &q);
}

static int
psroi_emit(struct layer *l)
{
	const Caffe__PSROIPoolingParameter *p =
	    LAYER_PARAM(l, psroi_pooling_param, &psroi_none);
	const int64_t group = p->group_size;
	const struct shape *x = layer_shape(l, 0);
	const struct roi_pool q = { .roi = { .out = p->output_dim,
					.rows = group,
					.columns = group,
					.scale = p->spatial_scale },
		.by_position = true };

	if (x->n == 4 && group > 0 && group <= LAYER_ROI_SIDE_MAX &&
	    x->d[1] != p->output_dim * group * group)
		return err_set(ERR_FORMAT,
		    "output_dim %d and group_size %lld need %lld channels, not %lld",
		    p->output_dim, (long long)group,
		    (long long)(p->output_dim * group * group),
		    (long long)x->d[1]);
	return add_op(l, &q);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_roi_pooling = { "ROIPooling", 2, 2, 1, 1,
	.emit = roi_emit, .no_grad = 2, .free = release };
const struct layer_type layer_psroi_pooling = { "PSROIPooling", 2, 2, 1, 1,
	.emit = psroi_emit, .no_grad = 2, .free = release };
