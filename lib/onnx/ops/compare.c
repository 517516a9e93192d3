/* Comparisons and logic, which give bools, and Mod. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"
#include "onnx/ops/ops.h"

static int
emit_compare(struct onnx_node *n)
{
	struct onnx_value *in[2];

	TRY(onnx_need_inputs(n, 2));
	in[0] = n->in[0];
	in[1] = n->in[1];
	TRY(onnx_old_broadcast(n, &in[1]));
	return onnx_join(n, onnx_layer(n, n->op), in, 2, ONNX_T(BOOL), NULL);
}

static int
emit_mod(struct onnx_node *n)
{
	Caffe__LayerParameter *l;

	TRY(onnx_need_inputs(n, 2));
	l = onnx_layer(n, n->op);
	if (onnx_attr_int(n, "fmod", 0) != 0) {
		l->arith_param =
		    caffe_new(Caffe__ArithParameter, arith_parameter);
		l->arith_param->has_fmod = 1;
		l->arith_param->fmod = 1;
	}
	return onnx_join(n, l, n->in, 2, n->in[0]->type, NULL);
}

const struct onnx_op onnx_ops_compare[] = {
	{ "And", emit_compare, onnx_fold_binary },
	{ "Equal", emit_compare, onnx_fold_binary },
	{ "Greater", emit_compare, onnx_fold_binary },
	{ "GreaterOrEqual", emit_compare, onnx_fold_binary },
	{ "Less", emit_compare, onnx_fold_binary },
	{ "LessOrEqual", emit_compare, onnx_fold_binary },
	{ "Mod", emit_mod, onnx_fold_binary },
	{ "Or", emit_compare, onnx_fold_binary },
	{ "Xor", emit_compare, onnx_fold_binary },
	{ 0 },
};
