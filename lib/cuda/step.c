/* Steps, and where buffers lie: those of the arena by graph/place.h, an elementwise
 * step writing over an input that ends there; the fixed ones one after the other. */
#include "cuda/plan.h"

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
		s->prologue = !p->low.train && graph_is_prologue(g, p->now);
	}
	return s;
}

static void
live(struct cu_plan *p, const int *bufs, int n, int step)
{
	for (int i = 0; i < n; i++)
		if (bufs[i] != CU_NONE)
			place_use(&p->bufs[bufs[i]].at, step);
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
	struct place_block *y;

	if (mask == 0 || s->out[0] == CU_NONE)
		return;
	y = &p->bufs[s->out[0]].at;
	for (int k = 0; k < c->nin && k < 32; k++) {
		struct place_block *x;

		if (s->in[k] == CU_NONE || (mask >> k & 1) == 0)
			continue;
		x = place_root(&p->bufs[s->in[k]].at);
		if (x->size == y->size &&
		    c->in[k].form.type == c->out[0].form.type &&
		    c->in[k].form.nhwc == c->out[0].form.nhwc &&
		    shape_same(c->in[k].s, c->out[0].s) && place_over(y, x, i))
			return;
	}
}

static size_t
aligned(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static void
put_fixed(struct cu_plan *p, struct cu_buf *b)
{
	if (b->at.offset != SIZE_MAX)
		return;
	b->at.offset = p->fixed_size;
	p->fixed_size += aligned(b->at.size);
}

static void
find_offsets(struct cu_plan *p)
{
	struct place_block **all =
	    mem_array(struct place_block *, p->nbufs + 1);

	for (int i = 0; p->ngrads > 0 && i <= p->ngrads; i++)
		put_fixed(p, &p->bufs[cu_reduce_buf(p, i)]);
	for (size_t i = 0; i < p->nbufs; i++) {
		struct cu_buf *b = &p->bufs[i];

		all[i] = &b->at;
		if (b->at.fixed && !b->borrowed)
			put_fixed(p, b);
	}
	p->block_size = place_arena(all, p->nbufs, ALIGN);
	mem_free(all);
}

static void
point_args(struct cu_plan *p, struct cu_step *s)
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

		if (p->low.v[p->low.v[t].root].kept && v->home.buf != CU_NONE)
			place_keep(&p->bufs[v->home.buf].at);
	}
	cu_reduce_order(
	    p); /* the last to make a buffer: none moves from here on */
	for (size_t i = 0; i < p->nsteps; i++)
		in_place(p, (int)i);
	find_offsets(p);
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

		const size_t offset = place_root(&b->at)->offset;

		if (!b->borrowed && offset != SIZE_MAX)
			b->ptr = (char *)(b->at.fixed ? p->fixed : p->block) +
			    offset;
	}
	for (size_t i = 0; i < p->nsteps; i++)
		point_args(p, &p->steps[i]);
	cu_reduce_cut(p);
	return 0;
}
