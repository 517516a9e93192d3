/* The built-in layer types, each in the file of its name; listed in
 * nn/table.c.  Also what some of them share. */
#ifndef NN_LAYERS_TYPES_H
#define NN_LAYERS_TYPES_H

#include "base/err.h"
#include "nn/layer.h"
#include "nn/net.h"

extern const struct layer_type layer_absval;
extern const struct layer_type layer_accuracy;
extern const struct layer_type layer_annotated_data;
extern const struct layer_type layer_argmax;
extern const struct layer_type layer_average_precision;
extern const struct layer_type layer_axpy;
extern const struct layer_type layer_batch_norm;
extern const struct layer_type layer_batch_reindex;
extern const struct layer_type layer_bias;
extern const struct layer_type layer_bn;
extern const struct layer_type layer_bnll;
extern const struct layer_type layer_center_loss;
extern const struct layer_type layer_clip;
extern const struct layer_type layer_concat_type;
extern const struct layer_type layer_continuation_indicator;
extern const struct layer_type layer_contrastive_loss;
extern const struct layer_type layer_convolution;
extern const struct layer_type layer_convolution_depthwise;
extern const struct layer_type layer_crop;
extern const struct layer_type layer_data;
extern const struct layer_type layer_deconvolution;
extern const struct layer_type layer_dense_image_data;
extern const struct layer_type layer_depthwise_convolution;
extern const struct layer_type layer_detection_evaluate;
extern const struct layer_type layer_detection_output;
extern const struct layer_type layer_detectnet;
extern const struct layer_type layer_dice_loss;
extern const struct layer_type layer_dropout;
extern const struct layer_type layer_dummy_data;
extern const struct layer_type layer_eltwise;
extern const struct layer_type layer_elu;
extern const struct layer_type layer_embed;
extern const struct layer_type layer_euclidean_loss;
extern const struct layer_type layer_exp;
extern const struct layer_type layer_filter;
extern const struct layer_type layer_flatten;
extern const struct layer_type layer_focus;
extern const struct layer_type layer_focal_loss;
extern const struct layer_type layer_gelu;
extern const struct layer_type layer_group_norm;
extern const struct layer_type layer_hard_swish;
extern const struct layer_type layer_hdf5_data;
extern const struct layer_type layer_hdf5_output;
extern const struct layer_type layer_hinge_loss;
extern const struct layer_type layer_im2col;
extern const struct layer_type layer_image_data;
extern const struct layer_type layer_image_labelmap_data;
extern const struct layer_type layer_image_seg_data;
extern const struct layer_type layer_infogain_loss;
extern const struct layer_type layer_inner_product;
extern const struct layer_type layer_input;
extern const struct layer_type layer_interp;
extern const struct layer_type layer_l1_loss;
extern const struct layer_type layer_l2_normalization;
extern const struct layer_type layer_layer_norm;
extern const struct layer_type layer_log;
extern const struct layer_type layer_lrn;
extern const struct layer_type layer_lstm;
extern const struct layer_type layer_lstm_unit;
extern const struct layer_type layer_memory_data;
extern const struct layer_type layer_mish;
extern const struct layer_type layer_multibox_loss;
extern const struct layer_type layer_multinomial_logistic_loss;
extern const struct layer_type layer_mvn;
extern const struct layer_type layer_normalize;
extern const struct layer_type layer_parameter;
extern const struct layer_type layer_permute;
extern const struct layer_type layer_pooling;
extern const struct layer_type layer_power;
extern const struct layer_type layer_prelu;
extern const struct layer_type layer_prior_box;
extern const struct layer_type layer_proposal;
extern const struct layer_type layer_psroi_pooling;
extern const struct layer_type layer_python;
extern const struct layer_type layer_rcnn_output;
extern const struct layer_type layer_reduction;
extern const struct layer_type layer_region;
extern const struct layer_type layer_region_loss;
extern const struct layer_type layer_region_output;
extern const struct layer_type layer_relu;
extern const struct layer_type layer_relu6;
extern const struct layer_type layer_reorg;
extern const struct layer_type layer_reshape;
extern const struct layer_type layer_reverse;
extern const struct layer_type layer_rnn;
extern const struct layer_type layer_roi_align;
extern const struct layer_type layer_roi_pooling;
extern const struct layer_type layer_scale;
extern const struct layer_type layer_seg_accuracy;
extern const struct layer_type layer_shuffle_channel;
extern const struct layer_type layer_sigmoid;
extern const struct layer_type layer_sigmoid_loss;
extern const struct layer_type layer_signed_sqrt;
extern const struct layer_type layer_silence;
extern const struct layer_type layer_silu;
extern const struct layer_type layer_slice_type;
extern const struct layer_type layer_smooth_l1_loss;
extern const struct layer_type layer_softmax;
extern const struct layer_type layer_softmax_loss;
extern const struct layer_type layer_split;
extern const struct layer_type layer_spp;
extern const struct layer_type layer_swish;
extern const struct layer_type layer_tanh;
extern const struct layer_type layer_threshold;
extern const struct layer_type layer_tile;
extern const struct layer_type layer_upsample;
extern const struct layer_type layer_video_data;
extern const struct layer_type layer_window_data;
extern const struct layer_type layer_yolo_detection_output;
extern const struct layer_type layer_yolov3_detection_output;
extern const struct layer_type layer_yolov3;
extern const struct layer_type layer_yolox_loss;
extern const struct layer_type layer_yolox_output;

