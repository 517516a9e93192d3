/*
 * Quantize: x / scale rounded (halves to even) plus the zero point, kept between
 * low and high; Dequantize: (x - zero point) scale.  The scale is one number, or
 * one for each place along an axis, and so is the zero point, which may be left
 * out.  Quantize is a step, so nothing can be trained through it.
 */
#include "nn/layers/arith/broadcast.h"

static const Caffe__QuantizeParameter none = CAFFE__QUANTIZE_PARAMETER__INIT;

/* Bottom i as it stretches over bottom 0; it is one number or runs along `axis`. */
static int
operand(struct layer *l, const Caffe__QuantizeParameter *p, int i)
{
	const struct shape x = *layer_shape(l, 0), s = *layer_shape(l, i);
	struct shape to = { .n = x.n };
	char a[SHAPE_TEXT_MAX], b[SHAPE_TEXT_MAX];
	int axis, k;

	for (k = 0; k < x.n; k++)
		to.d[k] = 1;
	if (shape_count(&s) == 1)
		return graph_reshape(l->graph, l->bottom[i], &to);
	TRY(layer_axis(l, 0, p->axis, &axis));
	if (s.n != 1 || s.d[0] != x.d[axis])
		return err_set(ERR_FORMAT,
		    "its bottom \"%s\", %s, does not run along axis %d of %s",
		    l->p->bottom[i], shape_text(a, &s), axis,
		    shape_text(b, &x));
	return layer_align(l, l->bottom[i], axis);
}

static int
emit(struct layer *l)
{
	const Caffe__QuantizeParameter *p =
	    LAYER_PARAM(l, quantize_param, &none);
	struct graph *g = l->graph;
	int t, y;

	TRY(t = operand(l, p, 1));
	TRY(y = graph_binary(g, l->bottom[0], t, BINARY_DIV));
	TRY(y = graph_unary(g, y, UNARY_ROUND, 0, 0, 0));
	if (l->nbottom > 2) {
		TRY(t = operand(l, p, 2));
		TRY(y = graph_binary(g, y, t, BINARY_ADD));
	}
	return layer_top(
	    l, 0, graph_unary(g, y, UNARY_CLIP, p->low, p->high, 0));
}

static int
emit_back(struct layer *l)
{
	const Caffe__QuantizeParameter *p =
	    LAYER_PARAM(l, quantize_param, &none);
	struct graph *g = l->graph;
	int t, y = l->bottom[0];

	if (l->nbottom > 2) {
		TRY(t = operand(l, p, 2));
		TRY(y = graph_binary(g, y, t, BINARY_SUB));
	}
	TRY(t = operand(l, p, 1));
	return layer_top(l, 0, graph_binary(g, y, t, BINARY_MUL));
}

const struct layer_type layer_dequantize = { "Dequantize", 2, 3, 1, 1,
	.emit = emit_back };
const struct layer_type layer_quantize = { "Quantize", 2, 3, 1, 1,
	.emit = emit };
