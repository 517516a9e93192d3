/*
 * ROIPooling (Fast R-CNN, Girshick, 2015) and PSROIPooling (R-FCN, Dai et al.,
 * 2016): windows of a feature map brought to one size.  Bottoms: features
 * (N, C, H, W) and windows (R, 5) or (R, 5, 1, 1), each the number of its picture
 * and x1 y1 x2 y2 in the picture's pixels, which spatial_scale makes the map's.
 *
 * ROIPooling rounds the window to whole places, ends included, and takes the
 * greatest value of each bin.  PSROIPooling adds one pixel to the ends, does not
 * round, and takes the mean of each bin, which reads a channel of its own:
 * (c group_size + row) group_size + column.  An empty bin is 0.  Host code.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/types.h"

enum { WINDOW = 5, SIDE_MAX = 1 << 12 };

static const Caffe__ROIPoolingParameter roi_none =
    CAFFE__ROIPOOLING_PARAMETER__INIT;
static const Caffe__PSROIPoolingParameter psroi_none =
    CAFFE__PSROIPOOLING_PARAMETER__INIT;

struct roi_pool {
	int64_t pictures, channels, height, width; /* of the features */
	int64_t windows, out, rows, columns;       /* of the top */
	double scale;
	bool by_position; /* PSROIPooling */
};

/* One bin: places [y, y_end) x [x, x_end) of a map that begins at `map`. */
struct bin {
	size_t map;
	int64_t y, y_end, x, x_end;
};

/* Cut v to [0, max]; what is no number is 0. */
static int64_t
cut_to(double v, int64_t max)
{
	return v > 0 ? (int64_t)fmin(v, (double)max) : 0;
}

/* Begin and size of a window along a side, in places of the map. */
static void
window_side(const struct roi_pool *p, double from, double to, double *begin,
    double *size)
{
	if (p->by_position) {
		*begin = round(from) * p->scale;
		*size = fmax((round(to) + 1) * p->scale - *begin, 0.1);
		return;
	}
	*begin = round(from * p->scale);
	*size = fmax(round(to * p->scale) - *begin + 1, 1);
}

/* Bin i of n. */
static void
bin_side(double begin, double size, int64_t i, int64_t n, int64_t max,
    int64_t *from, int64_t *to)
{
	const double each = size / (double)n;

	*from = cut_to(floor((double)i * each + begin), max);
	*to = cut_to(ceil((double)(i + 1) * each + begin), max);
}

/* Call each(bin, number in the top) for all; which picture is checked. */
static int
for_bins(const struct roi_pool *p, const float *windows,
    void (*each)(void *ctx, const struct bin *b, size_t at), void *ctx)
{
	const size_t map = (size_t)(p->height * p->width);
	double x, y, w, h;
	int64_t r, c, i, j, from;
	size_t at = 0;
	struct bin b;

	for (r = 0; r < p->windows; r++, windows += WINDOW) {
		if (!(windows[0] >= 0 && windows[0] < (float)p->pictures))
			return err_set(ERR_FORMAT,
			    "window %lld is of picture %g; there are %lld",
			    (long long)r, windows[0], (long long)p->pictures);
		window_side(p, windows[1], windows[3], &x, &w);
		window_side(p, windows[2], windows[4], &y, &h);
		for (c = 0; c < p->out; c++)
			for (i = 0; i < p->rows * p->columns; i++, at++) {
				j = i % p->columns;
				from = p->by_position
				    ? c * p->rows * p->columns + i
				    : c;
				bin_side(y, h, i / p->columns, p->rows,
				    p->height, &b.y, &b.y_end);
				bin_side(x, w, j, p->columns, p->width, &b.x,
				    &b.x_end);
				b.map =
				    ((size_t)windows[0] * (size_t)p->channels +
					(size_t)from) *
				    map;
				each(ctx, &b, at);
			}
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
			k = b->map + (size_t)(y * q->p->width + x);
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
			sum += q->x[b->map + (size_t)(y * q->p->width + x)];
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
			q->dx[b->map + (size_t)(y * q->p->width + x)] +=
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
	    (size_t)(p->pictures * p->channels * p->height * p->width) *
		sizeof(float));
	return for_bins(
	    p, in[1], p->by_position ? mean_bin_grad : max_bin_grad, &q);
}

static int
add_op(struct layer *l, const struct roi_pool *wanted)
{
	const struct shape *x = layer_shape(l, 0), *r = layer_shape(l, 1);
	union op_attr a = { .custom = { .nin = 2,
				.nout = 1,
				.forward = forward,
				.backward = backward } };
	struct roi_pool *p;

	if (x->n != 4 || r->n < 2 || shape_count_axes(r, 1, r->n) != WINDOW)
		return err_set(ERR_FORMAT,
		    "it takes features (N, C, H, W) and windows (R, 5)");
	if (wanted->rows < 1 || wanted->columns < 1 ||
	    wanted->rows > SIDE_MAX || wanted->columns > SIDE_MAX ||
	    wanted->out < 1)
		return err_set(ERR_FORMAT,
		    "a size of %lldx%lldx%lld; sides are 1 to %d",
		    (long long)wanted->out, (long long)wanted->rows,
		    (long long)wanted->columns, SIDE_MAX);
	a.custom.shape[0] =
	    shape_of(4, r->d[0], wanted->out, wanted->rows, wanted->columns);
	TRY(shape_check(&a.custom.shape[0]));
	l->state = p = mem_new(struct roi_pool);
	*p = *wanted;
	p->pictures = x->d[0];
	p->channels = x->d[1];
	p->height = x->d[2];
	p->width = x->d[3];
	p->windows = r->d[0];
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
	const struct roi_pool q = { .out = x->n == 4 ? x->d[1] : 1,
		.rows = p->pooled_h,
		.columns = p->pooled_w,
		.scale = p->spatial_scale };

	return add_op(l, &q);
}

static int
psroi_emit(struct layer *l)
{
	const Caffe__PSROIPoolingParameter *p =
	    LAYER_PARAM(l, psroi_pooling_param, &psroi_none);
	const int64_t group = p->group_size;
	const struct shape *x = layer_shape(l, 0);
	const struct roi_pool q = { .out = p->output_dim,
		.rows = group,
		.columns = group,
		.scale = p->spatial_scale,
		.by_position = true };

	if (x->n == 4 && group > 0 && group <= SIDE_MAX &&
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
