/*
 * Pooling over one to three axes and resizing of any, as ONNX itself has them.  As in
 * pool.c the padding at the end is what the last window needs, and ceil_mode is
 * not used.
 */
#include "onnx/forms/form.h"

struct windows {
	int64_t kernel[3], stride[3], dilation[3], pads[6];
	bool dilated;
};

static int64_t
extent(const struct op_windows *w, int i)
{
	return (int64_t)w->dilation[i] * (w->kernel[i] - 1) + 1;
}

/* What the last window of axis i needs behind x. */
static int64_t
behind(const struct op_windows *w, int i, int64_t size)
{
	const int64_t end =
	    (w->size[i] - 1) * w->stride[i] + extent(w, i) - w->pad[i] - size;

	return end > 0 ? end : 0;
}

/* Zeros that count in a mean, as nodes, where the operator would count more. */
static struct export_value *
zeros(struct export *e, const struct op_windows *w, struct export_value *x)
{
	int64_t pads[10] = { 0 };
	const int rank = w->nd + 2;

	for (int i = 0; i < w->nd; i++) {
		pads[2 + i] = w->pad[i];
		pads[rank + 2 + i] = w->pad_end[i];
	}
	return export_out(e,
	    export_node(e, "Pad", x,
		export_whole_numbers(e, pads, 2 * (size_t)rank), NULL));
}

static bool
hangs_over(const struct op_windows *w, const struct shape *x)
{
	for (int i = 0; i < w->nd; i++)
		if (behind(w, i, x->d[2 + i]) > w->pad_end[i])
			return true;
	return false;
}

static void
set_attributes(
    struct export *e, struct export_node *n, const struct windows *o, int nd)
{
	int64_t pads[6];

	for (int i = 0; i < nd; i++) {
		pads[i] = o->pads[i];
		pads[nd + i] = o->pads[3 + i];
	}
	export_ints(e, n, "kernel_shape", o->kernel, (size_t)nd);
	export_ints(e, n, "strides", o->stride, (size_t)nd);
	export_ints(e, n, "pads", pads, 2 * (size_t)nd);
	if (o->dilated)
		export_ints(e, n, "dilations", o->dilation, (size_t)nd);
}

EXPORT_OP(export_windows)
{
	const struct op_windows *w = &op->a.windows;
	const struct shape *x = export_shape(e, op->in[0]);
	const bool apart = w->fn == POOL_AVE && w->padded && hangs_over(w, x);
	struct export_value *v = export_of(e, op->in[0]), *at;
	struct windows o = { .dilated = false };
	struct export_node *n;

	for (int i = 0; i < w->nd; i++) {
		const int64_t end = behind(w, i, x->d[2 + i]);

		o.kernel[i] = w->kernel[i];
		o.stride[i] = w->stride[i];
		o.dilation[i] = w->dilation[i];
		o.dilated |= w->dilation[i] != 1;
		o.pads[i] = apart ? 0 : w->pad[i];
		o.pads[3 + i] = end > w->pad_end[i] ? end : w->pad_end[i];
		if (apart)
			o.pads[3 + i] -= w->pad_end[i];
	}
	if (o.dilated && w->fn == POOL_AVE && e->opset < 19)
		return err_set(ERR_UNSUPPORTED,
		    "a mean of places apart takes --opset 19 or later");
	if (apart)
		v = zeros(e, w, v);
	n = export_node(
	    e, w->fn == POOL_MAX ? "MaxPool" : "AveragePool", v, NULL);
	set_attributes(e, n, &o, w->nd);
	if (w->fn == POOL_AVE && w->padded && !apart)
		export_int(e, n, "count_include_pad", 1);
	if (w->columns)
		export_int(e, n, "storage_order", 1);
	export_top(e, op->out[0], export_out(e, n));
	if (!w->index)
		return 0;
	at = export_out_of(e, n, EXPORT_INT);
	v = export_cast(e, at, EXPORT_FLOAT);
	v->whole = at;
	export_top(e, op->out[1], v);
	return 0;
}

/* ---- resizing ---- */

static const char *const coordinates[RESIZE_COORDINATES] = {
	[RESIZE_HALF_PIXEL] = "half_pixel",
	[RESIZE_HALF_PIXEL_SYMMETRIC] = "half_pixel_symmetric",
	[RESIZE_PYTORCH_HALF_PIXEL] = "pytorch_half_pixel",
	[RESIZE_ALIGN_CORNERS] = "align_corners",
	[RESIZE_ASYMMETRIC] = "asymmetric",
	[RESIZE_CROP] = "tf_crop_and_resize",
	[RESIZE_HALF_PIXEL_NN] = "half_pixel",
};

