/* Flatten: the axes from axis to end_axis made one. */
#include "nn/layers/types.h"

static const Caffe__FlattenParameter none = CAFFE__FLATTEN_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__FlattenParameter *p = LAYER_PARAM(l, flatten_param, &none);
	struct shape x = *layer_shape(l, 0), y = { 0 };
	int from, to, i;

	TRY(layer_axis(l, 0, p->axis, &from));
	TRY(layer_axis(l, 0, p->end_axis, &to));
	if (to < from)
		return err_set(
		    ERR_FORMAT, "end_axis %d is before axis %d", to, from);
	for (i = 0; i < from; i++)
		y.d[y.n++] = x.d[i];
	y.d[y.n++] = (int64_t)shape_count_axes(&x, from, to + 1);
	for (i = to + 1; i < x.n; i++)
		y.d[y.n++] = x.d[i];
	return layer_top(l, 0, graph_reshape(l->graph, l->bottom[0], &y));
}

const struct layer_type layer_flatten = { "Flatten", 1, 1, 1, 1, .emit = emit };
