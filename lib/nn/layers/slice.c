/* Slice: its bottom cut along an axis, in equal parts or at slice_point. */
#include "nn/layers/types.h"

static const Caffe__SliceParameter none = CAFFE__SLICE_PARAMETER__INIT;

int
layer_slice(struct layer *l, int x, int axis, int64_t start, int64_t size)
{
	union op_attr a = { 0 };

	a.slice.size = *graph_shape(l->graph, x);
	a.slice.size.d[axis] = size;
	a.slice.start[axis] = start;
	return graph_add(l->graph, OP_SLICE, &a, &x, 1);
}

static int
points_check(
    const struct layer *l, const Caffe__SliceParameter *p, int64_t size)
{
	int64_t before = 0;
	size_t i;

	if (!p->n_slice_point && size % l->ntop)
		return err_set(ERR_FORMAT,
		    "%lld cannot be cut into %d equal parts; give slice_point",
		    (long long)size, l->ntop);
	if (p->n_slice_point && (int)p->n_slice_point != l->ntop - 1)
		return err_set(ERR_FORMAT,
		    "%zu slice points for %d tops; there must be one less than tops",
		    p->n_slice_point, l->ntop);
	for (i = 0; i < p->n_slice_point; i++) {
		if (p->slice_point[i] <= before || p->slice_point[i] >= size)
			return err_set(ERR_FORMAT,
			    "slice_point %u is not between %lld and %lld",
			    (unsigned)p->slice_point[i], (long long)before,
			    (long long)size);
		before = p->slice_point[i];
	}
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__SliceParameter *p = LAYER_PARAM(l, slice_param, &none);
	int64_t size, start = 0, end;
	int axis, i;

	if (p->has_axis && p->has_slice_dim)
		return err_set(ERR_FORMAT, "axis and slice_dim are both given");
	TRY(layer_axis(
	    l, 0, p->has_slice_dim ? (int)p->slice_dim : p->axis, &axis));
	size = layer_shape(l, 0)->d[axis];
	TRY(points_check(l, p, size));
	if (l->ntop == 1)
		return layer_top(l, 0, l->bottom[0]);
	for (i = 0; i < l->ntop; i++) {
		end = size;
		if (!p->n_slice_point)
			end = start + size / l->ntop;
		else if (i < (int)p->n_slice_point)
			end = p->slice_point[i];
		TRY(layer_top(l, i,
		    layer_slice(l, l->bottom[0], axis, start, end - start)));
		start = end;
	}
	return 0;
}

const struct layer_type layer_slice_type = { "Slice", 1, 1, 1, -1,
	.emit = emit };
