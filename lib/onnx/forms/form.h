/*
 * How the ops of a net become nodes of ONNX: one function for each kind of op, which
 * says of what it makes out of op->in with export_top, and, where the ops of a layer
 * type say less than an operator of ONNX does, one for the type.
 *
 * A kind or a type without a form is refused by the layer's name.
 */
#ifndef ONNX_FORMS_FORM_H
#define ONNX_FORMS_FORM_H

#include "base/err.h"
#include "onnx/export/build.h"

#define EXPORT_OP(name) int name(struct export *e, const struct op *op)

/* conv.c */
EXPORT_OP(export_conv);
EXPORT_OP(export_conv_data);
EXPORT_OP(export_im2col);
EXPORT_OP(export_matmul);
/* pool.c */
EXPORT_OP(export_pool);
EXPORT_OP(export_interp);
EXPORT_OP(export_windows);
EXPORT_OP(export_resize_op);
/* norm.c */
EXPORT_OP(export_lrn);
EXPORT_OP(export_batchnorm);
EXPORT_OP(export_softmax);
EXPORT_OP(export_prelu);
/* math.c */
EXPORT_OP(export_unary_op);
EXPORT_OP(export_binary_op);
EXPORT_OP(export_sum);
EXPORT_OP(export_reduce);
/* pick.c */
EXPORT_OP(export_argmax);
EXPORT_OP(export_gather);
EXPORT_OP(export_where_op);
/* layer_rows.c */
EXPORT_OP(export_filter);
/* move.c */
EXPORT_OP(export_broadcast);
EXPORT_OP(export_concat);
EXPORT_OP(export_slice);
EXPORT_OP(export_pad);
EXPORT_OP(export_permute);
EXPORT_OP(export_reshape);
EXPORT_OP(export_take);

/* x scaled and shifted, if that changes anything. */
struct export_value *export_affine(
    struct export *e, struct export_value *x, float scale, float shift);
/* out / in, or the next greater number by which `in` becomes no less than `out`. */
float export_ratio(int64_t out, int64_t in);
/* Resize of (N, C, H, W) to h x w. */
struct export_value *export_resize(struct export *e, int x, int64_t h,
    int64_t w, const char *mode, const char *coordinates);

/* The axes in the mask, as ONNX's axes: in an input, or, of operators that still have
 * it so in the opset, an attribute. */
void export_axes(struct export *e, struct export_node *n, uint32_t axes,
    int rank, int since);

struct export_form {
	const char *type; /* of the layer */
	int (*emit)(struct export *e, const struct layer *l);
	/* Its ops are worked out in float32 whatever the rest is in: sums of many
	 * squares, what is near 0 and divides, places of pixels. */
	bool wide;
	/* What it does is for whoever reads the net's outputs: where it stands at the
	 * end, its bottoms are outputs instead. */
	bool last;
};

extern int (*const export_ops[OP_KINDS])(
    struct export *e, const struct op *op);     /* NULL: no form */
extern const struct export_form export_forms[]; /* ends with a NULL type */
/* NULL: its ops say it all. */
const struct export_form *export_form_find(const struct layer *l);

#define EXPORT_LAYER(name) int name(struct export *e, const struct layer *l)

/* layer_*.c */
EXPORT_LAYER(export_layer_slice);
EXPORT_LAYER(export_layer_tile);
EXPORT_LAYER(export_layer_upsample);
EXPORT_LAYER(export_layer_bn);
EXPORT_LAYER(export_layer_norm);
EXPORT_LAYER(export_layer_roi_pooling);
EXPORT_LAYER(export_layer_roi_align);
EXPORT_LAYER(export_layer_gather_elements);
EXPORT_LAYER(export_layer_gather_nd);
EXPORT_LAYER(export_layer_scatter_elements);
EXPORT_LAYER(export_layer_scatter_nd);
EXPORT_LAYER(export_layer_topk);
EXPORT_LAYER(export_layer_cumsum);
EXPORT_LAYER(export_layer_one_hot);
EXPORT_LAYER(export_layer_reverse_sequence);
EXPORT_LAYER(export_layer_max_unpool);
EXPORT_LAYER(export_layer_grid_sample);
EXPORT_LAYER(export_layer_sequence);
EXPORT_LAYER(export_layer_nms);
EXPORT_LAYER(export_layer_non_zero);
EXPORT_LAYER(export_layer_reduce);
EXPORT_LAYER(export_layer_along);
EXPORT_LAYER(export_layer_detection_output);
EXPORT_LAYER(export_layer_yolox_output);
/* All ops of the layer, each by its kind. */
EXPORT_LAYER(export_layer_ops);

#endif
