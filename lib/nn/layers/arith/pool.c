/*
 * MaxPool, AveragePool and LpPool: ONNX's pooling over one to three axes, each
 * side padded by its own.  The size of the output is (size + pads - extent) /
 * stride + 1, rounded down or, with ceil_mode, up; a last window that would begin
 * in the padding at the end is dropped then.
 *
 * Where Caffe's windows are the same ones, Caffe's op is emitted, which every
 * backend has fast; its averages are put right by a constant.
 */
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "nn/layers/arith/broadcast.h"

enum { WINDOWS_MAX = 1 << 24 }; /* that a constant is made for */

static const Caffe__PoolParameter none = CAFFE__POOL_PARAMETER__INIT;

/* Value i of a list of 0, 1 or nd values. */
static int
read_one(const char *name, const uint32_t *v, size_t n, int nd, int i, int *out)
{
	*out = 1;
	if (n == 0)
		return 0;
	if (n != 1 && n != (size_t)nd)
		return err_set(ERR_FORMAT,
		    "%s is given %zu times for %d spatial axes: give one value or one per axis",
		    name, n, nd);
	if (v[n > 1 ? i : 0] < 1 || v[n > 1 ? i : 0] > INT_MAX / 8)
		return err_set(
		    ERR_RANGE, "%s is %u", name, (unsigned)v[n > 1 ? i : 0]);
	*out = (int)v[n > 1 ? i : 0];
	return 0;
}

static int
read_pad(const Caffe__PoolParameter *p, struct op_windows *w, int i)
{
	const size_t nd = (size_t)w->nd;

	if (p->n_pad == 0)
		return 0;
	if (p->n_pad != 2 * nd)
		return err_set(ERR_FORMAT,
		    "pad is given %s for %d spatial axes: give all beginnings, then all ends",
		    NUM_COUNTED(p->n_pad, "time"), w->nd);
	w->pad[i] = p->pad[i];
	w->pad_end[i] = p->pad[nd + (size_t)i];
	if (w->pad[i] < 0 || w->pad_end[i] < 0 || w->pad[i] > INT_MAX / 8 ||
	    w->pad_end[i] > INT_MAX / 8)
		return err_set(
		    ERR_RANGE, "pad is %d and %d", w->pad[i], w->pad_end[i]);
	return 0;
}

static int
output_size(
    const Caffe__PoolParameter *p, struct op_windows *w, int i, int64_t size)
{
	const int64_t extent = (int64_t)w->dilation[i] * (w->kernel[i] - 1) + 1;
	const int64_t room = size + w->pad[i] + w->pad_end[i] - extent;
	const int64_t up = p->ceil_mode ? w->stride[i] - 1 : 0;

	if (room < 0)
		return err_set(ERR_FORMAT,
		    "a window of %lld does not fit %lld with pad %d and %d",
		    (long long)extent, (long long)size, w->pad[i],
		    w->pad_end[i]);
	w->size[i] = (room + up) / w->stride[i] + 1;
	if (p->ceil_mode && (w->size[i] - 1) * w->stride[i] >= size + w->pad[i])
		w->size[i]--;
	return 0;
}

static int
read_param(
    const struct layer *l, const Caffe__PoolParameter *p, struct op_windows *w)
{
	const struct shape *x = layer_shape(l, 0);
	int i;

	memset(w, 0, sizeof(*w));
	w->nd = x->n - 2;
	if (w->nd < 1 || w->nd > 3)
		return err_set(ERR_FORMAT,
		    "its bottom has %d axes; it takes 3 to 5", x->n);
	if (p->n_kernel == 0)
		return err_set(ERR_FORMAT, "kernel is not given");
	for (i = 0; i < w->nd; i++) {
		TRY(read_one(
		    "kernel", p->kernel, p->n_kernel, w->nd, i, &w->kernel[i]));
		TRY(read_one(
		    "stride", p->stride, p->n_stride, w->nd, i, &w->stride[i]));
		TRY(read_one("dilation", p->dilation, p->n_dilation, w->nd, i,
		    &w->dilation[i]));
		TRY(read_pad(p, w, i));
		TRY(output_size(p, w, i, x->d[2 + i]));
	}
	w->padded = p->count_include_pad;
	w->columns = p->storage_order != 0;
	return 0;
}

