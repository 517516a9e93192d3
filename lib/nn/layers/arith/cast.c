/* Cast: to what the numbers of a type of ONNX can hold.  Tensors are floats all
 * the same, so INT is exact up to 2^24. */
#include "nn/layers/types.h"

static const Caffe__CastParameter none = CAFFE__CAST_PARAMETER__INIT;

/* The values that a type has: count of them, from low on. */
static const struct {
	float low, count;
} ranges[] = {
	[CAFFE__CAST_PARAMETER__KIND__UINT8] = { 0, 256 },
	[CAFFE__CAST_PARAMETER__KIND__INT8] = { -128, 256 },
	[CAFFE__CAST_PARAMETER__KIND__UINT16] = { 0, 65536 },
	[CAFFE__CAST_PARAMETER__KIND__INT16] = { -32768, 65536 },
	[CAFFE__CAST_PARAMETER__KIND__UINT32] = { 0, 4294967296.0f },
	[CAFFE__CAST_PARAMETER__KIND__INT32] = { -2147483648.0f,
	    4294967296.0f },
};

static enum unary_fn
fn_of(Caffe__CastParameter__Kind to)
{
	switch (to) {
	case CAFFE__CAST_PARAMETER__KIND__INT: return UNARY_TRUNC;
	case CAFFE__CAST_PARAMETER__KIND__BOOL: return UNARY_NONZERO;
	case CAFFE__CAST_PARAMETER__KIND__FLOAT16: return UNARY_FLOAT16;
	case CAFFE__CAST_PARAMETER__KIND__BFLOAT16: return UNARY_BFLOAT16;
	default: return UNARY_WRAP;
	}
}

static int
emit(struct layer *l)
{
	const Caffe__CastParameter *p = LAYER_PARAM(l, cast_param, &none);
	const enum unary_fn fn = fn_of(p->to);
	float low = 0, count = 0;
	int y;

	if (p->to == CAFFE__CAST_PARAMETER__KIND__FLOAT)
		return layer_top(l, 0, l->bottom[0]);
	if (fn == UNARY_WRAP) {
		low = ranges[p->to].low;
		count = ranges[p->to].count;
	}
	TRY(y = graph_unary(l->graph, l->bottom[0], fn, low, count, 0));
	/* A step: its gradient is 0. */
	if (fn != UNARY_FLOAT16 && fn != UNARY_BFLOAT16)
		graph_last(l->graph)->no_grad = 1;
	return layer_top(l, 0, y);
}

const struct layer_type layer_cast = { "Cast", 1, 1, 1, 1, .emit = emit };
