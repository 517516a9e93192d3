/* DetectNet made fit for a data set: see surgery.h. */
#include "recipe/nets/surgery.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/msg.h"
#include "dset/boxes/write.h"

/* Of Python layers, "width, height, stride, ...": the first two are others. */
static void
set_param_str(Caffe__LayerParameter *l, const struct dset *d)
{
	Caffe__PythonParameter *p = l->python_param;
	const char *rest = p != NULL && p->param_str != NULL
	    ? strchr(p->param_str, ',')
	    : NULL;
	char *text;

	rest = rest != NULL ? strchr(rest + 1, ',') : NULL;
	if (rest == NULL)
		return;
	text = mem_printf("%d, %d%s", d->width, d->height, rest);
	caffe_set_str(p, "param_str", text);
	mem_free(text);
}

/* Class i of the data set is map dst of the net. */
static void
add_class(Caffe__DetectNetGroundTruthParameter *p, uint32_t i, uint32_t dst)
{
	Caffe__DetectNetGroundTruthParameter__ClassMapping *m =
	    caffe_new(Caffe__DetectNetGroundTruthParameter__ClassMapping,
		detect_net_ground_truth_parameter__class_mapping);

	m->src = i;
	m->dst = dst;
	caffe_add(&p->object_class, &p->n_object_class, m);
}

static void
set_classes(Caffe__DetectNetGroundTruthParameter *p, const struct dset *d)
{
	const int32_t none = dset_dontcare(d);
	uint32_t dst = 0;

	for (size_t i = 0; i < p->n_object_class; i++)
		caffe_msg_free(p->object_class[i]);
	p->n_object_class = 0;
	for (size_t i = 0; i < d->nlabels; i++)
		if ((int32_t)i != none)
			add_class(p, (uint32_t)i, dst++);
}

static int
set_size(Caffe__DetectNetGroundTruthParameter *p, const struct dset *d)
{
	const int stride = (int)p->stride;

	if (d->width <= 0 || d->height <= 0)
		return 0;
	if (stride > 0 && (d->width % stride != 0 || d->height % stride != 0))
		return err_set(ERR_FORMAT,
		    "%s has pictures of %dx%d; DetectNet takes multiples of %d: give dset-create --size, or --pad, %dx%d",
		    d->path, d->width, d->height, stride,
		    (d->width + stride - 1) / stride * stride,
		    (d->height + stride - 1) / stride * stride);
	p->has_image_size_x = p->has_image_size_y = 1;
	p->image_size_x = (uint32_t)d->width;
	p->image_size_y = (uint32_t)d->height;
	return 0;
}

/* They know one class. */
static void
drop_python(Caffe__NetParameter *net)
{
	size_t n = 0;

	for (size_t i = 0; i < net->n_layer; i++)
		if (strcmp(net->layer[i]->type, "Python") == 0)
			caffe_msg_free(net->layer[i]);
		else
			net->layer[n++] = net->layer[i];
	net->n_layer = n;
}

/* The layer whose top, made a share by Sigmoid, is coverage. */
static Caffe__LayerParameter *
coverage_layer(Caffe__NetParameter *net)
{
	for (size_t i = 0; i < net->n_layer; i++)
		if (net->layer[i]->n_top == 1 &&
		    strcmp(net->layer[i]->top[0], "cvg/classifier") == 0)
			return net->layer[i];
	return NULL;
}

int
surgery_detect(Caffe__NetParameter *net, const struct dset *d)
{
	const size_t classes = d->nlabels - (dset_dontcare(d) >= 0);
	Caffe__LayerParameter *coverage = coverage_layer(net);

	if (d->nlabels > 0 && classes == 0)
		return err_set(ERR_FORMAT,
		    "%s has no class but dontcare: there is nothing to find",
		    d->path);
	for (size_t i = 0; i < net->n_layer; i++) {
		Caffe__LayerParameter *l = net->layer[i];

		if (l->python_param != NULL && d->width > 0)
			set_param_str(l, d);
		if (l->detectnet_groundtruth_param == NULL)
			continue;
		TRY(set_size(l->detectnet_groundtruth_param, d));
		if (d->nlabels > 0)
			set_classes(l->detectnet_groundtruth_param, d);
	}
	if (d->nlabels == 0)
		return 0;
	if (coverage != NULL)
		surgery_outputs(coverage, (int)classes, true);
	if (classes > 1)
		drop_python(net);
	log_info("DetectNet finds %s in pictures of %dx%d",
	    NUM_COUNTED(classes, "class"), d->width, d->height);
	return 0;
}
