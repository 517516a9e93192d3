/* LRN: local response normalisation, across channels or within each. */
#include <limits.h>

#include "nn/layers/types.h"

static const Caffe__LRNParameter none = CAFFE__LRNPARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__LRNParameter *p = LAYER_PARAM(l, lrn_param, &none);
	char t[SHAPE_TEXT_MAX];
	union op_attr a = { 0 };

	if (p->local_size % 2 == 0 || p->local_size > INT_MAX / 4)
		return err_set(ERR_FORMAT, "local_size %u must be odd",
		    (unsigned)p->local_size);
	if (layer_shape(l, 0)->n != 4)
		return err_set(ERR_FORMAT,
		    "its bottom %s must have 4 axes (N, C, H, W)",
		    shape_text(t, layer_shape(l, 0)));
	a.lrn.region =
	    p->norm_region == CAFFE__LRNPARAMETER__NORM_REGION__WITHIN_CHANNEL
	    ? LRN_WITHIN
	    : LRN_ACROSS;
	a.lrn.size = (int)p->local_size;
	a.lrn.alpha = p->alpha;
	a.lrn.beta = p->beta;
	a.lrn.k = p->k;
	return layer_top(l, 0, graph_add(l->graph, OP_LRN, &a, l->bottom, 1));
}

const struct layer_type layer_lrn = { "LRN", 1, 1, 1, 1, .emit = emit };
