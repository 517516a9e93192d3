/* Shapes of what operators move about, for constants and layers alike. */
#include <string.h>

#include "base/err.h"
#include "onnx/fold/fold.h"

/* The size that is left for -1. */
static int
rest(struct onnx_dims *y, int open, const struct onnx_dims *x)
{
	struct onnx_int have, known = onnx_int(1);

	TRY(onnx_dims_count(&have, x, 0, x->n));
	for (int i = 0; i < y->n; i++)
		if (i != open)
			TRY(onnx_int_mul(&known, known, y->d[i]));
	if (known.a == 0 && known.b == 0)
		return err_set(ERR_FORMAT, "-1 beside a size of 0");
	return onnx_int_div(&y->d[open], have, known);
}

/* A net that states its batch size in a Reshape means its batch (inputs.c). */
static bool
means_batch(const struct onnx_node *n, const struct onnx_dims *x,
    const struct onnx_dims *y)
{
	return n->imp->stated > 0 && x->n > 0 && y->n > 0 &&
	    onnx_int_same(x->d[0], (struct onnx_int){ 0, 1 }) &&
	    onnx_int_same(y->d[0], onnx_int(n->imp->stated));
}

/*
 * A file that states its batch size B also states it in the sizes of a Reshape, times
 * what stands beside the batch: of (N, L, 64) in (B L, 64), of (L, N, 64) in
 * (L, B 8, 8) or (L B, 64), and of L N again in (L, B, 64).  c: the numbers beside N in
 * its axis of x.
 */
static void
follow_batch(const struct onnx_node *n, const struct onnx_dims *x,
    struct onnx_dims *y, int open)
{
	const int64_t stated = n->imp->stated;
	int64_t before = 1, outer = 1, c;
	int i = 0;

	while (i < x->n && x->d[i].b == 0)
		outer *= x->d[i++].a;
	if (stated < 1 || i == x->n || x->d[i].a != 0)
		return;
	c = x->d[i].b;
	for (int k = 0; k < y->n; k++)
		if (y->d[k].b != 0)
			return;
	for (int k = 0; k < y->n && k != open && y->d[k].a > 0; k++) {
		const int64_t d = y->d[k].a, beside = outer / before;

		if (outer % before != 0)
			return;
		if (before == outer && d == c && c > 1 && k + 1 < y->n &&
		    y->d[k + 1].a == stated) {
			y->d[k + 1] = (struct onnx_int){ 0, 1 };
			return;
		}
		if (d == beside * c * stated ||
		    (before == outer && d % stated == 0 &&
			(c == 1 || d == stated))) {
			y->d[k] = (struct onnx_int){ 0, d / stated };
			return;
		}
		before *= d;
	}
}

int
onnx_reshape_dims(struct onnx_node *n, const struct onnx_dims *x,
    const struct onnx_array *shape, struct onnx_dims *out)
{
	const bool zero = onnx_attr_int(n, "allowzero", 0) != 0;
	const Onnx__AttributeProto *a = onnx_attr(n, "shape");
	const size_t nd = shape != NULL ? shape->count
	    : a != NULL                 ? a->n_ints
					: 0;
	int open = -1;

	if (shape == NULL && a == NULL)
		return err_set(ERR_FORMAT, "its shape is missing");
	if (nd > SHAPE_MAX)
		return err_set(
		    ERR_UNSUPPORTED, "%zu axes; %d are offered", nd, SHAPE_MAX);
	out->n = (int)nd;
	for (int i = 0; i < out->n; i++) {
		struct onnx_int d = shape != NULL
		    ? onnx_int_plain(onnx_get_sym(shape, (size_t)i))
		    : onnx_int(a->ints[i]);

		if (d.b == 0 && d.a == 0 && !zero) {
			if (i >= x->n)
				return err_set(ERR_FORMAT,
				    "size 0 copies axis %d of %d", i, x->n);
			d = x->d[i];
		} else if (d.b == 0 && d.a == -1 && open >= 0)
			return err_set(ERR_FORMAT, "-1 is given twice");
		else if (d.b == 0 && d.a == -1)
			open = i;
		else if (d.b == 0 && d.a < -1)
			return err_set(
			    ERR_FORMAT, "a size of %lld", (long long)d.a);
		out->d[i] = d;
	}
	if (means_batch(n, x, out))
		out->d[0] = x->d[0];
	follow_batch(n, x, out, open);
	return open >= 0 ? rest(out, open, x) : 0;
}

/* Which of rank axes are named; ONNX_NONE: nothing is said. */
static int
axes_of(struct onnx_node *n, int rank, bool named[2 * SHAPE_MAX])
{
	int64_t v[SHAPE_MAX];
	const int k = onnx_ints_of(n, "axes", 1, v, SHAPE_MAX);

	memset(named, 0, 2 * SHAPE_MAX * sizeof(*named));
	if (k < 0)
		return k;
	for (int i = 0; i < k; i++) {
		int axis;

		TRY(onnx_axis(n, v[i], rank, &axis));
		if (named[axis])
			return err_set(
			    ERR_FORMAT, "axis %d is named twice", axis);
		named[axis] = true;
	}
	return k;
}

int
onnx_squeeze_dims(
    struct onnx_node *n, const struct onnx_dims *x, struct onnx_dims *out)
{
	bool gone[2 * SHAPE_MAX];
	const int k = axes_of(n, x->n, gone);

