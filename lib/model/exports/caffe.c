/*
 * A model as BVLC's Caffe takes it: see export.h.
 *
 * The numbers of BVLC's fields are below 149 in layers and below 100 in their
 * parameters; all that others added is above (caffe/caffe.proto).
 */
#include "model/exports/export.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"
#include "caffe/text.h"
#include "caffe/wire.h"
#include "file/file.h"
#include "model/exports/rewrite.h"
#include "model/pack.h"
#include "model/product.h"
#include "nn/read.h"

enum { FIELD_MAX = 148 };
#define BLOB_MAX ((size_t)16 << 30) /* bytes of one blob as floats */

/* Layers of BVLC's master as of its last commit, of 2020. */
static const char *const types[] = { "AbsVal", "Accuracy", "ArgMax",
	"BatchNorm", "BatchReindex", "Bias", "BNLL", "Clip", "Concat",
	"ContrastiveLoss", "Convolution", "Crop", "Data", "Deconvolution",
	"Dropout", "DummyData", "Eltwise", "ELU", "Embed", "EuclideanLoss",
	"Exp", "Filter", "Flatten", "HDF5Data", "HDF5Output", "HingeLoss",
	"Im2col", "ImageData", "InfogainLoss", "InnerProduct", "Input", "Log",
	"LRN", "LSTM", "MemoryData", "MultinomialLogisticLoss", "MVN",
	"Parameter", "Pooling", "Power", "PReLU", "Reduction", "ReLU",
	"Reshape", "RNN", "Scale", "Sigmoid", "SigmoidCrossEntropyLoss",
	"Silence", "Slice", "Softmax", "SoftmaxWithLoss", "Split", "SPP",
	"Swish", "TanH", "Threshold", "Tile" };

static bool
is_known(const char *type)
{
	for (size_t i = 0; i < LENGTH(types); i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

/* Message i of a field that is one, or has them. */
static const void *
part_at(const void *m, const ProtobufCFieldDescriptor *f, size_t i)
{
	const void *at = (const char *)m + f->offset;

	return f->label == PROTOBUF_C_LABEL_REPEATED
	    ? (*(void *const *const *)at)[i]
	    : *(void *const *)at;
}

/* The first field of m, or in it, that others than BVLC added; NULL: none. */
static const ProtobufCFieldDescriptor *
strange_field(const ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;

	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i], *in;
		const size_t n = caffe_msg_count(m, f);

		if (caffe_field_hidden(f))
			continue;
		if (n > 0 && f->id > FIELD_MAX)
			return f;
		for (size_t k = 0; f->type == PROTOBUF_C_TYPE_MESSAGE && k < n;
		     k++) {
			in = strange_field(part_at(m, f, k));
			if (in != NULL)
				return in;
		}
	}
	return NULL;
}

static int
check_layers(const Caffe__NetParameter *net)
{
	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];
		const ProtobufCFieldDescriptor *f;

		if (!is_known(l->type))
			return err_set(ERR_UNSUPPORTED,
			    "layer \"%s\": BVLC's Caffe has no layer %s",
			    l->name, l->type);
		f = strange_field(&l->base);
		if (f != NULL)
			return err_set(ERR_UNSUPPORTED,
			    "layer \"%s\": BVLC's Caffe does not know %s of a layer %s",
			    l->name, f->name, l->type);
	}
	return 0;
}

/* ---- weights ---- */

/* As floats with a shape, whatever they were. */
static int
add_blob(Caffe__LayerParameter *to, const Caffe__BlobProto *from)
{
	struct caffe_shape s;
	Caffe__BlobProto *b;

	TRY(caffe_blob_shape(&s, from));
	if (s.count > BLOB_MAX / sizeof(float))
		return err_set(ERR_RANGE, "a blob of %zu numbers", s.count);
	b = caffe_blob_new(s.dim, s.ndim, NULL);
	caffe_add(&to->blobs, &to->n_blobs, b);
	return caffe_blob_floats(b->data, s.count, from);
}

static const Caffe__LayerParameter *
layer_named(const Caffe__NetParameter *net, const char *name)
{
	for (size_t i = 0; i < net->n_layer; i++)
		if (strcmp(net->layer[i]->name, name) == 0)
			return net->layer[i];
	return NULL;
}

