/*
 * ConvTranspose: Caffe's Deconvolution, which pads alike on both sides: by the less
 * of both, and what is too much on the other side is cut off.  What is wanted behind
 * the last number that the kernel reaches is output_padding where it is less than
 * the stride; else a rim to which the bias alone comes, by a layer of its own.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

enum { AXES_MAX = 3 };

struct window {
	int nd;
	int64_t kernel[AXES_MAX], stride[AXES_MAX], dilation[AXES_MAX];
	int64_t pad[AXES_MAX];                      /* of both sides */
	int64_t before[AXES_MAX], behind[AXES_MAX]; /* more pad than that */
	int64_t more[AXES_MAX];                     /* behind the last number */
};

/* Pads of axis i where the size of the result is given: of the `all` places to be
 * dropped, less than 0 where there are too few. */
static void
share_out(struct onnx_node *n, int64_t all, int64_t *before, int64_t *behind)
{
	const char *mode = onnx_attr_str(n, "auto_pad", "NOTSET");

	*before = all < 0                     ? 0
	    : strcmp(mode, "SAME_UPPER") == 0 ? all / 2
					      : all - all / 2;
	*behind = all - *before;
}

static void
set_axis(struct window *w, int i, int64_t before, int64_t behind)
{
	w->pad[i] = before < behind ? before : behind;
	if (w->pad[i] < 0)
		w->pad[i] = 0;
	w->before[i] = before - w->pad[i];
	w->behind[i] = behind > w->pad[i] ? behind - w->pad[i] : 0;
	w->more[i] = behind < 0 ? -behind : 0;
}

/* Axis i, of an input of `size` places. */
static int
read_axis(struct onnx_node *n, struct window *w, int i, int64_t size)
{
	const char *mode = onnx_attr_str(n, "auto_pad", "NOTSET");
	int64_t adj[AXES_MAX], shape[2 * AXES_MAX], pads[2 * AXES_MAX] = { 0 };
	const int shapes = onnx_attr_ints(n, "output_shape", shape, w->nd + 2);
	const int k = onnx_attr_ints(n, "pads", pads, 2 * w->nd);
	int64_t all, before, behind;

	TRY(onnx_attr_window(n, "output_padding", w->nd, 0, adj));
	all =
	    w->stride[i] * (size - 1) + (w->kernel[i] - 1) * w->dilation[i] + 1;
	before = pads[i];
	behind = pads[w->nd + i] - adj[i];
	if (k < 0 && k != ONNX_NONE)
		return k;
	if (shapes >= w->nd)
		share_out(n, all + adj[i] - shape[shapes - w->nd + i], &before,
		    &behind);
	else if (strncmp(mode, "SAME", 4) == 0)
		share_out(
		    n, all + adj[i] - size * w->stride[i], &before, &behind);
	/* what was shared out has output_padding in it */
	if (shapes >= w->nd || strncmp(mode, "SAME", 4) == 0)
		behind -= adj[i];
	if (before < 0 || before + behind >= all)
		return err_set(ERR_UNSUPPORTED, "pads %lld and %lld of %lld",
		    (long long)before, (long long)behind, (long long)all);
	set_axis(w, i, before, behind);
	return 0;
}

static int
read_window(struct onnx_node *n, struct window *w)
{
	const struct onnx_dims *x = &n->in[0]->dims, *k = &n->in[1]->dims;

	w->nd = k->n - 2;
	if (w->nd < 1 || w->nd > AXES_MAX || x->n != k->n)
		return err_set(ERR_UNSUPPORTED,
		    "weights of %d axes; 1 to %d spatial ones are offered",
		    k->n, AXES_MAX);
	TRY(onnx_attr_window(n, "strides", w->nd, 1, w->stride));
	TRY(onnx_attr_window(n, "dilations", w->nd, 1, w->dilation));
	for (int i = 0; i < w->nd; i++) {
		int64_t size;

		w->kernel[i] = k->d[2 + i].a;
		TRY(onnx_fixed(n, n->in[0], 2 + i, &size));
		TRY(read_axis(n, w, i, size));
	}
	return 0;
}

