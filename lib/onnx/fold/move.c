/* Numbers that go elsewhere. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"

bool
onnx_next(int64_t *at, const int64_t *d, int n)
{
	for (int i = n - 1; i >= 0; i--) {
		if (++at[i] < d[i])
			return true;
		at[i] = 0;
	}
	return false;
}

size_t
onnx_stretched(const struct onnx_array *a, const int64_t *at, int n)
{
	size_t i = 0;

	for (int k = 0; k < a->n; k++)
		i = i * (size_t)a->d[k] +
		    (a->d[k] == 1 ? 0 : (size_t)at[n - a->n + k]);
	return i;
}

int
onnx_stretch_shape(
    int64_t *d, int *n, const struct onnx_array *const *a, int count)
{
	*n = 0;
	for (int i = 0; i < count; i++)
		*n = a[i]->n > *n ? a[i]->n : *n;
	for (int k = 0; k < *n; k++) {
		d[k] = 1;
		for (int i = 0; i < count; i++) {
			const int at = k - (*n - a[i]->n);

			if (at < 0 || a[i]->d[at] == 1 || a[i]->d[at] == d[k])
				continue;
			if (d[k] != 1)
				return err_set(ERR_FORMAT,
				    "its shapes do not stretch to a common one: %lld and %lld along axis %d",
				    (long long)d[k], (long long)a[i]->d[at], k);
			d[k] = a[i]->d[at];
		}
	}
	return 0;
}

static void
dims_of(struct onnx_dims *out, const struct onnx_array *a)
{
	out->n = a->n;
	for (int i = 0; i < a->n; i++)
		out->d[i] = onnx_int(a->d[i]);
}

/* The same elements in another shape. */
static int
reshaped(struct onnx_array **out, const struct onnx_array *a,
    const struct onnx_dims *to)
{
	size_t count = 1;

	for (int i = 0; i < to->n; i++)
		count *= (size_t)to->d[i].a;
	if (count != a->count)
		return err_set(ERR_FORMAT,
		    "%zu numbers do not fill its shape of %zu", a->count,
		    count);
	*out = onnx_array_copy(a);
	(*out)->n = to->n;
	for (int i = 0; i < to->n; i++)
		(*out)->d[i] = to->d[i].a;
	return 0;
}

int
onnx_fold_identity(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *a;

	TRY(onnx_const(n, 0, &a));
	*out = onnx_array_copy(a);
	return 0;
}

int
onnx_fold_reshape(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *a, *shape = NULL;
	struct onnx_dims x, y;

	TRY(onnx_const(n, 0, &a));
	if (n->nin > 1)
		TRY(onnx_const(n, 1, &shape));
	dims_of(&x, a);
	TRY(onnx_reshape_dims(n, &x, shape, &y));
	return reshaped(out, a, &y);
}