/* The net's layers with the blobs that they have. */
static int
add_weights(Caffe__NetParameter *net, const Caffe__NetParameter *weights)
{
	for (size_t i = 0; i < net->n_layer; i++) {
		Caffe__LayerParameter *l = net->layer[i];
		const Caffe__LayerParameter *w = layer_named(weights, l->name);

		for (size_t k = 0; w != NULL && k < w->n_blobs; k++) {
			int rc = add_blob(l, w->blobs[k]);

			if (rc < 0)
				return err_in(rc, "layer \"%s\"", l->name);
		}
	}
	return 0;
}

/* ---- the folder ---- */

static int
copy_file(const char *dir, const char *from, const char *name, char **field)
{
	char *to = path_join(dir, name);
	int rc = from != NULL ? file_copy(from, to) : 0;

	mem_free(to);
	model_set(field, from != NULL ? name : NULL);
	return rc;
}

/* What the model says of itself, and the names of these files. */
static int
write_info(const struct model *m, const char *dir, const char *name)
{
	const char *mean = m->mean != NULL && path_has_ext(m->mean, ".npy")
	    ? "mean.npy"
	    : "mean.binaryproto";
	struct model_info info;
	struct buf b;
	int rc;

	model_info_init(&info);
	buf_init(&b, MODEL_INFO_MAX);
	rc = model_info_text(&b, &m->info);
	if (rc >= 0)
		rc = model_info_parse(&info, buf_str(&b), b.len, "info.json");
	buf_clear(&b);
	if (rc >= 0)
		rc = copy_file(dir, m->labels, "labels.txt", &info.labels_file);
	if (rc >= 0)
		rc = copy_file(dir, m->mean, mean, &info.mean_file);
	model_set(&info.deploy_file, "deploy.prototxt");
	model_set(&info.model_file, "deploy.prototxt");
	model_set(&info.snapshot_file, "model.caffemodel");
	model_set(&info.network_file, NULL);
	model_set(&info.train_val_file, NULL);
	model_set(&info.solver_file, NULL);
	model_set(&info.python_layer_file, NULL);
	model_set(&info.palette_file, NULL);
	model_set(&info.class_file, NULL);
	if (rc >= 0)
		rc = model_info_guess(&info, dir, name);
	if (rc >= 0)
		rc = model_info_write(&info, dir);
	model_info_clear(&info);
	return rc;
}

static int
write_files(const struct model *m, const char *dir, const char *name,
    Caffe__NetParameter *net, const Caffe__NetParameter *weights)
{
	char *deploy = path_join(dir, "deploy.prototxt");
	char *model = path_join(dir, "model.caffemodel");
	int rc = caffe_text_write(deploy, net, 0);

	if (rc >= 0) {
		rc = add_weights(net, weights);
		if (rc < 0)
			rc = err_in(rc, "%s", m->weights);
	}
	if (rc >= 0)
		rc = caffe_wire_write(model, net, 0);
	if (rc >= 0)
		rc = write_info(m, dir, name);
	mem_free(deploy);
	mem_free(model);
	return rc;
}

static int
take_net(Caffe__NetParameter **out, const struct model *m)
{
	int rc;

	TRY(net_read(out, m->deploy));
	rewrite_for_bvlc(*out);
	rc = check_layers(*out);
	return rc < 0 ? err_in(rc, "%s", m->deploy) : 0;
}

int
model_export_caffe(const struct model *m, const char *path, int force)
{
	Caffe__NetParameter *weights = NULL, *net = NULL;
	struct file_dir *d = NULL;
	int rc;

	if (m->weights == NULL || m->deploy == NULL)
		return err_set(ERR_MISSING, "%s: has no %s", m->dir,
		    m->weights == NULL ? "weights" : "deploy.prototxt");
	rc = take_net(&net, m);
	if (rc >= 0)
		rc = caffe_weights_read(&weights, m->weights);
	if (rc >= 0)
		rc = file_dir_begin(&d, path, force ? &model_kind : NULL);
	if (rc >= 0)
		rc = write_files(
		    m, file_dir_path(d), path_base(path), net, weights);
	if (rc >= 0)
		rc = file_dir_commit(&d);
	file_dir_abort(&d);
	caffe_msg_free(weights);
	caffe_msg_free(net);
	return rc;
}
