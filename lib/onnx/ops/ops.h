/* The tables of operators, a file a group; each ends with a name NULL. */
#ifndef ONNX_OPS_OPS_H
#define ONNX_OPS_OPS_H

#include "onnx/node.h"

extern const struct onnx_op onnx_ops_arith[];
extern const struct onnx_op onnx_ops_attention[];
extern const struct onnx_op onnx_ops_bits[];
extern const struct onnx_op onnx_ops_compare[];
extern const struct onnx_op onnx_ops_conv[];
extern const struct onnx_op onnx_ops_deconv[];
extern const struct onnx_op onnx_ops_linear[];
extern const struct onnx_op onnx_ops_loss[];
extern const struct onnx_op onnx_ops_make[];
extern const struct onnx_op onnx_ops_math[];
extern const struct onnx_op onnx_ops_move[];
/* Of the domain com.microsoft; in no list. */
extern const struct onnx_op onnx_ops_microsoft[];
extern const struct onnx_op onnx_ops_norm[];
extern const struct onnx_op onnx_ops_normalize[];
extern const struct onnx_op onnx_ops_pick[];
extern const struct onnx_op onnx_ops_pool[];
extern const struct onnx_op onnx_ops_quantize[];
extern const struct onnx_op onnx_ops_recurrent[];
extern const struct onnx_op onnx_ops_reduce[];
extern const struct onnx_op onnx_ops_region[];
extern const struct onnx_op onnx_ops_resize[];
extern const struct onnx_op onnx_ops_rows[];
extern const struct onnx_op onnx_ops_shape[];
extern const struct onnx_op onnx_ops_unary[];

/* The node's attributes as those of another operator, of those inputs (at most 8);
 * y NULL: its output is the node's. */
int onnx_as(struct onnx_node *n, const char *op, struct onnx_value *const *in,
    int nin, struct onnx_value **y);
/* A Quantize or Dequantize layer of x; scale and zero (or NULL) as values.  to: the
 * type of the result. */
int onnx_quantize(struct onnx_node *n, const char *type, struct onnx_value *x,
    struct onnx_value *scale, struct onnx_value *zero, int64_t axis, int to,
    struct onnx_value **y);

/*
 * Paddings of windows: the attribute pads or auto_pad, of nd axes from `first` on of
 * x, as begins and then ends.  kernel, stride and dilation are nd numbers each.
 */
int onnx_pads(struct onnx_node *n, const struct onnx_value *x, int nd,
    const int64_t *kernel, const int64_t *stride, const int64_t *dilation,
    int64_t *pads);
/* nd numbers of an attribute, all `none` where it is not given. */
int onnx_attr_window(
    struct onnx_node *n, const char *name, int nd, int64_t none, int64_t *out);
/* x stretched to sizes of which the first may depend on the batch size; y NULL: output
 * 0 of the node. */
int onnx_expand(struct onnx_node *n, struct onnx_value *x,
    const struct onnx_dims *to, struct onnx_value **y);

/* ERR_FORMAT when one of the first inputs is left out. */
int onnx_need_inputs(const struct onnx_node *n, int least);
/* Output `out` is the blob of x, as numbers of another type. */
void onnx_alias(struct onnx_node *n, int out, struct onnx_value *x, int type);
/* Of the first opsets: *b lies along axes of input 0 from the attribute axis on;
 * axes of 1 are added behind it. */
int onnx_old_broadcast(struct onnx_node *n, struct onnx_value **b);
/* A reduction along axes; none: all. */
Caffe__LayerParameter *onnx_reduction(struct onnx_node *n, const char *type,
    const int *axis, int naxis, bool keep);
/* LayerNormalization whose scale and bias are no weights, or whose moments are
 * wanted. */
int onnx_layer_norm_parts(struct onnx_node *n, int axis);

#endif
