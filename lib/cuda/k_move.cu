/*
 * Kernels that move numbers: conversions between forms, joining, cutting,
 * permuting, broadcasting, gathering, dropping, filtering.  Most are one strided
 * copy of a box.
 */
#include "cuda/each.cuh"

extern "C" {
#include "graph/op.h"
}

/* A box of up to SHAPE_MAX axes, walked in the order of the output's bytes. */
struct box {
	int n;
	size_t size[SHAPE_MAX], from[SHAPE_MAX], to[SHAPE_MAX];
};

/* Axes that lie as one on both sides become one; axes of 1 go. */
static void
box_simplify(struct box *b)
{
	struct box r;

	r.n = 0;
	for (int i = 0; i < b->n; i++) {
		if (b->size[i] == 1)
			continue;
		if (r.n > 0 && r.from[r.n - 1] == b->from[i] * b->size[i] &&
		    r.to[r.n - 1] == b->to[i] * b->size[i]) {
			r.size[r.n - 1] *= b->size[i];
			r.from[r.n - 1] = b->from[i];
			r.to[r.n - 1] = b->to[i];
			continue;
		}
		r.size[r.n] = b->size[i];
		r.from[r.n] = b->from[i];
		r.to[r.n] = b->to[i];
		r.n++;
	}
	*b = r;
}

/* Sort the axes so that neighbouring threads write neighbouring bytes. */
static void
box_order(struct box *b)
{
	for (int i = 1; i < b->n; i++)
		for (int k = i; k > 0 && b->to[k] > b->to[k - 1]; k--) {
			const size_t s = b->size[k], f = b->from[k],
				     t = b->to[k];

			b->size[k] = b->size[k - 1];
			b->from[k] = b->from[k - 1];
			b->to[k] = b->to[k - 1];
			b->size[k - 1] = s;
			b->from[k - 1] = f;
			b->to[k - 1] = t;
		}
}

template <class A, class B>
static int
box_copy_as(const struct cu_call *c, const struct box &b, const void *src,
    size_t src_at, void *dst, size_t dst_at, const struct cu_env *env)
{
	const A *x = (const A *)src + src_at;
	B *y = (B *)dst + dst_at;
	size_t n = 1;

	for (int k = 0; k < b.n; k++)
		n *= b.size[k];
	return each(c->stream, n, [=] DEV(size_t i) {
		const float off = env != NULL ? 1 / env->scale : 1;
		size_t f = 0, t = 0;

		for (int k = b.n - 1; k >= 0; k--) {
			const size_t at = i % b.size[k];

			f += at * b.from[k];
			t += at * b.to[k];
			i /= b.size[k];
		}
		store(y, t, load(x, f) * off);
	});
}

template <class A>
static int
box_copy_from(const struct cu_call *c, const struct box &b, const void *src,
    size_t src_at, enum cu_type to, void *dst, size_t dst_at,
    const struct cu_env *env)
{
	if (to == CU_F32)
		return box_copy_as<A, float>(
		    c, b, src, src_at, dst, dst_at, env);
	if (to == CU_BF16)
		return box_copy_as<A, bf16_t>(
		    c, b, src, src_at, dst, dst_at, env);
	return box_copy_as<A, f16_t>(c, b, src, src_at, dst, dst_at, env);
}

static int
box_copy(const struct cu_call *c, struct box b, enum cu_type from,
    const void *src, size_t src_at, enum cu_type to, void *dst, size_t dst_at,
    const struct cu_env *env)
{
	box_order(&b);
	box_simplify(&b);
	if (from == CU_F32)
		return box_copy_from<float>(
		    c, b, src, src_at, to, dst, dst_at, env);
	if (from == CU_BF16)
		return box_copy_from<bf16_t>(
		    c, b, src, src_at, to, dst, dst_at, env);
	return box_copy_from<f16_t>(c, b, src, src_at, to, dst, dst_at, env);
}

/* in -> out: the same tensor in another form, without the scale it carries. */
extern "C" int
cu_convert(const struct cu_call *c)
{
	const struct cu_arg *x = &c->in[0], *y = &c->out[0];
	struct box b;

	b.n = x->s->n;
	strides_of(x->s, x->form, b.from);
	strides_of(x->s, y->form, b.to);
	for (int i = 0; i < b.n; i++)
		b.size[i] = (size_t)x->s->d[i];
	return box_copy(c, b, x->form.type, x->p, 0, y->form.type, y->p, 0,
	    c->scaled ? c->env : NULL);
}

extern "C" int
cu_concat(const struct cu_call *c)
{
	const int axis = c->op->a.axis;
	const struct cu_arg *y = &c->out[0];
	size_t at = 0;

	for (int k = 0; k < c->nin; k++) {
		const struct cu_arg *x = &c->in[k];
		struct box b;

		b.n = x->s->n;
		strides_of(x->s, x->form, b.from);
		strides_of(y->s, y->form, b.to);
		for (int i = 0; i < b.n; i++)
			b.size[i] = (size_t)x->s->d[i];
		TRY(box_copy(c, b, x->form.type, x->p, 0, y->form.type, y->p,
		    at * b.to[axis], NULL));
		at += (size_t)x->s->d[axis];
	}
	return 0;
}

