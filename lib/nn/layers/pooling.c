/*
 * Pooling: MAX (with the places of the maxima as second top), AVE, STOCHASTIC.
 *
 * STOCHASTIC in phase TEST is the mean weighted by the values themselves
 * (Zeiler and Fergus, ICLR 2013): sum x^2 / sum x over the window, 0 where the
 * sum is not positive.
 *
 * Over three axes (N, C, D, H, W), as nets for video have it, it is pooling over
 * H and W and then over D, which gives the same maxima and the same means.
 */
#include <float.h>
#include <limits.h>

#include "base/mem.h"
#include "nn/layers/types.h"

static const Caffe__PoolingParameter none = CAFFE__POOLING_PARAMETER__INIT;

/* What was read: nd axes, the last two of them in front where there are three. */
struct pooling {
	const Caffe__PoolingParameter *p;
	int nd;
	int kernel[3], stride[3], pad[3]; /* by axis: [D,] H, W */
	bool floor;
};

/* One of the three sizes: X once or once for each axis, or X_h and X_w. */
struct sizes {
	const char *name;
	const uint32_t *v;
	size_t n;
	bool has_h, has_w;
	uint32_t h, w, unset;
};

static int
read_sizes(const struct sizes *a, int nd, int *out)
{
	const bool both = a->has_h || a->has_w;
	uint32_t v;

	if (a->has_h != a->has_w)
		return err_set(ERR_FORMAT, "%s_%s without %s_%s", a->name,
		    a->has_h ? "h" : "w", a->name, a->has_h ? "w" : "h");
	if (a->n > 0 && both)
		return err_set(ERR_FORMAT, "%s and %s_h, %s_w are both given",
		    a->name, a->name, a->name);
	if (both && nd != 2)
		return err_set(ERR_FORMAT,
		    "%s_h and %s_w are for 2 spatial axes, not %d", a->name,
		    a->name, nd);
	if (a->n > 1 && a->n != (size_t)nd)
		return err_set(ERR_FORMAT,
		    "%s is given %zu times for %d spatial axes: give one value or one per axis",
		    a->name, a->n, nd);
	for (int i = 0; i < nd; i++) {
		v = both       ? (i > 0 ? a->w : a->h)
		    : a->n > 0 ? a->v[a->n > 1 ? i : 0]
			       : a->unset;
		if (v > INT_MAX / 4)
			return err_set(ERR_RANGE, "%s is too large", a->name);
		out[i] = (int)v;
	}
	return 0;
}

static int
check_global(const struct pooling *q)
{
	const Caffe__PoolingParameter *p = q->p;

	if (p->n_kernel_size > 0 || p->has_kernel_h || p->has_kernel_w)
		return err_set(ERR_FORMAT,
		    "global_pooling pools over everything: kernel_size cannot be given");
	for (int i = 0; i < q->nd; i++)
		if (q->pad[i] != 0 || q->stride[i] != 1)
			return err_set(ERR_FORMAT,
			    "global_pooling can be used with pad 0 and stride 1 only");
	return 0;
}

static int
check_sizes(const struct pooling *q)
{
	if (q->p->n_kernel_size == 0 && !q->p->has_kernel_h)
		return err_set(ERR_FORMAT, "kernel_size is not given");
	for (int i = 0; i < q->nd; i++) {
		if (q->kernel[i] < 1 || q->stride[i] < 1)
			return err_set(ERR_FORMAT,
			    "kernel_size %d, stride %d: both must be at least 1",
			    q->kernel[i], q->stride[i]);
		if (q->pad[i] >= q->kernel[i])
			return err_set(ERR_FORMAT,
			    "pad %d must be less than kernel_size %d",
			    q->pad[i], q->kernel[i]);
	}
	return 0;
}

static int
read_rounding(struct pooling *q)
{
	const Caffe__PoolingParameter *p = q->p;

	if (p->has_ceil_mode + p->has_round_mode + p->has_torch_pooling > 1)
		return err_set(ERR_FORMAT,
		    "round_mode, ceil_mode and torch_pooling say the same; give one");
	q->floor =
	    p->round_mode == CAFFE__POOLING_PARAMETER__ROUND_MODE__FLOOR ||
	    !p->ceil_mode || p->torch_pooling;
	return 0;
}

