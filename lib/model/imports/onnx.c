/* See onnx.h. */
#include "model/imports/onnx.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "onnx/import.h"

/* The net as a text, and its weights apart; blobs leave the layers. */
static int
write_net(const char *dir, Caffe__NetParameter *np)
{
	char *text = path_join(dir, "deploy.prototxt");
	char *weights = path_join(dir, "model.caffemodel");
	int rc = caffe_weights_write(weights, np, 0);

	for (size_t i = 0; i < np->n_layer && rc >= 0; i++) {
		Caffe__LayerParameter *l = np->layer[i];

		while (l->n_blobs > 0)
			caffe_msg_free(l->blobs[--l->n_blobs]);
	}
	if (rc >= 0)
		rc = caffe_text_write(text, np, 0);
	mem_free(text);
	mem_free(weights);
	return rc;
}

int
model_onnx_take(const char *dir, struct model_info *info, const char *path,
    const struct model_onnx *o)
{
	struct onnx_opts opts = { 0 };
	struct onnx_file *f;
	struct onnx_net *n = NULL;
	int rc;

	if (o != NULL) {
		opts.size[0] = o->size[1];
		opts.size[1] = o->size[0];
	}
	TRY(onnx_file_open(&f, path));
	rc = onnx_import(&n, f, &opts);
	if (rc >= 0)
		rc = write_net(dir, n->net);
	if (rc >= 0) {
		model_set(&info->deploy_file, "deploy.prototxt");
		model_set(&info->model_file, "deploy.prototxt");
		model_set(&info->snapshot_file, "model.caffemodel");
		model_set(&info->framework, "caffe");
	}
	onnx_net_free(n);
	onnx_file_close(f);
	return rc;
}
