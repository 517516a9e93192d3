/* Embed: rows of a learned table by index, plus a learned bias. */
#include "nn/layers/types.h"

static const Caffe__EmbedParameter none = CAFFE__EMBED_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__EmbedParameter *p = LAYER_PARAM(l, embed_param, &none);
	struct shape s = { 2, { p->input_dim, p->num_output } }, y;
	int in[2] = { -1, l->bottom[0] }, b, t, i;

	if (p->num_output < 1 || p->input_dim < 1)
		return err_set(ERR_FORMAT,
		    "num_output is %u, input_dim %u: both must be given",
		    (unsigned)p->num_output, (unsigned)p->input_dim);
	TRY(in[0] = layer_param(l, 0, &s, p->weight_filler, true));
	TRY(t = graph_add(l->graph, OP_GATHER, NULL, in, 2));
	if (!p->bias_term)
		return layer_top(l, 0, t);
	s = (struct shape){ 1, { p->num_output } };
	TRY(b = layer_param(l, 1, &s, p->bias_filler, true));
	y = *graph_shape(l->graph, t);
	for (i = 0; i < y.n - 1; i++)
		y.d[i] = 1;
	TRY(b = graph_reshape(l->graph, b, &y));
	return layer_top(l, 0, graph_binary(l->graph, t, b, BINARY_ADD));
}

const struct layer_type layer_embed = { "Embed", 1, 1, 1, 1, .emit = emit,
	.no_grad = 1 };
