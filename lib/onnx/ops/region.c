/* Operators that sample places of maps: GridSample, RoiAlign, MaxUnpool. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

static int
grid_mode(struct onnx_node *n, Caffe__GridSampleParameter *p)
{
	const char *mode = onnx_attr_str(n, "mode", "bilinear");
	const char *padding = onnx_attr_str(n, "padding_mode", "zeros");

	if (strcmp(mode, "nearest") == 0)
		p->mode = CAFFE__GRID_SAMPLE_PARAMETER__MODE__NEAREST;
	else if (strcmp(mode, "bicubic") == 0 || strcmp(mode, "cubic") == 0)
		p->mode = CAFFE__GRID_SAMPLE_PARAMETER__MODE__BICUBIC;
	else if (strcmp(mode, "bilinear") != 0 && strcmp(mode, "linear") != 0)
		return onnx_refuse(n, "mode \"%s\"", mode);
	if (strcmp(padding, "border") == 0)
		p->padding = CAFFE__GRID_SAMPLE_PARAMETER__PADDING__BORDER;
	else if (strcmp(padding, "reflection") == 0)
		p->padding = CAFFE__GRID_SAMPLE_PARAMETER__PADDING__REFLECTION;
	else if (strcmp(padding, "zeros") != 0)
		return onnx_refuse(n, "padding_mode \"%s\"", padding);
	p->has_mode = p->mode != CAFFE__GRID_SAMPLE_PARAMETER__MODE__BILINEAR;
	p->has_padding =
	    p->padding != CAFFE__GRID_SAMPLE_PARAMETER__PADDING__ZEROS;
	return 0;
}

static int
emit_grid_sample(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, "GridSample");
	Caffe__GridSampleParameter *p =
	    caffe_new(Caffe__GridSampleParameter, grid_sample_parameter);
	int rc;

	l->grid_sample_param = p;
	p->align_corners = onnx_attr_int(n, "align_corners", 0) != 0;
	p->has_align_corners = p->align_corners;
	rc = grid_mode(n, p);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	TRY(onnx_bottoms(n, l, n->in, 2));
	onnx_top(n, l, 0, n->in[0]->type);
	return onnx_emit(n, l);
}

/* Windows (R, 4) with the numbers of their pictures (R) in front. */
static int
windows(struct onnx_node *n, struct onnx_value **y)
{
	struct onnx_value *v[2] = { NULL, n->in[1] };
	Caffe__LayerParameter *l;
	struct onnx_dims d;

	if (n->in[1] == NULL || n->in[2] == NULL || n->in[2]->dims.n != 1)
		return err_set(ERR_FORMAT,
		    "it takes windows and the numbers of their pictures");
	d = n->in[2]->dims;
	d.d[d.n++] = onnx_int(1);
	TRY(onnx_reshape(n, n->in[2], &d, &v[0]));
	l = onnx_layer(n, "Concat");
	TRY(onnx_bottoms(n, l, v, 2));
	*y = onnx_top(n, l, -1, n->in[1]->type);
	return onnx_emit(n, l);
}

static int
emit_roi_align(struct onnx_node *n)
{
	const bool half = n->opset >= 16 &&
	    strcmp(onnx_attr_str(
		       n, "coordinate_transformation_mode", "half_pixel"),
		"half_pixel") == 0;
	const bool max = strcmp(onnx_attr_str(n, "mode", "avg"), "max") == 0;
	struct onnx_value *in[2] = { n->in[0] };
	Caffe__ROIAlignParameter *p;
	Caffe__LayerParameter *l;

	TRY(windows(n, &in[1]));
	l = onnx_layer(n, "ROIAlign");
	p = caffe_new(Caffe__ROIAlignParameter, roialign_parameter);
	l->roi_align_param = p;
	p->has_pooled_h = p->has_pooled_w = p->has_spatial_scale =
	    p->has_sampling_ratio = 1;
	p->pooled_h = (uint32_t)onnx_attr_int(n, "output_height", 1);
	p->pooled_w = (uint32_t)onnx_attr_int(n, "output_width", 1);
	p->spatial_scale = onnx_attr_float(n, "spatial_scale", 1);
	p->sampling_ratio = (int32_t)onnx_attr_int(n, "sampling_ratio", 0);
	p->has_half_pixel = p->half_pixel = half;
	p->has_mode = max;
	if (max)
		p->mode = CAFFE__ROIALIGN_PARAMETER__MODE__MAX;
	TRY(onnx_bottoms(n, l, in, 2));
	onnx_top(n, l, 0, n->in[0]->type);
	return onnx_emit(n, l);
}

static int
emit_max_unpool(struct onnx_node *n)
{
	const int nd = n->in[0]->dims.n - 2;
	int64_t kernel[SHAPE_MAX], stride[SHAPE_MAX],
	    pads[2 * SHAPE_MAX] = { 0 };
	int64_t size[SHAPE_MAX];
	Caffe__MaxUnpoolParameter *p;
	Caffe__LayerParameter *l;
	int k = 0, sizes = 0;

	if (nd < 1)
		return err_set(ERR_FORMAT, "it has no spatial axis");
	TRY(onnx_attr_window(n, "kernel_shape", nd, 1, kernel));
	TRY(onnx_attr_window(n, "strides", nd, 1, stride));
	k = onnx_attr_ints(n, "pads", pads, 2 * SHAPE_MAX);
	if (k != ONNX_NONE && k != 2 * nd)
		return k < 0 ? k : err_set(ERR_FORMAT, "%d pads", k);
	if (onnx_has(n, 2))
		TRY(sizes = onnx_const_ints(n, 2, size, SHAPE_MAX));
	l = onnx_layer(n, "MaxUnpool");
	p = caffe_new(Caffe__MaxUnpoolParameter, max_unpool_parameter);
	l->max_unpool_param = p;
	p->n_kernel = p->n_stride = (size_t)nd;
	p->n_pad = 2 * (size_t)nd;
	p->kernel = mem_array(uint32_t, (size_t)nd);
	p->stride = mem_array(uint32_t, (size_t)nd);
	p->pad = mem_array(uint32_t, 2 * (size_t)nd);
	for (int i = 0; i < nd; i++) {
		p->kernel[i] = (uint32_t)kernel[i];
		p->stride[i] = (uint32_t)stride[i];
		p->pad[i] = (uint32_t)pads[i];
		p->pad[nd + i] = (uint32_t)pads[nd + i];
	}
	for (int i = 0; i < sizes; i++)
		caffe_add_i64(&p->size, &p->n_size, size[i]);
	TRY(onnx_bottoms(n, l, n->in, 2));
	onnx_top(n, l, 0, n->in[0]->type);
	return onnx_emit(n, l);
}

const struct onnx_op onnx_ops_region[] = {
	{ "GridSample", emit_grid_sample, NULL },
	{ "MaxUnpool", emit_max_unpool, NULL },
	{ "RoiAlign", emit_roi_align, NULL },
	{ 0 },
};
