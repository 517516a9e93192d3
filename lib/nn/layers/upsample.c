/*
 * Upsample (SegNet, Badrinarayanan et al., 2015): each value goes to where a MAX
 * pooling found it, told by that pooling's mask; the rest is 0.  Host code.
 * Without a mask (YOLO v3): each value `scale` times in both directions.
 */
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/types.h"

static const Caffe__UpsampleParameter none = CAFFE__UPSAMPLE_PARAMETER__INIT;

struct upsample {
	size_t maps, in, out; /* N x C; values of a map below and above */
};

/* The place that a mask names, or -1. */
static int64_t
mask_place(const struct upsample *u, float mask)
{
	return mask >= 0 && mask < (float)u->out ? (int64_t)mask : -1;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct upsample *u = state;
	const float *x = in[0], *mask = in[1];
	float *y = out[0];
	size_t m, i;
	int64_t at;

	(void)env;
	memset(y, 0, u->maps * u->out * sizeof(*y));
	for (m = 0; m < u->maps; m++, x += u->in, mask += u->in, y += u->out)
		for (i = 0; i < u->in; i++) {
			at = mask_place(u, mask[i]);
			if (at < 0)
				return err_set(ERR_FORMAT,
				    "the mask names place %g of %zu", mask[i],
				    u->out);
			y[at] = x[i];
		}
	return 0;
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct upsample *u = state;
	const float *mask = in[1], *dy = dout[0];
	float *dx = din[0];
	size_t m, i;
	int64_t at;

	(void)env;
	(void)out;
	for (m = 0; dx != NULL && m < u->maps; m++) {
		for (i = 0; i < u->in; i++) {
			at = mask_place(u, mask[i]);
			dx[i] = at < 0 ? 0 : dy[at];
		}
		dx += u->in;
		mask += u->in;
		dy += u->out;
	}
	return 0;
}

static int
output_size(
    const Caffe__UpsampleParameter *p, const struct shape *x, struct shape *y)
{
	int64_t sh = p->has_scale_h ? p->scale_h : p->scale;
	int64_t sw = p->has_scale_w ? p->scale_w : p->scale;

	*y = *x;
	y->d[2] =
	    p->has_upsample_h ? p->upsample_h : x->d[2] * sh - p->pad_out_h;
	y->d[3] =
	    p->has_upsample_w ? p->upsample_w : x->d[3] * sw - p->pad_out_w;
	if (y->d[2] < 1 || y->d[3] < 1)
		return err_set(ERR_FORMAT, "an output of %lldx%lld",
		    (long long)y->d[2], (long long)y->d[3]);
	return shape_check(y);
}

/* Nearest neighbour. */
static int
repeat(struct layer *l, const Caffe__UpsampleParameter *p)
{
	const struct shape x = *layer_shape(l, 0);
	const int64_t by[2] = { p->has_scale_h ? p->scale_h : p->scale,
		p->has_scale_w ? p->scale_w : p->scale };
	union op_attr a = { .resize = { .fn = RESIZE_NEAREST,
				.coordinate = RESIZE_ASYMMETRIC,
				.nearest = RESIZE_FLOOR,
				.axes = 1U << 2 | 1U << 3 } };

	if (x.n != 4 || by[0] < 1 || by[1] < 1)
		return err_set(ERR_FORMAT,
		    "without a mask it takes values (N, C, H, W) and a scale from 1 on");
	for (int i = 0; i < 2; i++) {
		a.resize.axis[2 + i].from = x.d[2 + i];
		a.resize.axis[2 + i].to = x.d[2 + i] * by[i];
	}
	return layer_top(
	    l, 0, graph_add(l->graph, OP_RESIZE, &a, l->bottom, 1));
}

static int
emit(struct layer *l)
{
	const Caffe__UpsampleParameter *p =
	    LAYER_PARAM(l, upsample_param, &none);
	const struct shape *x = layer_shape(l, 0);
	union op_attr a = { .custom = { .nin = 2,
				.nout = 1,
				.forward = forward,
				.backward = backward } };
	struct upsample *u;

	if (l->nbottom == 1)
		return repeat(l, p);
	if (x->n != 4 || !shape_same(x, layer_shape(l, 1)))
		return err_set(ERR_FORMAT,
		    "it takes values (N, C, H, W) and a mask of the same shape");
	TRY(output_size(p, x, &a.custom.shape[0]));
	l->state = u = mem_new(struct upsample);
	u->maps = shape_count_axes(x, 0, 2);
	u->in = shape_count_axes(x, 2, 4);
	u->out = shape_count_axes(&a.custom.shape[0], 2, 4);
	a.custom.state = u;
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_upsample = { "Upsample", 1, 2, 1, 1, .emit = emit,
	.no_grad = 2, .free = release };
