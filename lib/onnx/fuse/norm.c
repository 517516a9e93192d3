/*
 * LayerNorm as it was written out before ONNX had an operator for it:
 * (x - mean x) / sqrt(mean (x - mean x)^2 + eps), and then, times a scale and with a
 * bias, which the layer has blobs for.
 */
#include <string.h>

#include "base/mem.h"
#include "onnx/fuse/fuse.h"

/* The first of the axes that a reduction keeps as 1, if they are the last ones; -1:
 * they are not. */
static int
last_axes(const struct onnx_fuse *f, const Caffe__LayerParameter *l)
{
	const Caffe__ReduceParameter *p = l->reduce_param;
	struct onnx_dims d;
	int first, seen = 0;

	if (p == NULL || (p->has_keepdims && !p->keepdims) || p->n_axis == 0 ||
	    onnx_fuse_dims(f, l->bottom[0], &d) == NULL)
		return -1;
	first = d.n - (int)p->n_axis;
	for (size_t i = 0; i < p->n_axis; i++)
		seen |= 1 << p->axis[i];
	for (int i = first; i < d.n; i++)
		if (!(seen & 1 << i))
			return -1;
	return first;
}

/* eps of the layers from the root back to the squares of x, which are of the same
 * axes as mean; they go to part. */
static bool
deviation(const struct onnx_fuse *f, Caffe__LayerParameter *root, const char *x,
    int axis, Caffe__LayerParameter **part, float *eps)
{
	part[0] = root;
	part[1] = onnx_fuse_before(f, root, 0, "Power");
	if (onnx_fuse_is(root, "Power") &&
	    onnx_fuse_near(root->power_param->power, 0.5) &&
	    root->power_param->scale == 1) {
		/* eps and the root in one */
		*eps = root->power_param->shift;
		part[1] = root;
	} else if (onnx_fuse_is(root, "Sqrt") && part[1] != NULL &&
	    part[1]->power_param->scale == 1 &&
	    part[1]->power_param->power == 1)
		*eps = part[1]->power_param->shift;
	else
		return false;
	part[2] = onnx_fuse_before(f, part[1], 0, "ReduceMean");
	if (part[2] == NULL || last_axes(f, part[2]) != axis)
		return false;
	part[3] = onnx_fuse_before(f, part[2], 0, "Power");
	return onnx_fuse_power(part[3], 1, 0, 2) &&
	    strcmp(part[3]->bottom[0], x) == 0;
}

/* l is the quotient. */
static bool
core(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	Caffe__LayerParameter *sub, *mean, *root, *part[4];
	float eps = 0;
	int axis;

	if (l->n_bottom != 2 || onnx_fuse_readers(f, l->bottom[0]) != 2)
		return false;
	sub = onnx_fuse_maker(f, l->bottom[0]);
	root = onnx_fuse_before(f, l, 1, "Sqrt");
	if (root == NULL)
		root = onnx_fuse_before(f, l, 1, "Power");
	if (!onnx_fuse_is(sub, "Sub") || root == NULL)
		return false;
	mean = onnx_fuse_before(f, sub, 1, "ReduceMean");
	if (mean == NULL || strcmp(mean->bottom[0], sub->bottom[0]) != 0)
		return false;
	axis = last_axes(f, mean);
	if (axis < 0 || !deviation(f, root, l->bottom[0], axis, part, &eps))
		return false;
	onnx_fuse_become(f, l, "LayerNorm", sub->bottom[0]);
	l->layer_norm_param =
	    caffe_new(Caffe__LayerNormParameter, layer_norm_parameter);
	l->layer_norm_param->has_axis = 1;
	l->layer_norm_param->axis = axis;
	l->layer_norm_param->has_eps = 1;
	l->layer_norm_param->eps = eps;
	l->layer_norm_param->has_affine = 1;
	l->layer_norm_param->affine = 0;
	for (size_t i = 0; i < LENGTH(part); i++)
		if (i == 0 || part[i] != part[i - 1])
			onnx_fuse_drop(f, part[i]);
	onnx_fuse_drop(f, sub);
	onnx_fuse_drop(f, mean);
	return true;
}

/* Does a Scale or Bias lie along the axes that are normalised? */
static bool
along(const struct onnx_fuse *f, const Caffe__LayerParameter *norm, int axis,
    int num_axes)
{
	struct onnx_dims d;

	return onnx_fuse_dims(f, norm->top[0], &d) != NULL &&
	    axis == norm->layer_norm_param->axis && num_axes == d.n - axis;
}

/* l is the bias behind the scale behind a norm without them. */
static bool
affine(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	Caffe__LayerParameter *scale = onnx_fuse_before(f, l, 0, "Scale");
	Caffe__LayerParameter *norm =
	    scale != NULL ? onnx_fuse_before(f, scale, 0, "LayerNorm") : NULL;
	Caffe__LayerNormParameter *p;
	Caffe__BlobProto *b;
	char *x;

	if (norm == NULL || scale->n_blobs != 1 || l->n_blobs != 1 ||
	    norm->layer_norm_param == NULL || norm->n_blobs != 0 ||
	    !along(f, norm, scale->scale_param->axis,
		scale->scale_param->num_axes) ||
	    !along(f, norm, l->bias_param->axis, l->bias_param->num_axes))
		return false;
	b = l->blobs[0];
	p = norm->layer_norm_param;
	norm->layer_norm_param = NULL;
	p->has_affine = 0;
	p->affine = 1;
	x = mem_strdup(norm->bottom[0]);
	onnx_fuse_become(f, l, "LayerNorm", x);
	mem_free(x);
	l->layer_norm_param = p;
	l->n_blobs = 0;
	caffe_add(&l->blobs, &l->n_blobs, scale->blobs[0]);
	caffe_add(&l->blobs, &l->n_blobs, b);
	scale->n_blobs = 0;
	onnx_fuse_drop(f, scale);
	onnx_fuse_drop(f, norm);
	return true;
}

bool
onnx_fuse_norm(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	if (onnx_fuse_is(l, "Div"))
		return core(f, l);
	return onnx_fuse_is(l, "Bias") && l->bias_param != NULL && affine(f, l);
}
