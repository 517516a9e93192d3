/*
 * A layer type with weights: each channel times a number that is learned, 1 at
 * the start.
 *
 *	layer { name: "gain" type: "ChannelGain" bottom: "conv1" top: "gain" }
 *
 * It is made of ops, so it runs on every device and its gradient follows from
 * theirs.  Its blob is made by layer_param, and nothing else has to know of it:
 * it is stored in the .caffemodel, taken by -p, held by --freeze, counted by
 * net-show --memory.
 */
#include "base/err.h"
#include "nn/layer.h"

static int
emit(struct layer *l)
{
	const struct shape *s = layer_shape(l, 0);
	struct shape gain = { .n = 4, .d = { 1, 1, 1, 1 } };
	int w, y;

	if (s->n != 4)
		return err_set(ERR_FORMAT, "its bottom must be (N, C, H, W)");
	gain.d[1] = s->d[1];
	TRY(w = layer_param(l, 0, &gain, &layer_fill_one, true));
	TRY(y = graph_binary(l->graph, l->bottom[0], w, BINARY_MUL));
	return layer_top(l, 0, y);
}

static const struct layer_type channel_gain = { "ChannelGain", 1, 1, 1, 1,
	.emit = emit };

const int nnutils_abi = LAYER_ABI;
const struct layer_type *const nnutils_layers[] = { &channel_gain, NULL };
