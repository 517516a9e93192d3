/* Caffe's rules for kernel, stride, pad and dilation (base_conv_layer.cpp). */
#include <limits.h>

#include "nn/layers/types.h"

const Caffe__ConvolutionParameter layer_conv_none =
    CAFFE__CONVOLUTION_PARAMETER__INIT;

struct axes {
	const char *name, *stem; /* "kernel_size", "kernel" (_h, _w) */
	const uint32_t *v;
	size_t n;
	bool has_h, has_w;
	uint32_t h, w;
	uint32_t unset; /* when nothing is given */
	uint32_t least;
};

static int
read_axes(const struct axes *a, int nd, int *out)
{
	uint32_t v;
	int i;

	if (a->has_h || a->has_w) {
		if (a->n)
			return err_set(ERR_FORMAT,
			    "%s and %s_h, %s_w are both given", a->name,
			    a->stem, a->stem);
		if (nd != 2)
			return err_set(ERR_FORMAT,
			    "%s_h and %s_w are for 2 spatial axes, not %d",
			    a->stem, a->stem, nd);
	} else if (a->n > 1 && a->n != (size_t)nd) {
		return err_set(ERR_FORMAT,
		    "%s is given %zu times for %d spatial axes: give one value or one per axis",
		    a->name, a->n, nd);
	}
	for (i = 0; i < nd; i++) {
		if (a->has_h || a->has_w)
			v = i ? a->w : a->h;
		else if (a->n)
			v = a->v[a->n > 1 ? i : 0];
		else
			v = a->unset;
		if (v < a->least || v > INT_MAX / 4)
			return err_set(
			    ERR_FORMAT, "%s is %u", a->name, (unsigned)v);
		out[i] = (int)v;
	}
	return 0;
}

/* Does anything say how large the kernel is? */
static int
check_kernel(const Caffe__ConvolutionParameter *p)
{
	if (p->has_kernel_h != p->has_kernel_w)
		return err_set(ERR_FORMAT, "%s without %s",
		    p->has_kernel_h ? "kernel_h" : "kernel_w",
		    p->has_kernel_h ? "kernel_w" : "kernel_h");
	if (!p->has_kernel_h && !p->n_kernel_size)
		return err_set(ERR_FORMAT, "kernel_size is not given");
	return 0;
}

int
layer_conv_param(const struct layer *l, const Caffe__ConvolutionParameter *p,
    struct op_conv *conv, int *axis)
{
	const struct axes kernel = { "kernel_size", "kernel", p->kernel_size,
		p->n_kernel_size, p->has_kernel_h, p->has_kernel_w, p->kernel_h,
		p->kernel_w, 0, 1 };
	const struct axes stride = { "stride", "stride", p->stride, p->n_stride,
		p->has_stride_h, p->has_stride_w,
		p->has_stride_h ? p->stride_h : 1,
		p->has_stride_w ? p->stride_w : 1, 1, 1 };
	const struct axes pad = { "pad", "pad", p->pad, p->n_pad, p->has_pad_h,
		p->has_pad_w, p->pad_h, p->pad_w, 0, 0 };
	const struct axes dilation = { "dilation", "dilation", p->dilation,
		p->n_dilation, false, false, 0, 0, 1, 1 };
	const struct axes hole = { "hole", "hole", p->hole, p->n_hole,
		p->has_hole_h, p->has_hole_w, p->hole_h, p->hole_w, 1, 1 };
	const bool holes = p->n_hole > 0 || p->has_hole_h || p->has_hole_w;
	char t[SHAPE_TEXT_MAX];
	int nd;

	TRY(layer_axis(l, 0, p->axis, axis));
	nd = layer_shape(l, 0)->n - *axis - 1;
	if (nd < 1 || nd > 3)
		return err_set(ERR_FORMAT,
		    "%d spatial axes behind axis %d of its bottom %s; it takes 1 to 3",
		    nd, *axis, shape_text(t, layer_shape(l, 0)));
	conv->nd = nd;
	conv->group = 1;
	TRY(check_kernel(p));
	TRY(read_axes(&kernel, nd, conv->kernel));
	TRY(read_axes(&stride, nd, conv->stride));
	TRY(read_axes(&pad, nd, conv->pad));
	if (holes && p->n_dilation > 0)
		return err_set(
		    ERR_FORMAT, "hole and dilation say the same; give one");
	return read_axes(holes ? &hole : &dilation, nd, conv->dilation);
}

int
layer_conv_flat(struct layer *l, int i, int axis)
{
	struct shape s = *layer_shape(l, i), f = { 0 };
	int j;

	if (axis == 1)
		return l->bottom[i];
	f.d[f.n++] = (int64_t)shape_count_axes(&s, 0, axis);
	for (j = axis; j < s.n; j++)
		f.d[f.n++] = s.d[j];
	return graph_reshape(l->graph, l->bottom[i], &f);
}

int
layer_conv_unflat(struct layer *l, int i, int axis, int y)
{
	struct shape s = *layer_shape(l, i), f;
	int j;

	if (y < 0 || axis == 1)
		return y;
	f = *graph_shape(l->graph, y);
	for (j = 1; j < f.n; j++)
		s.d[axis + j - 1] = f.d[j];
	return graph_reshape(l->graph, y, &s);
}
