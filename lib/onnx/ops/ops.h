/* The tables of operators, a file a group; each ends with a name NULL. */
#ifndef ONNX_OPS_OPS_H
#define ONNX_OPS_OPS_H

#include "onnx/node.h"

extern const struct onnx_op onnx_ops_arith[];
extern const struct onnx_op onnx_ops_conv[];
extern const struct onnx_op onnx_ops_linear[];
extern const struct onnx_op onnx_ops_make[];
extern const struct onnx_op onnx_ops_norm[];
extern const struct onnx_op onnx_ops_pool[];
extern const struct onnx_op onnx_ops_shape[];
extern const struct onnx_op onnx_ops_unary[];

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

#endif