/* Caffe's number of windows along an axis (pooling_layer.cpp). */
static int64_t
caffe_size(const struct op_windows *w, int i, int64_t size, bool floor)
{
	const int64_t room = size + 2 * (int64_t)w->pad[i] - w->kernel[i];
	const int64_t up = floor ? 0 : w->stride[i] - 1;
	int64_t n;

	if (room < 0 || w->pad[i] >= w->kernel[i] || w->dilation[i] != 1)
		return 0;
	n = (room + up) / w->stride[i] + 1;
	if (w->pad[i] > 0 && (n - 1) * w->stride[i] >= size + w->pad[i])
		n--;
	return n;
}

/* Has each window a number of x in it?  Without any, Caffe's has other ends. */
static bool
all_inside(const struct op_windows *w, int i, int64_t size)
{
	return (w->size[i] - 1) * w->stride[i] - w->pad[i] < size;
}

/* Are averages of so many windows that the constant would be too large? */
static bool
too_many(const struct op_windows *w)
{
	int64_t n = 1;
	int i;

	for (i = 0; i < w->nd && n <= WINDOWS_MAX; i++)
		n *= w->size[i];
	return w->fn == POOL_AVE && n > WINDOWS_MAX;
}

/* Are Caffe's windows the same ones, with one way of rounding for all axes? */
static bool
as_caffe(const struct op_windows *w, const struct shape *x, bool floor)
{
	int i;

	for (i = 0; i < w->nd; i++)
		if (caffe_size(w, i, x->d[2 + i], floor) != w->size[i] ||
		    !all_inside(w, i, x->d[2 + i]))
			return false;
	/* Caffe drops a window along one axis where the other is padded. */
	return w->nd == 1 || (w->pad[0] > 0) == (w->pad[1] > 0) || floor;
}

/* What window o is divided by along axis i, and by Caffe. */
static float
divisor(const struct op_windows *w, int i, int64_t o, int64_t size, bool caffe)
{
	const int64_t from = o * w->stride[i] - w->pad[i];
	int64_t lo = from, hi = from + w->kernel[i], end = size;

	if (caffe || w->padded)
		end += caffe ? w->pad[i] : w->pad_end[i];
	else if (lo < 0)
		lo = 0;
	return (float)((hi < end ? hi : end) - lo);
}

/* y times what makes Caffe's averages ONNX's: a constant (1, 1, H', W'). */
static int
put_right(
    struct layer *l, const struct op_windows *w, const struct shape *x, int y)
{
	struct shape s = { 4, { 1, 1, w->size[0], w->size[1] } };
	const size_t n = shape_count(&s);
	float *v = mem_array(float, n + 1);
	bool same = true;
	size_t i;
	int t;

	for (i = 0; i < n; i++) {
		const int64_t h = (int64_t)i / w->size[1];
		const int64_t k = (int64_t)i % w->size[1];

		v[i] = divisor(w, 0, h, x->d[2], true) *
		    divisor(w, 1, k, x->d[3], true) /
		    (divisor(w, 0, h, x->d[2], false) *
			divisor(w, 1, k, x->d[3], false));
		same = same && v[i] == 1;
	}
	t = same ? y : graph_add_const(l->graph, "of windows", &s, v);
	mem_free(v);
	return same || t < 0 ? t : graph_binary(l->graph, y, t, BINARY_MUL);
}

/* Windows over one axis as over two, of which the first has one place. */
static int
as_two(struct layer *l, struct op_windows *w, struct shape *x, int *t)
{
	if (w->nd != 1)
		return 0;
	*x = (struct shape){ 4, { x->d[0], x->d[1], 1, x->d[2] } };
	TRY(*t = graph_reshape(l->graph, *t, x));
	w->kernel[1] = w->kernel[0];
	w->stride[1] = w->stride[0];
	w->pad[1] = w->pad[0];
	w->pad_end[1] = w->pad_end[0];
	w->dilation[1] = w->dilation[0];
	w->size[1] = w->size[0];
	w->kernel[0] = w->stride[0] = w->dilation[0] = 1;
	w->pad[0] = w->pad_end[0] = 0;
	w->size[0] = 1;
	w->nd = 2;
	return 0;
}

