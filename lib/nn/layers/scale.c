/* Scale: times a learned blob or the second bottom, plus a learned bias with
 * bias_term. */
#include "nn/layers/types.h"

static const Caffe__ScaleParameter none = CAFFE__SCALE_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__ScaleParameter *p = LAYER_PARAM(l, scale_param, &none);
	struct shape s;
	int w, b, y, at, param = 0;

	if (l->nbottom > 1) {
		TRY(layer_align_bottom(l, p->axis, &at));
		s = *layer_shape(l, 1);
		w = l->bottom[1];
	} else {
		TRY(layer_align_shape(l, p->axis, p->num_axes, &s, &at));
		TRY(w = layer_param(l, param++, &s,
			p->filler ? p->filler : &layer_fill_one, true));
	}
	TRY(w = layer_align(l, w, at));
	TRY(y = graph_binary(l->graph, l->bottom[0], w, BINARY_MUL));
	if (p->bias_term) {
		TRY(b = layer_param(l, param, &s, p->bias_filler, true));
		TRY(b = layer_align(l, b, at));
		TRY(y = graph_binary(l->graph, y, b, BINARY_ADD));
	}
	return layer_top(l, 0, y);
}

const struct layer_type layer_scale = { "Scale", 1, 2, 1, 1, .emit = emit };
