/* PReLU: max(x, 0) + a min(x, 0), a learned per channel or for all. */
#include "nn/layers/types.h"

static const Caffe__PReLUParameter none = CAFFE__PRE_LUPARAMETER__INIT;

static const Caffe__FillerParameter quarter = {
	PROTOBUF_C_MESSAGE_INIT(&caffe__filler_parameter__descriptor),
	.type = caffe__filler_parameter__type__default_value,
	.has_value = 1,
	.value = 0.25f,
	.max = 1,
	.std = 1,
	.sparse = -1,
};

static int
emit(struct layer *l)
{
	const Caffe__PReLUParameter *p = LAYER_PARAM(l, prelu_param, &none);
	struct shape x = *layer_shape(l, 0), s = { 0 };
	int in[2] = { l->bottom[0], -1 };
	char t[SHAPE_TEXT_MAX];

	if (x.n < 2)
		return err_set(ERR_FORMAT,
		    "its bottom %s must have at least 2 axes (N, C)",
		    shape_text(t, &x));
	if (!p->channel_shared)
		s = (struct shape){ 1, { x.d[1] } };
	TRY(in[1] =
		layer_param(l, 0, &s, p->filler ? p->filler : &quarter, true));
	if (p->channel_shared) {
		s = (struct shape){ 1, { 1 } };
		TRY(in[1] = graph_reshape(l->graph, in[1], &s));
	}
	return layer_top(l, 0, graph_add(l->graph, OP_PRELU, NULL, in, 2));
}

const struct layer_type layer_prelu = { "PReLU", 1, 1, 1, 1, .emit = emit };