static int
read_param(const struct layer *l, struct pooling *q)
{
	const Caffe__PoolingParameter *p = q->p;
	const struct sizes kernel = { "kernel", p->kernel_size,
		p->n_kernel_size, p->has_kernel_h, p->has_kernel_w, p->kernel_h,
		p->kernel_w, 0 };
	const struct sizes stride = { "stride", p->stride, p->n_stride,
		p->has_stride_h, p->has_stride_w, p->stride_h, p->stride_w, 1 };
	const struct sizes pad = { "pad", p->pad, p->n_pad, p->has_pad_h,
		p->has_pad_w, p->pad_h, p->pad_w, 0 };
	const struct shape *s = layer_shape(l, 0);
	char t[SHAPE_TEXT_MAX];

	if (s->n != 4 && s->n != 5)
		return err_set(ERR_FORMAT,
		    "its bottom %s must have 4 axes (N, C, H, W), or 5 (N, C, D, H, W)",
		    shape_text(t, s));
	q->nd = s->n - 2;
	TRY(read_sizes(&kernel, q->nd, q->kernel));
	TRY(read_sizes(&stride, q->nd, q->stride));
	TRY(read_sizes(&pad, q->nd, q->pad));
	TRY(read_rounding(q));
	if (!p->global_pooling)
		return check_sizes(q);
	TRY(check_global(q));
	for (int i = 0; i < q->nd; i++)
		q->kernel[i] = (int)s->d[2 + i];
	return 0;
}

/* ---- sides that are padded each by its own ---- */

/* A CONST (1, 1, H, W) that is 0 within the picture and lowest around it. */
static int
add_border(struct graph *g, const struct op_slice *at, const struct shape *x)
{
	const struct shape s = shape_of(4, 1, 1, at->size.d[2], at->size.d[3]);
	float *v = mem_array(float, shape_count(&s));
	int t;

	for (int64_t i = 0; i < s.d[2] * s.d[3]; i++) {
		const int64_t y = i / s.d[3] - at->start[2];
		const int64_t c = i % s.d[3] - at->start[3];

		v[i] = y >= 0 && y < x->d[2] && c >= 0 && c < x->d[3]
		    ? 0
		    : -FLT_MAX;
	}
	t = graph_add_const(g, "border", &s, v);
	mem_free(v);
	return t;
}

/* The bottom with its sides; what is added takes no part in a maximum. */
static int
add_sides(struct layer *l, const Caffe__PoolingParameter *p, int *x)
{
	const struct shape s = *layer_shape(l, 0);
	const struct layer_sides sides = { p->has_pad_l, p->has_pad_r,
		p->has_pad_t, p->has_pad_b, p->pad_l, p->pad_r, p->pad_t,
		p->pad_b, p->pad_type };
	union op_attr a = { 0 };
	int border;

	*x = l->bottom[0];
	if (!layer_sides_given(&sides))
		return 0;
	if (p->n_pad > 0 || p->has_pad_h || p->has_pad_w)
		return err_set(ERR_FORMAT,
		    "pad and pad_l, pad_r, pad_t, pad_b are both given");
	if (p->global_pooling ||
	    p->pool == CAFFE__POOLING_PARAMETER__POOL_METHOD__STOCHASTIC)
		return err_set(ERR_FORMAT,
		    "pad_l, pad_r, pad_t, pad_b cannot be used here");
	TRY(layer_sides_read(&sides, &s, &a.slice));
	TRY(*x = graph_add(l->graph, OP_PAD, &a, x, 1));
	if (p->pool != CAFFE__POOLING_PARAMETER__POOL_METHOD__MAX)
		return 0;
	if (l->ntop > 1)
		return err_set(ERR_UNSUPPORTED,
		    "a mask (its second top) and pad_l, pad_r, pad_t, pad_b do not go together");
	TRY(border = add_border(l->graph, &a.slice, &s));
	return *x = graph_binary(l->graph, *x, border, BINARY_ADD);
}

/* ---- the layer ---- */

