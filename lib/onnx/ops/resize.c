/*
 * Resize and Upsample.  What opsets before 11 do is the coordinate rule asymmetric,
 * rounded down; sizes that are given to be fitted into (keep_aspect_ratio_policy)
 * make one scale.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

struct resize {
	int rank;
	/* of all axes; scale 0: not given; to 0: as it is or as the scale has it */
	float scale[SHAPE_MAX], roi[2 * SHAPE_MAX];
	int64_t to[SHAPE_MAX];
	bool scaled, sized;
};

/* A word as one of several, numbered as in caffe.proto. */
static int
word(struct onnx_node *n, const char *attr, const char *none,
    const char *const *words, int count, int *out)
{
	const char *s = onnx_attr_str(n, attr, none);

	for (int i = 0; i < count; i++)
		if (strcmp(words[i], s) == 0) {
			*out = i;
			return 0;
		}
	return onnx_refuse(n, "%s \"%s\"", attr, s);
}

/* The axes that sizes, scales and parts are of; how many. */
static int
read_axes(struct onnx_node *n, int rank, int axes[SHAPE_MAX])
{
	int64_t v[SHAPE_MAX];
	const int k = onnx_attr_ints(n, "axes", v, SHAPE_MAX);

	for (int i = 0; i < rank && k == ONNX_NONE; i++)
		axes[i] = i;
	if (k == ONNX_NONE)
		return rank;
	for (int i = 0; i < k; i++)
		TRY(onnx_axis(n, v[i], rank, &axes[i]));
	return k;
}

/* Input i, whose numbers are of so many axes; NULL: it is left out or empty. */
static int
numbers(struct onnx_node *n, int i, int count, const struct onnx_array **out)
{
	*out = NULL;
	if (!onnx_has(n, i))
		return 0;
	TRY(onnx_const(n, i, out));
	if ((*out)->count == 0)
		*out = NULL;
	else if ((*out)->count != (size_t)count)
		return err_set(ERR_FORMAT,
		    "input %d has %zu numbers for %d axes", i, (*out)->count,
		    count);
	return 0;
}

static int
take_scales(
    struct resize *r, const struct onnx_array *a, const int *axes, int count)
{
	for (int i = 0; i < r->rank; i++)
		r->scale[i] = 1;
	for (int i = 0; i < count; i++)
		r->scale[axes[i]] = (float)onnx_get(a, (size_t)i);
	r->scaled = true;
	return 0;
}

static int
take_sizes(struct onnx_node *n, struct resize *r, const struct onnx_array *a,
    const int *axes, int count)
{
	const struct onnx_dims *x = &n->in[0]->dims;
	const char *policy =
	    onnx_attr_str(n, "keep_aspect_ratio_policy", "stretch");
	const bool least = strcmp(policy, "not_larger") == 0;
	double scale = least ? INFINITY : 0;

	r->sized = true;
	for (int i = 0; i < count; i++) {
		const struct onnx_int d =
		    onnx_int_plain(onnx_get_sym(a, (size_t)i));
		double s;

		if (onnx_int_same(d, x->d[axes[i]]))
			continue;
		if (d.b != 0 || x->d[axes[i]].b != 0)
			return err_set(ERR_UNSUPPORTED,
			    "the size of axis %d depends on the batch size",
			    axes[i]);
		r->to[axes[i]] = d.a;
		s = (double)d.a / (double)x->d[axes[i]].a;
		scale = least ? fmin(scale, s) : fmax(scale, s);
	}
	if (strcmp(policy, "stretch") == 0)
		return 0;
	for (int i = 0; i < r->rank; i++)
		r->scale[i] = 1;
	for (int i = 0; i < count; i++) {
		int64_t d;

		TRY(onnx_fixed(n, n->in[0], axes[i], &d));
		r->scale[axes[i]] = (float)scale;
		r->to[axes[i]] = (int64_t)floor(scale * (double)d + 0.5);
	}
	r->scaled = true;
	return 0;
}

static int
read_resize(struct onnx_node *n, struct resize *r)
{
	const bool whole = n->opset >= 11;
	const struct onnx_array *a;
	int axes[SHAPE_MAX], count;

	memset(r, 0, sizeof(*r));
	r->rank = n->in[0]->dims.n;
	TRY(count = read_axes(n, r->rank, axes));
	for (int i = 0; i < r->rank; i++)
		r->roi[r->rank + i] = 1;
	if (whole)
		TRY(numbers(n, 1, 2 * count, &a));
	for (int i = 0; whole && a != NULL && i < count; i++) {
		r->roi[axes[i]] = (float)onnx_get(a, (size_t)i);
		r->roi[r->rank + axes[i]] =
		    (float)onnx_get(a, (size_t)(count + i));
	}
	if (whole) {
		TRY(numbers(n, 3, count, &a));
		if (a != NULL)
			return take_sizes(n, r, a, axes, count);
	}
	TRY(numbers(n, whole ? 2 : 1, count, &a));
	if (a == NULL)
		return err_set(
		    ERR_FORMAT, "neither scales nor sizes are given");
	return take_scales(r, a, axes, count);
}