/* Operators of ONNX that do arithmetic (arith/). */
extern const struct layer_type layer_acos;
extern const struct layer_type layer_acosh;
extern const struct layer_type layer_add;
extern const struct layer_type layer_and;
extern const struct layer_type layer_argmin;
extern const struct layer_type layer_asin;
extern const struct layer_type layer_asinh;
extern const struct layer_type layer_atan;
extern const struct layer_type layer_atanh;
extern const struct layer_type layer_attention;
extern const struct layer_type layer_average_pool;
extern const struct layer_type layer_cast;
extern const struct layer_type layer_ceil;
extern const struct layer_type layer_celu;
extern const struct layer_type layer_cos;
extern const struct layer_type layer_cosh;
extern const struct layer_type layer_dequantize;
extern const struct layer_type layer_det;
extern const struct layer_type layer_div;
extern const struct layer_type layer_einsum;
extern const struct layer_type layer_equal;
extern const struct layer_type layer_erf;
extern const struct layer_type layer_floor;
extern const struct layer_type layer_greater;
extern const struct layer_type layer_greater_or_equal;
extern const struct layer_type layer_gru_sequence;
extern const struct layer_type layer_hard_sigmoid;
extern const struct layer_type layer_hardmax;
extern const struct layer_type layer_is_inf;
extern const struct layer_type layer_is_nan;
extern const struct layer_type layer_less;
extern const struct layer_type layer_less_or_equal;
extern const struct layer_type layer_log_softmax;
extern const struct layer_type layer_lp_normalization;
extern const struct layer_type layer_lp_pool;
extern const struct layer_type layer_lstm_sequence;
extern const struct layer_type layer_mat_mul;
extern const struct layer_type layer_max;
extern const struct layer_type layer_max_pool;
extern const struct layer_type layer_mean;
extern const struct layer_type layer_min;
extern const struct layer_type layer_mod;
extern const struct layer_type layer_mul;
extern const struct layer_type layer_not;
extern const struct layer_type layer_or;
extern const struct layer_type layer_pow;
extern const struct layer_type layer_quantize;
extern const struct layer_type layer_reciprocal;
extern const struct layer_type layer_reduce_l1;
extern const struct layer_type layer_reduce_l2;
extern const struct layer_type layer_reduce_log_sum;
extern const struct layer_type layer_reduce_log_sum_exp;
extern const struct layer_type layer_reduce_max;
extern const struct layer_type layer_reduce_mean;
extern const struct layer_type layer_reduce_min;
extern const struct layer_type layer_reduce_prod;
extern const struct layer_type layer_reduce_sum;
extern const struct layer_type layer_reduce_sum_square;
extern const struct layer_type layer_rms_norm;
extern const struct layer_type layer_rnn_sequence;
extern const struct layer_type layer_round;
extern const struct layer_type layer_selu;
extern const struct layer_type layer_shrink;
extern const struct layer_type layer_sign;
extern const struct layer_type layer_sin;
extern const struct layer_type layer_sinh;
extern const struct layer_type layer_softsign;
extern const struct layer_type layer_sqrt;
extern const struct layer_type layer_sub;
extern const struct layer_type layer_sum;
extern const struct layer_type layer_tan;
extern const struct layer_type layer_thresholded_relu;
extern const struct layer_type layer_xor;
/* Of ONNX's operators that move and choose (nn/layers/moving). */
extern const struct layer_type layer_cumsum;
extern const struct layer_type layer_depth_to_space;
extern const struct layer_type layer_expand;
extern const struct layer_type layer_gather;
extern const struct layer_type layer_gather_elements;
extern const struct layer_type layer_gather_nd;
extern const struct layer_type layer_grid_sample;
extern const struct layer_type layer_max_unpool;
extern const struct layer_type layer_nms;
extern const struct layer_type layer_non_zero;
extern const struct layer_type layer_one_hot;
extern const struct layer_type layer_pad;
extern const struct layer_type layer_resize;
extern const struct layer_type layer_reverse_sequence;
extern const struct layer_type layer_scatter_elements;
extern const struct layer_type layer_scatter_nd;
extern const struct layer_type layer_space_to_depth;
extern const struct layer_type layer_strided_slice;
extern const struct layer_type layer_topk;
extern const struct layer_type layer_trilu;
extern const struct layer_type layer_where;

