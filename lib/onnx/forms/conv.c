/* Convolutions, their transposes, and products of matrices. */
#include <string.h>

#include "onnx/forms/form.h"

enum { WEIGHTS_MAX = 1 << 26 }; /* that an Im2col may take */

static void
sizes(struct export *e, struct export_node *n, const char *name, const int *v,
    int nd)
{
	int64_t wide[3];

	for (int i = 0; i < nd; i++)
		wide[i] = v[i];
	export_ints(e, n, name, wide, (size_t)nd);
}

static void
windows(struct export *e, struct export_node *n, const struct op_conv *c)
{
	int64_t pads[6];

	for (int i = 0; i < c->nd; i++)
		pads[i] = pads[i + c->nd] = c->pad[i];
	sizes(e, n, "kernel_shape", c->kernel, c->nd);
	sizes(e, n, "strides", c->stride, c->nd);
	export_ints(e, n, "pads", pads, 2 * (size_t)c->nd);
	sizes(e, n, "dilations", c->dilation, c->nd);
	export_int(e, n, "group", c->group);
}

static struct export_node *
conv_node(struct export *e, const struct op *op, const char *name)
{
	struct export_node *n = export_node(
	    e, name, export_of(e, op->in[0]), export_of(e, op->in[1]), NULL);

	if (op->nin > 2 && op->in[2] >= 0)
		export_in(n, export_of(e, op->in[2]));
	return n;
}

EXPORT_OP(export_conv)
{
	struct export_node *n = conv_node(e, op, "Conv");

	windows(e, n, &op->a.conv);
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}

/* The size that Caffe gives it is what remains when the window is laid on; what a
 * longer one has more is ONNX's output_padding. */
EXPORT_OP(export_conv_data)
{
	struct export_node *n = conv_node(e, op, "ConvTranspose");
	const struct shape *x = export_shape(e, op->in[0]);
	const struct op_conv *c = &op->a.conv;
	int more[3];
	bool any = false;

	windows(e, n, c);
	for (int i = 0; i < c->nd; i++) {
		const int64_t extent =
		    (int64_t)c->dilation[i] * (c->kernel[i] - 1) + 1;

		more[i] = (int)(c->size[i] -
		    (c->stride[i] * (x->d[2 + i] - 1) + extent -
			2 * (int64_t)c->pad[i]));
		any |= more[i] != 0;
	}
	if (any)
		sizes(e, n, "output_padding", more, c->nd);
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}

/* The places of each window as channels: a convolution whose windows have a single
 * 1. */
EXPORT_OP(export_im2col)
{
	const int64_t channels = export_shape(e, op->in[0])->d[1];
	const struct op_conv *c = &op->a.conv;
	const int64_t places = (int64_t)c->kernel[0] * c->kernel[1];
	const struct shape s = shape_of(
	    4, (int)(channels * places), 1, c->kernel[0], c->kernel[1]);
	struct op_conv each = *c;
	struct export_node *n;
	float *v;

	if (c->nd != 2)
		return err_set(ERR_UNSUPPORTED,
		    "of windows of %d axes ONNX has no form", c->nd);
	if (places > WEIGHTS_MAX || channels * places > WEIGHTS_MAX / places)
		return err_set(ERR_RANGE,
		    "its windows take more than %d weights", WEIGHTS_MAX);
	v = mem_array(float, shape_count(&s));
	for (int64_t i = 0; i < channels * places; i++)
		v[i * places + i % places] = 1;
	n = export_node(
	    e, "Conv", export_of(e, op->in[0]), export_floats(e, &s, v), NULL);
	mem_free(v);
	each.group = (int)channels;
	windows(e, n, &each);
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}

static struct export_value *
transposed(struct export *e, int tensor, bool yes)
{
	static const int64_t order[3] = { 0, 2, 1 };
	struct export_node *n;

	if (!yes)
		return export_of(e, tensor);
	n = export_node(e, "Transpose", export_of(e, tensor), NULL);
	export_ints(e, n, "perm", order, 3);
	return export_out(e, n);
}

static struct export_value *
product_of_many(struct export *e, const struct op *op)
{
	const struct op_matmul *m = &op->a.matmul;
	struct export_value *a = transposed(e, op->in[0], m->ta);
	struct export_value *b = transposed(e, op->in[1], m->tb);
	struct export_value *y = export_binary(e, "MatMul", a, b);

	return op->nin > 2 && op->in[2] >= 0
	    ? export_binary(e, "Add", y, export_of(e, op->in[2]))
	    : y;
}

EXPORT_OP(export_matmul)
{
	const struct op_matmul *m = &op->a.matmul;
	struct export_node *n;

	if (export_shape(e, op->in[0])->n == 3) {
		export_top(e, op->out[0], product_of_many(e, op));
		return 0;
	}
	n = conv_node(e, op, "Gemm");
	if (m->ta)
		export_int(e, n, "transA", 1);
	if (m->tb)
		export_int(e, n, "transB", 1);
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}
