/* See onnx.h. */
#include "model/imports/onnx.h"

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "model/imports/beside.h"
#include "model/imports/classes.h"
#include "model/imports/notes.h"
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

static bool
is_channels(int64_t n)
{
	return n == 1 || n == 3;
}

/* Height and width of the net's pictures; false: it takes none. */
static bool
picture_size(int in[2], const struct onnx_net *n)
{
	const struct onnx_port *p = NULL;
	int first;

	in[0] = in[1] = 0;
	for (size_t i = 0; i < n->ninputs && p == NULL; i++)
		if (n->inputs[i].used)
			p = &n->inputs[i];
	if (p == NULL || p->dims.n != 4)
		return false;
	/* the channels may be the last axis */
	first = is_channels(p->dims.d[1].a) ? 2 : 1;
	if (first == 1 && !is_channels(p->dims.d[3].a))
		return false;
	for (int k = 0; k < 2; k++)
		in[k] = (int)p->dims.d[first + k].a;
	return true;
}

static int
write_folder(const char *dir, struct model_info *info, struct onnx_net *n,
    const struct model_prepared *p)
{
	int in[2];
	const bool pictures = picture_size(in, n);

	TRY(write_net(dir, n->net));
	model_set(&info->deploy_file, "deploy.prototxt");
	model_set(&info->model_file, "deploy.prototxt");
	model_set(&info->snapshot_file, "model.caffemodel");
	model_set(&info->framework, "caffe");
	if (pictures && p->from != NULL)
		model_prepared_info(info, p, in);
	else if (pictures)
		model_prepared_by(info, NULL);
	TRY(model_prepared_labels(dir, info, p));
	return model_add_probabilities(dir, info);
}

/* Pictures come one by one, or as many as there is room for. */
static void
tell_batch(const char *path, const struct onnx_net *n)
{
	const struct onnx_dims *d = n->ninputs > 0 ? &n->inputs[0].dims : NULL;

	if (!n->batch_free && d != NULL && d->n > 0 && d->d[0].a > 1)
		log_warn(
		    "%s: its batch size is %lld and cannot be changed, which most programs here have to; export it with a batch of any size",
		    path, (long long)d->d[0].a);
}

int
model_onnx_take(const char *dir, struct model_info *info, const char *path,
    const struct model_onnx *o)
{
	struct onnx_opts opts = { 0 };
	struct onnx_file *f;
	struct onnx_net *n = NULL;
	struct model_prepared p;
	int rc;

	TRY(onnx_file_open(&f, path));
	model_prepared_init(&p);
	rc = model_notes_take(&p, f);
	if (rc >= 0)
		rc = model_beside_take(&p, path);
	for (int k = 0; k < 2; k++)
		opts.size[k] =
		    o != NULL && o->size[0] > 0 ? o->size[1 - k] : p.net[k];
	if (rc >= 0)
		rc = onnx_import(&n, f, &opts);
	if (rc >= 0)
		tell_batch(path, n);
	if (rc >= 0)
		rc = write_folder(dir, info, n, &p);
	model_prepared_clear(&p);
	onnx_net_free(n);
	onnx_file_close(f);
	return rc;
}