/* Spatial sizes of Convolution, Deconvolution and Im2col (conv_param.c), by
 * Caffe's rules: one value for all axes or one each, or _h and _w.  axis comes
 * out as the channel axis of bottom 0; conv->nd as the number of axes behind. */
int layer_conv_param(const struct layer *l,
    const Caffe__ConvolutionParameter *p, struct op_conv *conv, int *axis);
extern const Caffe__ConvolutionParameter layer_conv_none;
/* Padding of each side by its own (sides.c): pad_l, pad_r, pad_t, pad_b, of forks.
 * As the OP_PAD of x (N, C, H, W), whose zeros they are. */
struct layer_sides {
	bool has_l, has_r, has_t, has_b;
	uint32_t l, r, t, b;
	uint32_t type; /* pad_type: 0, the only one that is known */
};
bool layer_sides_given(const struct layer_sides *s);
/* Where no layer of the type knows them. */
int layer_sides_refuse(const Caffe__ConvolutionParameter *p);
int layer_sides_read(
    const struct layer_sides *s, const struct shape *x, struct op_slice *out);
/* Bottom i with the axes before the channels made one: (N, C, S).  Returns the
 * tensor. */
int layer_conv_flat(struct layer *l, int i, int axis);
/* y (N, O, S') with the axes before `axis` as bottom i had them. */
int layer_conv_unflat(struct layer *l, int i, int axis, int y);

/* What a loss divides by and ignores (loss_param.c).  norm is the default when
 * loss_param says nothing. */
void
layer_loss_param(const struct layer *l, enum loss_norm norm, struct op_loss *a);
/* The loss y as top 0, divided by what loss_param fixes beforehand, if it does. */
int layer_loss_top(struct layer *l, int y);
/* Bottom i in the shape of bottom 0, from which it may differ by axes of 1 at the
 * end; ERR_FORMAT where it differs by more. */
int layer_loss_like(struct layer *l, int i);

/*
 * Pixels counted class by class (pixel_counts.c), for metric/segment_tally.h.
 * Scores (N, C, ...) with the classes along `axis`, or one score a pixel where C is
 * 1: above `least` it is class 1, else 0.  Labels, one a pixel; a label that is
 * among ignore is left out, another that is no class ends the run.
 */
struct layer_pixels {
	size_t items, classes, places;
	int32_t *ignore; /* owned */
	size_t nignore;
	int counts;  /* the tensor: (N, 3, classes), kept */
	int figures; /* of the batch: accuracy, mean class accuracy, mean IoU */
};

int layer_pixels_emit(struct layer *l, int axis, float least,
    const int32_t *ignore, size_t nignore, struct layer_pixels **out);
void layer_pixels_free(struct layer_pixels *p); /* accepts NULL */

/* Are the labels, bottom 1, shares of the classes along that axis of bottom 0
 * (soft_labels.c)?  Then the softmax loss of them: the sum of share times weight
 * times -log p, divided as loss_param says.  weights: a tensor (C), or -1. */
bool layer_labels_soft(const struct layer *l, int axis);
int layer_soft_loss(struct layer *l, const struct op_loss *a, int weights);

/* Reshape to three axes: (before axis, axis to end, after end); the tensor. */
int layer_fold(struct layer *l, int x, int axis, int end);

/* Operands of Scale and Bias (align.c). */
int layer_align_shape(
    const struct layer *l, int axis, int num_axes, struct shape *s, int *at);
int layer_align_bottom(const struct layer *l, int axis, int *at);
int layer_align(struct layer *l, int operand, int at);

/* n tensors one behind the other along an axis; any number (concat.c). */
int layer_concat(struct layer *l, const int *in, int n, int axis);
/* size places of an axis from start on (slice.c). */
int layer_slice(struct layer *l, int x, int axis, int64_t start, int64_t size);

/* Every top an INPUT tensor of the shape its feed says (feed.c). */
int layer_feed(struct layer *l);

#endif
