/* The layer types, in the order of their names; operators of ONNX behind them. */
#include <string.h>

#include "base/path.h"
#include "nn/layers/types.h"
#include "nn/plugin.h"

const struct layer_type *const layer_types[] = {
	&layer_absval,
	&layer_accuracy,
	&layer_annotated_data,
	&layer_argmax,
	&layer_average_precision,
	&layer_axpy,
	&layer_batch_norm,
	&layer_batch_reindex,
	&layer_bias,
	&layer_bn,
	&layer_bnll,
	&layer_center_loss,
	&layer_clip,
	&layer_concat_type,
	&layer_continuation_indicator,
	&layer_contrastive_loss,
	&layer_convolution,
	&layer_convolution_depthwise,
	&layer_crop,
	&layer_data,
	&layer_deconvolution,
	&layer_dense_image_data,
	&layer_depthwise_convolution,
	&layer_detection_evaluate,
	&layer_detection_output,
	&layer_detectnet,
	&layer_dice_loss,
	&layer_dropout,
	&layer_dummy_data,
	&layer_eltwise,
	&layer_elu,
	&layer_embed,
	&layer_euclidean_loss,
	&layer_exp,
	&layer_filter,
	&layer_flatten,
	&layer_focus,
	&layer_focal_loss,
	&layer_gelu,
	&layer_group_norm,
	&layer_hard_swish,
	&layer_hdf5_data,
	&layer_hdf5_output,
	&layer_hinge_loss,
	&layer_im2col,
	&layer_image_data,
	&layer_image_labelmap_data,
	&layer_image_seg_data,
	&layer_infogain_loss,
	&layer_inner_product,
	&layer_input,
	&layer_interp,
	&layer_l1_loss,
	&layer_l2_normalization,
	&layer_layer_norm,
	&layer_log,
	&layer_lrn,
	&layer_lstm,
	&layer_lstm_unit,
	&layer_memory_data,
	&layer_mish,
	&layer_multibox_loss,
	&layer_multinomial_logistic_loss,
	&layer_mvn,
	&layer_normalize,
	&layer_parameter,
	&layer_permute,
	&layer_pooling,
	&layer_power,
	&layer_prelu,
	&layer_prior_box,
	&layer_proposal,
	&layer_psroi_pooling,
	&layer_python,
	&layer_rcnn_output,
	&layer_reduction,
	&layer_region,
	&layer_region_loss,
	&layer_region_output,
	&layer_relu,
	&layer_relu6,
	&layer_reorg,
	&layer_reshape,
	&layer_reverse,
	&layer_rnn,
	&layer_roi_align,
	&layer_roi_pooling,
	&layer_scale,
	&layer_seg_accuracy,
	&layer_shuffle_channel,
	&layer_sigmoid,
	&layer_sigmoid_loss,
	&layer_signed_sqrt,
	&layer_silence,
	&layer_silu,
	&layer_slice_type,
	&layer_smooth_l1_loss,
	&layer_softmax,
	&layer_softmax_loss,
	&layer_split,
	&layer_spp,
	&layer_swish,
	&layer_tanh,
	&layer_threshold,
	&layer_tile,
	&layer_upsample,
	&layer_video_data,
	&layer_window_data,
	&layer_yolo_detection_output,
	&layer_yolov3_detection_output,
	&layer_yolov3,
	&layer_yolox_loss,
	&layer_yolox_output,
	/* operators of ONNX that do arithmetic */
	&layer_acos,
	&layer_acosh,
	&layer_add,
	&layer_and,
	&layer_argmin,
	&layer_asin,
	&layer_asinh,
	&layer_atan,
	&layer_atanh,
	&layer_attention,
	&layer_average_pool,
	&layer_cast,
	&layer_ceil,
	&layer_celu,
	&layer_cos,
	&layer_cosh,
	&layer_dequantize,
	&layer_det,
	&layer_div,
	&layer_einsum,
	&layer_equal,
	&layer_erf,
	&layer_floor,
	&layer_greater,
	&layer_greater_or_equal,
	&layer_gru_sequence,
	&layer_hard_sigmoid,
	&layer_hardmax,
	&layer_is_inf,
	&layer_is_nan,
	&layer_less,
	&layer_less_or_equal,
	&layer_log_softmax,
	&layer_lp_normalization,
	&layer_lp_pool,
	&layer_lstm_sequence,
	&layer_mat_mul,
	&layer_max,
	&layer_max_pool,
	&layer_mean,
	&layer_min,
	&layer_mod,
	&layer_mul,
	&layer_not,
	&layer_or,
	&layer_pow,
	&layer_quantize,
	&layer_reciprocal,
	&layer_reduce_l1,
	&layer_reduce_l2,
	&layer_reduce_log_sum,
	&layer_reduce_log_sum_exp,
	&layer_reduce_max,
	&layer_reduce_mean,
	&layer_reduce_min,
	&layer_reduce_prod,
	&layer_reduce_sum,
	&layer_reduce_sum_square,
	&layer_rms_norm,
	&layer_rnn_sequence,
	&layer_round,
	&layer_selu,
	&layer_shrink,
	&layer_sign,
	&layer_sin,
	&layer_sinh,
	&layer_softsign,
	&layer_sqrt,
	&layer_sub,
	&layer_sum,
	&layer_tan,
	&layer_thresholded_relu,
	&layer_xor,
	/* operators of ONNX that move and choose */
	&layer_cumsum,
	&layer_depth_to_space,
	&layer_expand,
	&layer_gather,
	&layer_gather_elements,
	&layer_gather_nd,
	&layer_grid_sample,
	&layer_max_unpool,
	&layer_nms,
	&layer_non_zero,
	&layer_one_hot,
	&layer_pad,
	&layer_resize,
	&layer_reverse_sequence,
	&layer_scatter_elements,
	&layer_scatter_nd,
	&layer_space_to_depth,
	&layer_strided_slice,
	&layer_topk,
	&layer_trilu,
	&layer_where,
	NULL,
};

const struct layer_type *
layer_type_find(const char *name)
{
	const struct layer_type *t = layer_plugin_find(name);
	size_t i;

	for (i = 0; t == NULL && layer_types[i] != NULL; i++)
		if (strcmp(layer_types[i]->name, name) == 0)
			t = layer_types[i];
	return t;
}

enum layer_role
layer_role(const char *type)
{
	const struct layer_type *t = layer_type_find(type);

	if (t == NULL)
		return LAYER_PLAIN;
	if (t->role != LAYER_PLAIN)
		return t->role;
	return t->feed            ? LAYER_DATA
	    : t->loss_weight != 0 ? LAYER_LOSS
				  : LAYER_PLAIN;
}

int
layer_counts(const struct layer *l, int tensor[LAYER_COUNTS])
{
	return l->type->counts != NULL ? l->type->counts(l, tensor) : 0;
}

bool
layer_makes(const Caffe__LayerParameter *l, const char *blob)
{
	for (size_t i = 0; i < l->n_top; i++)
		if (strcmp(l->top[i], blob) == 0)
			return true;
	return false;
}

bool
layer_gives_labels(const Caffe__LayerParameter *l)
{
	const char *source =
	    l->data_param != NULL ? l->data_param->source : NULL;

	if (layer_role(l->type) != LAYER_DATA || l->n_top != 1)
		return false;
	return strstr(l->top[0], "label") != NULL ||
	    (source != NULL && strcmp(path_base(source), "labels") == 0);
}
