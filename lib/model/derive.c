/* deploy.prototxt of a train_val: see derive.h. */
#include "model/derive.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/filter.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "model/folder.h"
#include "nn/deploy.h"
#include "nn/layer.h"
#include "nn/read.h"

/* The net for training, or NULL, and the file that it is in. */
static int
read_trained(Caffe__NetParameter **net, char **path,
    const struct model_info *info, const char *dir)
{
	*net = NULL;
	TRY(model_file_in(path, dir, info->train_val_file));
	if (*path == NULL)
		TRY(model_file_in(path, dir, info->model_file));
	return *path != NULL ? net_read(net, *path) : 0;
}

/* What pictures are made into before they come to the net. */
static void
take_transform(struct model_info *info, const Caffe__TransformationParameter *t)
{
	const bool mean = info->mean_pixel_n > 0 ||
	    (info->mean_file != NULL && info->mean_file[0] != '\0');

	if (t->n_mean_value > 0 && t->n_mean_value <= 4 && !mean) {
		for (size_t i = 0; i < t->n_mean_value; i++)
			info->mean_pixel[i] = (double)t->mean_value[i];
		info->mean_pixel_n = (int)t->n_mean_value;
		model_set(&info->mean_subtraction, "pixel");
	} else if (t->mean_file != NULL && !mean) {
		log_warn(
		    "the net was trained with the mean of %s, which is not here: give it with --mean",
		    t->mean_file);
	}
	if (t->has_scale && info->input_scale == 0 && t->scale != 1)
		info->input_scale = (double)t->scale;
}

/* Has the only output of such a layer the channels of its only input? */
static bool
keeps_channels(const Caffe__LayerParameter *l)
{
	static const char *const types[] = { "BatchNorm", "Bias", "Dropout",
		"LRN", "MVN", "Pooling", "Power", "ReLU", "Scale" };

	for (size_t i = 0; i < LENGTH(types); i++)
		if (strcmp(l->type, types[i]) == 0)
			return l->n_top == 1;
	return false;
}

/* The first convolution of what is in input, or NULL. */
static const Caffe__LayerParameter *
first_convolution(const Caffe__NetParameter *net, const char *input)
{
	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		if (l->n_bottom != 1 || strcmp(l->bottom[0], input) != 0)
			continue;
		if (strcmp(l->type, "Convolution") == 0)
			return l;
		if (keeps_channels(l))
			input = l->top[0];
	}
	return NULL;
}

/* The channels of pictures, as the weights of a first convolution of them tell; 3
 * when nothing does. */
static int64_t
find_channels(const struct model_info *info, const char *dir,
    const Caffe__NetParameter *net, const char *input)
{
	const Caffe__LayerParameter *l = first_convolution(net, input);
	Caffe__NetParameter *w = NULL;
	struct caffe_shape s;
	int64_t channels = 3;
	char *path = NULL;

	if (l == NULL)
		return channels;
	if (model_file_in(&path, dir, info->snapshot_file) < 0 ||
	    path == NULL || caffe_weights_read(&w, path) < 0) {
		mem_free(path); /* what is wrong with them is said later */
		return channels;
	}
	for (size_t k = 0; k < w->n_layer; k++)
		if (strcmp(w->layer[k]->name, l->name) == 0 &&
		    w->layer[k]->n_blobs > 0 &&
		    caffe_blob_shape(&s, w->layer[k]->blobs[0]) >= 0 &&
		    s.ndim == 4 && s.dim[1] >= 1 && s.dim[1] <= 4)
			channels = s.dim[1];
	caffe_msg_free(w);
	mem_free(path);
	return channels;
}

static int
write_deploy(struct model_info *info, const char *dir, const char *from,
    const Caffe__NetParameter *net, const Caffe__NetState *state,
    const Caffe__LayerParameter *data)
{
	const int64_t crop = data != NULL && data->transform_param != NULL
	    ? data->transform_param->crop_size
	    : 0;
	const char *input = data != NULL ? data->top[0] : "data";
	const int64_t chw[3] = {
		info->dims[2] == 1 ? 1 : find_channels(info, dir, net, input),
		crop > 0 ? crop : info->dims[0], crop > 0 ? crop : info->dims[1]
	};
	Caffe__NetParameter *deploy = NULL;
	char *path;
	int rc;

	if (chw[1] < 1 || chw[2] < 1) {
		log_warn(
		    "the net is one for training, and nothing tells the size of its pictures: with --size WxH it gets a deploy.prototxt, which model-infer needs");
		return 0;
	}
	rc = net_deploy_derive(&deploy, net, state, input, chw);
	if (rc < 0)
		return err_in(rc, "%s", from);
	path = path_join(dir, "deploy.prototxt");
	rc = caffe_text_write(path, deploy, 0);
	mem_free(path);
	caffe_msg_free(deploy);
	if (rc < 0)
		return rc;
	model_set(&info->deploy_file, "deploy.prototxt");
	for (int i = 0; i < 2; i++)
		if (info->dims[i] == 0)
			info->dims[i] = (int)chw[i + 1];
	info->dims[2] = (int)chw[0];
	log_info("deploy.prototxt is made of the net for training");
	return 0;
}

int
model_derive_deploy(struct model_info *info, const char *dir)
{
	static const char *const stages[] = { "deploy", NULL };
	const Caffe__LayerParameter *data;
	Caffe__NetParameter *net = NULL;
	Caffe__NetState *state, *test;
	char *from = NULL;
	int rc;

	if (info->deploy_file != NULL)
		return 0;
	rc = read_trained(&net, &from, info, dir);
	if (net == NULL) {
		mem_free(from);
		return rc;
	}
	test = caffe_state_new(CAFFE__PHASE__TEST, 0, NULL);
	state = caffe_state_new(
	    CAFFE__PHASE__TEST, 0, net_has_deploy(net) ? stages : NULL);
	data = net_picture_layer(net, test);
	rc = write_deploy(info, dir, from, net, state, data);
	if (rc >= 0 && info->deploy_file != NULL && data != NULL &&
	    data->transform_param != NULL)
		take_transform(info, data->transform_param);
	caffe_msg_free(test);
	caffe_msg_free(state);
	caffe_msg_free(net);
	mem_free(from);
	return rc;
}
