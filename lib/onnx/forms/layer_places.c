/* Layers that look things up, put them down and sort them, named after ONNX's
 * operators, of which each is one. */
#include "onnx/forms/form.h"

EXPORT_LAYER(export_layer_gather_elements)
{
	const Caffe__GatherParameter *p = l->p->gather_param;
	struct export_node *n = export_node(e, "GatherElements",
	    export_of(e, l->bottom[0]), export_whole(e, l->bottom[1]), NULL);

	export_int(e, n, "axis", p != NULL ? p->axis : 0);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

EXPORT_LAYER(export_layer_gather_nd)
{
	const Caffe__GatherParameter *p = l->p->gather_param;
	struct export_node *n = export_node(e, "GatherND",
	    export_of(e, l->bottom[0]), export_whole(e, l->bottom[1]), NULL);

	if (p != NULL && p->batch_dims > 0)
		export_int(e, n, "batch_dims", (int64_t)p->batch_dims);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

/* What ONNX calls a reduction, and the opset that brought it. */
static int
add_reduction(
    struct export *e, struct export_node *n, const Caffe__ScatterParameter *p)
{
	static const struct {
		const char *name;
		int since;
	} how[] = { { "none", 0 }, { "add", 16 }, { "mul", 16 }, { "max", 18 },
		{ "min", 18 } };
	const int r = p != NULL ? (int)p->reduction : 0;

	if (r == 0)
		return 0;
	if (e->opset < how[r].since)
		return err_set(ERR_UNSUPPORTED,
		    "reduction %s takes --opset %d or later", how[r].name,
		    how[r].since);
	export_text(e, n, "reduction", how[r].name);
	return 0;
}

static struct export_node *
scatter(struct export *e, const struct layer *l, const char *op)
{
	struct export_value *x = export_of(e, l->bottom[0]);
	struct export_value *at = export_whole(e, l->bottom[1]);

	return export_node(e, op, x, at, export_of(e, l->bottom[2]), NULL);
}

EXPORT_LAYER(export_layer_scatter_elements)
{
	const Caffe__ScatterParameter *p = l->p->scatter_param;
	struct export_node *n = scatter(e, l, "ScatterElements");

	export_int(e, n, "axis", p != NULL ? p->axis : 0);
	TRY(add_reduction(e, n, p));
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

EXPORT_LAYER(export_layer_scatter_nd)
{
	struct export_node *n = scatter(e, l, "ScatterND");

	TRY(add_reduction(e, n, l->p->scatter_param));
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

/* Places as a blob of numbers, and as what they are. */
static struct export_value *
as_numbers(struct export *e, struct export_value *at)
{
	struct export_value *v = export_cast(e, at, EXPORT_FLOAT);

	v->whole = at;
	return v;
}

EXPORT_LAYER(export_layer_topk)
{
	const Caffe__TopKParameter none = CAFFE__TOP_KPARAMETER__INIT;
	const Caffe__TopKParameter *p =
	    l->p->topk_param != NULL ? l->p->topk_param : &none;
	const int64_t k = p->k;
	struct export_node *n = export_node(e, "TopK",
	    export_of(e, l->bottom[0]), export_whole_numbers(e, &k, 1), NULL);

	export_int(e, n, "axis", p->axis);
	export_int(e, n, "largest", p->largest);
	export_top(e, l->top[0], export_out(e, n));
	if (l->ntop > 1)
		export_top(e, l->top[1],
		    as_numbers(e, export_out_of(e, n, EXPORT_INT)));
	else
		export_out_of(e, n, EXPORT_INT);
	return 0;
}

EXPORT_LAYER(export_layer_cumsum)
{
	const Caffe__CumSumParameter *p = l->p->cumsum_param;
	struct export_node *n =
	    export_node(e, "CumSum", export_of(e, l->bottom[0]),
		export_whole_scalar(e, p != NULL ? p->axis : 0), NULL);

	if (p != NULL && p->exclusive)
		export_int(e, n, "exclusive", 1);
	if (p != NULL && p->reverse)
		export_int(e, n, "reverse", 1);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

EXPORT_LAYER(export_layer_one_hot)
{
	const Caffe__OneHotParameter none = CAFFE__ONE_HOT_PARAMETER__INIT;
	const Caffe__OneHotParameter *p =
	    l->p->one_hot_param != NULL ? l->p->one_hot_param : &none;
	const struct shape two = { 1, { 2 } };
	const float v[2] = { p->off, p->on };
	struct export_node *n = export_node(e, "OneHot",
	    export_whole(e, l->bottom[0]), export_whole_scalar(e, p->depth),
	    export_floats(e, &two, v), NULL);

	export_int(e, n, "axis", p->axis);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

EXPORT_LAYER(export_layer_reverse_sequence)
{
	const Caffe__ReverseSequenceParameter *p = l->p->reverse_sequence_param;
	struct export_node *n = export_node(e, "ReverseSequence",
	    export_of(e, l->bottom[0]), export_whole(e, l->bottom[1]), NULL);

	export_int(e, n, "batch_axis", p != NULL ? p->batch_axis : 1);
	export_int(e, n, "time_axis", p != NULL ? p->time_axis : 0);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

static void
some(struct export *e, struct export_node *n, const char *name,
    const uint32_t *v, size_t count)
{
	int64_t wide[6];

	for (size_t i = 0; i < count && i < LENGTH(wide); i++)
		wide[i] = v[i];
	if (count > 0 && count <= LENGTH(wide))
		export_ints(e, n, name, wide, count);
}

EXPORT_LAYER(export_layer_max_unpool)
{
	const Caffe__MaxUnpoolParameter none =
	    CAFFE__MAX_UNPOOL_PARAMETER__INIT;
	const Caffe__MaxUnpoolParameter *p =
	    l->p->max_unpool_param != NULL ? l->p->max_unpool_param : &none;
	const struct shape *y = export_shape(e, l->top[0]);
	struct export_node *n = export_node(e, "MaxUnpool",
	    export_of(e, l->bottom[0]), export_whole(e, l->bottom[1]), NULL);

	if (p->n_size > 0) {
		export_in(n, export_whole_numbers(e, y->d, (size_t)y->n));
		if (export_per_item(e, l->top[0], 0) != 0)
			e->tied = true;
	}
	some(e, n, "kernel_shape", p->kernel, p->n_kernel);
	some(e, n, "strides", p->stride, p->n_stride);
	some(e, n, "pads", p->pad, p->n_pad);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

EXPORT_LAYER(export_layer_grid_sample)
{
	static const char *const modes[2][3] = { { "bilinear", "nearest",
						     "bicubic" },
		{ "linear", "nearest", "cubic" } };
	static const char *const paddings[] = { "zeros", "border",
		"reflection" };
	const Caffe__GridSampleParameter none =
	    CAFFE__GRID_SAMPLE_PARAMETER__INIT;
	const Caffe__GridSampleParameter *p = l->p->grid_sample_param;
	const int since = export_shape(e, l->bottom[0])->n > 4 ? 20 : 16;
	struct export_node *n;

	p = p != NULL ? p : &none;
	if (e->opset < since)
		return err_set(ERR_UNSUPPORTED,
		    "samples along a grid take --opset %d or later", since);
	n = export_node(e, "GridSample", export_of(e, l->bottom[0]),
	    export_of(e, l->bottom[1]), NULL);
	export_text(e, n, "mode", modes[e->opset >= 20][p->mode]);
	export_text(e, n, "padding_mode", paddings[p->padding]);
	export_int(e, n, "align_corners", p->align_corners);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}