extern "C" int
cu_slice(const struct cu_call *c)
{
	const struct op_slice *s = &c->op->a.slice;
	const struct cu_arg *x = &c->in[0], *y = &c->out[0];
	struct box b;
	size_t at = 0;

	b.n = y->s->n;
	strides_of(x->s, x->form, b.from);
	strides_of(y->s, y->form, b.to);
	for (int i = 0; i < b.n; i++) {
		b.size[i] = (size_t)y->s->d[i];
		at += (size_t)s->start[i] * b.from[i];
	}
	return box_copy(
	    c, b, x->form.type, x->p, at, y->form.type, y->p, 0, NULL);
}

static size_t
type_size(enum cu_type t)
{
	return t == CU_F32 ? 4 : 2;
}

extern "C" int
cu_pad(const struct cu_call *c)
{
	const struct op_slice *s = &c->op->a.slice;
	const struct cu_arg *x = &c->in[0], *y = &c->out[0];
	struct box b;
	size_t at = 0;

	TRY(clear(c->stream, y->p, count(y) * type_size(y->form.type)));
	b.n = x->s->n;
	strides_of(x->s, x->form, b.from);
	strides_of(y->s, y->form, b.to);
	for (int i = 0; i < b.n; i++) {
		b.size[i] = (size_t)x->s->d[i];
		at += (size_t)s->start[i] * b.to[i];
	}
	return box_copy(
	    c, b, x->form.type, x->p, 0, y->form.type, y->p, at, NULL);
}

extern "C" int
cu_permute(const struct cu_call *c)
{
	const int *order = c->op->a.permute.order;
	const struct cu_arg *x = &c->in[0], *y = &c->out[0];
	size_t from[SHAPE_MAX];
	struct box b;

	b.n = y->s->n;
	strides_of(x->s, x->form, from);
	strides_of(y->s, y->form, b.to);
	for (int i = 0; i < b.n; i++) {
		b.from[i] = from[order[i]];
		b.size[i] = (size_t)y->s->d[i];
	}
	return box_copy(
	    c, b, x->form.type, x->p, 0, y->form.type, y->p, 0, NULL);
}

extern "C" int
cu_broadcast(const struct cu_call *c)
{
	const struct cu_arg *x = &c->in[0], *y = &c->out[0];
	struct box b;

	b.n = y->s->n;
	for (int i = 0; i < SHAPE_MAX; i++)
		b.from[i] = 0;
	if (x->s->n > 0)
		strides_of(x->s, x->form, b.from);
	strides_of(y->s, y->form, b.to);
	for (int i = 0; i < b.n; i++) {
		b.size[i] = (size_t)y->s->d[i];
		if (x->s->n == 0 || x->s->d[i] == 1)
			b.from[i] = 0;
	}
	return box_copy(
	    c, b, x->form.type, x->p, 0, y->form.type, y->p, 0, NULL);
}

/* Philox4x32-10 (base/rng.h), word `word` of the block. */
DEVFN uint32_t
philox(uint64_t seed, uint64_t stream, uint64_t counter, unsigned word)
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
	return word == 0 ? c0 : word == 1 ? c1 : word == 2 ? c2 : c3;
}

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

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		const size_t k = l.plain(i);
		const uint32_t word = philox(env->seed, d.stream,
		    env->iteration << 32 | k / 4, (unsigned)(k % 4));

		store(y, i, word < limit ? 0 : load(x, i) * scale);
	});
}

extern "C" int
cu_dropout(const struct cu_call *c)
{
	return BY_TYPE(c, dropout);
}

/* A bad index: remembered for the host, and row 0 taken. */
DEVFN size_t
row_at(float v, size_t rows, struct cu_env *env, int op)
{
	if (v > -1 && v < (float)rows)
		return (size_t)v;
	env->value = v;
	env->bad_op = op + 1;
	return 0;
}

extern "C" int
cu_gather(const struct cu_call *c)
{
	const size_t d = count_axes(c->in[0].s, 1, c->in[0].s->n);
	const size_t rows = (size_t)c->in[0].s->d[0];
	const float *x = (const float *)c->in[0].p;
	const float *index = (const float *)c->in[1].p;
	float *y = (float *)c->out[0].p;
	struct cu_env *env = c->env;
	const int op = c->index;

	return each(c->stream, count(&c->in[1]) * d, [=] DEV(size_t i) {
		const size_t row = row_at(index[i / d], rows, env, op);

		y[i] = x[row * d + i % d];
	});
}

/* Each place of the table sums what points to it, in order. */
extern "C" int
cu_gather_grad(const struct cu_call *c)
{
	const struct shape *t = c->out[0].s;
	const size_t d = count_axes(t, 1, t->n), rows = (size_t)t->d[0];
	const size_t n = count(&c->in[1]);
	const float *dy = (const float *)c->in[0].p;
	const float *index = (const float *)c->in[1].p;
	float *y = (float *)c->out[0].p;
	struct cu_env *env = c->env;
	const int op = c->index;

	return each(c->stream, rows * d, [=] DEV(size_t i) {
		float sum = 0;

		for (size_t k = 0; k < n; k++)
			if (row_at(index[k], rows, env, op) == i / d)
				sum += dy[k * d + i % d];
		y[i] = sum;
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
