/* Crop: bottom 0 cut to the size of bottom 1 from `axis` on, at an offset. */
#include "base/num.h"
#include "nn/layers/types.h"

static const Caffe__CropParameter none = CAFFE__CROP_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__CropParameter *p = LAYER_PARAM(l, crop_param, &none);
	struct shape x = *layer_shape(l, 0), y = *layer_shape(l, 1);
	char s[SHAPE_TEXT_MAX], t[SHAPE_TEXT_MAX];
	union op_attr a = { 0 };
	int axis, i;

	if (p->n_offset > 0 && p->center_align)
		return err_set(
		    ERR_FORMAT, "offset and center_align are both given");
	TRY(layer_axis(l, 0, p->axis, &axis));
	if (p->n_offset > 1 && (int)p->n_offset != x.n - axis)
		return err_set(ERR_FORMAT,
		    "offset is given %zu %s for %d axes: give one for all or one each",
		    p->n_offset, num_plural(p->n_offset, "time", "times"),
		    x.n - axis);
	a.slice.size = x;
	for (i = axis; i < x.n; i++) {
		if (p->n_offset)
			a.slice.start[i] =
			    p->offset[p->n_offset > 1 ? i - axis : 0];
		else if (p->center_align && i < y.n && x.d[i] >= y.d[i])
			a.slice.start[i] = (x.d[i] - y.d[i]) / 2;
		if (i >= y.n || a.slice.start[i] + y.d[i] > x.d[i])
			return err_set(ERR_FORMAT,
			    "%s at offset %lld of axis %d does not fit into %s",
			    shape_text(t, &y), (long long)a.slice.start[i], i,
			    shape_text(s, &x));
		a.slice.size.d[i] = y.d[i];
	}
	return layer_top(l, 0, graph_add(l->graph, OP_SLICE, &a, l->bottom, 1));
}

const struct layer_type layer_crop = { "Crop", 2, 2, 1, 1, .emit = emit,
	.no_grad = 2 };
