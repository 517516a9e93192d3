/* Padding of each side by its own: see types.h. */
#include <limits.h>

#include "nn/layers/types.h"

bool
layer_sides_given(const struct layer_sides *s)
{
	return s->has_l || s->has_r || s->has_t || s->has_b || s->type != 0;
}

int
layer_sides_refuse(const Caffe__ConvolutionParameter *p)
{
	if (p->has_pad_l || p->has_pad_r || p->has_pad_t || p->has_pad_b ||
	    p->pad_type != 0)
		return err_set(ERR_UNSUPPORTED,
		    "pad_l, pad_r, pad_t, pad_b and pad_type are known to Convolution and Pooling only");
	return 0;
}

int
layer_sides_read(
    const struct layer_sides *s, const struct shape *x, struct op_slice *out)
{
	const uint32_t most = INT_MAX / 4;

	if (s->type != 0)
		return err_set(ERR_UNSUPPORTED,
		    "pad_type %u is not known here; give pad_l, pad_r, pad_t and pad_b",
		    (unsigned)s->type);
	if (x->n != 4)
		return err_set(ERR_FORMAT,
		    "pad_l, pad_r, pad_t, pad_b are for 2 spatial axes, not %d",
		    x->n - 2);
	if (s->l > most || s->r > most || s->t > most || s->b > most)
		return err_set(ERR_RANGE, "pad is too large");
	*out = (struct op_slice){ .size = *x };
	out->start[2] = s->t;
	out->start[3] = s->l;
	out->size.d[2] += (int64_t)s->t + s->b;
	out->size.d[3] += (int64_t)s->l + s->r;
	return shape_check(&out->size);
}
