/*
 * Kernels that pick: dropping by a counter-based generator, rows of a table,
 * items by a selector.
 */
#include "cuda/wide.cuh"

extern "C" {
#include "graph/op.h"
}

struct words {
	uint32_t w[4];
};

/* Philox4x32-10 (base/rng.h). */
DEVFN struct words
philox(uint64_t seed, uint64_t stream, uint64_t counter)
{
	uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
	uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32);
	uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);

	for (int round = 0; round < 10; round++) {
		const uint64_t p0 = (uint64_t)0xd2511f53U * c0;
		const uint64_t p1 = (uint64_t)0xcd9e8d57U * c2;

		c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)p1;
		c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)p0;
		k0 += 0x9e3779b9U;
		k1 += 0xbb67ae85U;
	}
	return { { c0, c1, c2, c3 } };
}

DEVFN uint32_t
word_at(const struct words &b, unsigned k)
{
	return k == 0 ? b.w[0] : k == 1 ? b.w[1] : k == 2 ? b.w[2] : b.w[3];
}

/* Plain, a block of four numbers is four neighbours; with channels last they
 * lie apart, and each element works out its own. */

template <class T>
static int
dropout(const struct cu_call *c)
{
	const struct op_dropout d = c->op->a.dropout;
	const struct lay l = lay_of(c->out[0].s, c->form);
	/* A word is dropped below ratio * 2^32, compared as integers. */
	const double below = (double)d.ratio * 4294967296.0;
	const uint64_t limit = (uint64_t)ceil(below);
	const float scale = 1 / (1 - d.ratio);
	const T *x = (const T *)c->in[0].p;
	T *y = (T *)c->out[0].p;
	const struct cu_env *env = c->env;

	return each_wide<full<T>::n>(c->stream, count(&c->out[0]),
	    is_aligned(x, y) && !l.nhwc, [=] DEV(auto w, size_t i) {
		    constexpr int W = decltype(w)::n;
		    const size_t first = l.plain(i);
		    floats<W> v = take<W>(x, i);
		    struct words b;

		    for (int k = 0; k < W; k++) {
			    if (k % 4 == 0)
				    b = philox(env->seed, d.stream,
					env->iteration << 32 |
					    (first + (size_t)k) / 4);
			    v.v[k] = word_at(b,
					 W > 1 ? (unsigned)k % 4
					       : (unsigned)(first % 4)) < limit
				? 0
				: v.v[k] * scale;
		    }
		    put(y, i, v);
	    });
}

extern "C" int
cu_dropout(const struct cu_call *c)
{
	return BY_TYPE(c, dropout);
}

/* A table (outer, rows, d) and what its index may be. */
struct table {
	size_t outer, rows, d;
	bool from_end;
};

static struct table
table_of(const struct cu_call *c, const struct shape *t)
{
	const struct op_gather *a = &c->op->a.gather;

	return { count_axes(t, 0, a->axis), (size_t)t->d[a->axis],
		count_axes(t, a->axis + 1, t->n), a->from_end };
}

/* A bad index: remembered for the host, and row 0 taken. */
DEVFN size_t
row_at(float v, const struct table &t, struct cu_env *env, int op)
{
	if (v > -1 && v < (float)t.rows)
		return (size_t)v;
	if (t.from_end && v <= -1 && v > -(float)t.rows - 1)
		return t.rows - (size_t)-v;
	env->value = v;
	env->bad_op = op + 1;
	return 0;
}

extern "C" int
cu_gather(const struct cu_call *c)
{
	const struct table t = table_of(c, c->in[0].s);
	const float *x = (const float *)c->in[0].p;
	const float *index = (const float *)c->in[1].p;
	float *y = (float *)c->out[0].p;
	struct cu_env *env = c->env;
	const size_t n = count(&c->in[1]);
	const struct split by_d = split_by(t.d), by_n = split_by(n);
	const int op = c->index;

	return each(c->stream, t.outer * n * t.d, [=] DEV(size_t i) {
		size_t at, k, o = by_n.apart(by_d.apart(i, &at), &k);

		y[i] = x[(o * t.rows + row_at(index[k], t, env, op)) * t.d +
		    at];
	});
}

/* A group for each row of the table, which sums what points to it, in order. */
extern "C" int
cu_gather_grad(const struct cu_call *c)
{
	const struct table t = table_of(c, c->out[0].s);
	const size_t n = count(&c->in[1]), d = t.d;
	const float *dy = (const float *)c->in[0].p;
	const float *index = (const float *)c->in[1].p;
	float *y = (float *)c->out[0].p;
	struct cu_env *env = c->env;
	const int op = c->index;

	return groups(c->stream, t.outer * t.rows, d < n ? n : d,
	    [=] DEV(size_t i, const struct group &b) {
		    const size_t o = i / t.rows, row = i % t.rows;
		    float first = -(float)n;

		    for (size_t k = b.tid; k < n; k += b.size)
			    if (row_at(index[k], t, env, op) == row)
				    first = fmaxf(first, -(float)k);
		    first = n < 1 << 24 ? -b.max(first) : 0; /* exact */
		    for (size_t m = b.tid; m < d; m += b.size) {
			    float sum = 0;

			    for (size_t k = (size_t)first; k < n; k++)
				    if (row_at(index[k], t, env, op) == row)
					    sum += dy[(o * n + k) * d + m];
			    y[i * d + m] = sum;
		    }
	    });
}

/* Item i goes to the place of the selected ones before it. */
DEVFN size_t
selected(const float *selector, size_t n)
{
	size_t kept = 0;

	for (size_t k = 0; k < n; k++)
		kept += selector[k] != 0;
	return kept;
}

extern "C" int
cu_filter(const struct cu_call *c)
{
	const struct shape *s = c->in[0].s;
	const size_t item = count_axes(s, 1, s->n), n = (size_t)s->d[0];
	const float *x = (const float *)c->in[0].p;
	const float *selector = (const float *)c->in[1].p;
	float *y = (float *)c->out[0].p, *total = (float *)c->out[1].p;

	TRY(clear(c->stream, y, n * item * sizeof(float)));
	TRY(each(c->stream, 1,
	    [=] DEV(size_t i) { total[i] = (float)selected(selector, n); }));
	return each(c->stream, n * item, [=] DEV(size_t i) {
		if (selector[i / item] != 0)
			y[selected(selector, i / item) * item + i % item] =
			    x[i];
	});
}

extern "C" int
cu_filter_grad(const struct cu_call *c)
{
	const struct shape *s = c->out[0].s;
	const size_t item = count_axes(s, 1, s->n), n = (size_t)s->d[0];
	const float *dy = (const float *)c->in[0].p;
	const float *selector = (const float *)c->in[1].p;
	float *dx = (float *)c->out[0].p;

	return each(c->stream, n * item, [=] DEV(size_t i) {
		dx[i] = selector[i / item] == 0
		    ? 0
		    : dy[selected(selector, i / item) * item + i % item];
	});
}