/* a.pool is AVE: ave(x^2) / ave(x). */
static int
stochastic(struct layer *l, const union op_attr *a)
{
	struct graph *g = l->graph;
	int x = l->bottom[0], sq, num, den, tiny, zero, some, q;
	struct shape one = shape_of(4, 1, 1, 1, 1);
	const float v_tiny = 1e-20f, v_zero = 0;

	if (l->train)
		return err_set(ERR_UNSUPPORTED,
		    "STOCHASTIC pooling can be used in phase TEST but not trained; train with MAX or AVE");
	if (a->pool.pad[0] || a->pool.pad[1])
		return err_set(
		    ERR_FORMAT, "STOCHASTIC pooling cannot be padded");
	TRY(sq = graph_binary(g, x, x, BINARY_MUL));
	TRY(num = graph_add(g, OP_POOL, a, &sq, 1));
	TRY(den = graph_add(g, OP_POOL, a, &x, 1));
	TRY(tiny = graph_add_const(g, "tiny", &one, &v_tiny));
	TRY(zero = graph_add_const(g, "zero", &one, &v_zero));
	TRY(some = graph_binary(g, den, zero, BINARY_GT));
	graph_last(g)->no_grad = 3; /* a step */
	TRY(den = graph_binary(g, den, tiny, BINARY_MAX));
	TRY(q = graph_binary(g, num, den, BINARY_DIV));
	return layer_top(l, 0, graph_binary(g, q, some, BINARY_MUL));
}

/* Axes i and i + 1 of the three, or one of them: the other has a kernel of 1. */
static int
pool_two(struct layer *l, const struct pooling *q, enum pool_fn fn, int x,
    int first, int count)
{
	union op_attr a = { .pool = { .fn = fn, .floor = q->floor } };

	for (int i = 0; i < 2; i++) {
		a.pool.kernel[i] = i < count ? q->kernel[first + i] : 1;
		a.pool.stride[i] = i < count ? q->stride[first + i] : 1;
		a.pool.pad[i] = i < count ? q->pad[first + i] : 0;
	}
	return graph_add(l->graph, OP_POOL, &a, &x, 1);
}

/* (N, C, D, H, W): H and W with D among the channels, then D over places. */
static int
pool_three(struct layer *l, const struct pooling *q, enum pool_fn fn)
{
	struct shape s = *layer_shape(l, 0), f;
	int x;

	if (q->p->pool == CAFFE__POOLING_PARAMETER__POOL_METHOD__STOCHASTIC)
		return err_set(ERR_UNSUPPORTED,
		    "STOCHASTIC pooling is for 2 spatial axes, not 3");
	if (l->ntop > 1)
		return err_set(ERR_UNSUPPORTED,
		    "a mask (its second top) is for 2 spatial axes, not 3");
	f = shape_of(4, s.d[0], s.d[1] * s.d[2], s.d[3], s.d[4]);
	TRY(x = graph_reshape(l->graph, l->bottom[0], &f));
	TRY(x = pool_two(l, q, fn, x, 1, 2));
	s.d[3] = graph_shape(l->graph, x)->d[2];
	s.d[4] = graph_shape(l->graph, x)->d[3];
	f = shape_of(4, s.d[0], s.d[1], s.d[2], s.d[3] * s.d[4]);
	TRY(x = graph_reshape(l->graph, x, &f));
	TRY(x = pool_two(l, q, fn, x, 0, 1));
	s.d[2] = graph_shape(l->graph, x)->d[2];
	return layer_top(l, 0, graph_reshape(l->graph, x, &s));
}

static int
emit(struct layer *l)
{
	struct pooling q = { .p = LAYER_PARAM(l, pooling_param, &none) };
	const bool max =
	    q.p->pool == CAFFE__POOLING_PARAMETER__POOL_METHOD__MAX;
	union op_attr a = { 0 };
	int x, y;

	TRY(read_param(l, &q));
	if (l->ntop > 1 && !max)
		return err_set(
		    ERR_FORMAT, "only MAX pooling has a second top (the mask)");
	TRY(add_sides(l, q.p, &x));
	if (q.nd == 3)
		return pool_three(l, &q, max ? POOL_MAX : POOL_AVE);
	a.pool = (struct op_pool){ .fn = max ? POOL_MAX : POOL_AVE,
		.kernel = { q.kernel[0], q.kernel[1] },
		.stride = { q.stride[0], q.stride[1] },
		.pad = { q.pad[0], q.pad[1] },
		.floor = q.floor,
		.mask = l->ntop > 1 };
	if (q.p->pool == CAFFE__POOLING_PARAMETER__POOL_METHOD__STOCHASTIC)
		return stochastic(l, &a);
	TRY(y = graph_add(l->graph, OP_POOL, &a, &x, 1));
	if (l->ntop > 1) {
		TRY(layer_top(l, 1, graph_last(l->graph)->out[1]));
		graph_tensor(l->graph, l->top[1])->keep = true;
	}
	return layer_top(l, 0, y);
}

const struct layer_type layer_pooling = { "Pooling", 1, 1, 1, 2, .emit = emit };
