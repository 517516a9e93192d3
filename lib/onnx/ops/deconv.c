/*
 * ConvTranspose: Caffe's Deconvolution, which pads alike on both sides.  What is
 * wanted otherwise is more at the end, which output_padding is where it is less than
 * the stride; less there, which is cut off; or a rim that nothing reaches but the
 * bias, for which the bias is a layer of its own.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

enum { AXES_MAX = 3 };

struct window {
	int nd;
	int64_t kernel[AXES_MAX], stride[AXES_MAX], dilation[AXES_MAX];
	int64_t pad[AXES_MAX];  /* at the beginning */
	int64_t size[AXES_MAX]; /* of the result */
	int64_t more[AXES_MAX]; /* than a Deconvolution with pad would give */
};

/* Pads and sizes of axis i where output_shape gives the size. */
static void
by_shape(
    struct onnx_node *n, struct window *w, int i, int64_t size, int64_t whole)
{
	const char *mode = onnx_attr_str(n, "auto_pad", "NOTSET");
	const int64_t all = whole > size ? whole - size : 0;

	w->size[i] = size;
	w->pad[i] = strcmp(mode, "SAME_UPPER") == 0 ? all / 2 : all - all / 2;
}

/* Axis i, of an input of `size` places. */
static int
read_axis(struct onnx_node *n, struct window *w, int i, int64_t size)
{
	const char *mode = onnx_attr_str(n, "auto_pad", "NOTSET");
	int64_t adj[AXES_MAX], shape[2 * AXES_MAX], pads[2 * AXES_MAX] = { 0 };
	const int shapes = onnx_attr_ints(n, "output_shape", shape, w->nd + 2);
	int64_t whole;

	TRY(onnx_attr_window(n, "output_padding", w->nd, 0, adj));
	whole =
	    w->stride[i] * (size - 1) + (w->kernel[i] - 1) * w->dilation[i] + 1;
	if (shapes >= w->nd)
		by_shape(n, w, i, shape[shapes - w->nd + i], whole + adj[i]);
	else if (strncmp(mode, "SAME", 4) == 0)
		by_shape(n, w, i, size * w->stride[i], whole + adj[i]);
	else {
		const int k = onnx_attr_ints(n, "pads", pads, 2 * w->nd);

		if (k < 0 && k != ONNX_NONE)
			return k;
		w->pad[i] = pads[i];
		w->size[i] = whole + adj[i] - pads[i] - pads[w->nd + i];
	}
	w->more[i] = w->size[i] - (whole - 2 * w->pad[i]);
	if (w->pad[i] < 0 || w->size[i] < 1)
		return err_set(ERR_UNSUPPORTED, "pad %lld and a size of %lld",
		    (long long)w->pad[i], (long long)w->size[i]);
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
		adj[i] = w->more[i];
		if (adj[i] < 0 || adj[i] >= w->stride[i])
			adj[i] = 0;
		some |= adj[i] != 0;
	}
	if (some)
		put(&p->output_padding, &p->n_output_padding, adj, w->nd);
}

/* Axes that output_padding did not put right: rims of zeros, and cuts. */
static int
put_right(struct onnx_node *n, const struct window *w, struct onnx_value *x,
    struct onnx_value **y)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Pad");
	const size_t rank = (size_t)w->nd + 2;

	l->pad_param = caffe_new(Caffe__PadParameter, pad_parameter);
	l->pad_param->pad = mem_array(int64_t, 2 * rank);
	l->pad_param->n_pad = 2 * rank;
	for (int i = 0; i < w->nd; i++)
		if (w->more[i] < 0 || w->more[i] >= w->stride[i])
			l->pad_param->pad[rank + 2 + (size_t)i] = w->more[i];
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
		right &= w.more[i] >= 0 && w.more[i] < w.stride[i];
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
