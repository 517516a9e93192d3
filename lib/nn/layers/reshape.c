/*
 * Reshape: num_axes axes from axis on take the given shape, in which 0 copies
 * the bottom's axis and one -1 is what is left.
 */
#include "nn/layers/types.h"

static const Caffe__ReshapeParameter none = CAFFE__RESHAPE_PARAMETER__INIT;

/* [from, to) of the bottom is what is replaced; a negative axis counts places
 * between axes, so that -1 is behind the last. */
static int
range(
    const Caffe__ReshapeParameter *p, const struct shape *x, int *from, int *to)
{
	char t[SHAPE_TEXT_MAX];

	*from = p->axis < 0 ? x->n + p->axis + 1 : p->axis;
	*to = p->num_axes == -1 ? x->n : *from + p->num_axes;
	if (*from < 0 || *from > x->n || p->num_axes < -1 || *to > x->n)
		return err_set(ERR_FORMAT,
		    "axis %d and num_axes %d are outside its bottom %s",
		    p->axis, p->num_axes, shape_text(t, x));
	return 0;
}

static int
infer(const struct shape *x, struct shape *y, int unknown)
{
	char s[SHAPE_TEXT_MAX], t[SHAPE_TEXT_MAX];
	size_t have = shape_count(x), known;

	if (unknown >= 0)
		y->d[unknown] = 1;
	TRY(shape_check(y));
	known = shape_count(y);
	if (unknown >= 0 && known && have % known == 0)
		y->d[unknown] = (int64_t)(have / known);
	if (shape_count(y) != have)
		return err_set(ERR_FORMAT,
		    "its bottom %s has %zu values, which %s%s cannot hold",
		    shape_text(s, x), have, shape_text(t, y),
		    unknown < 0 ? "" : " (with -1 as 1)");
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__ReshapeParameter *p = LAYER_PARAM(l, reshape_param, &none);
	const Caffe__BlobShape blank = CAFFE__BLOB_SHAPE__INIT;
	const Caffe__BlobShape *s = p->shape != NULL ? p->shape : &blank;
	struct shape x = *layer_shape(l, 0), y = { 0 };
	int from, to, i, unknown = -1;

	TRY(range(p, &x, &from, &to));
	if (from + (int64_t)s->n_dim + x.n - to > SHAPE_MAX)
		return err_set(ERR_RANGE, "more than %d axes", SHAPE_MAX);
	for (i = 0; i < from; i++)
		y.d[y.n++] = x.d[i];
	for (i = 0; i < (int)s->n_dim; i++) {
		if (s->dim[i] == 0 && from + i >= x.n)
			return err_set(ERR_FORMAT,
			    "dim 0 copies axis %d, which its bottom does not have",
			    from + i);
		if (s->dim[i] == -1 && unknown >= 0)
			return err_set(ERR_FORMAT, "dim -1 is given twice");
		if (s->dim[i] < -1)
			return err_set(
			    ERR_FORMAT, "dim %lld", (long long)s->dim[i]);
		if (s->dim[i] == -1)
			unknown = y.n;
		y.d[y.n++] = s->dim[i] ? s->dim[i] : x.d[from + i];
	}
	for (i = to; i < x.n; i++)
		y.d[y.n++] = x.d[i];
	TRY(infer(&x, &y, unknown));
	return layer_top(l, 0, graph_reshape(l->graph, l->bottom[0], &y));
}

const struct layer_type layer_reshape = { "Reshape", 1, 1, 1, 1, .emit = emit };
