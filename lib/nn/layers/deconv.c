/*
 * Deconvolution: the gradient of a convolution to its data, as a layer.
 *
 * num_output may be left out where the number of classes is known; with a bilinear
 * filler each class is then a group of its own, which that filler is meant for.
 */
#include <string.h>

#include "base/num.h"
#include "nn/layers/types.h"

struct outputs {
	int64_t n;
	unsigned group;
};

static struct outputs
outputs(const struct layer *l, const Caffe__ConvolutionParameter *p)
{
	const char *filler =
	    p->weight_filler != NULL ? p->weight_filler->type : NULL;
	const int classes = l->net->opts->classes;

	if (p->has_num_output || classes < 1)
		return (struct outputs){ p->num_output, p->group };
	if (!p->has_group && filler != NULL && strcmp(filler, "bilinear") == 0)
		return (struct outputs){ classes, (unsigned)classes };
	return (struct outputs){ classes, p->group };
}

static int
check_sizes(const struct outputs *o, int64_t channels)
{
	if (o->n == 0)
		return err_set(ERR_FORMAT, "num_output is not given");
	if (o->group == 0 || channels % o->group || o->n % o->group)
		return err_set(ERR_FORMAT,
		    "group %u does not divide its %lld input channels and num_output %lld",
		    o->group, (long long)channels, (long long)o->n);
	return 0;
}

/* What is added at the ends of axis i: what a convolution with that stride would
 * pass over. */
static int
added(const Caffe__ConvolutionParameter *p, const struct op_conv *c, int i,
    int64_t *out)
{
	const size_t n = p->n_output_padding;

	*out = 0;
	if (n == 0)
		return 0;
	if (n > 1 && n != (size_t)c->nd)
		return err_set(ERR_FORMAT,
		    "output_padding is given %zu times for %d spatial axes: give one value or one per axis",
		    n, c->nd);
	*out = p->output_padding[n > 1 ? i : 0];
	if (*out >= c->stride[i])
		return err_set(ERR_RANGE,
		    "output_padding %lld is not below the stride, %d",
		    (long long)*out, c->stride[i]);
	return 0;
}

/* size = stride (in - 1) + kernel - 2 pad + output_padding */
static int
output_size(const Caffe__ConvolutionParameter *p, const struct shape *x,
    int axis, struct op_conv *c)
{
	int64_t extent, more;
	int i;

	for (i = 0; i < c->nd; i++) {
		extent = (int64_t)c->dilation[i] * (c->kernel[i] - 1) + 1;
		TRY(added(p, c, i, &more));
		c->size[i] = c->stride[i] * (x->d[axis + 1 + i] - 1) + extent -
		    2 * (int64_t)c->pad[i] + more;
		if (c->size[i] < 1)
			return err_set(ERR_FORMAT,
			    "pad %d leaves nothing of its output", c->pad[i]);
	}
	return 0;
}

/* w (C, O/group, K...), b (O) or -1 */
static int
make_params(struct layer *l, const Caffe__ConvolutionParameter *p,
    const struct op_conv *conv, const struct outputs *o, int64_t channels,
    int *w, int *b)
{
	struct shape s = { 2, { channels, o->n / o->group } };
	int i;

	for (i = 0; i < conv->nd; i++)
		s.d[s.n++] = conv->kernel[i];
	*b = -1;
	TRY(*w = layer_param(l, 0, &s, p->weight_filler, true));
	s = (struct shape){ 1, { o->n } };
	if (p->bias_term)
		TRY(*b = layer_param(l, 1, &s, p->bias_filler, true));
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__ConvolutionParameter *p =
	    LAYER_PARAM(l, convolution_param, &layer_conv_none);
	union op_attr a = { 0 };
	int axis, in[3], i, y;
	struct outputs o;
	int64_t channels;

	if (l->ntop != l->nbottom)
		return err_set(ERR_FORMAT, "%s for %s",
		    NUM_COUNTED(l->ntop, "top"),
		    NUM_COUNTED(l->nbottom, "bottom"));
	TRY(layer_sides_refuse(p));
	TRY(layer_conv_param(l, p, &a.conv, &axis));
	channels = layer_shape(l, 0)->d[axis];
	o = outputs(l, p);
	TRY(check_sizes(&o, channels));
	a.conv.group = (int)o.group;
	TRY(output_size(p, layer_shape(l, 0), axis, &a.conv));
	TRY(make_params(l, p, &a.conv, &o, channels, &in[1], &in[2]));
	for (i = 0; i < l->nbottom; i++) {
		if (!shape_same(layer_shape(l, i), layer_shape(l, 0)))
			return err_set(
			    ERR_FORMAT, "its bottoms differ in shape");
		TRY(in[0] = layer_conv_flat(l, i, axis));
		y = graph_add(
		    l->graph, OP_CONV_DATA, &a, in, in[2] < 0 ? 2 : 3);
		TRY(layer_top(l, i, layer_conv_unflat(l, i, axis, y)));
	}
	return 0;
}

const struct layer_type layer_deconvolution = { "Deconvolution", 1, -1, 1, -1,
	.emit = emit };
