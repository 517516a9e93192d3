/* ShuffleChannel (ShuffleNet): channels of the groups dealt out in turn. */
#include "nn/layers/types.h"

static const Caffe__ShuffleChannelParameter none =
    CAFFE__SHUFFLE_CHANNEL_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	int64_t group = LAYER_PARAM(l, shuffle_channel_param, &none)->group;
	struct shape x = *layer_shape(l, 0), f;
	union op_attr a = { .permute = { { 0, 2, 1, 3 } } };
	int t;

	if (x.n < 2 || group < 1 || x.d[1] % group)
		return err_set(ERR_FORMAT,
		    "group %lld does not divide its %lld channels",
		    (long long)group, (long long)(x.n < 2 ? 0 : x.d[1]));
	f = (struct shape){ 4,
		{ x.d[0], group, x.d[1] / group,
		    (int64_t)shape_count_axes(&x, 2, x.n) } };
	TRY(t = graph_reshape(l->graph, l->bottom[0], &f));
	TRY(t = graph_add(l->graph, OP_PERMUTE, &a, &t, 1));
	return layer_top(l, 0, graph_reshape(l->graph, t, &x));
}

const struct layer_type layer_shuffle_channel = { "ShuffleChannel", 1, 1, 1, 1,
	.emit = emit };
