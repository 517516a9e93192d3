/*
 * Convolution, and DepthwiseConvolution of MobileNet's ports (one group per
 * channel, whatever `group` says).  Several bottoms share the weights.
 * num_output may be left out where the number of classes is known.
 */
#include "base/num.h"
#include "nn/layers/types.h"

/* num_output, or the number of classes; 0 when neither is known. */
static int64_t
outputs(const struct layer *l, const Caffe__ConvolutionParameter *p)
{
	return p->has_num_output ? (int64_t)p->num_output
				 : l->net->opts->classes;
}

static int
check_groups(int64_t out, int64_t channels, unsigned group)
{
	if (out < 1)
		return err_set(ERR_FORMAT, "num_output is not given");
	if (group == 0 || channels % group)
		return err_set(ERR_FORMAT,
		    "group %u does not divide its %lld input channels", group,
		    (long long)channels);
	if (out % group)
		return err_set(ERR_FORMAT,
		    "group %u does not divide num_output %lld", group,
		    (long long)out);
	return 0;
}

/* w (O, C/group, K...), b (O) or -1 */
static int
make_params(struct layer *l, const Caffe__ConvolutionParameter *p,
    const struct op_conv *conv, int64_t channels, int *w, int *b)
{
	struct shape s = { 2, { outputs(l, p), channels / conv->group } };
	int i;

	for (i = 0; i < conv->nd; i++)
		s.d[s.n++] = conv->kernel[i];
	*b = -1;
	TRY(*w = layer_param(l, 0, &s, p->weight_filler, true));
	s.n = 1;
	if (p->bias_term)
		TRY(*b = layer_param(l, 1, &s, p->bias_filler, true));
	return 0;
}

/* Bottom i with zeros around it, as many on each side as it says. */
static int
add_sides(struct layer *l, int i, const Caffe__ConvolutionParameter *p, int *x)
{
	const struct layer_sides sides = { p->has_pad_l, p->has_pad_r,
		p->has_pad_t, p->has_pad_b, p->pad_l, p->pad_r, p->pad_t,
		p->pad_b, p->pad_type };
	union op_attr a = { 0 };

	*x = l->bottom[i];
	if (!layer_sides_given(&sides))
		return 0;
	if (p->n_pad > 0 || p->has_pad_h || p->has_pad_w)
		return err_set(ERR_FORMAT,
		    "pad and pad_l, pad_r, pad_t, pad_b are both given");
	TRY(layer_sides_read(&sides, layer_shape(l, i), &a.slice));
	return *x = graph_add(l->graph, OP_PAD, &a, x, 1);
}

static int
emit_one(struct layer *l, int i, const union op_attr *a, int axis, int w, int b)
{
	int in[3] = { -1, w, b }, y;

	TRY(add_sides(
	    l, i, LAYER_PARAM(l, convolution_param, &layer_conv_none), &in[0]));
	if (in[0] == l->bottom[i])
		TRY(in[0] = layer_conv_flat(l, i, axis));
	else if (axis != 1)
		return err_set(ERR_FORMAT,
		    "pad_l, pad_r, pad_t, pad_b are for axis 1, not %d", axis);
	y = graph_add(l->graph, OP_CONV, a, in, b < 0 ? 2 : 3);
	return layer_top(l, i, layer_conv_unflat(l, i, axis, y));
}

static int
emit_groups(struct layer *l, bool depthwise)
{
	const Caffe__ConvolutionParameter *p =
	    LAYER_PARAM(l, convolution_param, &layer_conv_none);
	union op_attr a = { 0 };
	int64_t channels;
	int axis, w, b, i;

	if (l->ntop != l->nbottom)
		return err_set(ERR_FORMAT, "%s for %s",
		    NUM_COUNTED(l->ntop, "top"),
		    NUM_COUNTED(l->nbottom, "bottom"));
	TRY(layer_conv_param(l, p, &a.conv, &axis));
	channels = layer_shape(l, 0)->d[axis];
	for (i = 1; i < l->nbottom; i++)
		if (!shape_same(layer_shape(l, i), layer_shape(l, 0)))
			return err_set(
			    ERR_FORMAT, "its bottoms differ in shape");
	TRY(check_groups(outputs(l, p), channels,
	    depthwise ? (unsigned)channels : p->group));
	a.conv.group = depthwise ? (int)channels : (int)p->group;
	TRY(make_params(l, p, &a.conv, channels, &w, &b));
	for (i = 0; i < l->nbottom; i++)
		TRY(emit_one(l, i, &a, axis, w, b));
	return 0;
}

static int
emit(struct layer *l)
{
	return emit_groups(l, false);
}

static int
emit_depthwise(struct layer *l)
{
	return emit_groups(l, true);
}

const struct layer_type layer_convolution = { "Convolution", 1, -1, 1, -1,
	.emit = emit };
const struct layer_type layer_convolution_depthwise = { "ConvolutionDepthwise",
	1, -1, 1, -1, .emit = emit_depthwise };
const struct layer_type layer_depthwise_convolution = { "DepthwiseConvolution",
	1, -1, 1, -1, .emit = emit_depthwise };
