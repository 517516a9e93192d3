/* The built-in layer types, each in the file of its name; listed in
 * nn/table.c.  Also what some of them share. */
#ifndef NN_LAYERS_TYPES_H
#define NN_LAYERS_TYPES_H

#include "base/err.h"
#include "nn/layer.h"
#include "nn/net.h"

extern const struct layer_type layer_accuracy;
extern const struct layer_type layer_convolution;
extern const struct layer_type layer_convolution_depthwise;
extern const struct layer_type layer_depthwise_convolution;
extern const struct layer_type layer_data;
extern const struct layer_type layer_dropout;
extern const struct layer_type layer_inner_product;
extern const struct layer_type layer_input;
extern const struct layer_type layer_lrn;
extern const struct layer_type layer_pooling;
extern const struct layer_type layer_power;
extern const struct layer_type layer_relu;
extern const struct layer_type layer_softmax;
extern const struct layer_type layer_softmax_loss;

/* Spatial sizes of Convolution, Deconvolution and Im2col (conv_param.c), by
 * Caffe's rules: one value for all axes or one each, or _h and _w.  axis comes
 * out as the channel axis of bottom 0; conv->nd as the number of axes behind. */
int layer_conv_param(const struct layer *l,
    const Caffe__ConvolutionParameter *p, struct op_conv *conv, int *axis);
extern const Caffe__ConvolutionParameter layer_conv_none;
/* Bottom i with the axes before the channels made one: (N, C, S).  Returns the
 * tensor. */
int layer_conv_flat(struct layer *l, int i, int axis);
/* y (N, O, S') with the axes before `axis` as bottom i had them. */
int layer_conv_unflat(struct layer *l, int i, int axis, int y);

/* What a loss divides by and ignores (loss_param.c).  norm is the default when
 * loss_param says nothing. */
void layer_loss_param(
    const struct layer *l, enum loss_norm norm, struct op_loss *a);

/* Reshape to three axes: (before axis, axis to end, after end); the tensor. */
int layer_fold(struct layer *l, int x, int axis, int end);

/* Every top an INPUT tensor of the shape its feed says (feed.c). */
int layer_feed(struct layer *l);

#endif
