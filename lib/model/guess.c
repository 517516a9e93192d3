/*
 * What a folder says about a model without info.json: names of files, and the
 * size of pictures from the input of the net.
 */
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/msg.h"
#include "file/file.h"
#include "model/folder.h"
#include "model/pack.h"
#include "nn/layer.h"
#include "nn/read.h"

static void
take_dim(int dims[4], size_t i, int64_t v)
{
	if (i < 4 && v > 0 && v < 1 << 20)
		dims[i] = (int)v;
}

/* N, C, H, W, also where the channels of pictures are the last axis. */
static int
shape_take(int dims[4], const Caffe__BlobShape *s)
{
	static const size_t place[2][4] = { { 0, 1, 2, 3 }, { 0, 2, 3, 1 } };
	const int64_t *d = s->dim;
	const bool last =
	    s->n_dim == 4 && d[1] != 1 && d[1] != 3 && (d[3] == 1 || d[3] == 3);

	for (size_t i = 0; i < s->n_dim && i < 4; i++)
		take_dim(dims, place[last][i], d[i]);
	return s->n_dim > 0;
}

static int
input_of(int dims[4], const Caffe__NetParameter *net)
{
	size_t i;

	if (net->n_input_shape > 0)
		return shape_take(dims, net->input_shape[0]);
	if (net->n_input_dim >= 4) {
		for (i = 0; i < 4; i++)
			take_dim(dims, i, net->input_dim[i]);
		return 1;
	}
	for (i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		if (layer_role(l->type) == LAYER_INPUT &&
		    l->input_param != NULL && l->input_param->n_shape > 0)
			return shape_take(dims, l->input_param->shape[0]);
	}
	return 0;
}

int
model_net_input(int dims[4], const char *path)
{
	Caffe__NetParameter *net = NULL;
	int rc;

	memset(dims, 0, 4 * sizeof(*dims));
	rc = net_read(&net, path);
	if (rc == 0)
		rc = input_of(dims, net);
	caffe_msg_free(net);
	return rc;
}

/* Set *field to name if it has no value and DIR has such a file. */
static int
usual(char **field, const char *dir, const char *name)
{
	char *path;

	if (*field != NULL)
		return 0;
	TRY(model_file_in(&path, dir, name));
	if (path != NULL)
		model_set(field, name);
	mem_free(path);
	return 0;
}

static int
dims_guess(struct model_info *info, const char *dir)
{
	char *path;
	int d[4], rc;

	if (info->dims[0] > 0)
		return 0;
	TRY(model_file_in(&path, dir, info->deploy_file));
	if (path == NULL)
		TRY(model_file_in(&path, dir, info->model_file));
	if (path == NULL)
		return 0;
	rc = model_net_input(d, path);
	if (rc == 1 && d[1] > 0 && d[2] > 0 && d[3] > 0) {
		info->dims[0] = d[2];
		info->dims[1] = d[3];
		info->dims[2] = d[1];
	}
	mem_free(path);
	return rc < 0 ? rc : 0;
}

int
model_info_guess(struct model_info *info, const char *dir, const char *name)
{
	const struct {
		char **field;
		const char *name;
	} v[] = {
		{ &info->deploy_file, "deploy.prototxt" },
		{ &info->train_val_file, "train_val.prototxt" },
		{ &info->solver_file, "solver.prototxt" },
		{ &info->labels_file, "labels.txt" },
		{ &info->mean_file, "mean.binaryproto" },
		{ &info->palette_file, "palette.txt" },
		{ &info->class_file, "class_names.txt" },
	};

	for (size_t i = 0; i < LENGTH(v); i++)
		TRY(usual(v[i].field, dir, v[i].name));
	if (info->network_file == NULL) {
		TRY(usual(&info->model_file, dir, "original.prototxt"));
		if (info->model_file == NULL)
			model_set(&info->model_file,
			    info->deploy_file != NULL ? info->deploy_file
						      : info->train_val_file);
	}
	if (info->name == NULL && name != NULL)
		model_set(&info->name, name);
	else if (info->name == NULL)
		model_set(&info->name, path_base(dir));
	/* with a train_val, its data layer says what was subtracted */
	if (info->mean_subtraction == NULL && info->mean_file != NULL &&
	    (info->mean_file[0] == '\0' || info->train_val_file == NULL))
		model_set(&info->mean_subtraction,
		    info->mean_file[0] != '\0' ? "image" : "none");
	if (info->status == NULL)
		model_set(&info->status, "Done");
	model_info_defaults(info);
	return dims_guess(info, dir);
}
