/* Constants out of nothing, or of shapes. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"

/* A list of an attribute as an array. */
static int
listed(struct onnx_array **out, const Onnx__AttributeProto *a)
{
	const bool floats = a->n_floats > 0;
	const int64_t d[1] = { (int64_t)(floats ? a->n_floats : a->n_ints) };

	TRY(onnx_array_new(out, floats ? ONNX_T(FLOAT) : ONNX_T(INT64), 1, d));
	for (size_t i = 0; i < (size_t)d[0]; i++)
		if (floats)
			onnx_put(*out, i, a->floats[i]);
		else
			onnx_put_int(*out, i, a->ints[i]);
	return 0;
}

int
onnx_fold_constant(struct onnx_node *n, struct onnx_array **out)
{
	const Onnx__AttributeProto *a;

	if ((a = onnx_attr(n, "value")) != NULL && a->t != NULL)
		return onnx_file_array(out, n->imp->file, a->t);
	if ((a = onnx_attr(n, "value_float")) != NULL) {
		TRY(onnx_array_new(out, ONNX_T(FLOAT), 0, NULL));
		onnx_put(*out, 0, a->f);
		return 0;
	}
	if ((a = onnx_attr(n, "value_int")) != NULL) {
		TRY(onnx_array_new(out, ONNX_T(INT64), 0, NULL));
		onnx_put_int(*out, 0, a->i);
		return 0;
	}
	if ((a = onnx_attr(n, "value_floats")) != NULL ||
	    (a = onnx_attr(n, "value_ints")) != NULL)
		return listed(out, a);
	return err_set(ERR_UNSUPPORTED,
	    "a constant that is no tensor of numbers (text, or a sparse one)");
}

int
onnx_fold_constant_of_shape(struct onnx_node *n, struct onnx_array **out)
{
	const Onnx__AttributeProto *a = onnx_attr(n, "value");
	const struct onnx_array *shape;
	struct onnx_array *v = NULL;
	int64_t d[SHAPE_MAX];
	int nd, rc = 0;

	TRY(onnx_const(n, 0, &shape));
	if (onnx_has_batch(shape))
		return err_set(ERR_UNSUPPORTED,
		    "a constant whose size depends on the batch size");
	TRY(nd = onnx_const_ints(n, 0, d, SHAPE_MAX));
	if (a != NULL && a->t != NULL)
		TRY(onnx_file_array(&v, n->imp->file, a->t));
	rc = onnx_array_new(out, v != NULL ? v->type : ONNX_T(FLOAT), nd, d);
	for (size_t i = 0;
	     rc >= 0 && v != NULL && v->count > 0 && i < (*out)->count; i++)
		onnx_move(*out, i, v, 0);
	onnx_array_free(v);
	return rc;
}

int
onnx_fold_range(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *v[3];
	double start, step, count;
	int64_t d[1];

	for (int i = 0; i < 3; i++) {
		TRY(onnx_const(n, i, &v[i]));
		if (v[i]->count != 1 || onnx_has_batch(v[i]))
			return err_set(
			    ERR_UNSUPPORTED, "input %d is no known number", i);
	}
	start = onnx_get(v[0], 0);
	step = onnx_get(v[2], 0);
	count = (onnx_get(v[1], 0) - start) / step;
	if (!(step != 0) || count > (double)onnx_fold_max)
		return err_set(ERR_FORMAT, "steps of %g", step);
	d[0] =
	    count > 0 ? (int64_t)count + ((double)(int64_t)count < count) : 0;
	TRY(onnx_array_new(out, v[0]->type, 1, d));
	for (size_t i = 0; i < (*out)->count; i++)
		onnx_put(*out, i, start + step * (double)i);
	return 0;
}

int
onnx_fold_shape(struct onnx_node *n, struct onnx_array **out)
{
	struct onnx_dims x = n->in[0]->dims;
	int64_t from = onnx_attr_int(n, "start", 0);
	int64_t to = onnx_attr_int(n, "end", x.n);

	if (n->in[0]->rows > 0)
		x.d[n->in[0]->rows_axis].b = ONNX_ROWS + n->in[0]->rows;
	from = from < 0 ? from + x.n : from;
	to = to < 0 ? to + x.n : to;
	from = from < 0 ? 0 : from > x.n ? x.n : from;
	to = to > x.n ? x.n : to < from ? from : to;
	*out = onnx_array_ints(x.d + from, (int)(to - from));
	return 0;
}

int
onnx_fold_size(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_dims *x = &n->in[0]->dims;
	struct onnx_int count;

	TRY(onnx_dims_count(&count, x, 0, x->n));
	*out = onnx_array_ints(&count, -1);
	return 0;
}
