/*
 * Steps and the memory plan: an elementwise step writes over an input that ends
 * there; buffers whose lives do not meet share bytes of one arena.  Largest first,
 * each at the lowest offset where no buffer that lives at the same time lies;
 * quadratic in the number of buffers, which is hundreds.
 */
#include "cuda/plan.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN ((size_t)256) /* what vector loads and the libraries want */

static void
arguments(struct cu_plan *p, int n, const struct cu_view *v, const int *t,
    struct cu_arg **args, int **bufs)
{
	*args = arena_take(p->mem, sizeof(**args) * (size_t)(n + 1));
	*bufs = arena_take(p->mem, sizeof(**bufs) * (size_t)(n + 1));
	for (int i = 0; i < n; i++) {
		(*bufs)[i] = v[i].buf;
		(*args)[i].form = v[i].form;
		(*args)[i].s = t[i] >= 0 ? cu_shape(p, t[i]) : NULL;
	}
}

struct cu_step *
cu_step_new(struct cu_plan *p, cu_kernel *run, int nin,
    const struct cu_view *in, const int *tin, int nout,
    const struct cu_view *out, const int *tout)
{
	struct graph *g = p->base.graph;
	struct cu_step *s;

	mem_grow(&p->steps, &p->capsteps, p->nsteps + 1);
	s = &p->steps[p->nsteps++];
	memset(s, 0, sizeof(*s));
	s->run = run;
	s->call.graph = g;
	s->call.index = p->now;
	s->call.nin = nin;
	s->call.nout = nout;
	s->call.rt = p->rt;
	arguments(p, nin, in, tin, &s->call.in, &s->in);
	arguments(p, nout, out, tout, &s->call.out, &s->out);
	if (p->now >= 0) {
		s->call.op = graph_op(g, p->now);
		s->backward = s->call.op->stage == STAGE_BACKWARD;
		s->prologue = !p->train && graph_is_prologue(g, p->now);
	}
	return s;
}

static void
live(struct cu_plan *p, const int *bufs, int n, int step)
{
	for (int i = 0; i < n; i++) {
		struct cu_buf *b;

		if (bufs[i] == CU_NONE)
			continue;
		b = &p->bufs[bufs[i]];
		if (b->first > step)
			b->first = step;
		if (b->last < step)
			b->last = step;
	}
}

static int
root(const struct cu_plan *p, int buf)
{
	while (buf != CU_NONE && p->bufs[buf].as != CU_NONE)
		buf = p->bufs[buf].as;
	return buf;
}

/* Inputs whose bytes the step may write its one output to: its kernel takes an
 * element before it puts that element, and no other thread takes it. */
static uint32_t
overwrites(const struct cu_step *s)
{
	static const bool one_by_one[OP_KINDS] = {
		[OP_UNARY] = true,
		[OP_UNARY_GRAD] = true,
		[OP_BINARY] = true,
		[OP_SUM] = true,
		[OP_DROPOUT] = true,
		[OP_DROPOUT_GRAD] = true,
		[OP_SOFTMAX] = true,
		[OP_SOFTMAX_GRAD] = true,
	};

	if (s->call.op == NULL || s->call.nout != 1 || s->call.extra != NULL ||
	    !one_by_one[s->call.op->kind])
		return 0;
	return op_defs[s->call.op->kind].inplace;
}

/* Step i writes where an input lies that nobody reads later. */
static void
in_place(struct cu_plan *p, int i)
{
	const struct cu_step *s = &p->steps[i];
	const struct cu_call *c = &s->call;
	const uint32_t mask = overwrites(s);
	struct cu_buf *y;

	if (mask == 0 || s->out[0] == CU_NONE)
		return;
	y = &p->bufs[s->out[0]];
	if (y->fixed || y->first != i)
		return;
	for (int k = 0; k < c->nin && k < 32; k++) {
		const int r = root(p, s->in[k]);
		struct cu_buf *x = r != CU_NONE ? &p->bufs[r] : NULL;

		if (x == NULL || (mask >> k & 1) == 0 || x->fixed ||
		    x->last != i || x->size != y->size ||
		    c->in[k].form.type != c->out[0].form.type ||
		    c->in[k].form.nhwc != c->out[0].form.nhwc ||
		    !shape_same(c->in[k].s, c->out[0].s))
			continue;
		y->as = r;
		x->last = y->last;
		return;
	}
}

static int
larger(const void *a, const void *b)
{
	const struct cu_buf *x = *(struct cu_buf *const *)a;
	const struct cu_buf *y = *(struct cu_buf *const *)b;

	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return (x > y) - (x < y);
}