static void
put(uint32_t **v, size_t *count, const int64_t *from, int nd)
{
	*v = mem_array(uint32_t, (size_t)nd);
	for (int i = 0; i < nd; i++)
		(*v)[(*count)++] = (uint32_t)from[i];
}

static void
set_param(Caffe__LayerParameter *l, const struct window *w, int64_t outputs,
    int64_t group, bool bias)
{
	Caffe__ConvolutionParameter *p =
	    caffe_new(Caffe__ConvolutionParameter, convolution_parameter);
	int64_t adj[AXES_MAX];
	bool some = false;

	l->convolution_param = p;
	p->has_num_output = 1;
	p->num_output = (uint32_t)outputs;
	p->has_group = group != 1;
	p->group = (uint32_t)group;
	p->has_bias_term = !bias;
	p->bias_term = bias;
	put(&p->kernel_size, &p->n_kernel_size, w->kernel, w->nd);
	put(&p->stride, &p->n_stride, w->stride, w->nd);
	put(&p->dilation, &p->n_dilation, w->dilation, w->nd);
	put(&p->pad, &p->n_pad, w->pad, w->nd);
	for (int i = 0; i < w->nd; i++) {
		adj[i] = w->more[i] < w->stride[i] ? w->more[i] : 0;
		some |= adj[i] != 0;
	}
	if (some)
		put(&p->output_padding, &p->n_output_padding, adj, w->nd);
}

/* Cuts, and rims of zeros that output_padding is not for. */
static int
put_right(struct onnx_node *n, const struct window *w, struct onnx_value *x,
    struct onnx_value **y)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Pad");
	const size_t rank = (size_t)w->nd + 2;

	l->pad_param = caffe_new(Caffe__PadParameter, pad_parameter);
	l->pad_param->pad = mem_array(int64_t, 2 * rank);
	l->pad_param->n_pad = 2 * rank;
	for (int i = 0; i < w->nd; i++) {
		int64_t *pad = l->pad_param->pad + 2 + i;

		pad[0] = -w->before[i];
		pad[rank] =
		    w->more[i] < w->stride[i] ? -w->behind[i] : w->more[i];
	}
	return onnx_finish(n, l, x, y);
}

static int
take_blob(struct onnx_node *n, Caffe__LayerParameter *l, int in)
{
	const struct onnx_array *a;
	float *made;

	TRY(onnx_const(n, in, &a));
	onnx_blob(l, a->n, a->d, onnx_floats(a, &made));
	mem_free(made);
	return 0;
}

static int
deconvolution(struct onnx_node *n, const struct window *w, bool bias,
    struct onnx_value **y)
{
	const int64_t group = onnx_attr_int(n, "group", 1);
	Caffe__LayerParameter *l = onnx_layer(n, "Deconvolution");
	int rc;

	set_param(l, w, n->in[1]->dims.d[1].a * group, group, bias);
	rc = take_blob(n, l, 1);
	if (rc >= 0 && bias)
		rc = take_blob(n, l, 2);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	return onnx_finish(n, l, n->in[0], y);
}

static int
emit_deconv(struct onnx_node *n)
{
	bool right = true, rim = false;
	struct onnx_value *y;
	Caffe__LayerParameter *l;
	struct window w;
	int rc;

	TRY(onnx_need_inputs(n, 2));
	memset(&w, 0, sizeof(w));
	TRY(read_window(n, &w));
	for (int i = 0; i < w.nd; i++) {
		right &= w.before[i] == 0 && w.behind[i] == 0 &&
		    w.more[i] < w.stride[i];
		rim |= w.more[i] >= w.stride[i];
	}
	rim &= onnx_has(n, 2);
	if (right)
		return deconvolution(n, &w, onnx_has(n, 2), NULL);
	TRY(deconvolution(n, &w, onnx_has(n, 2) && !rim, &y));
	if (!rim)
		return put_right(n, &w, y, NULL);
	TRY(put_right(n, &w, y, &y));
	l = onnx_layer(n, "Bias");
	rc = take_blob(n, l, 2);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	return onnx_one(n, l, y);
}

const struct onnx_op onnx_ops_deconv[] = {
	{ "ConvTranspose", emit_deconv, NULL },
	{ 0 },
};