/* Caffe's op; x has two spatial axes. */
static int
emit_caffe(struct layer *l, const struct op_windows *w, const struct shape *x,
    int t, bool floor)
{
	union op_attr a = { .pool = { .fn = w->fn, .floor = floor } };
	int i, y;

	for (i = 0; i < 2; i++) {
		a.pool.kernel[i] = w->kernel[i];
		a.pool.stride[i] = w->stride[i];
		a.pool.pad[i] = w->pad[i];
	}
	TRY(y = graph_add(l->graph, OP_POOL, &a, &t, 1));
	return w->fn == POOL_AVE ? put_right(l, w, x, y) : y;
}

/* The windows of tensor t of the shape of bottom 0. */
static int
emit_windows(struct layer *l, const struct op_windows *w, int t)
{
	const union op_attr a = { .windows = *w };
	struct shape x = *layer_shape(l, 0), s = x;
	struct op_windows two = *w;
	bool floor = as_caffe(w, &x, true);
	int i, y;

	if (w->nd == 3 || w->index || too_many(w) ||
	    (!floor && !as_caffe(w, &x, false)))
		return graph_add(l->graph, OP_WINDOWS, &a, &t, 1);
	for (i = 0; i < w->nd; i++)
		s.d[2 + i] = w->size[i];
	TRY(as_two(l, &two, &x, &t));
	TRY(y = emit_caffe(l, &two, &x, t, floor));
	return w->nd == 1 ? graph_reshape(l->graph, y, &s) : y;
}

static int
emit_max(struct layer *l)
{
	const Caffe__PoolParameter *p = LAYER_PARAM(l, pool_param, &none);
	struct op_windows w;
	int y;

	TRY(read_param(l, p, &w));
	w.fn = POOL_MAX;
	w.index = l->ntop > 1;
	TRY(y = emit_windows(l, &w, l->bottom[0]));
	TRY(layer_top(l, 0, y));
	return w.index ? layer_top(l, 1, graph_last(l->graph)->out[1]) : 0;
}

static int
emit_average(struct layer *l)
{
	struct op_windows w;

	TRY(read_param(l, LAYER_PARAM(l, pool_param, &none), &w));
	w.fn = POOL_AVE;
	return layer_top(l, 0, emit_windows(l, &w, l->bottom[0]));
}

/* (sum of |x|^p)^(1/p): of zeros in the padding, so that the average over whole
 * windows is their sum but for a factor. */
static int
emit_lp(struct layer *l)
{
	const Caffe__PoolParameter *p = LAYER_PARAM(l, pool_param, &none);
	struct graph *g = l->graph;
	struct op_windows w;
	float count = 1;
	int i, y;

	TRY(read_param(l, p, &w));
	if (p->p < 1)
		return err_set(ERR_RANGE, "p is %d; it must be above 0", p->p);
	w.fn = POOL_AVE;
	w.padded = true;
	for (i = 0; i < w.nd; i++) {
		count *= (float)w.kernel[i];
		w.pad_end[i] = INT_MAX / 4; /* windows are never cut */
	}
	TRY(y = graph_unary(g, l->bottom[0], UNARY_ABS, 0, 0, 0));
	TRY(y = graph_unary(g, y, UNARY_POWER, 0, 1, (float)p->p));
	TRY(y = emit_windows(l, &w, y));
	TRY(y = layer_affine(l, y, count, 0));
	return layer_top(
	    l, 0, graph_unary(g, y, UNARY_POWER, 0, 1, 1 / (float)p->p));
}

const struct layer_type layer_average_pool = { "AveragePool", 1, 1, 1, 1,
	.emit = emit_average };
const struct layer_type layer_lp_pool = { "LpPool", 1, 1, 1, 1,
	.emit = emit_lp };
const struct layer_type layer_max_pool = { "MaxPool", 1, 1, 1, 2,
	.emit = emit_max };