#define DIMS_FOLD(name)                                                        \
	int onnx_fold_##name(struct onnx_node *n, struct onnx_array **out)     \
	{                                                                      \
		const struct onnx_array *a;                                    \
		struct onnx_dims x, y;                                         \
                                                                               \
		TRY(onnx_const(n, 0, &a));                                     \
		dims_of(&x, a);                                                \
		TRY(onnx_##name##_dims(n, &x, &y));                            \
		return reshaped(out, a, &y);                                   \
	}

DIMS_FOLD(flatten)
DIMS_FOLD(squeeze)
DIMS_FOLD(unsqueeze)

int
onnx_fold_transpose(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *a;
	int64_t order[SHAPE_MAX], d[SHAPE_MAX], at[SHAPE_MAX] = { 0 };
	int given = onnx_attr_ints(n, "perm", order, SHAPE_MAX);

	TRY(onnx_const(n, 0, &a));
	if (given >= 0 && given != a->n)
		return err_set(
		    ERR_FORMAT, "perm has %d axes of %d", given, a->n);
	for (int i = 0; i < a->n; i++) {
		if (given < 0)
			order[i] = a->n - 1 - i;
		if (order[i] < 0 || order[i] >= a->n)
			return err_set(ERR_FORMAT, "perm names axis %lld",
			    (long long)order[i]);
		d[i] = a->d[order[i]];
	}
	TRY(onnx_array_new(out, a->type, a->n, d));
	for (size_t i = 0; i < (*out)->count; i++, onnx_next(at, d, a->n)) {
		int64_t back[SHAPE_MAX] = { 0 };

		for (int k = 0; k < a->n; k++)
			back[order[k]] = at[k];
		onnx_move(*out, i, a, onnx_stretched(a, back, a->n));
	}
	return 0;
}

int
onnx_fold_concat(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *a;
	int64_t d[SHAPE_MAX], sum = 0;
	size_t outer = 1, inner = 1, base = 0;
	int axis = 0, rank = 0;

	for (int i = 0; i < n->nin; i++) {
		TRY(onnx_const(n, i, &a));
		if (i == 0) {
			rank = a->n;
			TRY(onnx_axis(
			    n, onnx_attr_int(n, "axis", 1), rank, &axis));
			memcpy(d, a->d, sizeof(d));
		}
		for (int k = 0; k < rank; k++)
			if (a->n != rank || (k != axis && a->d[k] != d[k]))
				return err_set(ERR_FORMAT,
				    "input %d has another shape", i);
		sum += a->d[axis];
	}
	d[axis] = sum;
	for (int k = 0; k < axis; k++)
		outer *= (size_t)d[k];
	for (int k = axis + 1; k < rank; k++)
		inner *= (size_t)d[k];
	TRY(onnx_const(n, 0, &a));
	TRY(onnx_array_new(out, a->type, rank, d));
	for (int i = 0; i < n->nin; i++) {
		size_t run;

		TRY(onnx_const(n, i, &a));
		run = (size_t)a->d[axis] * inner;
		for (size_t o = 0; o < outer; o++)
			for (size_t k = 0; k < run; k++)
				onnx_move(*out,
				    (o * (size_t)sum) * inner + base + k, a,
				    o * run + k);
		base += run;
	}
	return 0;
}

int
onnx_fold_slice(struct onnx_node *n, struct onnx_array **out)
{
	struct onnx_cut cut[SHAPE_MAX];
	int64_t d[SHAPE_MAX], start[SHAPE_MAX] = { 0 }, step[SHAPE_MAX];
	int64_t at[SHAPE_MAX] = { 0 };
	const struct onnx_array *a;
	int cuts;

	TRY(onnx_const(n, 0, &a));
	TRY(cuts = onnx_slice_cuts(n, a->n, cut));
	memcpy(d, a->d, sizeof(d));
	for (int i = 0; i < SHAPE_MAX; i++)
		step[i] = 1;
	for (int i = 0; i < cuts; i++) {
		const int64_t size = a->d[cut[i].axis];
		int64_t b = cut[i].begin, e = cut[i].end, s = cut[i].step;

		b = b < 0 ? b + size : b;
		e = e < 0 && e >= -size ? e + size : e;
		if (s > 0) {
			b = b < 0 ? 0 : b > size ? size : b;
			e = e < 0 ? 0 : e > size ? size : e;
			d[cut[i].axis] = e > b ? (e - b + s - 1) / s : 0;
		} else {
			b = b < -1 ? -1 : b > size - 1 ? size - 1 : b;
			e = e < -1 ? -1 : e > size - 1 ? size - 1 : e;
			d[cut[i].axis] = b > e ? (b - e - s - 1) / -s : 0;
		}
		start[cut[i].axis] = b;
		step[cut[i].axis] = s;
	}
	TRY(onnx_array_new(out, a->type, a->n, d));
	for (size_t i = 0; i < (*out)->count; i++, onnx_next(at, d, a->n)) {
		int64_t from[SHAPE_MAX] = { 0 };

		for (int k = 0; k < a->n; k++)
			from[k] = start[k] + at[k] * step[k];
		onnx_move(*out, i, a, onnx_stretched(a, from, a->n));
	}
	return 0;
}

int
onnx_fold_split(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *a;
	struct onnx_dims x;
	int64_t size[64], from = 0;
	int axis;

	if (n->nout > (int)LENGTH(size))
		return err_set(ERR_UNSUPPORTED, "%d outputs", n->nout);
	TRY(onnx_const(n, 0, &a));
	dims_of(&x, a);
	TRY(onnx_split_sizes(n, &x, &axis, size));
	for (int i = 0; i < n->nout; from += size[i++]) {
		int64_t d[SHAPE_MAX], at[SHAPE_MAX] = { 0 };

		memcpy(d, a->d, sizeof(d));
		d[axis] = size[i];
		TRY(onnx_array_new(&out[i], a->type, a->n, d));
		for (size_t k = 0; k < out[i]->count;
		     k++, onnx_next(at, d, a->n)) {
			int64_t to[SHAPE_MAX];

			memcpy(to, at, sizeof(to));
			to[axis] += from;
			onnx_move(out[i], k, a, onnx_stretched(a, to, a->n));
		}
	}
	return 0;
}

int
onnx_fold_gather(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *a, *index;
	int64_t d[2 * SHAPE_MAX];
	size_t outer = 1, inner = 1, to = 0;
	int axis, nd = 0;

	TRY(onnx_const(n, 0, &a));
	TRY(onnx_const(n, 1, &index));
	TRY(onnx_axis(n, onnx_attr_int(n, "axis", 0), a->n, &axis));
	for (int i = 0; i < axis; i++)
		outer *= (size_t)(d[nd++] = a->d[i]);
	for (int i = 0; i < index->n; i++)
		d[nd++] = index->d[i];
	for (int i = axis + 1; i < a->n; i++)
		inner *= (size_t)(d[nd++] = a->d[i]);
	TRY(onnx_array_new(out, a->type, nd, d));
	for (size_t o = 0; o < outer; o++)
		for (size_t i = 0; i < index->count; i++) {
			int64_t at = onnx_get_int(index, i);

			at = at < 0 ? at + a->d[axis] : at;
			if (at < 0 || at >= a->d[axis])
				return err_set(ERR_FORMAT, "index %lld of %lld",
				    (long long)at, (long long)a->d[axis]);
			for (size_t k = 0; k < inner; k++)
				onnx_move(*out, to++, a,
				    (o * (size_t)a->d[axis] + (size_t)at) *
					    inner +
					k);
		}
	return 0;
}

int
onnx_fold_expand(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *a, *shape;
	int64_t d[SHAPE_MAX], at[SHAPE_MAX] = { 0 };
	struct onnx_array to = { 0 };
	int nd;

	TRY(onnx_const(n, 0, &a));
	TRY(onnx_const(n, 1, &shape));
	TRY(nd = onnx_const_ints(n, 1, to.d, SHAPE_MAX));
	to.n = nd;
	TRY(onnx_stretch_shape(
	    d, &nd, (const struct onnx_array *[]){ a, &to }, 2));
	TRY(onnx_array_new(out, a->type, nd, d));
	for (size_t i = 0; i < (*out)->count; i++, onnx_next(at, d, nd))
		onnx_move(*out, i, a, onnx_stretched(a, at, nd));
	return 0;
}

int
onnx_fold_tile(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *a;
	int64_t d[SHAPE_MAX], times[SHAPE_MAX], at[SHAPE_MAX] = { 0 };
	int given;

	TRY(onnx_const(n, 0, &a));
	TRY(given = onnx_const_ints(n, 1, times, SHAPE_MAX));
	if (given != a->n)
		return 1; /* of the first opset */
	for (int i = 0; i < a->n; i++)
		d[i] = a->d[i] * times[i];
	TRY(onnx_array_new(out, a->type, a->n, d));
	for (size_t i = 0; i < (*out)->count; i++, onnx_next(at, d, a->n)) {
		int64_t from[SHAPE_MAX] = { 0 };

		for (int k = 0; k < a->n; k++)
			from[k] = at[k] % a->d[k];
		onnx_move(*out, i, a, onnx_stretched(a, from, a->n));
	}
	return 0;
}
