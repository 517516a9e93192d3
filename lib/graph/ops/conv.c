/* Shapes and gradients of the convolution family: CONV, its two gradients,
 * which are ops in their own right (CONV_DATA is Caffe's Deconvolution), and
 * the window ops IM2COL and COL2IM. */
#include <inttypes.h>

#include "base/err.h"
#include "graph/internal.h"
#include "graph/ops/rules.h"

/* Beyond this a window is nonsense; products of three stay in 64 bits. */
enum { WINDOW_MAX = 1 << 20 };

static int
check_attr(const struct op_conv *c)
{
	if (c->nd < 1 || c->nd > 3)
		return err_set(
		    ERR_FORMAT, "%d spatial axes (1 to 3 are taken)", c->nd);
	if (c->group < 1)
		return err_set(ERR_FORMAT, "group is %d", c->group);
	for (int i = 0; i < c->nd; i++) {
		if (c->kernel[i] < 1 || c->stride[i] < 1 ||
		    c->dilation[i] < 1 || c->pad[i] < 0)
			return err_set(ERR_FORMAT,
			    "kernel %d, stride %d, pad %d, dilation %d",
			    c->kernel[i], c->stride[i], c->pad[i],
			    c->dilation[i]);
		if (c->kernel[i] > WINDOW_MAX || c->stride[i] > WINDOW_MAX ||
		    c->dilation[i] > WINDOW_MAX || c->pad[i] > WINDOW_MAX)
			return err_set(ERR_RANGE,
			    "a window over %d pixels wide", WINDOW_MAX);
	}
	return 0;
}

/* Output size of a convolution along spatial axis i of an input of `size`. */
static int
out_size(int64_t *out, const struct op_conv *c, int i, int64_t size)
{
	int64_t extent = (int64_t)c->dilation[i] * (c->kernel[i] - 1) + 1;
	int64_t room = size + 2 * (int64_t)c->pad[i] - extent;

	if (room < 0)
		return err_set(ERR_FORMAT,
		    "a window of %" PRId64 " does not fit %" PRId64
		    " with pad %d",
		    extent, size, c->pad[i]);
	*out = room / c->stride[i] + 1;
	return 0;
}

/* Input i has nd + 2 axes. */
static int
check_image(const struct graph *g, const struct op *op, int i)
{
	return graph_need_axes(g, op, i, op->a.conv.nd + 2, op->a.conv.nd + 2);
}

/* The filter's shape for `outs` outputs and `ins` inputs. */
static int
filter_shape(
    struct shape *w, const struct op_conv *c, int64_t outs, int64_t ins)
{
	if (outs % c->group != 0 || ins % c->group != 0)
		return err_set(ERR_FORMAT,
		    "%" PRId64 " and %" PRId64
		    " channels are not divisible by group %d",
		    ins, outs, c->group);
	w->n = c->nd + 2;
	w->d[0] = outs;
	w->d[1] = ins / c->group;
	for (int i = 0; i < c->nd; i++)
		w->d[2 + i] = c->kernel[i];
	return 0;
}

static struct shape
vector(int64_t n)
{
	return (struct shape){ .n = 1, .d = { n } };
}

SHAPE_RULE(shape_conv)
{
	const struct op_conv *c = &op->a.conv;
	const struct shape *x = graph_shape(g, op->in[0]);
	const struct shape *w = graph_shape(g, op->in[1]);
	struct shape need, bias;

	TRY(check_attr(c));
	TRY(check_image(g, op, 0));
	TRY(check_image(g, op, 1));
	TRY(filter_shape(&need, c, w->d[0], x->d[1]));
	TRY(graph_need_shape(g, op, 1, &need));
	bias = vector(w->d[0]);
	TRY(graph_need_shape(g, op, 2, &bias));
	out[0] = *x;
	out[0].d[1] = w->d[0];
	for (int i = 0; i < c->nd; i++)
		TRY(out_size(&out[0].d[2 + i], c, i, x->d[2 + i]));
	*nout = 1;
	return graph_need_shape(g, op, 3, &out[0]);
}

/* dy (N,O,S') has the shape that a convolution of (N,C,size) gives. */
static int
check_dy(const struct graph *g, const struct op *op, int i, const int64_t *size)
{
	const struct op_conv *c = &op->a.conv;
	struct shape need = *graph_shape(g, op->in[i]);

	for (int k = 0; k < c->nd; k++)
		TRY(out_size(&need.d[2 + k], c, k, size[k]));
	return graph_need_shape(g, op, i, &need);
}

SHAPE_RULE(shape_conv_data)
{
	const struct op_conv *c = &op->a.conv;
	const struct shape *dy = graph_shape(g, op->in[0]);
	const struct shape *w = graph_shape(g, op->in[1]);
	struct shape need, bias;

	TRY(check_attr(c));
	TRY(check_image(g, op, 0));
	TRY(check_image(g, op, 1));
	out[0] = *dy;
	out[0].d[1] = w->d[1] * c->group;
	for (int i = 0; i < c->nd; i++)
		out[0].d[2 + i] = c->size[i];
	TRY(filter_shape(&need, c, dy->d[1], out[0].d[1]));
	TRY(graph_need_shape(g, op, 1, &need));
	bias = vector(out[0].d[1]);
	TRY(graph_need_shape(g, op, 2, &bias));
	TRY(check_dy(g, op, 0, c->size));
	*nout = 1;
	return 0;
}

