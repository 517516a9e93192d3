/* Im2col: the windows of a convolution as columns. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	const Caffe__ConvolutionParameter *p =
	    LAYER_PARAM(l, convolution_param, &layer_conv_none);
	union op_attr a = { 0 };
	int axis, x;

	TRY(layer_sides_refuse(p));
	TRY(layer_conv_param(l, p, &a.conv, &axis));
	TRY(x = layer_conv_flat(l, 0, axis));
	TRY(x = graph_add(l->graph, OP_IM2COL, &a, &x, 1));
	return layer_top(l, 0, layer_conv_unflat(l, 0, axis, x));
}

const struct layer_type layer_im2col = { "Im2col", 1, 1, 1, 1, .emit = emit };
