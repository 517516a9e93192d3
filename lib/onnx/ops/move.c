/* Operators that move numbers: slices, padding, repetition, stretching. */
#include <limits.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"
#include "onnx/ops/ops.h"

/* Does it leave all of the axis, of that size? */
static bool
takes_all(const struct onnx_cut *c, struct onnx_int d)
{
	return c->begin == 0 && c->step == 1 &&
	    (c->end >= INT_MAX || (d.b == 0 && c->end >= d.a));
}

static int
emit_slice(struct onnx_node *n)
{
	const struct onnx_dims *x = &n->in[0]->dims;
	struct onnx_cut cut[SHAPE_MAX];
	Caffe__StridedSliceParameter *p;
	Caffe__LayerParameter *l;
	bool steps = false;
	int k, kept = 0;

	TRY(k = onnx_slice_cuts(n, x->n, cut));
	for (int i = 0; i < k; i++)
		if (!takes_all(&cut[i], x->d[cut[i].axis]))
			cut[kept++] = cut[i];
	if (kept == 0) {
		onnx_same(n, 0, n->in[0]);
		return 0;
	}
	l = onnx_layer(n, "StridedSlice");
	p = caffe_new(Caffe__StridedSliceParameter, strided_slice_parameter);
	l->strided_slice_param = p;
	p->axis = mem_array(int32_t, (size_t)kept);
	for (int i = 0; i < kept; i++) {
		p->axis[p->n_axis++] = cut[i].axis;
		caffe_add_i64(&p->start, &p->n_start, cut[i].begin);
		caffe_add_i64(&p->end, &p->n_end, cut[i].end);
		steps |= cut[i].step != 1;
	}
	for (int i = 0; i < kept && steps; i++)
		caffe_add_i64(&p->step, &p->n_step, cut[i].step);
	return onnx_one(n, l, n->in[0]);
}

/* Places before and behind each axis; of opset 18 on, of some axes alone. */
static int
read_pads(struct onnx_node *n, int rank, int64_t pads[2 * SHAPE_MAX])
{
	int64_t v[2 * SHAPE_MAX], axes[SHAPE_MAX];
	int k = onnx_ints_of(n,
	    onnx_attr(n, "paddings") != NULL ? "paddings" : "pads", 1, v,
	    2 * SHAPE_MAX);
	int naxes =
	    onnx_has(n, 3) ? onnx_const_ints(n, 3, axes, SHAPE_MAX) : ONNX_NONE;

	if (naxes < 0 && naxes != ONNX_NONE)
		return naxes;
	if (k == ONNX_NONE)
		return err_set(ERR_FORMAT, "its pads are missing");
	TRY(k);
	if (naxes == ONNX_NONE) {
		naxes = rank;
		for (int i = 0; i < rank; i++)
			axes[i] = i;
	}
	if (k != 2 * naxes)
		return err_set(
		    ERR_FORMAT, "it has %d pads for %d axes", k, naxes);
	memset(pads, 0, 2 * SHAPE_MAX * sizeof(*pads));
	for (int i = 0; i < naxes; i++) {
		int axis;

		TRY(onnx_axis(n, axes[i], rank, &axis));
		pads[axis] = v[i];
		pads[rank + axis] = v[naxes + i];
	}
	return 0;
}

static int
pad_mode(struct onnx_node *n, Caffe__PadParameter__Mode *out)
{
	static const struct {
		const char *name;
		Caffe__PadParameter__Mode mode;
	} modes[] = {
		{ "constant", CAFFE__PAD_PARAMETER__MODE__CONSTANT },
		{ "reflect", CAFFE__PAD_PARAMETER__MODE__REFLECT },
		{ "edge", CAFFE__PAD_PARAMETER__MODE__EDGE },
		{ "wrap", CAFFE__PAD_PARAMETER__MODE__WRAP },
	};
	const char *mode = onnx_attr_str(n, "mode", "constant");

	for (size_t i = 0; i < LENGTH(modes); i++)
		if (strcmp(modes[i].name, mode) == 0) {
			*out = modes[i].mode;
			return 0;
		}
	return onnx_refuse(n, "mode \"%s\"", mode);
}

/* A Pad layer, unless there is nothing to be done. */
static int
add_pad(struct onnx_node *n, const int64_t *pads,
    Caffe__PadParameter__Mode mode, float value)
{
	const int count = 2 * n->in[0]->dims.n;
	Caffe__LayerParameter *l;
	bool none = true;

	for (int i = 0; i < count; i++)
		none &= pads[i] == 0;
	if (none) {
		onnx_same(n, 0, n->in[0]);
		return 0;
	}
	l = onnx_layer(n, "Pad");
	l->pad_param = caffe_new(Caffe__PadParameter, pad_parameter);
	for (int i = 0; i < count; i++)
		caffe_add_i64(
		    &l->pad_param->pad, &l->pad_param->n_pad, pads[i]);
	l->pad_param->has_mode = mode != CAFFE__PAD_PARAMETER__MODE__CONSTANT;
	l->pad_param->mode = mode;
	l->pad_param->has_value = value != 0;
	l->pad_param->value = value;
	return onnx_one(n, l, n->in[0]);
}

