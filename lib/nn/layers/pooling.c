/*
 * Pooling: MAX (with the places of the maxima as second top), AVE, STOCHASTIC.
 *
 * STOCHASTIC in phase TEST is the mean weighted by the values themselves
 * (Zeiler and Fergus, ICLR 2013): sum x^2 / sum x over the window, 0 where the
 * sum is not positive.
 */
#include <limits.h>

#include "nn/layers/types.h"

static const Caffe__PoolingParameter none = CAFFE__POOLING_PARAMETER__INIT;

/* One of the three sizes: X, or X_h and X_w. */
static int
pair(const char *name, bool has, uint32_t both, bool has_h, uint32_t h,
    bool has_w, uint32_t w, int out[2])
{
	if (has_h != has_w)
		return err_set(ERR_FORMAT, "%s_%s without %s_%s", name,
		    has_h ? "h" : "w", name, has_h ? "w" : "h");
	if (has && has_h)
		return err_set(ERR_FORMAT, "%s and %s_h, %s_w are both given",
		    name, name, name);
	out[0] = (int)(has_h ? h : both);
	out[1] = (int)(has_h ? w : both);
	if (out[0] < 0 || out[1] < 0 || out[0] > INT_MAX / 4 ||
	    out[1] > INT_MAX / 4)
		return err_set(ERR_RANGE, "%s is too large", name);
	return 0;
}

static int
check_global(const Caffe__PoolingParameter *p, const struct op_pool *a)
{
	if (p->has_kernel_size || p->has_kernel_h || p->has_kernel_w)
		return err_set(ERR_FORMAT,
		    "global_pooling pools over everything: kernel_size cannot be given");
	if (a->pad[0] || a->pad[1] || a->stride[0] != 1 || a->stride[1] != 1)
		return err_set(ERR_FORMAT,
		    "global_pooling can be used with pad 0 and stride 1 only");
	return 0;
}

static int
check_sizes(const Caffe__PoolingParameter *p, const struct op_pool *a)
{
	int i;

	if (!p->has_kernel_size && !p->has_kernel_h)
		return err_set(ERR_FORMAT, "kernel_size is not given");
	for (i = 0; i < 2; i++) {
		if (a->kernel[i] < 1 || a->stride[i] < 1)
			return err_set(ERR_FORMAT,
			    "kernel_size %d, stride %d: both must be at least 1",
			    a->kernel[i], a->stride[i]);
		if (a->pad[i] >= a->kernel[i])
			return err_set(ERR_FORMAT,
			    "pad %d must be less than kernel_size %d",
			    a->pad[i], a->kernel[i]);
	}
	return 0;
}

static int
read_param(
    const struct layer *l, const Caffe__PoolingParameter *p, struct op_pool *a)
{
	const struct shape *s = layer_shape(l, 0);
	char t[SHAPE_TEXT_MAX];

	if (s->n != 4)
		return err_set(ERR_FORMAT,
		    "its bottom %s must have 4 axes (N, C, H, W)",
		    shape_text(t, s));
	TRY(pair("kernel", p->has_kernel_size, p->kernel_size, p->has_kernel_h,
	    p->kernel_h, p->has_kernel_w, p->kernel_w, a->kernel));
	TRY(pair("stride", p->has_stride, p->stride, p->has_stride_h,
	    p->stride_h, p->has_stride_w, p->stride_w, a->stride));
	TRY(pair("pad", p->has_pad, p->pad, p->has_pad_h, p->pad_h,
	    p->has_pad_w, p->pad_w, a->pad));
	if (p->has_ceil_mode && p->has_round_mode)
		return err_set(ERR_FORMAT,
		    "round_mode and ceil_mode say the same; give one");
	a->floor =
	    p->round_mode == CAFFE__POOLING_PARAMETER__ROUND_MODE__FLOOR ||
	    !p->ceil_mode;
	if (!p->global_pooling)
		return check_sizes(p, a);
	a->kernel[0] = (int)s->d[2];
	a->kernel[1] = (int)s->d[3];
	return check_global(p, a);
}

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

static int
emit(struct layer *l)
{
	const Caffe__PoolingParameter *p = LAYER_PARAM(l, pooling_param, &none);
	bool max = p->pool == CAFFE__POOLING_PARAMETER__POOL_METHOD__MAX;
	union op_attr a = { 0 };
	int y;

	TRY(read_param(l, p, &a.pool));
	a.pool.fn = max ? POOL_MAX : POOL_AVE;
	a.pool.mask = l->ntop > 1;
	if (l->ntop > 1 && !max)
		return err_set(
		    ERR_FORMAT, "only MAX pooling has a second top (the mask)");
	if (p->pool == CAFFE__POOLING_PARAMETER__POOL_METHOD__STOCHASTIC)
		return stochastic(l, &a);
	TRY(y = graph_add(l->graph, OP_POOL, &a, l->bottom, 1));
	if (l->ntop > 1) {
		TRY(layer_top(l, 1, graph_last(l->graph)->out[1]));
		graph_tensor(l->graph, l->top[1])->keep = true;
	}
	return layer_top(l, 0, y);
}

const struct layer_type layer_pooling = { "Pooling", 1, 1, 1, 2, .emit = emit };