static int
lower(const void *a, const void *b)
{
	const struct cu_buf *x = *(struct cu_buf *const *)a;
	const struct cu_buf *y = *(struct cu_buf *const *)b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static size_t
aligned(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static void
put(struct cu_buf *b, struct cu_buf **placed, size_t n, struct cu_buf **near)
{
	size_t m = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		if (b->first <= placed[i]->last && placed[i]->first <= b->last)
			near[m++] = placed[i];
	qsort(near, m, sizeof(struct cu_buf *), lower);
	for (size_t i = 0; i < m; i++) {
		if (near[i]->offset >= at + b->size)
			break;
		if (near[i]->offset + near[i]->size > at)
			at = aligned(near[i]->offset + near[i]->size);
	}
	b->offset = at;
}

static void
put_fixed(struct cu_plan *p, struct cu_buf *b)
{
	if (b->placed)
		return;
	b->placed = true;
	b->offset = p->fixed_size;
	p->fixed_size += aligned(b->size);
}

static void
offsets(struct cu_plan *p)
{
	struct cu_buf **all = mem_array(struct cu_buf *, p->nbufs + 1);
	struct cu_buf **near = mem_array(struct cu_buf *, p->nbufs + 1);
	size_t n = 0;

	for (int i = 0; p->ngrads > 0 && i <= p->ngrads; i++)
		put_fixed(p, &p->bufs[cu_reduce_buf(p, i)]);
	for (size_t i = 0; i < p->nbufs; i++) {
		struct cu_buf *b = &p->bufs[i];

		if (b->fixed && !b->borrowed) {
			put_fixed(p, b);
		} else if (!b->fixed && b->first != INT_MAX &&
		    b->as == CU_NONE) {
			all[n++] = b;
		}
	}
	qsort(all, n, sizeof(struct cu_buf *), larger);
	for (size_t i = 0; i < n; i++) {
		put(all[i], all, i, near);
		if (p->block_size < all[i]->offset + all[i]->size)
			p->block_size = all[i]->offset + all[i]->size;
	}
	mem_free(all);
	mem_free(near);
}

static void
point(struct cu_plan *p, struct cu_step *s)
{
	for (int i = 0; i < s->call.nin; i++)
		if (s->in[i] != CU_NONE)
			s->call.in[i].p = p->bufs[s->in[i]].ptr;
	for (int i = 0; i < s->call.nout; i++)
		if (s->out[i] != CU_NONE)
			s->call.out[i].p = p->bufs[s->out[i]].ptr;
	s->call.scratch = p->scratch;
	s->call.env = p->env;
	s->call.stream = rt_stream(p->rt);
}

int
cu_place(struct cu_plan *p)
{
	void *env;

	for (size_t i = 0; i < p->nsteps; i++) {
		struct cu_step *s = &p->steps[i];

		live(p, s->in, s->call.nin, (int)i);
		live(p, s->out, s->call.nout, (int)i);
		if (p->scratch_size < s->scratch)
			p->scratch_size = s->scratch;
	}
	/* What may be read after a run lives to its end. */
	for (int t = 0; t < graph_tensors(p->base.graph); t++) {
		const struct cu_val *v = &p->vals[t];

		if (p->vals[v->root].kept && v->home.buf != CU_NONE)
			p->bufs[v->home.buf].last = INT_MAX;
	}
	for (size_t i = 0; i < p->nsteps; i++)
		in_place(p, (int)i);
	cu_reduce_order(p);
	offsets(p);
	if (p->measure)
		return 0;
	TRY(rt_alloc(p->rt, &p->fixed, p->fixed_size,
	    "parameters, inputs and gradients"));
	TRY(rt_alloc(p->rt, &p->block, p->block_size, "the net's values"));
	TRY(rt_alloc(p->rt, &p->scratch, p->scratch_size, "work space"));
	TRY(rt_alloc(p->rt, &env, sizeof(*p->env), "the run's counters"));
	p->env = env;
	for (size_t i = 0; i < p->nbufs; i++) {
		struct cu_buf *b = &p->bufs[i];

		if (!b->borrowed)
			b->ptr = (char *)(b->fixed ? p->fixed : p->block) +
			    b->offset;
	}
	for (size_t i = 0; i < p->nbufs; i++)
		if (p->bufs[i].as != CU_NONE)
			p->bufs[i].ptr = p->bufs[root(p, (int)i)].ptr;
	for (size_t i = 0; i < p->nsteps; i++)
		point(p, &p->steps[i]);
	cu_reduce_cut(p);
	return 0;
}
