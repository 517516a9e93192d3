/*
 * MatMul: numpy's matmul.  Axes before the last two are a batch, which stretches;
 * a bottom of one axis is a row on the left and a column on the right, whose axis
 * is gone from the product.
 */
#include "nn/layers/arith/matmul.h"

static const Caffe__MatMulParameter none = CAFFE__MAT_MUL_PARAMETER__INIT;

/* x with the axes before the last two made one. */
static int
fold_batch(struct layer *l, int x)
{
	const struct shape s = *graph_shape(l->graph, x);
	struct shape f = { 3,
		{ (int64_t)shape_count_axes(&s, 0, s.n - 2), s.d[s.n - 2],
		    s.d[s.n - 1] } };

	if (s.n == 3)
		return x;
	return graph_reshape(l->graph, x, &f);
}

static int
add_matmul(struct layer *l, int a, bool ta, int b, bool tb)
{
	const union op_attr attr = { .matmul = { .ta = ta, .tb = tb } };
	const int in[2] = { a, b };

	return graph_add(l->graph, OP_MATMUL, &attr, in, 2);
}

/* a (..., M, K) and b (K, N): all of a's rows at once. */
static int
shared(struct layer *l, int a, int b, bool tb)
{
	struct shape s = *graph_shape(l->graph, a);
	struct shape f = { 2,
		{ (int64_t)shape_count_axes(&s, 0, s.n - 1), s.d[s.n - 1] } };
	int y;

	TRY(y = graph_reshape(l->graph, a, &f));
	TRY(y = add_matmul(l, y, false, b, tb));
	s.d[s.n - 1] = graph_shape(l->graph, y)->d[1];
	return graph_reshape(l->graph, y, &s);
}

/* x (..., R, C) with the batch stretched to `batch`, as three axes. */
static int
stretch_batch(struct layer *l, int x, const struct shape *batch)
{
	const struct shape s = *graph_shape(l->graph, x);
	struct shape to = *batch;

	to.d[to.n++] = s.d[s.n - 2];
	to.d[to.n++] = s.d[s.n - 1];
	TRY(x = layer_stretch_to(l, x, &to));
	return fold_batch(l, x);
}

/* Do the inner sizes agree? */
static int
check(const struct shape *a, bool ta, const struct shape *b, bool tb)
{
	char s[SHAPE_TEXT_MAX], t[SHAPE_TEXT_MAX];

	if (a->d[ta ? a->n - 2 : a->n - 1] != b->d[tb ? b->n - 1 : b->n - 2])
		return err_set(ERR_FORMAT,
		    "its bottoms %s%s and %s%s have no product: the last axis of the first must be as long as the last but one of the second",
		    shape_text(s, a), ta ? " (transposed)" : "",
		    shape_text(t, b), tb ? " (transposed)" : "");
	return 0;
}

int
layer_matmul(struct layer *l, int a, bool ta, int b, bool tb)
{
	const struct shape sa = *graph_shape(l->graph, a);
	const struct shape sb = *graph_shape(l->graph, b);
	struct shape ba = sa, bb = sb, batch, to;
	int y;

	TRY(check(&sa, ta, &sb, tb));
	if (sa.n == 2 && sb.n == 2)
		return add_matmul(l, a, ta, b, tb);
	if (sb.n == 2 && !ta)
		return shared(l, a, b, tb);
	ba.n -= 2;
	bb.n -= 2;
	TRY(layer_stretch(&batch, &ba, &bb));
	TRY(a = stretch_batch(l, a, &batch));
	TRY(b = stretch_batch(l, b, &batch));
	TRY(y = add_matmul(l, a, ta, b, tb));
	to = batch;
	to.d[to.n++] = graph_shape(l->graph, y)->d[1];
	to.d[to.n++] = graph_shape(l->graph, y)->d[2];
	return graph_reshape(l->graph, y, &to);
}

/* Bottom i with at least two axes; *gone: it had one. */
static int
matrix(struct layer *l, int i, bool *gone)
{
	const struct shape s = *layer_shape(l, i);
	struct shape to = { 2, { 1, 1 } };

	*gone = s.n == 1;
	if (s.n > 1)
		return l->bottom[i];
	if (s.n == 0)
		return err_set(ERR_FORMAT,
		    "its bottom \"%s\" is one number; it takes matrices",
		    l->p->bottom[i]);
	to.d[i == 0 ? 1 : 0] = s.d[0];
	return graph_reshape(l->graph, l->bottom[i], &to);
}

static int
emit(struct layer *l)
{
	const Caffe__MatMulParameter *p = LAYER_PARAM(l, matmul_param, &none);
	bool row, column;
	struct shape s;
	int a, b, y;

	TRY(a = matrix(l, 0, &row));
	TRY(b = matrix(l, 1, &column));
	TRY(y = layer_matmul(
		l, a, p->transpose_a && !row, b, p->transpose_b && !column));
	TRY(y = layer_affine(l, y, p->alpha, 0));
	s = *graph_shape(l->graph, y);
	if (row)
		s.d[s.n - 2] = s.d[s.n - 1];
	s.n -= row + column;
	if (row || column)
		TRY(y = graph_reshape(l->graph, y, &s));
	return layer_top(l, 0, y);
}

const struct layer_type layer_mat_mul = { "MatMul", 2, 2, 1, 1, .emit = emit };
