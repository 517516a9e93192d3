/* Interp (DeepLab, PSPNet): bilinear resizing, corners aligned; negative pads
 * cut the bottom first. */
#include <limits.h>

#include "nn/layers/types.h"

static const Caffe__InterpParameter none = CAFFE__INTERP_PARAMETER__INIT;

static int64_t
shrink(int64_t n, const Caffe__InterpParameter *p)
{
	return (n - 1) / p->shrink_factor + 1;
}

static int64_t
zoom(int64_t n, const Caffe__InterpParameter *p)
{
	return n + (n - 1) * (p->zoom_factor - 1);
}

static int
output_size(
    const struct layer *l, const Caffe__InterpParameter *p, int64_t size[2])
{
	int i;

	if (p->zoom_factor < 1 || p->shrink_factor < 1)
		return err_set(ERR_FORMAT,
		    "zoom_factor %d, shrink_factor %d: both must be at least 1",
		    p->zoom_factor, p->shrink_factor);
	if (l->nbottom > 1 && layer_shape(l, 1)->n != 4)
		return err_set(
		    ERR_FORMAT, "its second bottom must have 4 axes");
	if (!p->has_zoom_factor && !p->has_shrink_factor && l->nbottom < 2 &&
	    (p->height < 1 || p->width < 1))
		return err_set(ERR_FORMAT,
		    "give height and width, zoom_factor or shrink_factor");
	for (i = 0; i < 2; i++) {
		if (l->nbottom > 1)
			size[i] = layer_shape(l, 1)->d[2 + i];
		else if (p->has_zoom_factor || p->has_shrink_factor)
			size[i] = zoom(shrink(size[i], p), p);
		else
			size[i] = i ? p->width : p->height;
		if (size[i] < 1 || size[i] > INT_MAX)
			return err_set(
			    ERR_RANGE, "an output of %lld", (long long)size[i]);
	}
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__InterpParameter *p = LAYER_PARAM(l, interp_param, &none);
	union op_attr a = { 0 }, cut = { 0 };
	struct shape s = *layer_shape(l, 0);
	int x = l->bottom[0], i;

	if (s.n != 4)
		return err_set(
		    ERR_FORMAT, "its bottom must have 4 axes (N, C, H, W)");
	if (p->pad_beg > 0 || p->pad_end > 0)
		return err_set(ERR_FORMAT,
		    "pad_beg and pad_end cut: they must be 0 or less");
	for (i = 2; i < 4; i++) {
		cut.slice.start[i] = -(int64_t)p->pad_beg;
		s.d[i] += (int64_t)p->pad_beg + p->pad_end;
		if (s.d[i] < 1)
			return err_set(ERR_FORMAT, "nothing is left to resize");
		a.conv.size[i - 2] = s.d[i];
	}
	cut.slice.size = s;
	if (p->pad_beg || p->pad_end)
		TRY(x = graph_add(l->graph, OP_SLICE, &cut, &x, 1));
	a.conv.nd = 2;
	TRY(output_size(l, p, a.conv.size));
	return layer_top(l, 0, graph_add(l->graph, OP_INTERP, &a, &x, 1));
}

const struct layer_type layer_interp = { "Interp", 1, 2, 1, 1, .emit = emit,
	.no_grad = 2 };
