/* Operators that give constants, whatever their inputs are. */
#include "onnx/fold/fold.h"
#include "onnx/ops/ops.h"

const struct onnx_op onnx_ops_make[] = {
	{ "Constant", .fold = onnx_fold_constant, .shapes = true },
	{ "Range", .fold = onnx_fold_range },
	{ "Shape", .fold = onnx_fold_shape, .shapes = true },
	{ "Size", .fold = onnx_fold_size, .shapes = true },
	{ 0 },
};
