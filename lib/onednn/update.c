/*
 * The solver's update, in the parameters' own layouts.
 *
 * History takes its parameter's layout at the first update.  Padding is zero
 * and stays zero under every rule.  The arithmetic is graph/update.h's, on
 * pieces that the threads share out; clipping needs the norm of all gradients
 * and is done first.  LAMB has norms per parameter and takes them whole.
 */
#include "onednn/plan.h"
#include "onednn/kern.h"

#include <math.h>

#include "graph/update.h"

enum { PIECE = 1 << 11 }; /* elements taken at a time: in the first cache */

/* Tensor t where it lies: its view, in the plan that holds it, and memory. */
static struct od_view *
where(struct od_plan *p, int t, struct od_plan **owner, float **at)
{
	struct od_val *v = &p->vals[t];

	*owner = p;
	if (v->owner != NULL) {
		*owner = v->owner;
		v = &v->owner->vals[v->owner_id];
	}
	*at = (*owner)->bufs[v->home.buf].ptr;
	return &v->home;
}

/* Give a history tensor the layout of its parameter. */
static int
match(struct od_plan *p, struct od_view *h, const struct od_md *md)
{
	struct od_buf *b = &p->bufs[h->buf];
	struct od_md plain = od_plain_of(md, dnnl_f32);
	struct od_md from = h->md;
	void *to = NULL;
	int rc;

	if (od_same(&h->md, md))
		return 0;
	if (od_is_plain(&h->md))
		from = plain;
	rc = mem_take(&to, 1, od_size(md), (size_t)1 << 40, "history");
	if (rc == 0)
		memset(to, 0, od_size(md));
	if (rc == 0)
		rc = od_reorder_now(p, &from, b->ptr, md, to);
	if (rc < 0) {
		mem_free(to);
		return rc;
	}
	h->md = *md;
	if (od_size(md) <= b->at.size) {
		memcpy(b->ptr, to, od_size(md));
		mem_free(to);
		return 0;
	}
	if (b->own)
		mem_free(b->ptr);
	b->own = true;
	b->ptr = to;
	b->at.size = od_size(md);
	return 0;
}

static int
gather_params(struct od_plan *p, const struct update *u, struct update_host *h)
{
	struct od_view *w, *g, *s;
	struct od_plan *owner;
	int i, k;

	for (i = 0; i < u->n; i++) {
		const struct update_param *q = &u->params[i];

		w = where(p, q->param, &owner, &h[i].w);
		h[i].n = od_size(&w->md) / sizeof(float);
		g = w; /* a frozen parameter has no gradient */
		if (q->grad >= 0)
			g = where(p, q->grad, &owner, &h[i].g);
		if (!od_same(&w->md, &g->md))
			return err_set(ERR_UNSUPPORTED,
			    "tensor %d is not the gradient of %d", q->grad,
			    q->param);
		for (k = 0; k < 2; k++) {
			h[i].h[k] = NULL;
			if (q->history[k] < 0)
				continue;
			s = where(p, q->history[k], &owner, &h[i].h[k]);
			TRY(match(owner, s, &w->md));
			h[i].h[k] = owner->bufs[s->buf].ptr;
		}
	}
	return 0;
}

OD_CLONES static double
sum_squares(const float *x, size_t n)
{
	double acc[8] = { 0 }, sum = 0;
	size_t i, l;

	for (i = 0; i + 8 <= n; i += 8)
		for (l = 0; l < 8; l++)
			acc[l] += (double)x[i + l] * (double)x[i + l];
	for (; i < n; i++)
		acc[0] += (double)x[i] * (double)x[i];
	for (l = 0; l < 8; l++)
		sum += acc[l];
	return sum;
}

OD_CLONES static void
scale(float *x, size_t n, float by)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] *= by;
}

/* Pieces of all parameters, as parameters of their own. */
struct pieces {
	struct update_host *host;
	struct update_param *param;
	double *squares;
	size_t n;
};

static void
cut_pieces(struct pieces *c, const struct update *u,
    const struct update_host *h, size_t piece)
{
	size_t i, at, n = 0;

	for (i = 0; i < (size_t)u->n; i++)
		n += (h[i].n + piece - 1) / piece;
	c->host = mem_array(struct update_host, n + 1);
	c->param = mem_array(struct update_param, n + 1);
	c->squares = mem_array(double, n + 1);
	c->n = 0;
	for (i = 0; i < (size_t)u->n; i++) {
		for (at = 0; at < h[i].n; at += piece) {
			struct update_host *q = &c->host[c->n];
			int k;

			q->n = h[i].n - at < piece ? h[i].n - at : piece;
			q->w = h[i].w + at;
			q->g = h[i].g == NULL ? NULL : h[i].g + at;
			for (k = 0; k < 2; k++)
				q->h[k] =
				    h[i].h[k] == NULL ? NULL : h[i].h[k] + at;
			c->param[c->n++] = u->params[i];
		}
	}
}

/* The factor that clips all gradients, 1 when they are small enough. */
static float
clip_factor(const struct update *u, struct pieces *c)
{
	double sum = 0;
	size_t i;

#pragma omp parallel for schedule(static)
	for (i = 0; i < c->n; i++)
		if (c->host[i].g != NULL)
			c->squares[i] = c->host[i].g == NULL
			    ? 0
			    : sum_squares(c->host[i].g, c->host[i].n);
	for (i = 0; i < c->n; i++)
		sum += c->squares[i];
	return sqrt(sum) > (double)u->clip
	    ? (float)((double)u->clip / sqrt(sum))
	    : 1;
}

int
od_update(struct plan *base, const struct update *u)
{
	struct od_plan *p = (struct od_plan *)base;
	struct update_host *h = mem_array(struct update_host, (size_t)u->n + 1);
	struct pieces c = { 0 };
	struct update one = *u;
	float by = 1;
	size_t i;
	int rc;

	omp_set_num_threads(p->dev->threads);
	rc = gather_params(p, u, h);
	if (rc < 0)
		goto done;
	cut_pieces(&c, u, h, u->fn == UPDATE_LAMB ? SIZE_MAX / 2 : PIECE);
	if (u->clip > 0)
		by = clip_factor(u, &c);
	one.clip = 0;
	one.n = 1;
#pragma omp parallel for schedule(static) firstprivate(one)
	for (i = 0; i < c.n; i++) {
		one.params = &c.param[i];
		if (by != 1 && c.host[i].g != NULL)
			scale(c.host[i].g, c.host[i].n, by);
		update_on_host(&one, &c.host[i], NULL);
	}
	for (; p != NULL; p = p->share)
		p->version++;
done:
	mem_free(c.host);
	mem_free(c.param);
	mem_free(c.squares);
	mem_free(h);
	return rc;
}
