/*
 * Operators worked out on the host, of constants that are often sizes: see the fold
 * member of struct onnx_op.  Sizes of arrays are known here; elements may hold the
 * batch size where that makes sense (array.h), else the answer is ERR_UNSUPPORTED.
 */
#ifndef ONNX_FOLD_FOLD_H
#define ONNX_FOLD_FOLD_H

#include "onnx/node.h"

#define FOLD(name)                                                             \
	int onnx_fold_##name(struct onnx_node *n, struct onnx_array **out)
/* make.c */
FOLD(constant);
FOLD(constant_of_shape);
FOLD(range);
FOLD(shape);
FOLD(size);
/* move.c */
FOLD(concat);
FOLD(expand);
FOLD(flatten);
FOLD(gather);
FOLD(identity);
FOLD(reshape);
FOLD(slice);
FOLD(split);
FOLD(squeeze);
FOLD(tile);
FOLD(transpose);
FOLD(unsqueeze);
/* count.c: whole numbers and bools alone; others by layers, but for Cast, Where */
FOLD(binary); /* Add … Less, by the node's name */
FOLD(unary);  /* Neg, Abs, Not, Sign */
FOLD(cast);
FOLD(reduce); /* ReduceSum, ReduceProd, ReduceMax, ReduceMin */
FOLD(where);
#undef FOLD

/* New sizes of a Reshape, from the shape that is asked for: 0 copies (unless
 * allowzero), -1 is what is left. */
int onnx_reshape_dims(struct onnx_node *n, const struct onnx_dims *x,
    const struct onnx_array *shape, struct onnx_dims *out);
/* Those of Squeeze and Unsqueeze, of x. */
int onnx_squeeze_dims(
    struct onnx_node *n, const struct onnx_dims *x, struct onnx_dims *out);
int onnx_unsqueeze_dims(
    struct onnx_node *n, const struct onnx_dims *x, struct onnx_dims *out);
int onnx_flatten_dims(
    struct onnx_node *n, const struct onnx_dims *x, struct onnx_dims *out);
/* Begin, end, step of each axis that a Slice names; how many. */
struct onnx_cut {
	int axis;
	int64_t begin, end, step;
};
int onnx_slice_cuts(struct onnx_node *n, int rank, struct onnx_cut *cut);
/* The sizes of the parts of a Split, nout of them, along *axis. */
int onnx_split_sizes(
    struct onnx_node *n, const struct onnx_dims *x, int *axis, int64_t *size);

/* Places in an array, in order of its elements: begin with all 0, then next. */
bool onnx_next(int64_t *at, const int64_t *d, int n);
/* The element that stretches to place at of an array with n axes (numpy). */
size_t onnx_stretched(const struct onnx_array *a, const int64_t *at, int n);
/* The common shape of several arrays; ERR_FORMAT. */
int onnx_stretch_shape(
    int64_t *d, int *n, const struct onnx_array *const *a, int count);

#endif
