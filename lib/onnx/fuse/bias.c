/* A Bias behind a product with weights, which has a place for it. */
#include <string.h>

#include "base/mem.h"
#include "caffe/blob.h"
#include "onnx/fuse/fuse.h"

/* Does the Bias add one number to each output of the layer before it? */
static bool
fits(const struct onnx_fuse *f, const Caffe__LayerParameter *l,
    const Caffe__LayerParameter *m, bool conv)
{
	const Caffe__BiasParameter *p = l->bias_param;
	const int axis = p->axis;
	struct onnx_dims d;

	if (onnx_fuse_dims(f, m->top[0], &d) == NULL || p->num_axes != 1 ||
	    l->n_blobs != 1)
		return false;
	return axis == (conv ? 1 : d.n - 1);
}

/* m takes l's blob and its top. */
static void
take_over(
    struct onnx_fuse *f, Caffe__LayerParameter *l, Caffe__LayerParameter *m)
{
	Caffe__BlobProto *b = l->blobs[0];
	char *x = mem_strdup(m->bottom[0]);
	const char *type =
	    onnx_fuse_is(m, "InnerProduct") ? "InnerProduct" : "Convolution";
	Caffe__InnerProductParameter *ip = m->inner_product_param;
	Caffe__ConvolutionParameter *c = m->convolution_param;

	/* l stands later, where nothing that reads it stands before */
	onnx_fuse_become(f, l, type, x);
	l->inner_product_param = ip;
	l->convolution_param = c;
	m->inner_product_param = NULL;
	m->convolution_param = NULL;
	if (ip != NULL) {
		ip->has_bias_term = 0;
		ip->bias_term = 1;
	}
	if (c != NULL) {
		c->has_bias_term = 0;
		c->bias_term = 1;
	}
	l->n_blobs = 0;
	for (size_t i = 0; i < m->n_blobs; i++)
		caffe_add(&l->blobs, &l->n_blobs, m->blobs[i]);
	caffe_add(&l->blobs, &l->n_blobs, b);
	m->n_blobs = 0;
	/* what is said of the weights, and of the bias behind them */
	if (m->n_param > 0 || l->n_param > 0) {
		Caffe__ParamSpec *s = l->n_param > 0 ? l->param[0] : NULL;

		l->n_param = 0;
		for (size_t i = 0; i < m->n_param; i++)
			caffe_add(&l->param, &l->n_param, m->param[i]);
		m->n_param = 0;
		while (s != NULL && l->n_param + 1 < l->n_blobs) {
			Caffe__ParamSpec *blank =
			    caffe_new(Caffe__ParamSpec, param_spec);

			caffe_add(&l->param, &l->n_param, blank);
		}
		if (s != NULL)
			caffe_add(&l->param, &l->n_param, s);
	}
	caffe_set_str(l, "name", m->name);
	onnx_fuse_drop(f, m);
	mem_free(x);
}

bool
onnx_fuse_bias(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	Caffe__LayerParameter *m;

	if (!onnx_fuse_is(l, "Bias") || l->bias_param == NULL)
		return false;
	m = onnx_fuse_before(f, l, 0, "InnerProduct");
	if (m != NULL && m->n_blobs == 1 && fits(f, l, m, false)) {
		take_over(f, l, m);
		return true;
	}
	m = onnx_fuse_before(f, l, 0, "Convolution");
	if (m != NULL && m->n_blobs == 1 && fits(f, l, m, true)) {
		take_over(f, l, m);
		return true;
	}
	return false;
}
