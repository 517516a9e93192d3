/* Nets of R-CNN's kind without what makes boxes: see rcnn.h. */
#include "infer/rcnn.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"

enum { INFO = 3 };
static const char info_name[] = "im_info";

static const Caffe__LayerParameter *
maker(const Caffe__NetParameter *net, const char *blob)
{
	for (size_t i = 0; i < net->n_layer; i++)
		if (layer_makes(net->layer[i], blob))
			return net->layer[i];
	return NULL;
}

static bool
has_info(const Caffe__NetParameter *net)
{
	const Caffe__LayerParameter *l = maker(net, info_name);

	return l != NULL && layer_role(l->type) == LAYER_INPUT;
}

void
infer_rcnn_finish(Caffe__NetParameter *net)
{
	static const char *const bottom[] = { "rois", "cls_prob", "bbox_pred",
		info_name };
	static const char type[] = "RCNNDetectionOutput";
	Caffe__LayerParameter *l;

	if (!has_info(net) || maker(net, type) != NULL)
		return;
	for (size_t i = 0; i < LENGTH(bottom); i++)
		if (maker(net, bottom[i]) == NULL)
			return;
	for (size_t i = 0; i < net->n_layer; i++)
		if (strcmp(net->layer[i]->type, type) == 0)
			return;
	l = caffe_new(Caffe__LayerParameter, layer_parameter);
	caffe_set_str(l, "name", type);
	caffe_set_str(l, "type", type);
	for (size_t i = 0; i < LENGTH(bottom); i++)
		caffe_add_str(&l->bottom, &l->n_bottom, bottom[i]);
	caffe_add_str(&l->top, &l->n_top, type);
	caffe_add(&net->layer, &net->n_layer, l);
}

int
infer_rcnn_input(struct net_input *in, const struct infer *f, int n)
{
	if (!has_info(f->deploy) || strcmp(f->input, info_name) == 0)
		return 0;
	*in = (struct net_input){ info_name, shape_of(2, n, (int)INFO) };
	return 1;
}

int
infer_rcnn_write(const struct infer *f, struct infer_plan *p, int n)
{
	const int t = net_input_find(p->net, info_name);
	float *v;
	int rc;

	if (t < 0 || strcmp(f->input, info_name) == 0)
		return 0;
	v = mem_array(float, (size_t)n *INFO);
	for (int i = 0; i < n; i++) {
		v[i * INFO] = (float)p->input.d[2];
		v[i * INFO + 1] = (float)p->input.d[3];
		v[i * INFO + 2] = 1;
	}
	rc = plan_write(p->plan, t, v);
	mem_free(v);
	return rc;
}
