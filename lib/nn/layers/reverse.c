/* Reverse (the forks for recurrent nets): its bottom backwards along an axis. */
#include "base/mem.h"
#include "nn/layers/types.h"

static const Caffe__ReverseParameter none = CAFFE__REVERSE_PARAMETER__INIT;

/* n - 1, n - 2, ... 0 */
static int
backwards(struct layer *l, int64_t n)
{
	const struct shape s = { 1, { n } };
	float *v = mem_array(float, (size_t)n + 1);
	int t;

	for (int64_t i = 0; i < n; i++)
		v[i] = (float)(n - 1 - i);
	t = graph_add_const(l->graph, "backwards", &s, v);
	mem_free(v);
	return t;
}

static int
swap_first(struct layer *l, int x)
{
	const union op_attr a = { .permute = { .order = { 1, 0, 2 } } };

	return graph_add(l->graph, OP_PERMUTE, &a, &x, 1);
}

/* Rows of the axis, which is brought to the front for that. */
static int
emit(struct layer *l)
{
	const Caffe__ReverseParameter *p = LAYER_PARAM(l, reverse_param, &none);
	const struct shape s = *layer_shape(l, 0);
	union op_attr none_of = { 0 };
	int axis, x, in[2];

	if (l->nbottom > 1)
		return err_set(ERR_UNSUPPORTED,
		    "sequences of several lengths, told by a second bottom, cannot be reversed here");
	TRY(layer_axis(l, 0, p->axis, &axis));
	if (s.d[axis] > 1 << 24)
		return err_set(ERR_RANGE, "an axis of %lld is too long",
		    (long long)s.d[axis]);
	TRY(x = layer_fold(l, l->bottom[0], axis, axis + 1));
	TRY(in[0] = swap_first(l, x));
	TRY(in[1] = backwards(l, s.d[axis]));
	TRY(x = graph_add(l->graph, OP_GATHER, &none_of, in, 2));
	TRY(x = swap_first(l, x));
	return layer_top(l, 0, graph_reshape(l->graph, x, &s));
}

const struct layer_type layer_reverse = { "Reverse", 1, 2, 1, 1, .emit = emit,
	.no_grad = 2 };