	if (k < 0 && k != ONNX_NONE)
		return k;
	out->n = 0;
	for (int i = 0; i < x->n; i++) {
		const bool one = onnx_int_same(x->d[i], onnx_int(1));

		if (k == ONNX_NONE ? one : gone[i]) {
			if (!one)
				return err_set(ERR_FORMAT,
				    "axis %d is not 1 and cannot go", i);
			continue;
		}
		out->d[out->n++] = x->d[i];
	}
	return 0;
}

int
onnx_unsqueeze_dims(
    struct onnx_node *n, const struct onnx_dims *x, struct onnx_dims *out)
{
	int64_t v[SHAPE_MAX];
	bool new[2 * SHAPE_MAX];
	int k = onnx_ints_of(n, "axes", 1, v, SHAPE_MAX), from = 0;

	if (k == ONNX_NONE)
		return err_set(ERR_FORMAT, "its axes are missing");
	TRY(k);
	if (x->n + k > SHAPE_MAX)
		return err_set(ERR_UNSUPPORTED, "%d axes; %d are offered",
		    x->n + k, SHAPE_MAX);
	TRY(axes_of(n, x->n + k, new));
	out->n = x->n + k;
	for (int i = 0; i < out->n; i++)
		out->d[i] = new[i] ? onnx_int(1) : x->d[from++];
	return 0;
}

int
onnx_flatten_dims(
    struct onnx_node *n, const struct onnx_dims *x, struct onnx_dims *out)
{
	int64_t axis = onnx_attr_int(n, "axis", 1);

	if (axis < -x->n || axis > x->n)
		return err_set(
		    ERR_FORMAT, "axis %lld of %d", (long long)axis, x->n);
	axis = axis < 0 ? axis + x->n : axis;
	out->n = 2;
	TRY(onnx_dims_count(&out->d[0], x, 0, (int)axis));
	return onnx_dims_count(&out->d[1], x, (int)axis, x->n);
}

int
onnx_slice_cuts(struct onnx_node *n, int rank, struct onnx_cut *cut)
{
	int64_t b[SHAPE_MAX], e[SHAPE_MAX], axes[SHAPE_MAX], step[SHAPE_MAX];
	int nb, ne, naxes, nstep;

	nb = onnx_ints_of(n, "starts", 1, b, SHAPE_MAX);
	if (nb == ONNX_NONE)
		return err_set(ERR_FORMAT, "where it begins is missing");
	TRY(nb);
	ne = onnx_ints_of(n, "ends", 2, e, SHAPE_MAX);
	if (ne == ONNX_NONE)
		return err_set(ERR_FORMAT, "where it ends is missing");
	TRY(ne);
	naxes = onnx_ints_of(n, "axes", 3, axes, SHAPE_MAX);
	nstep =
	    onnx_has(n, 4) ? onnx_const_ints(n, 4, step, SHAPE_MAX) : ONNX_NONE;
	if (naxes < 0 && naxes != ONNX_NONE)
		return naxes;
	if (nstep < 0 && nstep != ONNX_NONE)
		return nstep;
	if (ne != nb || (naxes >= 0 && naxes != nb) ||
	    (nstep >= 0 && nstep != nb) || nb > rank)
		return err_set(ERR_FORMAT, "%d beginnings, %d ends, of %d axes",
		    nb, ne, rank);
	for (int i = 0; i < nb; i++) {
		TRY(onnx_axis(n, naxes >= 0 ? axes[i] : i, rank, &cut[i].axis));
		cut[i].begin = b[i];
		cut[i].end = e[i];
		cut[i].step = nstep >= 0 ? step[i] : 1;
		if (cut[i].step == 0)
			return err_set(ERR_FORMAT, "a step of 0");
	}
	return nb;
}

int
onnx_split_sizes(
    struct onnx_node *n, const struct onnx_dims *x, int *axis, int64_t *size)
{
	int64_t given[64], all, sum = 0;
	int k, parts = n->nout;

	TRY(onnx_axis(n, onnx_attr_int(n, "axis", 0), x->n, axis));
	if (x->d[*axis].b != 0)
		return err_set(ERR_UNSUPPORTED, "parts of the batch");
	all = x->d[*axis].a;
	k = onnx_ints_of(
	    n, "split", 1, given, (int)(sizeof(given) / sizeof(*given)));
	if (k < 0 && k != ONNX_NONE)
		return k;
	if (k == ONNX_NONE) {
		const int64_t each = (all + parts - 1) / parts;

		for (int i = 0; i < parts; i++, sum += each)
			size[i] = all - sum < each ? all - sum : each;
		if (all % parts && n->opset < 18)
			return err_set(ERR_FORMAT,
			    "%lld cannot be split into %d equal parts",
			    (long long)all, parts);
		return 0;
	}
	if (k != parts)
		return err_set(ERR_FORMAT, "%d parts for %d outputs", k, parts);
	for (int i = 0; i < k; i++) {
		sum += given[i];
		size[i] = given[i];
		if (given[i] < 0)
			return err_set(
			    ERR_FORMAT, "a part of %lld", (long long)given[i]);
	}
	if (sum != all)
		return err_set(ERR_FORMAT, "parts of %lld in all, of %lld",
		    (long long)sum, (long long)all);
	return 0;
}
