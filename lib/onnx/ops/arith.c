/*
 * Add, Sub, Mul, Div, Pow: of two blobs, or of a blob and a constant, which is a Power
 * layer where it is one number, and Scale or Bias where it lies along some axes.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"
#include "onnx/ops/ops.h"

int
onnx_old_broadcast(struct onnx_node *n, struct onnx_value **b)
{
	const struct onnx_dims *a = &n->in[0]->dims;
	struct onnx_dims to = (*b)->dims;
	int64_t axis = onnx_attr_int(n, "axis", a->n - to.n);

	if (n->opset >= 7 || onnx_attr_int(n, "broadcast", 0) == 0 || to.n == 0)
		return 0;
	axis = axis < 0 ? axis + a->n : axis;
	if (axis < 0 || axis + to.n > a->n)
		return err_set(ERR_FORMAT, "axis %lld", (long long)axis);
	for (; to.n < a->n - axis; to.n++)
		to.d[to.n] = onnx_int(1);
	if (to.n == (*b)->dims.n)
		return 0;
	if (onnx_is_const(*b)) {
		const struct onnx_array *have;
		struct onnx_array *v;

		TRY(onnx_const(n, 1, &have));
		v = onnx_array_copy(have);
		v->n = to.n;
		for (int i = 0; i < to.n; i++)
			v->d[i] = to.d[i].a;
		*b = onnx_value_const(n->imp, v);
		(*b)->learned = n->in[1]->learned;
		return 0;
	}
	return onnx_reshape(n, *b, &to, b);
}

/* The axes of x, [*from, *to), along which constant c lies so that its shape is just
 * theirs; false: it lies otherwise. */
static bool
lies_along(
    const struct onnx_dims *x, const struct onnx_dims *c, int *from, int *to)
{
	const int behind = x->n - c->n;
	int first = 0, end = c->n;

	if (behind < 0)
		return false;
	while (first < end && c->d[first].a == 1)
		first++;
	while (end > first && c->d[end - 1].a == 1)
		end--;
	for (int i = first; i < end; i++)
		if (!onnx_int_same(c->d[i], x->d[behind + i]))
			return false;
	*from = behind + first;
	*to = behind + end;
	return end > first;
}

/* x times or plus a constant along some of its axes. */
static int
along(struct onnx_node *n, bool times, struct onnx_value *x,
    struct onnx_value *c, int from, int to, bool invert)
{
	Caffe__LayerParameter *l = onnx_layer(n, times ? "Scale" : "Bias");
	const int count = to - from;
	const struct onnx_array *a;
	int64_t d[SHAPE_MAX];
	float *v;
	int rc = onnx_value_array(n->imp, c, &a);

	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	if (times)
		l->scale_param =
		    caffe_new(Caffe__ScaleParameter, scale_parameter);
	else
		l->bias_param = caffe_new(Caffe__BiasParameter, bias_parameter);
	if (times) {
		l->scale_param->has_axis = from != 1;
		l->scale_param->axis = from;
		l->scale_param->has_num_axes = count != 1;
		l->scale_param->num_axes = count;
	} else {
		l->bias_param->has_axis = from != 1;
		l->bias_param->axis = from;
		l->bias_param->has_num_axes = count != 1;
		l->bias_param->num_axes = count;
	}
	for (int i = from; i < to; i++)
		d[i - from] = x->dims.d[i].a;
	v = mem_array(float, a->count + 1);
	for (size_t i = 0; i < a->count; i++) {
		const double w = onnx_get(a, i);

		v[i] = (float)(!invert ? w : times ? 1 / w : -w);
	}
	onnx_blob(l, count, d, v);
	mem_free(v);
	if (!c->learned)
		onnx_fix_blob(l, 0);
	return onnx_one(n, l, x);
}

enum arith { ADD, SUB, MUL, DIV, POW };

static enum arith
which(const char *op)
{
	return strcmp(op, "Sub") == 0 ? SUB
	    : strcmp(op, "Mul") == 0  ? MUL
	    : strcmp(op, "Div") == 0  ? DIV
	    : strcmp(op, "Pow") == 0  ? POW
				      : ADD;
}

/* May x / c be x times 1 / c?  Where c is a whole number the quotient may be wanted
 * exactly, for the whole part of it. */
static bool
may_invert(double c)
{
	return c != 0 && c != (double)(int64_t)c;
}

/* x with one number, on the right or left of it; 1: it takes a layer of two. */
static int
scalar(struct onnx_node *n, enum arith fn, struct onnx_value *x, double c,
    bool left)
{
	const float f = (float)c;

	switch (fn) {
	case ADD: return onnx_power(n, x, 1, f, 1, NULL);
	case SUB:
		return left ? onnx_power(n, x, -1, f, 1, NULL)
			    : onnx_power(n, x, 1, -f, 1, NULL);
	case MUL: return onnx_power(n, x, f, 0, 1, NULL);
	case DIV:
		if (left || !may_invert(c) || !onnx_is_float(x))
			return 1;
		return onnx_power(n, x, (float)(1 / c), 0, 1, NULL);
	default:
		return left || !onnx_is_float(x)
		    ? 1
		    : onnx_power(n, x, 1, 0, f, NULL);
	}
}

