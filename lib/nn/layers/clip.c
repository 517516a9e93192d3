/* Clip: min(max(x, min), max). */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	const Caffe__ClipParameter *p = l->p->clip_param;

	if (p == NULL)
		return err_set(
		    ERR_FORMAT, "clip_param with min and max is missing");
	if (!(p->min <= p->max))
		return err_set(
		    ERR_FORMAT, "min %g is above max %g", p->min, p->max);
	return layer_top(l, 0,
	    graph_unary(l->graph, l->bottom[0], UNARY_CLIP, p->min, p->max, 0));
}

const struct layer_type layer_clip = { "Clip", 1, 1, 1, 1, .emit = emit };
