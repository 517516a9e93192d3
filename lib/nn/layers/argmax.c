/* ArgMax: the places (and values) of the top_k largest; ArgMin: of the least.  No
 * gradient. */
#include <limits.h>

#include "nn/layers/types.h"

static const Caffe__ArgMaxParameter none = CAFFE__ARG_MAX_PARAMETER__INIT;

/* y of x, with the axis gone where it shall. */
static int
end(struct layer *l, const Caffe__ArgMaxParameter *p, int axis, int y)
{
	struct shape s;
	int i;

	if (p->keepdims)
		return layer_top(l, 0, y);
	if (!p->has_axis || p->top_k != 1)
		return err_set(
		    ERR_FORMAT, "keepdims is for an axis and top_k 1");
	s = *graph_shape(l->graph, y);
	for (i = axis; i + 1 < s.n; i++)
		s.d[i] = s.d[i + 1];
	s.n--;
	return layer_top(l, 0, graph_reshape(l->graph, y, &s));
}

static int
choose(struct layer *l, int x, bool least)
{
	const Caffe__ArgMaxParameter *p = LAYER_PARAM(l, argmax_param, &none);
	union op_attr a = { 0 };
	int y;

	if (p->top_k < 1 || p->top_k > INT_MAX)
		return err_set(ERR_FORMAT, "top_k is %u", (unsigned)p->top_k);
	a.argmax.top_k = (int)p->top_k;
	a.argmax.out_max_val = p->out_max_val;
	a.argmax.has_axis = p->has_axis;
	if (p->has_axis)
		TRY(layer_axis(l, 0, p->axis, &a.argmax.axis));
	a.argmax.first = !p->select_last_index;
	if (least && p->out_max_val)
		return err_set(ERR_UNSUPPORTED, "out_max_val is ArgMax's");
	TRY(y = graph_add(l->graph, OP_ARGMAX, &a, &x, 1));
	return end(l, p, a.argmax.axis, y);
}

static int
emit(struct layer *l)
{
	return choose(l, l->bottom[0], false);
}

static int
emit_least(struct layer *l)
{
	int x;

	TRY(x = graph_unary(l->graph, l->bottom[0], UNARY_POWER, 0, -1, 1));
	return choose(l, x, true);
}

const struct layer_type layer_argmax = { "ArgMax", 1, 1, 1, 1, .emit = emit,
	.no_grad = 1 };
const struct layer_type layer_argmin = { "ArgMin", 1, 1, 1, 1,
	.emit = emit_least, .no_grad = 1 };
