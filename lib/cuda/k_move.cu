/*
 * Kernels that move boxes of numbers: conversions between forms, joining,
 * cutting, permuting, broadcasting.  Each is one strided copy, of which there
 * are three kinds: 16 bytes at a time where both sides go on together, tiles
 * through shared memory where they run across each other, else one by one in
 * the order of the output.  All read and write an element once.
 */
#include "cuda/wide.cuh"

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

/* Where element i of a box, or of some of its axes, lies on either side. */
struct walker {
	int n;
	struct split size[SHAPE_MAX];
	size_t from[SHAPE_MAX], to[SHAPE_MAX];

	MEMBER void
	find(size_t i, size_t *f, size_t *t) const
	{
		*f = *t = 0;
		for (int k = n - 1; k >= 0; k--) {
			size_t at;

			i = size[k].apart(i, &at);
			*f += at * from[k];
			*t += at * to[k];
		}
	}
};

static void
walker_add(struct walker *w, size_t size, size_t from, size_t to)
{
	w->size[w->n] = split_by(size);
	w->from[w->n] = from;
	w->to[w->n++] = to;
}

static size_t
box_count(const struct box &b)
{
	size_t n = 1;

	for (int k = 0; k < b.n; k++)
		n *= b.size[k];
	return n;
}

/* What a gradient's scale is taken off by. */
DEVFN float
factor(const struct cu_env *env)
{
	return env != NULL ? 1 / env->scale : 1;
}

/* Elements in the order of the output, W (of a row) at a time. */
template <int W, class A, class B>
static int
copy_rows(void *stream, const struct box &b, const A *x, B *y,
    const struct cu_env *env)
{
	struct walker w;

	w.n = 0;
	for (int k = 0; k < b.n; k++)
		walker_add(&w, b.size[k] / (k == b.n - 1 ? W : 1),
		    b.from[k] * (k == b.n - 1 ? W : 1),
		    b.to[k] * (k == b.n - 1 ? W : 1));
	return each(stream, box_count(b) / W, [=] DEV(size_t i) {
		const float by = factor(env);
		size_t f, t;

		w.find(i, &f, &t);
		put(y, t, map(fetch<W>(x, f), [=](float v) { return v * by; }));
	});
}

template <int W, class A, class B>
static int
copy_straight(
    void *stream, size_t n, const A *x, B *y, const struct cu_env *env)
{
	return each_wide<W>(
	    stream, n, is_aligned(x, y), [=] DEV(auto w, size_t i) {
		    const float by = factor(env);

		    put(y, i, map(fetch<decltype(w)::n>(x, i), [=](float v) {
			    return v * by;
		    }));
	    });
}

/* Elements of a tile, BLOCK / TILE for each thread in flight. */
enum { TILE = 2048 };

/* A box whose output goes along axis a and input along axis b. */
struct crossing {
	/* sizes; steps of the input along a, of the output along b */
	size_t a, b, from, to;
	struct split ta, tb;   /* sizes of a tile */
	struct split tiles_a, tiles_b;
	unsigned pitch;
	struct walker rest;
};

static struct crossing
crossing_of(const struct box &b, int along, bool half)
{
	const int last = b.n - 1;
	struct crossing q;
	size_t ta = half ? 64 : 32, tb;

	q.a = b.size[last];
	q.b = b.size[along];
	q.from = b.from[last];
	q.to = b.to[along];
	if (q.b < TILE / ta)
		ta = TILE / q.b;
	if (ta > q.a)
		ta = q.a;
	tb = TILE / ta < q.b ? TILE / ta : q.b;
	q.ta = split_by(ta);
	q.tb = split_by(tb);
	q.tiles_a = split_by((q.a + ta - 1) / ta);
	q.tiles_b = split_by((q.b + tb - 1) / tb);
	q.pitch = (unsigned)tb | 1;
	q.rest.n = 0;
	for (int k = 0; k < last; k++)
		if (k != along)
			walker_add(&q.rest, b.size[k], b.from[k], b.to[k]);
	return q;
}

/* Tiles: in along b, out along a; an odd pitch keeps banks apart. */
template <class A, class B>
static int
copy_across(void *stream, const struct box &b, int along, const A *x, B *y,
    const struct cu_env *env)
{
	const struct crossing q = crossing_of(b, along, sizeof(B) == 2);
	const size_t tiles = q.tiles_a.d * q.tiles_b.d;
	const unsigned in_tile = (unsigned)(q.ta.d * q.tb.d);

	return groups_of(stream, box_count(b) / (q.a * q.b) * tiles, BLOCK,
	    q.ta.d * q.pitch * sizeof(float),
	    [=] DEV(size_t i, const struct group &g) {
		    const float by = factor(env);
		    float *room = g.room<float>();
		    size_t a0, b0, f, t, row, at;

		    i = q.tiles_b.apart(q.tiles_a.apart(i, &a0), &b0);
		    q.rest.find(i, &f, &t);
		    a0 *= q.ta.d;
		    b0 *= q.tb.d;
#ifndef CU_HOST
#pragma unroll 8
#endif
		    for (unsigned e = (unsigned)g.tid; e < in_tile;
			 e += BLOCK) {
			    row = q.tb.apart(e, &at);
			    if (a0 + row < q.a && b0 + at < q.b)
				    room[row * q.pitch + at] = fetch<1>(
					x, f + (a0 + row) * q.from + b0 + at)
								   .v[0];
		    }
		    g.sync();
		    for (unsigned e = (unsigned)g.tid; e < in_tile;
			 e += BLOCK) {
			    row = q.ta.apart(e, &at);
			    if (b0 + row < q.b && a0 + at < q.a)
				    store(y, t + (b0 + row) * q.to + a0 + at,
					room[at * q.pitch + row] * by);
		    }
	    });
}

/* Do all rows of a box begin on multiples of w, on both sides? */
static bool
in_steps(const struct box &b, size_t w)
{
	if (b.size[b.n - 1] % w != 0)
		return false;
	for (int k = 0; k < b.n - 1; k++)
		if (b.from[k] % w != 0 || b.to[k] % w != 0)
			return false;
	return true;
}

template <class A, class B>
static int
box_copy_as(const struct cu_call *c, const struct box &b, const void *src,
    size_t src_at, void *dst, size_t dst_at, const struct cu_env *env)
{
	enum { W = sizeof(A) + sizeof(B) == 8 ? 4 : 8 };
	const A *x = (const A *)src + src_at;
	B *y = (B *)dst + dst_at;
	const int last = b.n - 1;

	if (b.n == 0)
		return copy_straight<W>(c->stream, 1, x, y, env);
	if (b.to[last] == 1 && b.from[last] == 1) {
		if (b.n == 1)
			return copy_straight<W>(
			    c->stream, b.size[0], x, y, env);
		if (is_aligned(x, y) && in_steps(b, W))
			return copy_rows<W>(c->stream, b, x, y, env);
	} else if (b.to[last] == 1) {
		for (int k = 0; k < last; k++)
			if (b.from[k] == 1)
				return copy_across(c->stream, b, k, x, y, env);
	}
	return copy_rows<1>(c->stream, b, x, y, env);
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

/* in -> out: the same tensor in another form, without the scale it carries; of
 * more channels than out has, the first (cu_widen). */
extern "C" int
cu_convert(const struct cu_call *c)
{
	const struct cu_arg *x = &c->in[0], *y = &c->out[0];
	struct box b;

	b.n = x->s->n;
	strides_of(x->s, x->form, b.from);
	strides_of(y->s, y->form, b.to);
	for (int i = 0; i < b.n; i++)
		b.size[i] = (size_t)y->s->d[i];
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