/* A layer of two bottoms of any shapes. */
static int
two(struct onnx_node *n, struct onnx_value *a, struct onnx_value *b)
{
	Caffe__LayerParameter *l = onnx_layer(n, n->op);
	const bool whole = onnx_type_whole(a->type);

	if (whole && (strcmp(n->op, "Div") == 0 || strcmp(n->op, "Pow") == 0)) {
		l->arith_param =
		    caffe_new(Caffe__ArithParameter, arith_parameter);
		l->arith_param->has_integer = 1;
		l->arith_param->integer = 1;
	}
	return onnx_join(
	    n, l, (struct onnx_value *[]){ a, b }, 2, a->type, NULL);
}

/* Two blobs of one shape. */
static int
eltwise(struct onnx_node *n, enum arith fn, struct onnx_value *a,
    struct onnx_value *b)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Eltwise");
	Caffe__EltwiseParameter *p =
	    caffe_new(Caffe__EltwiseParameter, eltwise_parameter);

	l->eltwise_param = p;
	if (fn == MUL) {
		p->has_operation = 1;
		p->operation = CAFFE__ELTWISE_PARAMETER__ELTWISE_OP__PROD;
	}
	if (fn == SUB) {
		caffe_add_float(&p->coeff, &p->n_coeff, 1);
		caffe_add_float(&p->coeff, &p->n_coeff, -1);
	}
	return onnx_join(
	    n, l, (struct onnx_value *[]){ a, b }, 2, a->type, NULL);
}

static int
emit_arith(struct onnx_node *n)
{
	const enum arith fn = which(n->op);
	struct onnx_value *a = n->in[0], *b = n->in[1], *x, *c;
	bool left;
	double v;
	int from, to, rc;

	if (n->nin != 2 || a == NULL || b == NULL)
		return err_set(ERR_FORMAT, "it has two inputs");
	TRY(onnx_old_broadcast(n, &b));
	left = onnx_is_const(a);
	x = left ? b : a;
	c = left ? a : b;
	if (!onnx_is_const(c))
		return fn <= MUL && onnx_dims_same(&a->dims, &b->dims)
		    ? eltwise(n, fn, a, b)
		    : two(n, a, b);
	if (onnx_scalar(n, c, &v) && c->dims.n <= x->dims.n) {
		rc = scalar(n, fn, x, v, left);
		if (rc <= 0)
			return rc;
	}
	if (onnx_is_float(x) && fn != POW &&
	    !(left && fn != ADD && fn != MUL) &&
	    lies_along(&x->dims, &c->dims, &from, &to))
		return along(n, fn == MUL || fn == DIV, x, c, from, to,
		    fn == SUB || fn == DIV);
	return two(n, a, b);
}

/* Sum, Max and Min of one input; of several of one shape, Sum and Max. */
static int
emit_several(struct onnx_node *n)
{
	const bool max = strcmp(n->op, "Max") == 0;
	Caffe__LayerParameter *l;
	bool same = strcmp(n->op, "Sum") == 0 || max;

	for (int i = 0; i < n->nin; i++) {
		if (n->in[i] == NULL)
			return err_set(ERR_FORMAT, "input %d is missing", i);
		same &= onnx_dims_same(&n->in[i]->dims, &n->in[0]->dims);
	}
	if (n->nin == 1) {
		onnx_same(n, 0, n->in[0]);
		return 0;
	}
	l = onnx_layer(n, same ? "Eltwise" : n->op);
	if (same && max) {
		l->eltwise_param =
		    caffe_new(Caffe__EltwiseParameter, eltwise_parameter);
		l->eltwise_param->has_operation = 1;
		l->eltwise_param->operation =
		    CAFFE__ELTWISE_PARAMETER__ELTWISE_OP__MAX;
	}
	return onnx_join(n, l, n->in, n->nin, n->in[0]->type, NULL);
}

const struct onnx_op onnx_ops_arith[] = {
	{ "Add", emit_arith, onnx_fold_binary },
	{ "Sub", emit_arith, onnx_fold_binary },
	{ "Mul", emit_arith, onnx_fold_binary },
	{ "Div", emit_arith, onnx_fold_binary },
	{ "Pow", emit_arith, onnx_fold_binary },
	{ "Sum", emit_several, onnx_fold_binary },
	{ "Max", emit_several, onnx_fold_binary },
	{ "Min", emit_several, onnx_fold_binary },
	{ "Mean", emit_several, NULL },
	{ 0 },
};
