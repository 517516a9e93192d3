/*
 * Attention (Vaswani et al., 2017): softmax(scale q k' + mask) v, where q is
 * (..., L, D), k (..., S, D), v (..., S, E) and the mask, if there is one,
 * stretches over (..., L, S).
 */
#include <math.h>

#include "nn/layers/arith/matmul.h"

static const Caffe__AttentionParameter none = CAFFE__ATTENTION_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__AttentionParameter *p =
	    LAYER_PARAM(l, attention_param, &none);
	union op_attr a = { 0 };
	struct shape q = *layer_shape(l, 0);
	float scale;
	int y, i;

	for (i = 0; i < 3; i++)
		if (layer_shape(l, i)->n < 2)
			return err_set(ERR_FORMAT,
			    "its bottom \"%s\" needs two axes or more",
			    l->p->bottom[i]);
	scale = p->has_scale ? p->scale : 1 / sqrtf((float)q.d[q.n - 1]);
	TRY(y = layer_affine(l, l->bottom[0], scale, 0));
	TRY(y = layer_matmul(l, y, false, l->bottom[1], true));
	if (l->nbottom > 3)
		TRY(y = layer_binary(l, y, l->bottom[3], BINARY_ADD));
	a.axis = graph_shape(l->graph, y)->n - 1;
	TRY(y = graph_add(l->graph, OP_SOFTMAX, &a, &y, 1));
	return layer_top(l, 0, layer_matmul(l, y, false, l->bottom[2], false));
}

const struct layer_type layer_attention = { "Attention", 3, 4, 1, 1,
	.emit = emit };
