/* Normalize (SSD; ParseNet, Liu et al., 2015): x over its L2 norm, of the item or
 * of each place's channels, times a learned scale. */
#include <string.h>

#include "nn/layers/types.h"

static const Caffe__NormalizeParameter none = CAFFE__NORMALIZE_PARAMETER__INIT;

/* NormFace's: the channels of each place over their L2 or L1 norm, nothing
 * learned; the norm is the second top.  fix_gradient: the norm counts as fixed. */
static int
normface(struct layer *l, const Caffe__NormalizeParameter *p)
{
	const bool l1 = strcmp(p->normalize_type, "L1") == 0;
	const struct shape *x = layer_shape(l, 0);
	struct graph *g = l->graph;
	int t;

	if (!l1 && strcmp(p->normalize_type, "L2") != 0)
		return err_set(ERR_FORMAT,
		    "normalize_type is \"%s\"; it must be L2 or L1",
		    p->normalize_type);
	if (x->n < 2)
		return err_set(
		    ERR_FORMAT, "its bottom must have at least 2 axes (N, C)");
	TRY(t = graph_reduce(
		g, l->bottom[0], l1 ? REDUCE_ASUM : REDUCE_SUMSQ, 2, 1));
	TRY(t = graph_unary(g, t, UNARY_POWER, 1e-12f, 1, l1 ? 1 : 0.5f));
	if (p->fix_gradient)
		TRY(t = layer_stop_gradient(l, t));
	if (l->ntop > 1)
		TRY(layer_top(l, 1, t));
	return layer_top(l, 0, graph_binary(g, l->bottom[0], t, BINARY_DIV));
}

static int
emit(struct layer *l)
{
	const Caffe__NormalizeParameter *p = LAYER_PARAM(l, norm_param, &none);
	struct shape x = *layer_shape(l, 0), s = { 0 };
	struct graph *g = l->graph;
	char text[SHAPE_TEXT_MAX];
	uint32_t axes = 2;
	int t, w, i;

	if (l->p->normalize_param != NULL)
		return normface(l, l->p->normalize_param);
	if (l->ntop > 1)
		return err_set(ERR_FORMAT, "it takes 1 top blob, not 2");
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

const struct layer_type layer_normalize = { "Normalize", 1, 1, 1, 2,
	.emit = emit };
