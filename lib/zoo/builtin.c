/* The folder of a built-in model: our net of the same layers, a card, and the
 * preparation of its pictures (ILSVRC's mean pixel, 256 x 256, the crop). */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "file/file.h"
#include "model/model.h"
#include "nn/nets.h"
#include "zoo/fetch.h"

static const double ilsvrc_mean[] = { 104, 117, 123 }; /* B G R */

static void
set_outputs(Caffe__LayerParameter *l, int classes)
{
	if (l->inner_product_param != NULL &&
	    !l->inner_product_param->has_num_output) {
		l->inner_product_param->has_num_output = 1;
		l->inner_product_param->num_output = (uint32_t)classes;
	}
}

/* Layer m->last gets the name it has in the weights. */
static void
rename_last(Caffe__LayerParameter *l, const struct zoo_model *m)
{
	if (m->last != NULL && strcmp(l->name, m->last) == 0)
		caffe_set_str(l, "name", m->renamed);
}

static int
make_deploy(Caffe__NetParameter **out, const struct zoo_model *m)
{
	static const char *const stages[] = { "deploy", NULL };
	Caffe__NetState *state;
	Caffe__NetParameter *net = NULL;
	int rc;

	TRY(net_standard_read(&net, m->net));
	state = caffe_state_new(CAFFE__PHASE__TEST, 0, stages);
	rc = caffe_net_filter(out, net, state);
	for (size_t i = 0; rc >= 0 && i < (*out)->n_layer; i++) {
		set_outputs((*out)->layer[i], m->classes);
		rename_last((*out)->layer[i], m);
	}
	caffe_msg_free(state);
	caffe_msg_free(net);
	return rc;
}

static int
write_net(const char *dir, const char *name, const Caffe__NetParameter *net)
{
	char *path = path_join(dir, name);
	int rc = caffe_text_write(path, net, 1);

	mem_free(path);
	return rc;
}

static int
write_card(const char *dir, const struct zoo_model *m)
{
	char *path = path_join(dir, "readme.md");
	char *text = mem_printf(
	    "---\nname: %s\ncaffemodel: %s\n"
	    "caffemodel_url: %s\nlicense: %s\nsha1: %s\ncaffe_commit: %s\n---\n\n"
	    "One of BVLC Caffe's reference models; its classes are those of %s.\n",
	    m->title, m->file, m->url, m->license, m->sha1, m->commit,
	    m->labels);
	int rc = file_write(path, text, strlen(text), 1);

	mem_free(path);
	mem_free(text);
	return rc;
}

static int
write_info(const char *dir, const struct zoo_model *m)
{
	struct model_info info;
	int rc;

	model_info_init(&info);
	model_info_defaults(&info);
	model_set(&info.name, m->name);
	model_set(&info.framework, "caffe");
	model_set(&info.caffe_flavor, "BVLC");
	model_set(&info.model_file, "deploy.prototxt");
	model_set(&info.deploy_file, "deploy.prototxt");
	model_set(&info.snapshot_file, m->file);
	model_set(&info.licence, m->license);
	model_set(&info.resize_mode, "squash");
	model_set(&info.mean_subtraction, "pixel");
	for (int i = 0; i < 3; i++)
		info.mean_pixel[i] = ilsvrc_mean[i];
	info.mean_pixel_n = 3;
	info.dims[0] = info.dims[1] = 256;
	info.dims[2] = 3;
	rc = model_info_write(&info, dir);
	model_info_clear(&info);
	return rc;
}

int
zoo_builtin_files(const struct zoo_model *m, const char *dir)
{
	Caffe__NetParameter *deploy = NULL;
	int rc = make_deploy(&deploy, m);

	if (rc >= 0)
		rc = write_net(dir, "deploy.prototxt", deploy);
	caffe_msg_free(deploy);
	if (rc >= 0)
		rc = write_card(dir, m);
	return rc < 0 ? rc : write_info(dir, m);
}
