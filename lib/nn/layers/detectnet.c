/*
 * DetectNetTransformation (NVcaffe): pictures augmented and box lists turned into
 * the coverage maps that DetectNet is trained with.  Its tops have the shapes
 * that the net needs, so that such nets can be read, shown and deployed; making
 * the values is not offered, and a run says so.
 */
#include "nn/layers/types.h"

enum { LABEL_CHANNELS = 8 }; /* foreground, box, size, object norm */

static const Caffe__DetectNetGroundTruthParameter none =
    CAFFE__DETECT_NET_GROUND_TRUTH_PARAMETER__INIT;

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	(void)env;
	(void)state;
	(void)in;
	(void)out;
	return err_set(ERR_UNSUPPORTED,
	    "DetectNetTransformation makes labels for training, which is not supported; use the net at stage deploy");
}

static int
emit(struct layer *l)
{
	const Caffe__DetectNetGroundTruthParameter *p =
	    LAYER_PARAM(l, detectnet_groundtruth_param, &none);
	union op_attr a = { .custom = {
				.nin = 2, .nout = 2, .forward = forward } };
	const struct shape *s = layer_shape(l, 0);
	unsigned dst = 0;
	size_t i;
	int y;

	if (s->n != 4 || p->stride < 1 || p->image_size_x < p->stride ||
	    p->image_size_y < p->stride || p->image_size_x > 65536 ||
	    p->image_size_y > 65536)
		return err_set(ERR_FORMAT,
		    "stride %u does not fit image_size_x %u, image_size_y %u, or its bottom does not have 4 axes",
		    (unsigned)p->stride, (unsigned)p->image_size_x,
		    (unsigned)p->image_size_y);
	for (i = 0; i < p->n_object_class; i++)
		if (p->object_class[i]->dst > dst)
			dst = p->object_class[i]->dst;
	if (dst > 4096)
		return err_set(ERR_RANGE, "object_class dst %u", dst);
	a.custom.shape[0] = shape_of(4, (int)s->d[0], (int)s->d[1],
	    (int)p->image_size_y, (int)p->image_size_x);
	a.custom.shape[1] = shape_of(4, (int)s->d[0],
	    LABEL_CHANNELS + (int)dst + 1, (int)(p->image_size_y / p->stride),
	    (int)(p->image_size_x / p->stride));
	TRY(y = graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
	TRY(layer_top(l, 1, graph_last(l->graph)->out[1]));
	return layer_top(l, 0, y);
}

const struct layer_type layer_detectnet = { "DetectNetTransformation", 2, 2, 2,
	2, .emit = emit, .no_grad = 3 };
