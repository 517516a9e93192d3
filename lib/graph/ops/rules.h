/* The shape and gradient rules that graph/table.c lists; see struct op_def in
 * op.h for what they promise.  Rules of one group share a file. */
#ifndef GRAPH_OPS_RULES_H
#define GRAPH_OPS_RULES_H

#include "graph/graph.h"

#define SHAPE_RULE(name)                                                       \
	int name(const struct graph *g, const struct op *op,                   \
	    struct shape out[OP_OUT_MAX], int *nout)
#define GRAD_RULE(name)                                                        \
	int name(struct graph *g, const struct op *op, const int *dout,        \
	    uint64_t want, int *din)

/* ops/conv.c */
SHAPE_RULE(shape_conv);
GRAD_RULE(grad_conv);
SHAPE_RULE(shape_conv_data);
GRAD_RULE(grad_conv_data);
SHAPE_RULE(shape_conv_weight);
SHAPE_RULE(shape_im2col);
GRAD_RULE(grad_im2col);
SHAPE_RULE(shape_col2im);
GRAD_RULE(grad_col2im);

/* ops/pool.c: pooling, LRN, interpolation */
SHAPE_RULE(shape_pool);
GRAD_RULE(grad_pool);
SHAPE_RULE(shape_pool_grad);
SHAPE_RULE(shape_windows);
GRAD_RULE(grad_windows);
SHAPE_RULE(shape_windows_grad);
SHAPE_RULE(shape_lrn);
GRAD_RULE(grad_lrn);
SHAPE_RULE(shape_lrn_grad);
SHAPE_RULE(shape_interp);
GRAD_RULE(grad_interp);
SHAPE_RULE(shape_interp_grad);

/* ops/norm.c: batch normalisation, softmax, dropout, PReLU */
SHAPE_RULE(shape_batchnorm);
GRAD_RULE(grad_batchnorm);
SHAPE_RULE(shape_batchnorm_grad);
SHAPE_RULE(shape_softmax);
GRAD_RULE(grad_softmax);
SHAPE_RULE(shape_softmax_grad);
SHAPE_RULE(shape_dropout);
GRAD_RULE(grad_dropout);
SHAPE_RULE(shape_prelu);
GRAD_RULE(grad_prelu);
SHAPE_RULE(shape_prelu_grad);

/* ops/math.c: matrix product, elementwise, sums */
SHAPE_RULE(shape_matmul);
GRAD_RULE(grad_matmul);
SHAPE_RULE(shape_unary);
GRAD_RULE(grad_unary);
SHAPE_RULE(shape_unary_grad);
SHAPE_RULE(shape_binary);
GRAD_RULE(grad_binary);
SHAPE_RULE(shape_sum);
GRAD_RULE(grad_sum);
SHAPE_RULE(shape_reduce);
GRAD_RULE(grad_reduce);
SHAPE_RULE(shape_broadcast);
GRAD_RULE(grad_broadcast);

/* ops/loss.c: losses and measures */
SHAPE_RULE(shape_loss);
GRAD_RULE(grad_loss);
SHAPE_RULE(shape_loss_grad);
SHAPE_RULE(shape_accuracy);
SHAPE_RULE(shape_argmax);

/* ops/move.c: what moves numbers and does not change them */
SHAPE_RULE(shape_concat);
GRAD_RULE(grad_concat);
SHAPE_RULE(shape_slice);
GRAD_RULE(grad_slice);
SHAPE_RULE(shape_pad);
GRAD_RULE(grad_pad);
SHAPE_RULE(shape_permute);
GRAD_RULE(grad_permute);
SHAPE_RULE(shape_reshape);
GRAD_RULE(grad_reshape);
SHAPE_RULE(shape_gather);
GRAD_RULE(grad_gather);
SHAPE_RULE(shape_gather_grad);
SHAPE_RULE(shape_filter);
GRAD_RULE(grad_filter);
SHAPE_RULE(shape_filter_grad);

/* ops/choose.c: places along axes by rule, resizing, choosing */
SHAPE_RULE(shape_take);
GRAD_RULE(grad_take);
SHAPE_RULE(shape_take_grad);
SHAPE_RULE(shape_resize);
GRAD_RULE(grad_resize);
SHAPE_RULE(shape_resize_grad);
SHAPE_RULE(shape_where);
GRAD_RULE(grad_where);

/* ops/move.c again: host code */
SHAPE_RULE(shape_custom);
GRAD_RULE(grad_custom);
SHAPE_RULE(shape_custom_grad);

#endif
