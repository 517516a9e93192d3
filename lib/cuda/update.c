/*
 * The solver's update: the table of pieces goes to the device when it changes,
 * then one launch does them all.
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
cut(struct cu_plan *p, const struct update *u, size_t *count)
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

/* The table on the device, if it is not there already. */
static int
bring(struct cu_plan *p, const struct update *u)
{
	const size_t size = sizeof(struct cu_piece);
	struct cu_piece *all;
	void *there = NULL, *scratch = NULL;
	size_t n;
	int rc;

	all = cut(p, u, &n);
	if (p->pieces != NULL && n == p->npieces &&
	    memcmp(all, p->pieces, n * size) == 0) {
		mem_free(all);
		return 0;
	}
	rc = rt_alloc(p->rt, &there, n * size, "the solver's table");
	if (rc == 0)
		rc = rt_alloc(p->rt, &scratch,
		    cu_update_scratch(n, (size_t)u->n) * sizeof(float),
		    "the solver's sums");
	if (rc == 0)
		rc = rt_upload(p->rt, there, all, n * size);
	if (rc < 0) {
		rt_free(p->rt, there);
		rt_free(p->rt, scratch);
		mem_free(all);
		return rc;
	}
	rt_free(p->rt, p->pieces_there);
	rt_free(p->rt, p->update_scratch);
	mem_free(p->pieces);
	p->pieces = all;
	p->pieces_there = there;
	p->update_scratch = scratch;
	p->npieces = n;
	return 0;
}

int
cu_update_plan(struct plan *base, const struct update *u)
{
	struct cu_plan *p = (struct cu_plan *)base;
	const double t = (double)u->iteration + 1;
	const double rest1 = 1 - pow((double)u->momentum, t);
	const double rest2 = 1 - pow((double)u->momentum2, t);
	struct cu_update c;

	if (u->n == 0)
		return 0;
	TRY(rt_use(p->rt));
	TRY(bring(p, u));
	c = (struct cu_update){
		.fn = (int)u->fn,
		.l1 = u->l1,
		.own = u->fn == UPDATE_ADAMW || u->fn == UPDATE_LAMB,
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
		.pieces = p->pieces_there,
		.n = (int)p->npieces,
		.params = u->n,
		.scratch = p->update_scratch,
	};
	for (struct cu_plan *q = p; q != NULL; q = q->share)
		q->version++;
	return p->npieces > 0 ? cu_update_all(&c, rt_stream(p->rt)) : 0;
}