static int
emit_pad(struct onnx_node *n)
{
	Caffe__PadParameter__Mode mode = CAFFE__PAD_PARAMETER__MODE__CONSTANT;
	double value = (double)onnx_attr_float(n, "value", 0);
	int64_t pads[2 * SHAPE_MAX];

	TRY(read_pads(n, n->in[0]->dims.n, pads));
	TRY(pad_mode(n, &mode));
	if (onnx_has(n, 2)) {
		const struct onnx_array *a;

		TRY(onnx_const(n, 2, &a));
		value = a->count > 0 ? onnx_get(a, 0) : 0;
	}
	return add_pad(n, pads, mode, (float)value);
}

/* The middle of each axis, or zeros on both sides of it. */
static int
emit_center(struct onnx_node *n)
{
	const int rank = n->in[0]->dims.n;
	int64_t to[SHAPE_MAX], axes[SHAPE_MAX], pads[2 * SHAPE_MAX] = { 0 };
	int count, naxes = onnx_attr_ints(n, "axes", axes, SHAPE_MAX);

	TRY(count = onnx_const_ints(n, 1, to, SHAPE_MAX));
	if (naxes < 0 && naxes != ONNX_NONE)
		return naxes;
	if (count != (naxes == ONNX_NONE ? rank : naxes))
		return err_set(ERR_FORMAT, "it has %d sizes for %d axes", count,
		    naxes == ONNX_NONE ? rank : naxes);
	for (int i = 0; i < count; i++) {
		int64_t d;
		int axis;

		TRY(onnx_axis(
		    n, naxes == ONNX_NONE ? i : axes[i], rank, &axis));
		TRY(onnx_fixed(n, n->in[0], axis, &d));
		pads[axis] = (to[i] - d) / 2;
		pads[rank + axis] = to[i] - d - pads[axis];
	}
	return add_pad(n, pads, CAFFE__PAD_PARAMETER__MODE__CONSTANT, 0);
}

/* A blob whose first axis has that size, which depends on the batch's. */
static struct onnx_value *
like(const struct onnx_import *imp, struct onnx_int size)
{
	for (size_t i = 0; i < imp->nvalues; i++) {
		struct onnx_value *v = imp->values[i];

		if (v->blob != NULL && v->dims.n > 0 &&
		    onnx_int_same(v->dims.d[0], size))
			return v;
	}
	return NULL;
}

/* Sizes as an Expand layer says them: 1 for that of x; *first: a blob that has the
 * first one. */
static int
expand_sizes(struct onnx_node *n, const struct onnx_value *x,
    const struct onnx_dims *to, Caffe__BlobShape *s, struct onnx_value **first)
{
	*first = NULL;
	for (int i = 0; i < to->n; i++) {
		const int at = i - (to->n - x->dims.n);
		int64_t d = to->d[i].a;

		if (at >= 0 && onnx_int_same(to->d[i], x->dims.d[at])) {
			d = 1;
		} else if (to->d[i].b != 0) {
			*first = i == 0 ? like(n->imp, to->d[0]) : NULL;
			if (*first == NULL)
				return err_set(ERR_UNSUPPORTED,
				    "axis %d of its result depends on the batch size",
				    i);
			d = 1;
		}
		caffe_add_i64(&s->dim, &s->n_dim, d);
	}
	return 0;
}

int
onnx_expand(struct onnx_node *n, struct onnx_value *x,
    const struct onnx_dims *to, struct onnx_value **y)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Expand");
	struct onnx_value *first;
	int rc;

	l->expand_param = caffe_new(Caffe__ExpandParameter, expand_parameter);
	l->expand_param->shape = caffe_new(Caffe__BlobShape, blob_shape);
	rc = expand_sizes(n, x, to, l->expand_param->shape, &first);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	if (first == NULL)
		return onnx_finish(n, l, x, y);
	TRY(onnx_bottoms(n, l, (struct onnx_value *[]){ x, first }, 2));
	if (y != NULL)
		*y = onnx_top(n, l, -1, x->type);
	else
		onnx_top(n, l, 0, x->type);
	return onnx_emit(n, l);
}

/* The sizes that input i of the node lists. */
static int
sizes_of(struct onnx_node *n, int i, struct onnx_dims *out)
{
	const struct onnx_array *a;

	TRY(onnx_const(n, i, &a));
	if (a->count > SHAPE_MAX)
		return err_set(ERR_UNSUPPORTED, "%zu axes; %d are offered",
		    a->count, SHAPE_MAX);
	out->n = (int)a->count;
	for (int k = 0; k < out->n; k++)
		out->d[k] = onnx_int_plain(onnx_get_sym(a, (size_t)k));
	return 0;
}

