/*
 * Rows whose number depends on the data: what NonMaxSuppression, NonZero and Compress
 * choose.
 *
 * Shapes are known before a net runs, so such an axis has room for all rows that may
 * come, and beside it goes a mask, (room), with 1 for each row that is one.  What is
 * made of the rows one by one has their mask; what is not is refused.  An output of
 * the file is brought to the front by a Filter layer, with zeros behind, and an output
 * besides says how many rows there are.  For the inside of this module.
 */
#ifndef ONNX_ROWS_H
#define ONNX_ROWS_H

#include "onnx/node.h"

/* v has rows along axis, those of the mask. */
void onnx_rows_new(struct onnx_node *n, struct onnx_value *v, int axis,
    struct onnx_value *mask, bool in_front);
/* *x with 0 where no row is. */
int onnx_rows_zero(struct onnx_node *n, struct onnx_value **x);
/* Before the node is made: what it does with rows that did not come is to do nothing. */
int onnx_rows_prepare(struct onnx_node *n);
/* What the node made of rows has which; ERR_UNSUPPORTED where that is not known. */
int onnx_rows_follow(struct onnx_node *n);
/* Output v with its rows in front along their axis, and how many they are. */
int onnx_rows_filter(struct onnx_node *n, struct onnx_value *v,
    struct onnx_value **rows, struct onnx_value **count);

#endif
