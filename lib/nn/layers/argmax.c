/* ArgMax: the places (and values) of the top_k largest.  No gradient. */
#include <limits.h>

#include "nn/layers/types.h"

static const Caffe__ArgMaxParameter none = CAFFE__ARG_MAX_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__ArgMaxParameter *p = LAYER_PARAM(l, argmax_param, &none);
	union op_attr a = { 0 };

	if (p->top_k < 1 || p->top_k > INT_MAX)
		return err_set(ERR_FORMAT, "top_k is %u", (unsigned)p->top_k);
	a.argmax.top_k = (int)p->top_k;
	a.argmax.out_max_val = p->out_max_val;
	a.argmax.has_axis = p->has_axis;
	if (p->has_axis)
		TRY(layer_axis(l, 0, p->axis, &a.argmax.axis));
	return layer_top(
	    l, 0, graph_add(l->graph, OP_ARGMAX, &a, l->bottom, 1));
}

const struct layer_type layer_argmax = { "ArgMax", 1, 1, 1, 1, .emit = emit,
	.no_grad = 1 };