static int
emit_expand(struct onnx_node *n)
{
	const struct onnx_dims *x = &n->in[0]->dims;
	struct onnx_dims to;
	bool same;

	TRY(sizes_of(n, 1, &to));
	same = to.n <= x->n;
	for (int i = 0; i < to.n && same; i++)
		same = onnx_int_same(to.d[i], onnx_int(1)) ||
		    onnx_int_same(to.d[i], x->d[x->n - to.n + i]);
	if (same) {
		onnx_same(n, 0, n->in[0]);
		return 0;
	}
	return onnx_expand(n, n->in[0], &to, NULL);
}

/* Of a size that depends on the batch's: its number, stretched. */
static int
emit_constant_of_shape(struct onnx_node *n)
{
	const Onnx__AttributeProto *a = onnx_attr(n, "value");
	struct onnx_array *v = NULL;
	struct onnx_value *x;
	struct onnx_dims to;

	TRY(sizes_of(n, 0, &to));
	if (a != NULL && a->t != NULL)
		TRY(onnx_file_array(&v, n->imp->file, a->t));
	else
		TRY(onnx_array_new(&v, ONNX_T(FLOAT), 0, NULL));
	v->n = 0;
	x = onnx_value_const(n->imp, v);
	return onnx_expand(n, x, &to, NULL);
}

static int
emit_tile(struct onnx_node *n)
{
	const int rank = n->in[0]->dims.n;
	int64_t v[SHAPE_MAX], axis[1];
	Caffe__LayerParameter *l;
	Caffe__TileParameter *p;
	bool none = true;
	int k;

	TRY(k = onnx_const_ints(n, 1, v, SHAPE_MAX));
	if (n->opset < 6 && onnx_has(n, 2)) { /* times, along one axis */
		const int64_t times = v[0];
		int at;

		TRY(onnx_const_ints(n, 2, axis, 1));
		TRY(onnx_axis(n, axis[0], rank, &at));
		for (int i = 0; i < rank; i++)
			v[i] = i == at ? times : 1;
		k = rank;
	}
	if (k != rank)
		return err_set(ERR_FORMAT,
		    "it is repeated along %d axes; it has %d", k, rank);
	for (int i = 0; i < rank; i++)
		none &= v[i] == 1;
	if (none) {
		onnx_same(n, 0, n->in[0]);
		return 0;
	}
	l = onnx_layer(n, "Tile");
	p = caffe_new(Caffe__TileParameter, tile_parameter);
	l->tile_param = p;
	for (int i = 0; i < rank; i++)
		caffe_add_i64(&p->repeats, &p->n_repeats, v[i]);
	return onnx_one(n, l, n->in[0]);
}

static int
emit_where(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Where");

	TRY(onnx_bottoms(n, l, n->in, 3));
	onnx_top(n, l, 0, n->in[1]->type);
	return onnx_emit(n, l);
}

/* DepthToSpace and SpaceToDepth. */
static int
emit_block(struct onnx_node *n)
{
	const int64_t size = onnx_attr_int(n, "blocksize", 0);
	Caffe__LayerParameter *l;

	if (size < 1 || size > INT_MAX)
		return err_set(
		    ERR_FORMAT, "a blocksize of %lld", (long long)size);
	l = onnx_layer(n, n->op);
	l->block_param = caffe_new(Caffe__BlockParameter, block_parameter);
	l->block_param->has_block_size = 1;
	l->block_param->block_size = (uint32_t)size;
	if (strcmp(onnx_attr_str(n, "mode", "DCR"), "CRD") == 0) {
		l->block_param->has_mode = 1;
		l->block_param->mode = CAFFE__BLOCK_PARAMETER__MODE__CRD;
	}
	return onnx_one(n, l, n->in[0]);
}

/* Ones along a diagonal, in the shape of its input. */
static int
fold_eye(struct onnx_node *n, struct onnx_array **out)
{
	const int64_t k = onnx_attr_int(n, "k", 0);
	const int type = (int)onnx_attr_int(n, "dtype", n->in[0]->type);
	int64_t d[2];

	if (n->in[0]->dims.n != 2)
		return err_set(ERR_FORMAT, "its input has %d axes, not 2",
		    n->in[0]->dims.n);
	for (int i = 0; i < 2; i++)
		TRY(onnx_fixed(n, n->in[0], i, &d[i]));
	TRY(onnx_array_new(out, type, 2, d));
	for (int64_t i = 0; i < d[0]; i++)
		if (i + k >= 0 && i + k < d[1])
			onnx_put(*out, (size_t)(i * d[1] + i + k), 1);
	return 0;
}

const struct onnx_op onnx_ops_move[] = {
	{ "CenterCropPad", emit_center, NULL },
	{ "ConstantOfShape", emit_constant_of_shape,
	    onnx_fold_constant_of_shape, .shapes = true },
	{ "DepthToSpace", emit_block, NULL },
	{ "Expand", emit_expand, onnx_fold_expand },
	{ "EyeLike", NULL, fold_eye, .shapes = true },
	{ "Pad", emit_pad, NULL },
	{ "Slice", emit_slice, onnx_fold_slice },
	{ "SpaceToDepth", emit_block, NULL },
	{ "Tile", emit_tile, onnx_fold_tile },
	{ "Where", emit_where, onnx_fold_where },
	{ 0 },
};
