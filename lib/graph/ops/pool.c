/* Shapes and gradients of the ops that look at a window around each point:
 * pooling, local response normalisation, bilinear interpolation. */
#include <inttypes.h>

#include "base/err.h"
#include "graph/internal.h"
#include "graph/ops/rules.h"

/* Windows may hang over the image, but not by more than this. */
enum { WINDOW_MAX = 1 << 24 };

/* Caffe's pooling_layer: ceil by default, and with padding a last window that
 * begins at or past size + pad is dropped. */
static int
pool_size(int64_t *out, const struct op_pool *p, int i, int64_t size)
{
	int64_t room = size + 2 * (int64_t)p->pad[i] - p->kernel[i];
	int64_t up = p->floor ? 0 : p->stride[i] - 1;
	int64_t n;

	/* With room negative C's division rounds up, which is ceil. */
	if (room >= 0)
		n = (room + up) / p->stride[i] + 1;
	else
		n = p->floor ? 0 : room / p->stride[i] + 1;
	if ((p->pad[0] > 0 || p->pad[1] > 0) &&
	    (n - 1) * p->stride[i] >= size + p->pad[i])
		n--;
	if (n < 1)
		return err_set(ERR_FORMAT,
		    "a window of %d does not fit %" PRId64 " with pad %d",
		    p->kernel[i], size, p->pad[i]);
	*out = n;
	return 0;
}

SHAPE_RULE(shape_pool)
{
	const struct op_pool *p = &op->a.pool;
	const struct shape *x = graph_shape(g, op->in[0]);

	TRY(graph_need_axes(g, op, 0, 4, 4));
	out[0] = *x;
	for (int i = 0; i < 2; i++) {
		if (p->kernel[i] < 1 || p->stride[i] < 1 || p->pad[i] < 0 ||
		    p->pad[i] >= p->kernel[i] || p->kernel[i] > WINDOW_MAX)
			return err_set(ERR_FORMAT,
			    "kernel %d, stride %d, pad %d", p->kernel[i],
			    p->stride[i], p->pad[i]);
		TRY(pool_size(&out[0].d[2 + i], p, i, x->d[2 + i]));
	}
	out[1] = out[0];
	*nout = p->mask ? 2 : 1;
	return 0;
}

GRAD_RULE(grad_pool)
{
	const int in[4] = { dout[0], op->in[0], op->out[0],
		op->nout > 1 ? op->out[1] : -1 };

	if (dout[0] >= 0 && (want & 1))
		TRY(din[0] = graph_add(g, OP_POOL_GRAD, &op->a, in, 4));
	return 0;
}

/* dy, x, y, [extra]: dy and y alike, dx as x. */
SHAPE_RULE(shape_pool_grad)
{
	const struct shape *y = graph_shape(g, op->in[2]);

	TRY(graph_need_shape(g, op, 0, y));
	TRY(graph_need_shape(g, op, 3, y));
	out[0] = *graph_shape(g, op->in[1]);
	*nout = 1;
	return 0;
}

SHAPE_RULE(shape_windows)
{
	const struct op_windows *w = &op->a.windows;

	if (w->nd < 1 || w->nd > 3)
		return err_set(ERR_FORMAT, "%d spatial axes", w->nd);
	TRY(graph_need_axes(g, op, 0, w->nd + 2, w->nd + 2));
	out[0] = *graph_shape(g, op->in[0]);
	for (int i = 0; i < w->nd; i++) {
		if (w->kernel[i] < 1 || w->stride[i] < 1 ||
		    w->dilation[i] < 1 || w->pad[i] < 0 || w->pad_end[i] < 0 ||
		    w->kernel[i] > WINDOW_MAX || w->dilation[i] > WINDOW_MAX ||
		    w->size[i] < 1)
			return err_set(ERR_FORMAT,
			    "kernel %d, stride %d, dilation %d, pad %d and %d make %" PRId64,
			    w->kernel[i], w->stride[i], w->dilation[i],
			    w->pad[i], w->pad_end[i], w->size[i]);
		out[0].d[2 + i] = w->size[i];
	}
	out[1] = out[0];
	*nout = w->index ? 2 : 1;
	return shape_check(&out[0]);
}

GRAD_RULE(grad_windows)
{
	const int in[2] = { dout[0], op->in[0] };

	if (dout[0] >= 0 && (want & 1))
		TRY(din[0] = graph_add(g, OP_WINDOWS_GRAD, &op->a, in, 2));
	return 0;
}

/* dy, x */
SHAPE_RULE(shape_windows_grad)
{
	const struct op_windows *w = &op->a.windows;
	const struct shape *x = graph_shape(g, op->in[1]);
	struct shape y = *x;

	for (int i = 0; i < w->nd; i++)
		y.d[2 + i] = w->size[i];
	TRY(graph_need_shape(g, op, 0, &y));
	out[0] = *x;
	*nout = 1;
	return 0;
}

SHAPE_RULE(shape_lrn)
{
	const struct op_lrn *l = &op->a.lrn;

	TRY(graph_need_axes(g, op, 0, 4, 4));
	if (l->size < 1 || l->size % 2 == 0)
		return err_set(
		    ERR_FORMAT, "local_size is %d, not odd", l->size);
	out[0] = out[1] = *graph_shape(g, op->in[0]);
	*nout = 2;
	return 0;
}

GRAD_RULE(grad_lrn)
{
	const int in[4] = { dout[0], op->in[0], op->out[0], op->out[1] };

	if (dout[0] >= 0 && (want & 1))
		TRY(din[0] = graph_add(g, OP_LRN_GRAD, &op->a, in, 4));
	return 0;
}

SHAPE_RULE(shape_lrn_grad)
{
	const struct shape *x = graph_shape(g, op->in[1]);

	for (int i = 0; i < 4; i++)
		TRY(graph_need_shape(g, op, i, x));
	out[0] = *x;
	*nout = 1;
	return 0;
}

static int
resized(const struct graph *g, const struct op *op, struct shape *out)
{
	const struct op_conv *c = &op->a.conv;

	TRY(graph_need_axes(g, op, 0, 4, 4));
	if (c->size[0] < 1 || c->size[1] < 1)
		return err_set(ERR_FORMAT, "size %" PRId64 "x%" PRId64,
		    c->size[0], c->size[1]);
	*out = *graph_shape(g, op->in[0]);
	if (out->d[2] < 1 || out->d[3] < 1)
		return err_set(ERR_FORMAT, "nothing to interpolate");
	out->d[2] = c->size[0];
	out->d[3] = c->size[1];
	return 0;
}

SHAPE_RULE(shape_interp)
{
	*nout = 1;
	return resized(g, op, &out[0]);
}

GRAD_RULE(grad_interp)
{
	const struct shape *x = graph_shape(g, op->in[0]);
	union op_attr a = op->a;

	a.conv.size[0] = x->d[2];
	a.conv.size[1] = x->d[3];
	if (want & 1)
		TRY(din[0] = graph_add(g, OP_INTERP_GRAD, &a, dout, 1));
	return 0;
}

SHAPE_RULE(shape_interp_grad)
{
	*nout = 1;
	return resized(g, op, &out[0]);
}
