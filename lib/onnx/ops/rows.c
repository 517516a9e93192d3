/* Operators that choose rows, as the data have it: see onnx/rows.h. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"
#include "onnx/rows.h"

/* A layer with two tops: output 0, and the mask of its rows along axis. */
static int
emit_rows(struct onnx_node *n, Caffe__LayerParameter *l, int axis)
{
	struct onnx_value *y = onnx_top(n, l, 0, ONNX_T(INT64));
	struct onnx_value *mask = onnx_top(n, l, -1, ONNX_T(FLOAT));

	TRY(onnx_emit(n, l));
	onnx_rows_new(n, y, axis, mask, true);
	return 0;
}

/* A number of input i; none: what it is when left out. */
static int
number(struct onnx_node *n, int i, double none, double *out)
{
	const struct onnx_array *a;

	*out = none;
	if (!onnx_has(n, i))
		return 0;
	TRY(onnx_const(n, i, &a));
	if (a->count != 1)
		return err_set(ERR_FORMAT, "input %d is no number", i);
	*out = onnx_get(a, 0);
	return 0;
}

static int
emit_nms(struct onnx_node *n)
{
	Caffe__NonMaxSuppressionParameter *p;
	Caffe__LayerParameter *l;
	double most, iou, score;

	TRY(number(n, 2, 0, &most));
	TRY(number(n, 3, 0, &iou));
	TRY(number(n, 4, 0, &score));
	l = onnx_layer(n, "NonMaxSuppression");
	p = caffe_new(
	    Caffe__NonMaxSuppressionParameter, non_max_suppression_parameter);
	l->non_max_suppression_param = p;
	p->has_max_output = 1;
	p->max_output = most > 0 ? (uint64_t)(most < 1e9 ? most : 1e9) : 0;
	p->has_iou_threshold = 1;
	p->iou_threshold = (float)iou;
	p->has_score_threshold = onnx_has(n, 4);
	p->score_threshold = (float)score;
	p->has_center_point_box = p->center_point_box =
	    onnx_attr_int(n, "center_point_box", 0) != 0;
	TRY(onnx_bottoms(n, l, n->in, 2));
	return emit_rows(n, l, 0);
}

static int
emit_non_zero(struct onnx_node *n)
{
	struct onnx_value *x = n->in[0];
	Caffe__LayerParameter *l;

	TRY(onnx_rows_zero(n, &x));
	l = onnx_layer(n, "NonZero");
	TRY(onnx_bottoms(n, l, &x, 1));
	return emit_rows(n, l, 1);
}

/* The chosen places of a condition, and what of x is there. */
static int
emit_compress(struct onnx_node *n)
{
	const bool flat = onnx_attr(n, "axis") == NULL;
	struct onnx_value *x = n->in[0], *at, *mask, *y;
	struct onnx_dims one = { .n = 1 };
	Caffe__LayerParameter *l;
	int axis = 0;

	if (flat) {
		TRY(onnx_dims_count(&one.d[0], &x->dims, 0, x->dims.n));
		TRY(onnx_reshape(n, x, &one, &x));
	} else
		TRY(onnx_axis(
		    n, onnx_attr_int(n, "axis", 0), x->dims.n, &axis));
	l = onnx_layer(n, "NonZero");
	TRY(onnx_bottoms(n, l, &n->in[1], 1));
	at = onnx_top(n, l, -1, ONNX_T(INT64));
	mask = onnx_top(n, l, -1, ONNX_T(FLOAT));
	TRY(onnx_emit(n, l));
	one.d[0] = at->dims.d[1];
	TRY(onnx_reshape(n, at, &one, &at));
	l = onnx_layer(n, "Gather");
	l->gather_param = caffe_new(Caffe__GatherParameter, gather_parameter);
	l->gather_param->has_axis = 1;
	l->gather_param->axis = axis;
	TRY(onnx_bottoms(n, l, (struct onnx_value *[]){ x, at }, 2));
	y = onnx_top(n, l, 0, x->type);
	TRY(onnx_emit(n, l));
	onnx_rows_new(n, y, axis, mask, true);
	return 0;
}

const struct onnx_op onnx_ops_rows[] = {
	{ "Compress", emit_compress, NULL },
	{ "NonMaxSuppression", emit_nms, NULL },
	{ "NonZero", emit_non_zero, NULL },
	{ 0 },
};
