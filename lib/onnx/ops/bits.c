/* BitShift: a product with or a quotient by a power of two, kept to the bits that the
 * type has. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

/* 2 to the power of x. */
static int
power_of_two(struct onnx_node *n, struct onnx_value *x, struct onnx_value **y)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Exp");

	l->exp_param = caffe_new(Caffe__ExpParameter, exp_parameter);
	l->exp_param->has_base_ = 1;
	l->exp_param->base_ = 2;
	TRY(onnx_step(n, l, x, y));
	/* exactly */
	return onnx_step(n, onnx_layer(n, "Round"), *y, y);
}

/* What does not fit the type is lost; false: floats hold no more of it. */
static bool
wraps(int type, Caffe__CastParameter__Kind *to)
{
	*to = type == ONNX_T(UINT8)  ? CAFFE__CAST_PARAMETER__KIND__UINT8
	    : type == ONNX_T(UINT16) ? CAFFE__CAST_PARAMETER__KIND__UINT16
				     : CAFFE__CAST_PARAMETER__KIND__UINT32;
	return type == ONNX_T(UINT8) || type == ONNX_T(UINT16) ||
	    type == ONNX_T(UINT32);
}

static int
emit_shift(struct onnx_node *n)
{
	const char *way = onnx_attr_str(n, "direction", "");
	const int type = n->in[0]->type;
	Caffe__CastParameter__Kind to;
	Caffe__LayerParameter *l;
	struct onnx_value *y;

	TRY(onnx_need_inputs(n, 2));
	TRY(power_of_two(n, n->in[1], &y));
	if (strcmp(way, "RIGHT") == 0) {
		TRY(onnx_binary(n, "Div", n->in[0], y, &y));
		return onnx_join(n, onnx_layer(n, "Floor"), &y, 1, type, NULL);
	}
	if (strcmp(way, "LEFT") != 0)
		return err_set(ERR_FORMAT, "direction \"%s\"", way);
	if (!wraps(type, &to))
		return onnx_binary(n, "Mul", n->in[0], y, NULL);
	TRY(onnx_binary(n, "Mul", n->in[0], y, &y));
	l = onnx_layer(n, "Cast");
	l->cast_param = caffe_new(Caffe__CastParameter, cast_parameter);
	l->cast_param->has_to = 1;
	l->cast_param->to = to;
	return onnx_join(n, l, &y, 1, type, NULL);
}

const struct onnx_op onnx_ops_bits[] = {
	{ "BitShift", emit_shift, NULL },
	{ 0 },
};
