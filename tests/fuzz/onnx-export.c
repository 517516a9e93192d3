/* Prototxt to nets, and these, with weights of nothing but a number, to ONNX. */
#include "base/mem.h"
#include "caffe/blob.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "fuzz.h"
#include "nn/use.h"
#include "onnx/export/export.h"

enum { NUMBERS_MAX = 1 << 20 };

/* A layer of the weights; < 0 where they would be too many. */
static int
add_layer(Caffe__NetParameter *w, const struct net *n, const struct layer *l)
{
	Caffe__LayerParameter *to =
	    caffe_new(Caffe__LayerParameter, layer_parameter);

	caffe_set_str(to, "name", l->name);
	caffe_add(&w->layer, &w->n_layer, to);
	for (int i = l->param; i < l->param + l->nparams; i++) {
		const struct shape *s = &n->params[i].shape;
		Caffe__BlobProto *b;

		if (shape_count(s) > NUMBERS_MAX)
			return -1;
		b = caffe_blob_new(s->d, s->n, NULL);
		for (size_t k = 0; k < b->n_data; k++)
			b->data[k] = 0.5f;
		caffe_add(&to->blobs, &to->n_blobs, b);
	}
	return 0;
}

static void
export_net(const Caffe__NetParameter *np, const struct net *n, int opset)
{
	Caffe__NetParameter *w = caffe_new(Caffe__NetParameter, net_parameter);
	const struct onnx_export o = { .net = np,
		.weights = w,
		.classes = 3,
		.opset = opset,
		.half = opset == ONNX_EXPORT_OPSET_MAX,
		.fold_batchnorm = opset == ONNX_EXPORT_OPSET,
		.version = "fuzz" };
	int rc = 0;

	for (int i = 0; i < n->nlayers && rc >= 0; i++)
		if (n->layers[i].nparams > 0)
			rc = add_layer(w, n, &n->layers[i]);
	if (rc >= 0)
		onnx_export(&o, "/dev/null", 1);
	caffe_msg_free(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TEST, .classes = 3 };
	Caffe__NetParameter *np;
	struct net *n;

	if (caffe_net_parse(&np, (const char *)data, size, "input") < 0)
		return 0;
	if (net_new(&n, np, &o) == 0) {
		if (graph_ops(n->graph) < 2000) {
			export_net(np, n, ONNX_EXPORT_OPSET_MIN);
			export_net(np, n, ONNX_EXPORT_OPSET);
			export_net(np, n, ONNX_EXPORT_OPSET_MAX);
		}
		net_free(n);
	}
	caffe_msg_free(np);
	return 0;
}
