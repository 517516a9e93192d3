/*
 * Layers that find boxes: DetectionOutput of SSD, YoloxOutput, and windows of
 * Fast R-CNN.  The arithmetic is that of nn/layers/boxes.c.
 */
#include "onnx/forms/form.h"
#include "onnx/forms/rows.h"
#include "onnx/forms/values.h"

/* ---- DetectionOutput ---- */

/* (N, A, 4) or (1, A, 4): two edges, left and top, then right and bottom. */
struct boxes {
	struct export_value *low, *high; /* (…, A, 2) */
};

static struct boxes
halves(struct export *e, struct export_value *x)
{
	return (struct boxes){ export_part(e, x, 2, 0, 2),
		export_part(e, x, 2, 2, 4) };
}

static struct export_value *
times(struct export *e, struct export_value *x, struct export_value *y)
{
	return y != NULL ? export_binary(e, "Mul", x, y) : x;
}

/* Offsets v, times their variances (NULL: 1), laid on priors p. */
static struct boxes
decode(struct export *e, int code, const struct boxes *v,
    const struct boxes *variance, const struct boxes *p)
{
	struct export_value *a = times(e, v->low, variance->low);
	struct export_value *b = times(e, v->high, variance->high);
	struct export_value *size, *centre, *half;

	if (code == CAFFE__PRIOR_BOX_PARAMETER__CODE_TYPE__CORNER)
		return (struct boxes){ export_binary(e, "Add", p->low, a),
			export_binary(e, "Add", p->high, b) };
	size = export_binary(e, "Sub", p->high, p->low);
	if (code == CAFFE__PRIOR_BOX_PARAMETER__CODE_TYPE__CORNER_SIZE)
		return (struct boxes){ export_binary(
					   e, "Add", p->low, times(e, a, size)),
			export_binary(e, "Add", p->high, times(e, b, size)) };
	centre =
	    export_affine(e, export_binary(e, "Add", p->low, p->high), 0.5f, 0);
	centre = export_binary(e, "Add", times(e, a, size), centre);
	half = export_affine(
	    e, times(e, export_unary(e, "Exp", b), size), 0.5f, 0);
	return (struct boxes){ export_binary(e, "Sub", centre, half),
		export_binary(e, "Add", centre, half) };
}

static struct export_value *
in_fours(struct export *e, int tensor)
{
	static const int64_t to[3] = { 0, -1, 4 };

	return export_shaped(e, export_of(e, tensor), to, 3);
}

/* (N, A, 4) of the layer's bottoms. */
static struct export_value *
ssd_boxes(struct export *e, const struct layer *l,
    const Caffe__DetectionOutputParameter *p)
{
	/* (1, 2, 4 A) is (2, A, 4): the priors and their variances */
	static const int64_t two[3] = { 2, -1, 4 };
	struct export_value *x =
	    export_shaped(e, export_of(e, l->bottom[2]), two, 3);
	struct boxes prior = halves(e, export_part(e, x, 0, 0, 1)), found, v;
	struct boxes variance = { NULL, NULL };

	if (!p->variance_encoded_in_target)
		variance = halves(e, export_part(e, x, 0, 1, 2));
	if (l->nbottom > 4) {
		v = halves(e, in_fours(e, l->bottom[4]));
		prior = decode(e, (int)p->code_type, &v, &variance, &prior);
	}
	v = halves(e, in_fours(e, l->bottom[0]));
	found = decode(e, (int)p->code_type, &v, &variance, &prior);
	return export_joined(
	    e, (struct export_value *[]){ found.low, found.high }, 2, 2);
}

/* 0 for the classes that count, which changes nothing, and what makes no score of the
 * one that does not: (1, C, 1). */
static struct export_value *
without(struct export *e, struct export_value *scores, int64_t classes,
    int64_t label)
{
	const struct shape s = { 3, { 1, classes, 1 } };
	struct export_value *v;
	float *add;

	if (label < 0 || label >= classes)
		return scores;
	add = mem_array(float, (size_t)classes);
	add[label] = EXPORT_NO_SCORE;
	v = export_binary(e, "Add", scores, export_floats(e, &s, add));
	mem_free(add);
	return v;
}

/* (N, C, A) */
static struct export_value *
ssd_scores(struct export *e, const struct layer *l,
    const Caffe__DetectionOutputParameter *p)
{
	static const int64_t order[3] = { 0, 2, 1 };
	const int64_t to[3] = { 0, -1, (int64_t)p->num_classes };
	const int64_t pairs[3] = { 0, -1, 2 };
	struct export_value *x =
	    export_shaped(e, export_of(e, l->bottom[1]), to, 3);
	struct export_value *object;
	struct export_node *n;

	if (l->nbottom > 3) {
		object = export_shaped(e, export_of(e, l->bottom[3]), pairs, 3);
		object = export_part(e, object, 2, 1, 2);
		x = export_where(e,
		    export_compare(e, "Less", object,
			export_scalar(e, p->objectness_score)),
		    export_scalar(e, 0), x);
	}
	n = export_node(e, "Transpose", x, NULL);
	export_ints(e, n, "perm", order, 3);
	return without(e, export_out(e, n), (int64_t)p->num_classes,
	    p->background_label_id);
}

