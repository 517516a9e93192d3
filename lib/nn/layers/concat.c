/* Concat: its bottoms one behind the other along an axis. */
#include "nn/layers/types.h"

static const Caffe__ConcatParameter none = CAFFE__CONCAT_PARAMETER__INIT;

int
layer_concat(struct layer *l, const int *in, int n, int axis)
{
	union op_attr a = { .axis = axis };
	int part[OP_IN_MAX], i = 0, k, y = -1;

	while (i < n) {
		k = 0;
		if (y >= 0)
			part[k++] = y;
		while (i < n && k < OP_IN_MAX)
			part[k++] = in[i++];
		TRY(y = graph_add(l->graph, OP_CONCAT, &a, part, k));
	}
	return y;
}

static int
emit(struct layer *l)
{
	const Caffe__ConcatParameter *p = LAYER_PARAM(l, concat_param, &none);
	int axis;

	if (p->has_axis && p->has_concat_dim)
		return err_set(
		    ERR_FORMAT, "axis and concat_dim are both given");
	TRY(layer_axis(
	    l, 0, p->has_concat_dim ? (int)p->concat_dim : p->axis, &axis));
	if (l->nbottom == 1)
		return layer_top(l, 0, l->bottom[0]);
	return layer_top(l, 0, layer_concat(l, l->bottom, l->nbottom, axis));
}

const struct layer_type layer_concat_type = { "Concat", 1, -1, 1, 1,
	.emit = emit };
