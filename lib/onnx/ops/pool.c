/* Pools: Caffe's Pooling where it does the same, else MaxPool and AveragePool. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

enum { AXES_MAX = 3 };

struct window {
	int nd;
	int64_t kernel[AXES_MAX], stride[AXES_MAX], dilation[AXES_MAX];
	int64_t pads[2 * AXES_MAX];
	bool ceil, count_pads;
};

static int
read_window(struct onnx_node *n, struct window *w)
{
	w->nd = n->in[0]->dims.n - 2;
	if (w->nd < 1 || w->nd > AXES_MAX)
		return err_set(ERR_UNSUPPORTED,
		    "%d axes; 1 to %d spatial ones are offered",
		    n->in[0]->dims.n, AXES_MAX);
	TRY(onnx_attr_window(n, "kernel_shape", w->nd, 1, w->kernel));
	TRY(onnx_attr_window(n, "strides", w->nd, 1, w->stride));
	TRY(onnx_attr_window(n, "dilations", w->nd, 1, w->dilation));
	TRY(onnx_pads(
	    n, n->in[0], w->nd, w->kernel, w->stride, w->dilation, w->pads));
	w->ceil = onnx_attr_int(n, "ceil_mode", 0) != 0;
	w->count_pads = onnx_attr_int(n, "count_include_pad", 0) != 0;
	return 0;
}

/* Does Caffe's Pooling do the same?  Its averages count paddings, and its last
 * windows differ where sizes are rounded up. */
static bool
is_caffes(const struct onnx_node *n, const struct window *w, bool max)
{
	bool padded = false, dilated = false;

	for (int i = 0; i < w->nd; i++) {
		padded |= w->pads[i] != 0;
		dilated |= w->dilation[i] != 1;
		if (w->pads[i] != w->pads[w->nd + i] ||
		    w->pads[i] >= w->kernel[i])
			return false;
	}
	return w->nd == 2 && !dilated && n->nout == 1 && !w->ceil &&
	    (max || !padded || w->count_pads);
}

static Caffe__LayerParameter *
pooling(struct onnx_node *n, const struct window *w, bool max)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Pooling");
	Caffe__PoolingParameter *p =
	    caffe_new(Caffe__PoolingParameter, pooling_parameter);
	const int64_t *const from[3] = { w->kernel, w->stride, w->pads };

	l->pooling_param = p;
	p->has_pool = 1;
	p->pool = max ? CAFFE__POOLING_PARAMETER__POOL_METHOD__MAX
		      : CAFFE__POOLING_PARAMETER__POOL_METHOD__AVE;
	if (from[0][0] == from[0][1]) {
		p->n_kernel_size = 1;
		p->kernel_size = mem_array(uint32_t, 1);
		p->kernel_size[0] = (uint32_t)from[0][0];
	} else {
		p->has_kernel_h = p->has_kernel_w = 1;
		p->kernel_h = (uint32_t)from[0][0];
		p->kernel_w = (uint32_t)from[0][1];
	}
	if (from[1][0] == from[1][1] && from[1][0] != 1) {
		p->n_stride = 1;
		p->stride = mem_array(uint32_t, 1);
		p->stride[0] = (uint32_t)from[1][0];
	} else if (from[1][0] != from[1][1]) {
		p->has_stride_h = p->has_stride_w = 1;
		p->stride_h = (uint32_t)from[1][0];
		p->stride_w = (uint32_t)from[1][1];
	}
	if (from[2][0] == from[2][1] && from[2][0] != 0) {
		p->n_pad = 1;
		p->pad = mem_array(uint32_t, 1);
		p->pad[0] = (uint32_t)from[2][0];
	} else if (from[2][0] != from[2][1]) {
		p->has_pad_h = p->has_pad_w = 1;
		p->pad_h = (uint32_t)from[2][0];
		p->pad_w = (uint32_t)from[2][1];
	}
	p->has_round_mode = 1;
	p->round_mode = CAFFE__POOLING_PARAMETER__ROUND_MODE__FLOOR;
	return l;
}

