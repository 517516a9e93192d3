/* Reduction: SUM, ASUM, SUMSQ or MEAN of the axes from `axis` on. */
#include "nn/layers/types.h"

static const Caffe__ReductionParameter none = CAFFE__REDUCTION_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	static const enum reduce_fn fns[] = { REDUCE_SUM, REDUCE_SUM,
		REDUCE_ASUM, REDUCE_SUMSQ, REDUCE_SUM };
	const Caffe__ReductionParameter *p =
	    LAYER_PARAM(l, reduction_param, &none);
	struct shape s = *layer_shape(l, 0);
	float coeff = p->coeff;
	int axis = 0, x;

	if (s.n || p->axis)
		TRY(layer_axis(l, 0, p->axis, &axis));
	if (p->operation == CAFFE__REDUCTION_PARAMETER__REDUCTION_OP__MEAN)
		coeff /= (float)shape_count_axes(&s, axis, s.n);
	TRY(x = layer_fold(l, l->bottom[0], axis, s.n));
	TRY(x = graph_reduce(l->graph, x, fns[p->operation], 2, coeff));
	s.n = axis;
	return layer_top(l, 0, graph_reshape(l->graph, x, &s));
}

const struct layer_type layer_reduction = { "Reduction", 1, 1, 1, 1,
	.emit = emit };
