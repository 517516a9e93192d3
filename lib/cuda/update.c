/*
 * The solver's update: the table of pieces goes to the device when it changes,
 * the numbers with each step (struct cu_rates); then one launch does them all.
 */
#include "cuda/plan.h"

#include <math.h>
#include <string.h>

float *
cu_where(struct cu_plan *p, int t)
{
	return p->bufs[p->vals[t].home.buf].ptr;
}

static struct cu_piece *
cut_pieces(struct cu_plan *p, const struct update *u, size_t *count)
{
	struct cu_piece *all;
	size_t n = 0;

	for (int i = 0; i < u->n; i++)
		n +=
		    shape_count(cu_shape(p, u->params[i].param)) / CU_PIECE + 1;
	all = mem_array(struct cu_piece, n + 1);
	n = 0;
	for (int i = 0; i < u->n; i++) {
		const struct update_param *q = &u->params[i];
		const size_t total = shape_count(cu_shape(p, q->param));
		float *w = cu_where(p, q->param);
		float *g = q->grad >= 0 ? cu_where(p, q->grad) : NULL;
		float *h[2] = { NULL, NULL };

		for (int k = 0; k < 2; k++)
			if (q->history[k] >= 0)
				h[k] = cu_where(p, q->history[k]);
		for (size_t at = 0; at < total; at += CU_PIECE) {
			const size_t rest = total - at;
			struct cu_piece *c = &all[n++];

			c->w = w + at;
			c->g = g != NULL ? g + at : NULL;
			c->h0 = h[0] != NULL ? h[0] + at : NULL;
			c->h1 = h[1] != NULL ? h[1] + at : NULL;
			c->n = (int)(rest < CU_PIECE ? rest : CU_PIECE);
			c->param = i;
			c->lr_mult = q->lr_mult;
			c->decay_mult = q->decay_mult;
		}
	}
	*count = n;
	return all;
}

void
cu_update_free(struct cu_plan *p)
{
	rt_free(p->rt, p->pieces);
	rt_free(p->rt, p->update_scratch);
	mem_free(p->params);
	p->pieces = NULL;
	p->update_scratch = NULL;
	p->params = NULL;
}

/* The table onto the device, in place of another. */
static int
bring(struct cu_plan *p, const struct update *u, size_t *pieces)
{
	struct cu_piece *all = cut_pieces(p, u, pieces);
	const size_t size = *pieces * sizeof(*all);
	void *there = NULL, *scratch = NULL;
	int rc;

	cu_update_free(p);
	rc = rt_alloc(p->rt, &there, size, "the solver's table");
	p->pieces = there;
	if (rc == 0)
		rc = rt_alloc(p->rt, &scratch,
		    cu_update_scratch(*pieces, (size_t)u->n) * sizeof(float),
		    "the solver's sums");
	p->update_scratch = scratch;
	if (rc == 0 && size > 0)
		rc = rt_upload(p->rt, there, all, size);
	mem_free(all);
	if (rc < 0)
		return rc;
	p->params = mem_array(struct update_param, (size_t)u->n + 1);
	memcpy(p->params, u->params, (size_t)u->n * sizeof(*u->params));
	return 0;
}

static bool
own_decay(const struct update *u)
{
	return u->fn == UPDATE_ADAMW || u->fn == UPDATE_LAMB;
}

/* Is p->update still that of u, but for its numbers? */
static bool
same_update(const struct cu_plan *p, const struct update *u)
{
	const struct cu_update *c = &p->update;

	return p->params != NULL && c->params == u->n && c->fn == (int)u->fn &&
	    c->l1 == u->l1 && c->clips == (u->clip > 0) &&
	    memcmp(p->params, u->params, (size_t)u->n * sizeof(*u->params)) ==
	    0;
}

static int
make_update(struct cu_plan *p, const struct update *u)
{
	size_t n;

	TRY(rt_sync(p->rt));
	cu_forget(p, CU_UPDATES);
	TRY(bring(p, u, &n));
	p->update = (struct cu_update){
		.fn = (int)u->fn,
		.l1 = u->l1,
		.own = own_decay(u),
		.clips = u->clip > 0,
		.scaled = p->scaled,
		.pieces = p->pieces,
		.n = (int)n,
		.params = u->n,
		.scratch = p->update_scratch,
		.env = p->env,
	};
	return 0;
}

/* PARAMs are others than the prologues of plans that share them know. */
static void
changed(struct cu_plan *p)
{
	for (; p != NULL; p = p->share)
		p->version++;
}

int
cu_update_prepare(struct cu_plan *p, const struct update *u, struct cu_rates *r)
{
	const double t = (double)u->iteration + 1;
	const double rest1 = 1 - pow((double)u->momentum, t);
	const double rest2 = 1 - pow((double)u->momentum2, t);

	if (!same_update(p, u))
		TRY(make_update(p, u));
	*r = (struct cu_rates){
		.rate = u->rate,
		.average = u->iter_size > 1 ? 1.0F / (float)u->iter_size : 1,
		.momentum = u->momentum,
		.momentum2 = u->momentum2,
		.delta = u->delta,
		.rms_decay = u->rms_decay,
		.clip = u->clip,
		.weight_decay = u->weight_decay,
		.correct = (float)(sqrt(rest2) / rest1),
		.correct1 = (float)(1 / rest1),
		.correct2 = (float)(1 / rest2),
	};
	changed(p);
	return 0;
}

/* Alone, after a run. */
int
cu_update_plan(struct plan *base, const struct update *u)
{
	struct cu_plan *p = (struct cu_plan *)base;
	struct cu_start b = { .iteration = p->iteration };

	if (u->n == 0)
		return 0;
	TRY(rt_use(p->rt));
	TRY(cu_update_prepare(p, u, &b.rates));
	TRY(cu_begin(p->env, &b, rt_stream(p->rt)));
	return cu_update_all(&p->update, rt_stream(p->rt));
}

int
cu_mix_plan(struct plan *base, int to, int from, float keep)
{
	struct cu_plan *p = (struct cu_plan *)base;

	TRY(rt_use(p->rt));
	changed(p);
	return cu_mix(p->env, cu_where(p, to), cu_where(p, from),
	    shape_count(cu_shape(p, to)), keep, rt_stream(p->rt));
}

int
cu_swap_plan(struct plan *base, int a, int b)
{
	struct cu_plan *p = (struct cu_plan *)base;

	TRY(rt_use(p->rt));
	changed(p);
	return cu_swap(cu_where(p, a), cu_where(p, b),
	    shape_count(cu_shape(p, a)), rt_stream(p->rt));
}
