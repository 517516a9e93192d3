/* Which ops and layers have a form in ONNX: see form.h. */
#include <string.h>

#include "onnx/forms/form.h"

int (*const export_ops[OP_KINDS])(struct export *e, const struct op *op) = {
	[OP_CONV] = export_conv,
	[OP_CONV_DATA] = export_conv_data,
	[OP_MATMUL] = export_matmul,
	[OP_POOL] = export_pool,
	[OP_LRN] = export_lrn,
	[OP_BATCHNORM] = export_batchnorm,
	[OP_UNARY] = export_unary_op,
	[OP_BINARY] = export_binary_op,
	[OP_SUM] = export_sum,
	[OP_REDUCE] = export_reduce,
	[OP_BROADCAST] = export_broadcast,
	[OP_SOFTMAX] = export_softmax,
	[OP_ARGMAX] = export_argmax,
	[OP_CONCAT] = export_concat,
	[OP_SLICE] = export_slice,
	[OP_PAD] = export_pad,
	[OP_PERMUTE] = export_permute,
	[OP_RESHAPE] = export_reshape,
	[OP_GATHER] = export_gather,
	[OP_PRELU] = export_prelu,
	[OP_IM2COL] = export_im2col,
	[OP_INTERP] = export_interp,
	[OP_FILTER] = export_filter,
	[OP_WHERE] = export_where_op,
	[OP_WINDOWS] = export_windows,
	[OP_TAKE] = export_take,
	[OP_RESIZE] = export_resize_op,
};

const struct export_form export_forms[] = {
	{ "BN", export_layer_bn },
	{ "ClusterDetections", NULL, .last = true },
	{ "CumSum", export_layer_cumsum },
	{ "DetectionOutput", export_layer_detection_output, .wide = true },
	{ "GatherElements", export_layer_gather_elements },
	{ "GatherND", export_layer_gather_nd },
	{ "GridSample", export_layer_grid_sample, .wide = true },
	{ "GroupNorm", export_layer_ops, .wide = true },
	{ "GRUSequence", export_layer_sequence },
	{ "Hardmax", export_layer_along },
	{ "L2Normalization", export_layer_ops, .wide = true },
	{ "LayerNorm", export_layer_norm, .wide = true },
	{ "LogSoftmax", export_layer_along },
	{ "LpNormalization", export_layer_ops, .wide = true },
	{ "LRN", export_layer_ops, .wide = true },
	{ "LSTMSequence", export_layer_sequence },
	{ "MaxUnpool", export_layer_max_unpool },
	{ "MVN", export_layer_ops, .wide = true },
	{ "NonMaxSuppression", export_layer_nms, .wide = true },
	{ "NonZero", export_layer_non_zero },
	{ "Normalize", export_layer_ops, .wide = true },
	{ "OneHot", export_layer_one_hot },
	{ "ReduceL1", export_layer_reduce, .wide = true },
	{ "ReduceL2", export_layer_reduce, .wide = true },
	{ "ReduceLogSum", export_layer_reduce, .wide = true },
	{ "ReduceLogSumExp", export_layer_reduce, .wide = true },
	{ "ReduceMax", export_layer_reduce, .wide = true },
	{ "ReduceMean", export_layer_reduce, .wide = true },
	{ "ReduceMin", export_layer_reduce, .wide = true },
	{ "ReduceProd", export_layer_reduce, .wide = true },
	{ "ReduceSum", export_layer_reduce, .wide = true },
	{ "ReduceSumSquare", export_layer_reduce, .wide = true },
	{ "Reduction", export_layer_ops, .wide = true },
	{ "ReverseSequence", export_layer_reverse_sequence },
	{ "RMSNorm", export_layer_ops, .wide = true },
	{ "RNNSequence", export_layer_sequence },
	{ "ROIAlign", export_layer_roi_align, .wide = true },
	{ "ROIPooling", export_layer_roi_pooling, .wide = true },
	{ "ScatterElements", export_layer_scatter_elements },
	{ "ScatterND", export_layer_scatter_nd },
	{ "SignedSqrt", export_layer_ops, .wide = true },
	{ "Slice", export_layer_slice },
	{ "Tile", export_layer_tile },
	{ "TopK", export_layer_topk },
	{ "Upsample", export_layer_upsample },
	{ "YoloxOutput", export_layer_yolox_output, .wide = true },
	{ NULL },
};

/* A layer of Python is told by the class that it names. */
const struct export_form *
export_form_find(const struct layer *l)
{
	const struct export_form *f = export_forms;

	while (f->type != NULL && strcmp(f->type, l->type->name) != 0)
		f++;
	return f->type != NULL ? f : NULL;
}
