/*
 * Conversions put together: a run needs its parameters in other forms than the
 * master weights have, and brings gradients home; small ones by the hundred,
 * each of which would cost more to launch than to do.  Those of parameters
 * become the first step of the plan, those of gradients the last: or, where
 * ranks exchange gradients while backward runs, a step each time there is
 * enough of them to send.
 */
#include "cuda/plan.h"

#include <string.h>

/* As much as reduce.c sends at once. */
#define ENOUGH ((size_t)8 << 20)

/* Some op of the run writes this PARAM (a running mean). */
static bool
written(const struct cu_plan *p, int t)
{
	for (int i = 0; i < graph_ops(p->base.graph); i++) {
		const struct op *op = graph_op(p->base.graph, i);

		for (int k = 0; k < op->nin && graph_op_updates(op); k++)
			if (op->in[k] == t)
				return true;
	}
	return false;
}

static void
cast_step(struct cu_plan *p, struct cu_together *c)
{
	struct cu_casts *q = arena_take(p->mem, sizeof(*q));
	struct cu_view *v = mem_array(struct cu_view, (size_t)(2 * c->n) + 1);
	int *t = mem_array(int, (size_t)c->n + 1);
	bool *scaled = arena_take(p->mem, (size_t)c->n + 1);
	struct cu_step *s;

	for (int i = 0; i < c->n; i++) {
		v[i] = c->v[i].from;
		v[c->n + i] = c->v[i].to;
		t[i] = c->v[i].t;
		scaled[i] = c->v[i].scaled;
	}
	s = cu_step_new(p, cu_cast, c->n, v, t, c->n, v + c->n, t);
	*q = (struct cu_casts){ .scaled = scaled };
	s->call.op = NULL;
	s->call.extra = q;
	s->backward = c == &p->grad_casts;
	s->prologue = !s->backward && !p->low.train;
	c->n = 0;
	c->bytes = 0;
	mem_free(v);
	mem_free(t);
}

static void
keep_cast(struct cu_together *c, const struct cu_cast_of *one, size_t bytes)
{
	mem_grow(&c->v, &c->cap, (size_t)c->n + 1);
	c->v[c->n++] = *one;
	c->bytes += bytes;
}

bool
cu_cast_take(struct cu_plan *p, int t, const struct cu_view *from,
    const struct cu_view *to, bool scaled)
{
	const struct cu_cast_of one = { t, *from, *to, scaled };
	const int root = p->low.v[t].root;
	const struct shape *s = cu_shape(p, t);

	if (!cu_cast_takes(s, from->form, to->form))
		return false;
	if (graph_tensor(p->base.graph, t)->kind == TENSOR_GRAD &&
	    to->buf == p->vals[t].home.buf) {
		keep_cast(&p->grad_casts, &one, shape_count(s) * sizeof(float));
		if (p->reducer != NULL && p->grad_casts.bytes >= ENOUGH)
			cast_step(p, &p->grad_casts);
		return true;
	}
	if (graph_tensor(p->base.graph, root)->kind != TENSOR_PARAM ||
	    from->buf != p->vals[root].home.buf || written(p, root))
		return false;
	keep_cast(&p->param_casts, &one, 0);
	return true;
}

void
cu_cast_read(struct cu_plan *p, int t)
{
	for (int i = 0; i < p->grad_casts.n; i++)
		if (p->grad_casts.v[i].t == t) {
			cast_step(p, &p->grad_casts);
			return;
		}
}

void
cu_cast_end(struct cu_plan *p)
{
	struct cu_step first;

	if (p->grad_casts.n > 0)
		cast_step(p, &p->grad_casts);
	if (p->param_casts.n == 0)
		return;
	cast_step(p, &p->param_casts);
	first = p->steps[p->nsteps - 1];
	memmove(p->steps + 1, p->steps, (p->nsteps - 1) * sizeof(*p->steps));
	p->steps[0] = first;
}

static void
drop_cast(void *extra)
{
	struct cu_casts *q = extra;

	rt_free(q->rt, q->table);
}

int
cu_cast_bring(struct cu_plan *p)
{
	for (size_t i = 0; i < p->nsteps; i++) {
		struct cu_step *s = &p->steps[i];
		struct cu_casts *q = s->call.extra;
		size_t size;
		char *all;
		int rc;

		if (s->run != cu_cast)
			continue;
		q->rt = p->rt;
		s->drop = drop_cast;
		cu_cast_cut(&s->call, NULL, &size);
		all = mem_array(char, size + 1);
		q->n = cu_cast_cut(&s->call, all, &size);
		rc = rt_alloc(p->rt, &q->table, size, "tables of conversions");
		if (rc == 0)
			rc = rt_upload(p->rt, q->table, all, size);
		mem_free(all);
		if (rc < 0)
			return rc;
	}
	return 0;
}