EXPORT_LAYER(export_layer_detection_output)
{
	const Caffe__DetectionOutputParameter *p = l->p->detection_output_param;
	const Caffe__NonMaximumSuppressionParameter *m = p->nms_param;
	const struct shape *s = export_shape(e, l->bottom[2]);
	const int64_t top_k = m != NULL && m->has_top_k ? m->top_k
	    : m == NULL && p->has_top_k                 ? p->top_k
							: -1;
	struct export_rows r = { .places = s->d[2] / 4,
		.classes = (int64_t)p->num_classes,
		.overlap = m != NULL ? m->nms_threshold : p->nms_threshold,
		.least = p->has_confidence_threshold ? p->confidence_threshold
						     : EXPORT_NO_SCORE / 2 };

	if (!p->share_location && p->num_classes > 1)
		return err_set(ERR_UNSUPPORTED,
		    "boxes of their own for each class have no form in ONNX");
	if (m != NULL && m->eta < 1)
		return err_set(ERR_UNSUPPORTED,
		    "suppression with eta %g has no form in ONNX", m->eta);
	r.keep = p->keep_top_k > 0 ? p->keep_top_k : r.places * r.classes;
	r.boxes = ssd_boxes(e, l, p);
	r.scores = export_best(e, ssd_scores(e, l, p), r.places, top_k);
	export_top(e, l->top[0], export_found(e, &r));
	return 0;
}

/* ---- YoloxOutput ---- */

/* e^w of more than this is no size of a picture. */
#define EXPONENT_MAX 30.0f

enum { YOLOX_OBJECT = 4, YOLOX_CLASS = 5, YOLOX_KEEP = 100, YOLOX_TOP = 1000 };

/* Column and row of each place (1, 2, A), and pixels from one to the next, as shares
 * of the picture: by[0] across, by[1] down. */
static void
places(struct export *e, const struct layer *l, int64_t n,
    struct export_value **at, struct export_value **by)
{
	const struct shape *picture =
	    export_shape(e, l->bottom[l->nbottom - 1]);
	const struct shape s = { 3, { 1, 2, n } };
	float *v = mem_array(float, 2 * (size_t)n);
	float *step = mem_array(float, 2 * (size_t)n);
	int64_t k = 0;

	for (int i = 0; i < l->nbottom - 1; i++) {
		const struct shape *map = export_shape(e, l->bottom[i]);
		const float stride = (float)l->p->yolox_param->stride[i];

		for (int64_t p = 0; p < map->d[2] * map->d[3]; p++, k++) {
			v[k] = (float)(p % map->d[3]);
			v[n + k] = (float)(p / map->d[3]);
			step[k] = stride / (float)picture->d[3];
			step[n + k] = stride / (float)picture->d[2];
		}
	}
	*at = export_floats(e, &s, v);
	*by = export_floats(e, &s, step);
	mem_free(v);
	mem_free(step);
}

/* (N, A, 4) of all (N, 5 + C, A). */
static struct export_value *
yolox_boxes(struct export *e, const struct layer *l, struct export_value *all,
    int64_t n)
{
	static const int64_t order[3] = { 0, 2, 1 };
	struct export_value *at, *by, *centre, *half, *most;
	struct export_node *node;

	places(e, l, n, &at, &by);
	centre = export_binary(e, "Add", export_part(e, all, 1, 0, 2), at);
	centre = export_binary(e, "Mul", centre, by);
	most = export_scalar(e, EXPONENT_MAX);
	half = export_binary(e, "Min", export_part(e, all, 1, 2, 4), most);
	half = export_binary(e, "Mul", export_unary(e, "Exp", half), by);
	half = export_affine(e, half, 0.5f, 0);
	node = export_node(e, "Transpose",
	    export_joined(e,
		(struct export_value *[]){
		    export_binary(e, "Sub", centre, half),
		    export_binary(e, "Add", centre, half) },
		2, 1),
	    NULL);
	export_ints(e, node, "perm", order, 3);
	return export_out(e, node);
}

/* Is it the class that the place says?  (N, C, A) of logits (N, C, A). */
static struct export_value *
is_best(struct export *e, struct export_value *logits, int64_t classes)
{
	const struct shape s = { 3, { 1, classes, 1 } };
	struct export_node *n = export_node(e, "ArgMax", logits, NULL);
	int64_t *v = mem_array(int64_t, (size_t)classes);
	struct export_value *numbers;

	export_int(e, n, "axis", 1);
	for (int64_t i = 0; i < classes; i++)
		v[i] = i;
	numbers =
	    export_reshaped(e, export_whole_numbers(e, v, (size_t)classes), &s);
	mem_free(v);
	return export_compare(
	    e, "Equal", export_out_of(e, n, EXPORT_INT), numbers);
}