SHAPE_RULE(shape_conv_weight)
{
	const struct op_conv *c = &op->a.conv;
	const struct shape *x = graph_shape(g, op->in[0]);
	const struct shape *dy = graph_shape(g, op->in[1]);

	TRY(check_attr(c));
	TRY(check_image(g, op, 0));
	TRY(check_image(g, op, 1));
	if (x->d[0] != dy->d[0])
		return err_set(ERR_FORMAT,
		    "batches of %" PRId64 " and %" PRId64, x->d[0], dy->d[0]);
	TRY(check_dy(g, op, 1, &x->d[2]));
	TRY(filter_shape(&out[0], c, dy->d[1], x->d[1]));
	out[1] = vector(dy->d[1]);
	*nout = c->bias ? 2 : 1;
	return 0;
}

static union op_attr
with_size(const struct op *op, const struct shape *x)
{
	union op_attr a = op->a;

	a.conv.relu = false;
	for (int i = 0; i < a.conv.nd; i++)
		a.conv.size[i] = x->d[2 + i];
	return a;
}

/* The gradients of a filter and (bias) of a vector added to every channel of
 * y; x is the larger image, dy the smaller. */
static int
add_weight_grad(struct graph *g, const struct op *op, int x, int dy, bool bias,
    int *dw, int *db)
{
	union op_attr a = op->a;
	int in[2] = { x, dy };

	a.conv.relu = false;
	a.conv.bias = bias;
	TRY(graph_add(g, OP_CONV_WEIGHT, &a, in, 2));
	*dw = graph_last(g)->out[0];
	if (bias)
		*db = graph_last(g)->out[1];
	return 0;
}

/* Sum of dy over all axes but the channels, as a vector. */
static int
add_channel_sum(struct graph *g, int dy)
{
	const struct shape s = *graph_shape(g, dy);
	const struct shape v = vector(s.d[1]);
	uint32_t axes = ((1U << s.n) - 1) & ~2U;

	return graph_reshape(g, graph_reduce(g, dy, REDUCE_SUM, axes, 1), &v);
}

GRAD_RULE(grad_conv)
{
	const union op_attr data = with_size(op, graph_shape(g, op->in[0]));
	const int in[2] = { dout[0], op->in[1] };
	int rc = 0;

	if (op->a.conv.relu)
		return err_set(ERR_UNSUPPORTED, "no gradient after fusion");
	if (want & 2)
		rc = add_weight_grad(
		    g, op, op->in[0], dout[0], want & 4, &din[1], &din[2]);
	else if (want & 4)
		rc = din[2] = add_channel_sum(g, dout[0]);
	if (rc >= 0 && (want & 1))
		rc = din[0] = graph_add(g, OP_CONV_DATA, &data, in, 2);
	if (want & 8)
		din[3] = dout[0];
	return rc < 0 ? rc : 0;
}

GRAD_RULE(grad_conv_data)
{
	const int in[2] = { dout[0], op->in[1] };
	int unused, rc = 0;

	if (want & 2)
		rc = add_weight_grad(
		    g, op, dout[0], op->in[0], false, &din[1], &unused);
	if (rc >= 0 && (want & 4))
		rc = din[2] = add_channel_sum(g, dout[0]);
	if (rc >= 0 && (want & 1))
		rc = din[0] = graph_add(g, OP_CONV, &op->a, in, 2);
	return rc < 0 ? rc : 0;
}

/* Columns: the product of the kernel's axes. */
static int64_t
kernel_count(const struct op_conv *c)
{
	int64_t n = 1;

	for (int i = 0; i < c->nd; i++)
		n *= c->kernel[i];
	return n;
}

SHAPE_RULE(shape_im2col)
{
	const struct op_conv *c = &op->a.conv;
	const struct shape *x = graph_shape(g, op->in[0]);

	TRY(check_attr(c));
	TRY(check_image(g, op, 0));
	if (x->d[1] > (int64_t)SHAPE_COUNT_MAX / kernel_count(c))
		return err_set(ERR_RANGE,
		    "a window of %" PRId64 " pixels for %" PRId64 " channels",
		    kernel_count(c), x->d[1]);
	out[0] = *x;
	out[0].d[1] *= kernel_count(c);
	for (int i = 0; i < c->nd; i++)
		TRY(out_size(&out[0].d[2 + i], c, i, x->d[2 + i]));
	*nout = 1;
	return 0;
}

GRAD_RULE(grad_im2col)
{
	const union op_attr a = with_size(op, graph_shape(g, op->in[0]));

	if (want & 1)
		TRY(din[0] = graph_add(g, OP_COL2IM, &a, dout, 1));
	return 0;
}

SHAPE_RULE(shape_col2im)
{
	const struct op_conv *c = &op->a.conv;
	const struct shape *dy = graph_shape(g, op->in[0]);

	TRY(check_attr(c));
	TRY(check_image(g, op, 0));
	TRY(check_dy(g, op, 0, c->size));
	if (dy->d[1] % kernel_count(c) != 0)
		return err_set(ERR_FORMAT,
		    "%" PRId64
		    " channels are not divisible by a window of %" PRId64,
		    dy->d[1], kernel_count(c));
	out[0] = *dy;
	out[0].d[1] = dy->d[1] / kernel_count(c);
	for (int i = 0; i < c->nd; i++)
		out[0].d[2 + i] = c->size[i];
	*nout = 1;
	return 0;
}

GRAD_RULE(grad_col2im)
{
	if (want & 1)
		TRY(din[0] = graph_add(g, OP_IM2COL, &op->a, dout, 1));
	return 0;
}
