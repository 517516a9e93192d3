/* StridedSlice (ONNX Slice): along some axes from start to before end by step, as
 * numpy's x[start:end:step]; places that there are not are cut off. */
#include "nn/layers/moving/moving.h"

static const Caffe__StridedSliceParameter none =
    CAFFE__STRIDED_SLICE_PARAMETER__INIT;

static int64_t
between(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

/* Of an axis of d places: where it begins; returns how many there are. */
static int64_t
range(int64_t d, int64_t *start, int64_t end, int64_t step)
{
	const int64_t low = step < 0 ? -1 : 0, high = step < 0 ? d - 1 : d;
	int64_t n;

	*start = between(*start < 0 ? *start + d : *start, low, high);
	end = between(end < 0 ? end + d : end, low, high);
	n = step < 0 ? *start - end : end - *start;
	if (n <= 0 || step == 0) {
		*start = 0;
		return 0;
	}
	return step < 0 ? -((n - 1) / step) + 1 : (n - 1) / step + 1;
}

static int
emit(struct layer *l)
{
	const Caffe__StridedSliceParameter *p =
	    LAYER_PARAM(l, strided_slice_param, &none);
	const struct shape *x = layer_shape(l, 0);
	struct op_take a = { .size = *x };
	uint32_t seen = 0;

	if (p->n_start != p->n_end ||
	    (p->n_axis > 0 && p->n_axis != p->n_start) ||
	    (p->n_step > 0 && p->n_step != p->n_start) ||
	    (int)p->n_start > x->n)
		return err_set(ERR_FORMAT,
		    "%zu axes, %zu starts, %zu ends, %zu steps of %d axes; give each as often as the others",
		    p->n_axis, p->n_start, p->n_end, p->n_step, x->n);
	for (int i = 0; i < x->n; i++)
		a.step[i] = 1;
	for (size_t i = 0; i < p->n_start; i++) {
		const int64_t step = p->n_step > 0 ? p->step[i] : 1;
		int axis;

		TRY(layer_axis(
		    l, 0, p->n_axis > 0 ? p->axis[i] : (int)i, &axis));
		if (step == 0 || (seen >> axis & 1) != 0)
			return err_set(ERR_FORMAT,
			    step == 0 ? "a step of axis %d is 0"
				      : "axis %d is given twice",
			    axis);
		seen |= 1U << axis;
		a.start[axis] = p->start[i];
		a.size.d[axis] =
		    range(x->d[axis], &a.start[axis], p->end[i], step);
		a.step[axis] = a.size.d[axis] > 1 ? step : 1;
	}
	return layer_top(l, 0, moving_take(l, l->bottom[0], &a));
}

const struct layer_type layer_strided_slice = { "StridedSlice", 1, 1, 1, 1,
	.emit = emit };
