/* Reduce… and what works along an axis, by the operators of the same names. */
#include <string.h>

#include "onnx/forms/form.h"

static uint32_t
axes_of(const Caffe__ReduceParameter *p, int rank)
{
	uint32_t axes = 0;

	for (size_t i = 0; p != NULL && i < p->n_axis; i++)
		axes |= 1u << (p->axis[i] < 0 ? p->axis[i] + rank : p->axis[i]);
	return axes != 0 ? axes : (1u << rank) - 1;
}

EXPORT_LAYER(export_layer_reduce)
{
	const Caffe__ReduceParameter *p = l->p->reduce_param;
	const int rank = export_shape(e, l->bottom[0])->n;
	const bool sum = strcmp(l->type->name, "ReduceSum") == 0;
	struct export_node *n;

	if (rank == 0)
		return export_layer_ops(e, l);
	n = export_node(e, l->type->name, export_of(e, l->bottom[0]), NULL);
	export_axes(e, n, axes_of(p, rank), rank, sum ? 13 : 18);
	if (p != NULL && !p->keepdims)
		export_int(e, n, "keepdims", 0);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

EXPORT_LAYER(export_layer_along)
{
	const Caffe__SoftmaxParameter *p = l->p->softmax_param;
	struct export_node *n =
	    export_node(e, l->type->name, export_of(e, l->bottom[0]), NULL);

	export_int(e, n, "axis", p != NULL ? p->axis : 1);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}
