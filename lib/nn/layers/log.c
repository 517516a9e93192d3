/* Log: log of shift + scale x to a base; base -1 is e. */
#include <math.h>

#include "nn/layers/types.h"

static const Caffe__LogParameter none = CAFFE__LOG_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__LogParameter *p = LAYER_PARAM(l, log_param, &none);
	double ln = 1;

	if (p->base_ != -1 && (!(p->base_ > 0) || p->base_ == 1))
		return err_set(ERR_FORMAT,
		    "base %g must be above 0 and not 1, or -1 for e", p->base_);
	if (p->base_ != -1)
		ln = log(p->base_);
	return layer_top(l, 0,
	    graph_unary(l->graph, l->bottom[0], UNARY_LOG, (float)(1 / ln),
		p->scale, p->shift));
}

const struct layer_type layer_log = { "Log", 1, 1, 1, 1, .emit = emit };