/* Upsample of opsets 1 to 8. */
static int
read_attributes(struct onnx_node *n, struct resize *r)
{
	const Onnx__AttributeProto *a = onnx_attr(n, "scales");

	memset(r, 0, sizeof(*r));
	r->rank = n->in[0]->dims.n;
	r->scaled = true;
	for (int i = 0; i < r->rank; i++)
		r->scale[i] = 1;
	if (a == NULL && r->rank == 4) {
		r->scale[2] = onnx_attr_float(n, "height_scale", 1);
		r->scale[3] = onnx_attr_float(n, "width_scale", 1);
		return 0;
	}
	if (a == NULL || a->n_floats != (size_t)r->rank)
		return err_set(ERR_FORMAT, "its scales are missing");
	for (int i = 0; i < r->rank; i++)
		r->scale[i] = a->floats[i];
	return 0;
}

static void
put_sizes(const struct resize *r, Caffe__ResizeOpParameter *p)
{
	for (int i = 0; i < r->rank && r->scaled; i++)
		caffe_add_float(&p->scale, &p->n_scale, r->scale[i]);
	for (int i = 0; i < r->rank && r->sized; i++)
		caffe_add_i64(&p->size, &p->n_size, r->to[i]);
}

static int
put_rules(
    struct onnx_node *n, const struct resize *r, Caffe__ResizeOpParameter *p)
{
	static const char *const coordinates[] = { "half_pixel",
		"half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
		"asymmetric", "tf_crop_and_resize", "tf_half_pixel_for_nn" };
	static const char *const nearests[] = { "round_prefer_floor",
		"round_prefer_ceil", "floor", "ceil" };
	int coordinate = 0, nearest = 0;

	TRY(word(n, "coordinate_transformation_mode", "half_pixel", coordinates,
	    LENGTH(coordinates), &coordinate));
	TRY(word(n, "nearest_mode", "round_prefer_floor", nearests,
	    LENGTH(nearests), &nearest));
	p->coordinate = (Caffe__ResizeOpParameter__Coordinate)coordinate;
	p->has_coordinate = coordinate != 0;
	p->nearest = (Caffe__ResizeOpParameter__Nearest)nearest;
	p->has_nearest = nearest != 0 &&
	    p->mode == CAFFE__RESIZE_OP_PARAMETER__MODE__NEAREST;
	p->cubic_a = onnx_attr_float(n, "cubic_coeff_a", -0.75f);
	p->has_cubic_a = p->cubic_a != -0.75f;
	p->exclude_outside = onnx_attr_int(n, "exclude_outside", 0) != 0;
	p->has_exclude_outside = p->exclude_outside;
	p->antialias = onnx_attr_int(n, "antialias", 0) != 0;
	p->has_antialias = p->antialias;
	if (p->coordinate !=
	    CAFFE__RESIZE_OP_PARAMETER__COORDINATE__TF_CROP_AND_RESIZE)
		return 0;
	p->has_extrapolation = 1;
	p->extrapolation = onnx_attr_float(n, "extrapolation_value", 0);
	for (int i = 0; i < 2 * r->rank; i++)
		caffe_add_float(&p->roi, &p->n_roi, r->roi[i]);
	return 0;
}

static int
put_mode(struct onnx_node *n, Caffe__ResizeOpParameter *p)
{
	static const char *const modes[] = { "nearest", "linear", "cubic",
		"bilinear" };
	int mode = 0;

	TRY(word(n, "mode", "nearest", modes, LENGTH(modes), &mode));
	p->mode = mode == 3 ? CAFFE__RESIZE_OP_PARAMETER__MODE__LINEAR
			    : (Caffe__ResizeOpParameter__Mode)mode;
	p->has_mode = mode != 0;
	return 0;
}

static int
emit_resize(struct onnx_node *n)
{
	const bool old = strcmp(n->op, "Upsample") == 0 || n->opset < 11;
	Caffe__LayerParameter *l;
	Caffe__ResizeOpParameter *p;
	struct resize r;
	int rc;

	TRY(old && n->nin < 2 ? read_attributes(n, &r) : read_resize(n, &r));
	l = onnx_layer(n, "Resize");
	p = caffe_new(Caffe__ResizeOpParameter, resize_op_parameter);
	l->resize_op_param = p;
	put_sizes(&r, p);
	rc = put_mode(n, p);
	if (rc >= 0 && !old)
		rc = put_rules(n, &r, p);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	if (old) {
		p->has_coordinate = 1;
		p->coordinate =
		    CAFFE__RESIZE_OP_PARAMETER__COORDINATE__ASYMMETRIC;
		p->has_nearest =
		    p->mode == CAFFE__RESIZE_OP_PARAMETER__MODE__NEAREST;
		p->nearest = CAFFE__RESIZE_OP_PARAMETER__NEAREST__FLOOR;
	}
	return onnx_one(n, l, n->in[0]);
}

const struct onnx_op onnx_ops_resize[] = {
	{ "Resize", emit_resize, NULL },
	{ "Upsample", emit_resize, NULL },
	{ 0 },
};
