/*
 * The kernels of ref, one for each kind of op; ref/table.c lists them.  Each
 * computes one op on plain floats: in[i] and out[i] follow op->in and op->out,
 * NULL where an input is left out.  out[0] may be the bytes of an input where
 * op_def.inplace allows it.
 */
#ifndef REF_KERNEL_H
#define REF_KERNEL_H

#include "graph/backend.h"

#define KERNEL(name)                                                           \
	int name(const struct graph *g, const struct op *op,                   \
	    const float *const *in, float *const *out,                         \
	    const struct op_env *env)

/* Names the arguments that a kernel has no use for. */
#define UNUSED_ENV (void)env

KERNEL(ref_conv);
KERNEL(ref_conv_data);
KERNEL(ref_conv_weight);
KERNEL(ref_im2col);
KERNEL(ref_col2im);
KERNEL(ref_matmul);
KERNEL(ref_pool);
KERNEL(ref_pool_grad);
KERNEL(ref_windows);
KERNEL(ref_windows_grad);
KERNEL(ref_lrn);
KERNEL(ref_lrn_grad);
KERNEL(ref_batchnorm);
KERNEL(ref_batchnorm_grad);
KERNEL(ref_unary);
KERNEL(ref_unary_grad);
KERNEL(ref_binary);
KERNEL(ref_sum);
KERNEL(ref_reduce);
KERNEL(ref_broadcast);
KERNEL(ref_softmax);
KERNEL(ref_softmax_grad);
KERNEL(ref_loss);
KERNEL(ref_loss_grad);
KERNEL(ref_accuracy);
KERNEL(ref_argmax);
KERNEL(ref_concat);
KERNEL(ref_slice);
KERNEL(ref_pad);
KERNEL(ref_permute);
KERNEL(ref_reshape);
KERNEL(ref_dropout);
KERNEL(ref_gather);
KERNEL(ref_gather_grad);
KERNEL(ref_prelu);
KERNEL(ref_prelu_grad);
KERNEL(ref_interp);
KERNEL(ref_interp_grad);
KERNEL(ref_filter);
KERNEL(ref_filter_grad);
KERNEL(ref_take);
KERNEL(ref_take_grad);
KERNEL(ref_resize);
KERNEL(ref_resize_grad);
KERNEL(ref_where);
KERNEL(ref_custom);
KERNEL(ref_custom_grad);

typedef int kernel_fn(const struct graph *g, const struct op *op,
    const float *const *in, float *const *out, const struct op_env *env);
extern kernel_fn *const ref_kernels[OP_KINDS];

/* Shapes of the op's input and output i. */
static inline const struct shape *
in_shape(const struct graph *g, const struct op *op, int i)
{
	return graph_shape(g, op->in[i]);
}

static inline const struct shape *
out_shape(const struct graph *g, const struct op *op, int i)
{
	return graph_shape(g, op->out[i]);
}

/* x seen as (outer, n, inner) around an axis. */
struct split {
	size_t outer, n, inner;
};

static inline struct split
split_at(const struct shape *s, int axis)
{
	return (struct split){ shape_count_axes(s, 0, axis), (size_t)s->d[axis],
		shape_count_axes(s, axis + 1, s->n) };
}

/* Softmax of x along the middle axis; y may be x (ref/softmax.c). */
void ref_softmax_split(const struct split *s, const float *x, float *y);

#endif