static int
check_resize(const struct export *e, const struct op_resize *r)
{
	if (r->antialias && e->opset < 18)
		return err_set(
		    ERR_UNSUPPORTED, "antialias takes --opset 18 or later");
	if (r->coordinate == RESIZE_HALF_PIXEL_SYMMETRIC && e->opset < 19)
		return err_set(ERR_UNSUPPORTED,
		    "half_pixel_symmetric takes --opset 19 or later");
	if (r->coordinate == RESIZE_HALF_PIXEL_NN &&
	    (r->fn != RESIZE_NEAREST || r->nearest != RESIZE_FLOOR))
		return err_set(ERR_UNSUPPORTED,
		    "tf_half_pixel_for_nn has a form for nearest and floor alone");
	return 0;
}

/* Where the part of x begins and ends, of all axes. */
static struct export_value *
part(struct export *e, const struct op_resize *r, int rank)
{
	const struct shape s = { 1, { 2 * rank } };
	float v[2 * SHAPE_MAX];

	for (int i = 0; i < rank; i++) {
		v[i] = r->axes >> i & 1 ? r->axis[i].begin : 0;
		v[rank + i] = r->axes >> i & 1 ? r->axis[i].end : 1;
	}
	return export_floats(e, &s, v);
}

static void
set_resize(struct export *e, struct export_node *n, const struct op_resize *r)
{
	static const char *const modes[] = { [RESIZE_NEAREST] = "nearest",
		[RESIZE_LINEAR] = "linear",
		[RESIZE_CUBIC] = "cubic" };
	static const char *const nearest[] = { [RESIZE_PREFER_FLOOR] =
						   "round_prefer_floor",
		[RESIZE_PREFER_CEIL] = "round_prefer_ceil",
		[RESIZE_FLOOR] = "floor",
		[RESIZE_CEIL] = "ceil" };
	/* half a pixel less, rounded up at the half, is what floor makes without */
	const enum resize_nearest how = r->coordinate == RESIZE_HALF_PIXEL_NN
	    ? RESIZE_PREFER_CEIL
	    : r->nearest;

	export_text(e, n, "mode", modes[r->fn]);
	export_text(
	    e, n, "coordinate_transformation_mode", coordinates[r->coordinate]);
	if (r->fn == RESIZE_NEAREST)
		export_text(e, n, "nearest_mode", nearest[how]);
	if (r->fn == RESIZE_CUBIC)
		export_real(e, n, "cubic_coeff_a", r->cubic_a);
	if (r->exclude_outside)
		export_int(e, n, "exclude_outside", 1);
	if (r->antialias)
		export_int(e, n, "antialias", 1);
	if (r->coordinate == RESIZE_CROP)
		export_real(e, n, "extrapolation_value", r->extrapolation);
}

static bool
is_as_is(const struct op_resize *r, int i)
{
	return (r->axes >> i & 1) == 0 ||
	    (r->axis[i].from == r->axis[i].to && r->axis[i].scale == 0 &&
		r->axis[i].begin == 0 && r->axis[i].end == 1);
}

EXPORT_OP(export_resize_op)
{
	const struct op_resize *r = &op->a.resize;
	const struct shape *x = export_shape(e, op->in[0]);
	const struct shape all = { 1, { x->n } };
	float scale[SHAPE_MAX];
	struct export_node *n;

	TRY(check_resize(e, r));
	for (int i = 0; i < x->n; i++) {
		const bool as_is = is_as_is(r, i);

		scale[i] = as_is ? 1
		    : r->axis[i].scale > 0
		    ? (float)r->axis[i].scale
		    : export_ratio(r->axis[i].to, r->axis[i].from);
		if (!as_is && export_per_item(e, op->in[0], i) != 0)
			e->tied = true;
	}
	n = export_node_later(e, "Resize");
	export_in(n, export_of(e, op->in[0]));
	export_in(n, r->coordinate == RESIZE_CROP ? part(e, r, x->n) : NULL);
	export_in(n, export_float32s(e, &all, scale));
	export_node_now(e, n);
	set_resize(e, n, r);
	export_top(e, op->out[0], export_out(e, n));
	return 0;
}
