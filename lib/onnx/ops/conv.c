/* Conv and ConvTranspose: Caffe's Convolution and Deconvolution. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

enum { AXES_MAX = 3 };

struct window {
	int nd;
	int64_t kernel[AXES_MAX], stride[AXES_MAX], dilation[AXES_MAX];
	int64_t pads[2 * AXES_MAX];
};

/* Of the weights (O, C, K...) and the attributes, all but pads. */
static int
read_window(struct onnx_node *n, const struct onnx_dims *w, struct window *k)
{
	k->nd = w->n - 2;
	if (k->nd < 1 || k->nd > AXES_MAX)
		return err_set(ERR_UNSUPPORTED,
		    "weights of %d axes; 1 to %d spatial ones are offered",
		    w->n, AXES_MAX);
	for (int i = 0; i < k->nd; i++)
		k->kernel[i] = w->d[2 + i].a;
	TRY(onnx_attr_window(n, "strides", k->nd, 1, k->stride));
	return onnx_attr_window(n, "dilations", k->nd, 1, k->dilation);
}

static void
put(uint32_t **v, size_t *count, const int64_t *from, int nd, int64_t none)
{
	bool all = true, same = true;

	for (int i = 0; i < nd; i++) {
		all &= from[i] == none;
		same &= from[i] == from[0];
	}
	if (all)
		return;
	*count = same ? 1 : (size_t)nd;
	*v = mem_array(uint32_t, *count);
	for (size_t i = 0; i < *count; i++)
		(*v)[i] = (uint32_t)from[i];
}

static Caffe__ConvolutionParameter *
param(const struct window *k, int64_t outputs, int64_t group, bool bias)
{
	Caffe__ConvolutionParameter *p =
	    caffe_new(Caffe__ConvolutionParameter, convolution_parameter);

	p->has_num_output = 1;
	p->num_output = (uint32_t)outputs;
	p->has_group = group != 1;
	p->group = (uint32_t)group;
	p->has_bias_term = !bias;
	p->bias_term = bias;
	put(&p->kernel_size, &p->n_kernel_size, k->kernel, k->nd, 0);
	put(&p->stride, &p->n_stride, k->stride, k->nd, 1);
	put(&p->dilation, &p->n_dilation, k->dilation, k->nd, 1);
	return p;
}

static bool
symmetric(const struct window *k)
{
	return memcmp(k->pads, k->pads + k->nd,
		   (size_t)k->nd * sizeof(*k->pads)) == 0;
}

/* A Pad layer before, where sides differ in a way that the layer has no field for. */
static int
pad_before(struct onnx_node *n, const struct window *k, struct onnx_value **x)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Pad");
	const size_t rank = (size_t)k->nd + 2;

	l->pad_param = caffe_new(Caffe__PadParameter, pad_parameter);
	l->pad_param->pad = mem_array(int64_t, 2 * rank);
	l->pad_param->n_pad = 2 * rank;
	for (int i = 0; i < k->nd; i++) {
		l->pad_param->pad[2 + i] = k->pads[i];
		l->pad_param->pad[rank + 2 + (size_t)i] = k->pads[k->nd + i];
	}
	return onnx_step(n, l, *x, x);
}

static int
put_pads(struct onnx_node *n, const struct window *k,
    Caffe__ConvolutionParameter *p, struct onnx_value **x)
{
	if (symmetric(k)) {
		put(&p->pad, &p->n_pad, k->pads, k->nd, 0);
		return 0;
	}
	if (k->nd != 2)
		return pad_before(n, k, x);
	p->has_pad_t = p->has_pad_l = p->has_pad_b = p->has_pad_r = 1;
	p->pad_t = (uint32_t)k->pads[0];
	p->pad_l = (uint32_t)k->pads[1];
	p->pad_b = (uint32_t)k->pads[2];
	p->pad_r = (uint32_t)k->pads[3];
	return 0;
}

/* Blob i of the layer: input i + 1 of the node. */
static int
take_blob(struct onnx_node *n, Caffe__LayerParameter *l, int in)
{
	const struct onnx_array *a;
	float *made;

	TRY(onnx_const(n, in, &a));
	onnx_blob(l, a->n, a->d, onnx_floats(a, &made));
	mem_free(made);
	onnx_share_blob(n, l, n->in[in]);
	return 0;
}

static int
with_blobs(struct onnx_node *n, Caffe__LayerParameter *l)
{
	int rc = take_blob(n, l, 1);

	if (rc >= 0 && onnx_has(n, 2))
		rc = take_blob(n, l, 2);
	return rc;
}

static int
emit_conv(struct onnx_node *n)
{
	const int64_t group = onnx_attr_int(n, "group", 1);
	struct onnx_value *x = n->in[0];
	const struct onnx_array *w;
	struct window k;
	Caffe__LayerParameter *l;
	struct onnx_dims wd;
	int rc;

	TRY(onnx_const(n, 1, &w));
	wd = n->in[1]->dims;
	if (x->dims.n != wd.n || group < 1 || w->count == 0)
		return err_set(ERR_FORMAT,
		    "weights of %d axes for an input of %d, in %lld groups",
		    wd.n, x->dims.n, (long long)group);
	TRY(read_window(n, &wd, &k));
	TRY(onnx_pads(n, x, k.nd, k.kernel, k.stride, k.dilation, k.pads));
	l = onnx_layer(n, "Convolution");
	l->convolution_param = param(&k, wd.d[0].a, group, onnx_has(n, 2));
	rc = with_blobs(n, l);
	if (rc >= 0)
		rc = put_pads(n, &k, l->convolution_param, &x);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	return onnx_one(n, l, x);
}

const struct onnx_op onnx_ops_conv[] = {
	{ "Conv", emit_conv, NULL },
	{ 0 },
};