/* The score of each place, in the row of its class. */
static struct export_value *
yolox_scores(struct export *e, const struct layer *l, struct export_value *all,
    const struct export_rows *r, int64_t most)
{
	struct export_value *logits = without(e,
	    export_part(e, all, 1, YOLOX_CLASS, YOLOX_CLASS + r->classes),
	    r->classes, l->p->yolox_param->ignore_label);
	struct export_value *object =
	    export_part(e, all, 1, YOLOX_OBJECT, YOLOX_CLASS);
	struct export_node *n = export_node(e, "ReduceMax", logits, NULL);
	struct export_value *v;

	export_axes(e, n, 2, 3, 18);
	v = export_binary(e, "Mul",
	    export_unary(e, "Sigmoid", export_out(e, n)),
	    export_unary(e, "Sigmoid", object));
	v = export_best(e, v, r->places, most);
	return export_where(e, is_best(e, logits, r->classes), v,
	    export_scalar(e, EXPORT_NO_SCORE));
}

/* The layer's last op, on the host, of all places side by side. */
EXPORT_LAYER(export_layer_yolox_output)
{
	const Caffe__DetectionOutputParameter *p = l->p->detection_output_param;
	const Caffe__NonMaximumSuppressionParameter *m =
	    p != NULL ? p->nms_param : NULL;
	struct graph *g = e->net->graph;
	const int joined = graph_op(g, l->op + l->nops - 1)->in[0];
	const struct shape *s = export_shape(e, joined);
	struct export_rows r = { .classes = s->d[1] - YOLOX_CLASS,
		.places = s->d[2],
		.overlap = m != NULL && m->has_nms_threshold ? m->nms_threshold
							     : 0.65f,
		.least = p != NULL && p->has_confidence_threshold
		    ? p->confidence_threshold
		    : 0.01f,
		.keep = p != NULL && p->has_keep_top_k && p->keep_top_k > 0
		    ? p->keep_top_k
		    : YOLOX_KEEP };
	const int64_t most =
	    m != NULL && m->has_top_k && m->top_k >= 0 ? m->top_k : YOLOX_TOP;
	struct export_value *all;

	if (m != NULL && m->eta < 1)
		return err_set(ERR_UNSUPPORTED,
		    "suppression with eta %g has no form in ONNX", m->eta);
	e->skip[l->op + l->nops - 1] = true;
	TRY(export_layer_ops(e, l));
	all = export_of(e, joined);
	r.boxes = yolox_boxes(e, l, all, r.places);
	r.scores = yolox_scores(e, l, all, &r, most);
	export_top(e, l->top[0], export_found(e, &r));
	return 0;
}

/* ---- windows ---- */

EXPORT_LAYER(export_layer_roi_pooling)
{
	const Caffe__ROIPoolingParameter none =
	    CAFFE__ROIPOOLING_PARAMETER__INIT;
	const Caffe__ROIPoolingParameter *p =
	    l->p->roi_pooling_param != NULL ? l->p->roi_pooling_param : &none;
	struct export_node *n;
	int64_t size[2];

	if (p->pad_ratio != 0)
		return err_set(
		    ERR_UNSUPPORTED, "pad_ratio has no form in ONNX");
	size[0] = p->pooled_h;
	size[1] = p->pooled_w;
	n = export_node(e, "MaxRoiPool", export_of(e, l->bottom[0]),
	    export_of(e, l->bottom[1]), NULL);
	export_ints(e, n, "pooled_shape", size, 2);
	export_real(e, n, "spatial_scale", p->spatial_scale);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

/* Windows name the picture in front of their corners; ONNX has that apart. */
EXPORT_LAYER(export_layer_roi_align)
{
	static const int64_t flat[1] = { -1 }, corners[2] = { -1, 5 };
	const Caffe__ROIAlignParameter none = CAFFE__ROIALIGN_PARAMETER__INIT;
	const Caffe__ROIAlignParameter *p =
	    l->p->roi_align_param != NULL ? l->p->roi_align_param : &none;
	struct export_value *rois, *at;
	struct export_node *n;

	if (p->half_pixel && e->opset < 16)
		return err_set(
		    ERR_UNSUPPORTED, "half_pixel takes --opset 16 or later");
	rois = export_shaped(e, export_of(e, l->bottom[1]), corners, 2);
	at = export_shaped(e, export_part(e, rois, 1, 0, 1), flat, 1);
	at = export_cast(e, at, EXPORT_INT);
	rois = export_part(e, rois, 1, 1, 5);
	n = export_node(
	    e, "RoiAlign", export_of(e, l->bottom[0]), rois, at, NULL);
	export_text(e, n, "mode", p->mode == 0 ? "avg" : "max");
	export_int(e, n, "output_height", p->pooled_h);
	export_int(e, n, "output_width", p->pooled_w);
	export_int(e, n, "sampling_ratio",
	    p->sampling_ratio > 0 ? p->sampling_ratio : 0);
	export_real(e, n, "spatial_scale", p->spatial_scale);
	if (e->opset >= 16)
		export_text(e, n, "coordinate_transformation_mode",
		    p->half_pixel ? "half_pixel" : "output_half_pixel");
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}