/* ONNX's own arithmetic, whatever the window. */
static Caffe__LayerParameter *
own_pool(struct onnx_node *n, const struct window *w)
{
	Caffe__LayerParameter *l = onnx_layer(n, n->op);
	Caffe__PoolParameter *p =
	    caffe_new(Caffe__PoolParameter, pool_parameter);
	const size_t nd = (size_t)w->nd;

	l->pool_param = p;
	p->kernel = mem_array(uint32_t, nd);
	p->stride = mem_array(uint32_t, nd);
	p->dilation = mem_array(uint32_t, nd);
	p->pad = mem_array(int32_t, 2 * nd);
	p->n_kernel = p->n_stride = p->n_dilation = nd;
	p->n_pad = 2 * nd;
	for (size_t i = 0; i < nd; i++) {
		p->kernel[i] = (uint32_t)w->kernel[i];
		p->stride[i] = (uint32_t)w->stride[i];
		p->dilation[i] = (uint32_t)w->dilation[i];
	}
	for (size_t i = 0; i < 2 * nd; i++)
		p->pad[i] = (int32_t)w->pads[i];
	p->has_ceil_mode = w->ceil;
	p->ceil_mode = w->ceil;
	p->has_count_include_pad = w->count_pads;
	p->count_include_pad = w->count_pads;
	if (strcmp(n->op, "LpPool") == 0) {
		p->has_p = 1;
		p->p = (int32_t)onnx_attr_int(n, "p", 2);
	}
	if (onnx_attr_int(n, "storage_order", 0) != 0) {
		p->has_storage_order = 1;
		p->storage_order = 1;
	}
	return l;
}

static int
emit_pool(struct onnx_node *n)
{
	const bool max = strcmp(n->op, "MaxPool") == 0;
	const bool lp = strcmp(n->op, "LpPool") == 0;
	Caffe__LayerParameter *l;
	struct window w;

	TRY(read_window(n, &w));
	l = !lp && is_caffes(n, &w, max) ? pooling(n, &w, max)
					 : own_pool(n, &w);
	TRY(onnx_bottoms(n, l, n->in, 1));
	onnx_top(n, l, 0, n->in[0]->type);
	if (n->nout > 1 && n->out[1] != NULL)
		onnx_top(n, l, 1, ONNX_T(INT64));
	return onnx_emit(n, l);
}

/* Over all of each channel: Caffe's global pooling of pictures, else a reduction. */
static int
emit_global(struct onnx_node *n)
{
	const bool max = strcmp(n->op, "GlobalMaxPool") == 0;
	const int rank = n->in[0]->dims.n;
	Caffe__LayerParameter *l;

	if (rank == 4) {
		l = onnx_layer(n, "Pooling");
		l->pooling_param =
		    caffe_new(Caffe__PoolingParameter, pooling_parameter);
		l->pooling_param->has_pool = 1;
		l->pooling_param->pool = max
		    ? CAFFE__POOLING_PARAMETER__POOL_METHOD__MAX
		    : CAFFE__POOLING_PARAMETER__POOL_METHOD__AVE;
		l->pooling_param->has_global_pooling = 1;
		l->pooling_param->global_pooling = 1;
		return onnx_one(n, l, n->in[0]);
	}
	l = onnx_layer(n, max ? "ReduceMax" : "ReduceMean");
	l->reduce_param = caffe_new(Caffe__ReduceParameter, reduce_parameter);
	l->reduce_param->axis = mem_array(int32_t, (size_t)rank + 1);
	for (int i = 2; i < rank; i++)
		l->reduce_param->axis[l->reduce_param->n_axis++] = i;
	return onnx_one(n, l, n->in[0]);
}

/* LpPool over all of each channel: the norm along the spatial axes. */
static int
emit_global_lp(struct onnx_node *n)
{
	const int64_t p = onnx_attr_int(n, "p", 2);
	int axis[SHAPE_MAX], rank = n->in[0]->dims.n, count = 0;

	for (int i = 2; i < rank; i++)
		axis[count++] = i;
	if (p != 1 && p != 2)
		return onnx_refuse(n, "p %lld", (long long)p);
	return onnx_one(n,
	    onnx_reduction(
		n, p == 1 ? "ReduceL1" : "ReduceL2", axis, count, true),
	    n->in[0]);
}

const struct onnx_op onnx_ops_pool[] = {
	{ "AveragePool", emit_pool, NULL },
	{ "GlobalAveragePool", emit_global, NULL },
	{ "GlobalLpPool", emit_global_lp, NULL },
	{ "GlobalMaxPool", emit_global, NULL },
	{ "LpPool", emit_pool, NULL },
	{ "MaxPool", emit_pool, NULL },
	{ 0 },
};
