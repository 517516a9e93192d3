/*
 * Measures: accuracy and argmax, ties included, as Caffe 1.0 has them.
 *
 * Accuracy (accuracy_layer.cpp): a place counts when fewer than top_k other
 * classes have a value at or above the label's, so a tie counts against it.
 * ArgMax sorts pairs (value, index) downwards, so of equals the larger index
 * comes first.
 */
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "ref/kernel.h"

/* Is the label among the top_k of the line of classes at x? */
static bool
among_top(const float *x, const struct split *s, size_t label, int top_k)
{
	const float own = x[label * s->inner];
	int better = -1; /* the label's own class is met too */

	for (size_t k = 0; k < s->n && better < top_k; k++)
		better += x[k * s->inner] >= own;
	return better < top_k;
}

/* x, label -> accuracy, [per class (C)] */
KERNEL(ref_accuracy)
{
	const struct op_accuracy *a = &op->a.accuracy;
	const struct split s = split_at(in_shape(g, op, 0), a->axis);
	size_t *seen = mem_array(size_t, 2 * s.n + 1), *right = seen + s.n;
	size_t all = 0, good = 0;
	int rc = 0;

	UNUSED_ENV;
	for (size_t i = 0; i < s.outer * s.inner; i++) {
		const float *x =
		    in[0] + i / s.inner * s.n * s.inner + i % s.inner;
		const float v = in[1][i];
		const int label = v > -1e9F && v < 1e9F ? (int)v : -1;
		bool hit;

		if (a->has_ignore && label == a->ignore)
			continue;
		if (label < 0 || (size_t)label >= s.n) {
			rc = err_set(ERR_FORMAT, "label %g is outside 0 to %zu",
			    (double)v, s.n - 1);
			break;
		}
		hit = among_top(x, &s, (size_t)label, a->top_k);
		all++;
		good += hit;
		seen[label]++;
		right[label] += hit;
	}
	out[0][0] = all > 0 ? (float)((double)good / (double)all) : 0;
	for (size_t k = 0; k < s.n && op->nout > 1; k++)
		out[1][k] = seen[k] > 0
		    ? (float)((double)right[k] / (double)seen[k])
		    : 0;
	mem_free(seen);
	return rc;
}

/* Does candidate i come before k? */
static bool
before(const float *x, size_t step, size_t i, size_t k, bool first)
{
	return x[i * step] > x[k * step] ||
	    (x[i * step] == x[k * step] && (first ? i < k : i > k));
}

/* The top_k of n values, by insertion into best. */
static void
find_top(const float *x, size_t n, size_t step, size_t *best, size_t top_k,
    bool first)
{
	size_t have = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = have;

		while (at > 0 && before(x, step, i, best[at - 1], first)) {
			if (at < top_k)
				best[at] = best[at - 1];
			at--;
		}
		if (at < top_k)
			best[at] = i;
		if (have < top_k)
			have++;
	}
}

/* x -> the top_k largest: indices, values, or both */
KERNEL(ref_argmax)
{
	const struct op_argmax *a = &op->a.argmax;
	const struct shape *x = in_shape(g, op, 0);
	const size_t k = (size_t)a->top_k;
	const struct split s = a->has_axis
	    ? split_at(x, a->axis)
	    : (struct split){ (size_t)x->d[0], shape_count_axes(x, 1, x->n),
		      1 };
	size_t *best = mem_array(size_t, k);
	const bool both = !a->has_axis && a->out_max_val;

	UNUSED_ENV;
	for (size_t l = 0; l < s.outer * s.inner; l++) {
		const float *v =
		    in[0] + l / s.inner * s.n * s.inner + l % s.inner;
		float *y = out[0] + l / s.inner * k * s.inner * (both ? 2 : 1) +
		    l % s.inner;

		find_top(v, s.n, s.inner, best, k, a->first);
		for (size_t i = 0; i < k; i++) {
			const float value = v[best[i] * s.inner];

			y[i * s.inner] = a->has_axis && a->out_max_val
			    ? value
			    : (float)best[i];
			if (both)
				y[k + i] = value;
		}
	}
	mem_free(best);
	return 0;
}
