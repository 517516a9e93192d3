/* Normalize (SSD; ParseNet, Liu et al., 2015): x over its L2 norm, of the item or
 * of each place's channels, times a learned scale. */
#include "nn/layers/types.h"

static const Caffe__NormalizeParameter none = CAFFE__NORMALIZE_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__NormalizeParameter *p = LAYER_PARAM(l, norm_param, &none);
	struct shape x = *layer_shape(l, 0), s = { 0 };
	struct graph *g = l->graph;
	char text[SHAPE_TEXT_MAX];
	uint32_t axes = 2;
	int t, w, i;

	if (x.n < 2)
		return err_set(ERR_FORMAT,
		    "its bottom %s must have at least 2 axes (N, C)",
		    shape_text(text, &x));
	for (i = 2; i < x.n && p->across_spatial; i++)
		axes |= 1u << i;
	if (!p->channel_shared)
		s = (struct shape){ 1, { x.d[1] } };
	TRY(w = layer_param(l, 0, &s,
		p->scale_filler ? p->scale_filler : &layer_fill_one, true));
	TRY(t = graph_reduce(g, l->bottom[0], REDUCE_SUMSQ, axes, 1));
	TRY(t = graph_unary(g, t, UNARY_POWER, p->eps, 1, -0.5f));
	TRY(t = graph_binary(g, l->bottom[0], t, BINARY_MUL));
	TRY(w = layer_align(l, w, p->channel_shared ? 0 : 1));
	return layer_top(l, 0, graph_binary(g, t, w, BINARY_MUL));
}

const struct layer_type layer_normalize = { "Normalize", 1, 1, 1, 1,
	.emit = emit };
