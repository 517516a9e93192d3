/* Exp: base ^ (shift + scale x); base -1 is e. */
#include <math.h>

#include "nn/layers/types.h"

static const Caffe__ExpParameter none = CAFFE__EXP_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__ExpParameter *p = LAYER_PARAM(l, exp_param, &none);
	double ln = 1;

	if (p->base_ != -1 && !(p->base_ > 0))
		return err_set(ERR_FORMAT,
		    "base %g must be above 0, or -1 for e", p->base_);
	if (p->base_ != -1)
		ln = log(p->base_);
	return layer_top(l, 0,
	    graph_unary(l->graph, l->bottom[0], UNARY_EXP,
		(float)(p->scale * ln), (float)(p->shift * ln), 0));
}

const struct layer_type layer_exp = { "Exp", 1, 1, 1, 1, .emit = emit };
