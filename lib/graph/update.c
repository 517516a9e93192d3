/*
 * The solvers, in float and in Caffe's order of operations (sgd_solver.cpp and
 * its neighbours), so that trajectories agree; AdamW (Loshchilov and Hutter
 * 2019) and LAMB (You et al. 2020) besides.
 *
 * Work is cut into pieces of PIECE elements whatever the number of threads, and
 * sums over pieces are added in order, so that the result is one.  The compiler
 * may use vectors (each element is independent) but, in C11 mode, contracts
 * nothing: one rounding per operation, as Caffe's vector calls have it.
 */
#include "graph/update.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/mem.h"
#include "base/queue.h"

/* A piece of all its arrays stays in a core's second cache. */
enum { PIECE = 1 << 14, BLOCK = 1 << 10 };

/* Loops over elements are made for several instruction sets; the results are
 * the same. */
#define UPDATE_CLONES CLONES("avx512f", "avx2", "default")

/* What one parameter's rule needs, worked out once per update. */
struct rule {
	float scale;   /* of the gradient: clipping */
	float average; /* 1 / iter_size, applied after it */
	float decay;   /* weight decay added to the gradient; 0: none */
	bool l1;
	float rate; /* rate * lr_mult */
	float momentum, momentum2, delta, rms_decay;
	float correct;            /* Adam's bias correction of the rate */
	float correct1, correct2; /* 1 / (1 - beta^t), for LAMB */
	float own_decay;          /* AdamW, LAMB: decay outside the gradient */
	float trust;              /* LAMB */
};

/* A piece of one parameter. */
struct piece {
	float *w, *g, *h0, *h1;
	size_t n;
	double sum[2]; /* of squares: gradient; LAMB: weights, step */
	int param;
};

struct work {
	const struct update *u;
	const struct rule *rules;
	struct piece *pieces;
	size_t npieces;
	void (*before)(const struct rule *r, struct piece *p); /* or NULL */
	void (*rule)(const struct rule *r, struct piece *p);
};

/*
 * The rules copy what they read of struct rule and struct piece, so that the
 * compiler need not fear that a store changes it.
 */

/* Steps 1 to 3 of struct update on one piece. */
UPDATE_CLONES static void
prepare(const struct rule *r, struct piece *p)
{
	float *restrict g = p->g;
	const float *restrict w = p->w;

	if (r->scale != 1)
		for (size_t i = 0; i < p->n; i++)
			g[i] *= r->scale;
	if (r->average != 1)
		for (size_t i = 0; i < p->n; i++)
			g[i] *= r->average;
	if (r->decay == 0)
		return;
	if (r->l1) {
		for (size_t i = 0; i < p->n; i++)
			g[i] += r->decay * (float)((w[i] > 0) - (w[i] < 0));
	} else {
		for (size_t i = 0; i < p->n; i++)
			g[i] += r->decay * w[i];
	}
}

UPDATE_CLONES static void
sgd(const struct rule *r, struct piece *p)
{
	const struct rule q = *r;
	const size_t n = p->n;
	float *restrict w = p->w, *restrict h = p->h0;
	const float *restrict g = p->g;

	for (size_t i = 0; i < n; i++) {
		h[i] = q.rate * g[i] + q.momentum * h[i];
		w[i] -= h[i];
	}
}

UPDATE_CLONES static void
nesterov(const struct rule *r, struct piece *p)
{
	const struct rule q = *r;
	const size_t n = p->n;
	float *restrict w = p->w, *restrict h = p->h0;
	const float *restrict g = p->g;
	const float ahead = 1 + q.momentum;

	for (size_t i = 0; i < n; i++) {
		const float old = h[i];

		h[i] = q.rate * g[i] + q.momentum * old;
		w[i] -= ahead * h[i] + -q.momentum * old;
	}
}

UPDATE_CLONES static void
adagrad(const struct rule *r, struct piece *p)
{
	const struct rule q = *r;
	const size_t n = p->n;
	float *restrict w = p->w, *restrict h = p->h0;
	const float *restrict g = p->g;

	for (size_t i = 0; i < n; i++) {
		h[i] += g[i] * g[i];
		w[i] -= q.rate * (g[i] / (sqrtf(h[i]) + q.delta));
	}
}

UPDATE_CLONES static void
rmsprop(const struct rule *r, struct piece *p)
{
	const struct rule q = *r;
	const size_t n = p->n;
	float *restrict w = p->w, *restrict h = p->h0;
	const float *restrict g = p->g;
	const float rest = 1 - q.rms_decay;

	for (size_t i = 0; i < n; i++) {
		h[i] = rest * (g[i] * g[i]) + q.rms_decay * h[i];
		w[i] -= q.rate * (g[i] / (sqrtf(h[i]) + q.delta));
	}
}

/* h0: mean square of gradients, h1: of updates. */
UPDATE_CLONES static void
adadelta(const struct rule *r, struct piece *p)
{
	const struct rule q = *r;
	const size_t n = p->n;
	float *restrict w = p->w, *restrict h0 = p->h0, *restrict h1 = p->h1;
	const float *restrict g = p->g;
	const float rest = 1 - q.momentum;

	for (size_t i = 0; i < n; i++) {
		float step;

		h0[i] = rest * (g[i] * g[i]) + q.momentum * h0[i];
		step = g[i] * sqrtf((q.delta + h1[i]) / (q.delta + h0[i]));
		h1[i] = rest * (step * step) + q.momentum * h1[i];
		w[i] -= q.rate * step;
	}
}

/* h0: mean, h1: mean square. */
UPDATE_CLONES static void
adam(const struct rule *r, struct piece *p)
{
	const struct rule q = *r;
	const size_t n = p->n;
	float *restrict w = p->w, *restrict h0 = p->h0, *restrict h1 = p->h1;
	const float *restrict g = p->g;
	const float rest1 = 1 - q.momentum, rest2 = 1 - q.momentum2;
	const float rate = q.rate * q.correct;

	for (size_t i = 0; i < n; i++) {
		h0[i] = rest1 * g[i] + q.momentum * h0[i];
		h1[i] = rest2 * (g[i] * g[i]) + q.momentum2 * h1[i];
		w[i] -= rate * (h0[i] / (sqrtf(h1[i]) + q.delta));
	}
}

static float
toward_zero(bool l1, float w)
{
	return l1 ? (float)((w > 0) - (w < 0)) : w;
}

/* As Adam, with weights that decay beside the gradient. */
UPDATE_CLONES static void
adamw(const struct rule *r, struct piece *p)
{
	float *restrict w = p->w;
	const float shrink = r->rate * r->own_decay;

	for (size_t i = 0; i < p->n && shrink != 0; i++)
		w[i] -= shrink * toward_zero(r->l1, w[i]);
	adam(r, p);
}

/* In eight sums, so that it is done with vectors, the same on all machines. */
UPDATE_CLONES static double
sum_squares(const float *x, size_t n)
{
	double part[8] = { 0 }, sum = 0;
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		for (size_t k = 0; k < 8; k++)
			part[k] += (double)x[i + k] * (double)x[i + k];
	for (; i < n; i++)
		part[0] += (double)x[i] * (double)x[i];
	for (size_t k = 0; k < 8; k++)
		sum += part[k];
	return sum;
}

/* LAMB, first half: the histories, and the step into g; its norms. */
UPDATE_CLONES static void
lamb_step(const struct rule *r, struct piece *p)
{
	const struct rule q = *r;
	const size_t n = p->n;
	float *restrict g = p->g, *restrict h0 = p->h0, *restrict h1 = p->h1;
	const float *restrict w = p->w;
	const float rest1 = 1 - q.momentum, rest2 = 1 - q.momentum2;

	for (size_t i = 0; i < n; i++) {
		h0[i] = rest1 * g[i] + q.momentum * h0[i];
		h1[i] = rest2 * (g[i] * g[i]) + q.momentum2 * h1[i];
		g[i] =
		    h0[i] * q.correct1 / (sqrtf(h1[i] * q.correct2) + q.delta) +
		    q.own_decay * toward_zero(q.l1, w[i]);
	}
	p->sum[0] = sum_squares(w, n);
	p->sum[1] = sum_squares(g, n);
}

UPDATE_CLONES static void
lamb_apply(const struct rule *r, struct piece *p)
{
	const struct rule q = *r;
	const size_t n = p->n;
	for (size_t i = 0; i < n; i++)
		p->w[i] -= q.rate * q.trust * p->g[i];
}

static void (*const rules[UPDATE_KINDS])(
    const struct rule *, struct piece *) = {
	[UPDATE_SGD] = sgd,
	[UPDATE_NESTEROV] = nesterov,
	[UPDATE_ADAGRAD] = adagrad,
	[UPDATE_RMSPROP] = rmsprop,
	[UPDATE_ADADELTA] = adadelta,
	[UPDATE_ADAM] = adam,
	[UPDATE_ADAMW] = adamw,
	[UPDATE_LAMB] = lamb_step,
};

static void
square(const struct rule *r, struct piece *p)
{
	(void)r;
	p->sum[0] = sum_squares(p->g, p->n);
}

/*
 * Steps 1 to 4 on a piece, a block at a time, with the prepared gradient beside:
 * gradients are read from memory once and not written back.
 */
static void
prepare_and_rule(const struct work *w, const struct piece *p)
{
	const struct rule *r = &w->rules[p->param];
	float g[BLOCK];
	struct piece q = *p;

	for (size_t at = 0; at < p->n; at += BLOCK) {
		q.n = p->n - at < BLOCK ? p->n - at : BLOCK;
		memcpy(g, p->g + at, q.n * sizeof(*g));
		q.g = g;
		q.w = p->w + at;
		q.h0 = p->h0 != NULL ? p->h0 + at : NULL;
		q.h1 = p->h1 != NULL ? p->h1 + at : NULL;
		prepare(r, &q);
		w->rule(r, &q);
	}
}

static void
work_piece(void *ctx, size_t i, int thread)
{
	const struct work *w = ctx;
	struct piece *p = &w->pieces[i];

	(void)thread;
	if (w->before != NULL && w->u->fn != UPDATE_LAMB) {
		prepare_and_rule(w, p);
		return;
	}
	if (w->before != NULL)
		w->before(&w->rules[p->param], p);
	w->rule(&w->rules[p->param], p);
}

static void
each_piece(struct work *w, struct pool *pool,
    void (*rule)(const struct rule *, struct piece *))
{
	w->rule = rule;
	if (pool != NULL && w->npieces > 1) {
		pool_for(pool, w->npieces, work_piece, w);
		return;
	}
	for (size_t i = 0; i < w->npieces; i++)
		work_piece(w, i, 0);
}

/* No gradient counts as zeros: Caffe's histories go on without one. */
static float *
zeros(size_t n)
{
	return mem_array(float, n + 1);
}

static void
cut_blocks(struct work *w, const struct update *u, const struct update_host *h,
    float **no_grad)
{
	for (int i = 0; i < u->n; i++)
		w->npieces += (h[i].n + PIECE - 1) / PIECE;
	w->pieces = mem_array(struct piece, w->npieces + 1);
	w->npieces = 0;
	for (int i = 0; i < u->n; i++) {
		float *g = h[i].g;

		if (g == NULL)
			g = no_grad[i] = zeros(h[i].n);
		for (size_t at = 0; at < h[i].n; at += PIECE) {
			size_t n = h[i].n - at;

			w->pieces[w->npieces++] = (struct piece){
				.w = h[i].w + at,
				.g = g + at,
				.h0 = h[i].h[0] != NULL ? h[i].h[0] + at : NULL,
				.h1 = h[i].h[1] != NULL ? h[i].h[1] + at : NULL,
				.n = n < PIECE ? n : PIECE,
				.param = i,
			};
		}
	}
}

/* Caffe's ClipGradients: over all gradients as accumulated. */
static float
clip_scale(struct work *w, struct pool *pool, float clip)
{
	double sum = 0;
	float norm;

	if (!(clip > 0))
		return 1;
	each_piece(w, pool, square);
	for (size_t i = 0; i < w->npieces; i++)
		sum += w->pieces[i].sum[0];
	norm = (float)sqrt(sum);
	return norm > clip ? clip / norm : 1;
}

static struct rule
rule_of(const struct update *u, const struct update_param *q)
{
	const double t = (double)u->iteration + 1;
	const double rest1 = 1 - pow((double)u->momentum, t);
	const double rest2 = 1 - pow((double)u->momentum2, t);
	const bool own = u->fn == UPDATE_ADAMW || u->fn == UPDATE_LAMB;
	const float decay = u->weight_decay * q->decay_mult;

	return (struct rule){
		.scale = 1,
		.average = u->iter_size > 1 ? 1.0F / (float)u->iter_size : 1,
		.decay = own ? 0 : decay,
		.own_decay = own ? decay : 0,
		.l1 = u->l1,
		.rate = u->rate * q->lr_mult,
		.momentum = u->momentum,
		.momentum2 = u->momentum2,
		.delta = u->delta,
		.rms_decay = u->rms_decay,
		.correct = (float)(sqrt(rest2) / rest1),
		.correct1 = (float)(1 / rest1),
		.correct2 = (float)(1 / rest2),
	};
}

/* LAMB's trust ratio: norm of the weights over norm of the step. */
static void
set_trust(struct rule *r, int n, const struct work *w)
{
	double *sum = mem_array(double, 2 * (size_t)n + 1);

	for (size_t i = 0; i < w->npieces; i++) {
		const struct piece *p = &w->pieces[i];

		sum[2 * p->param] += p->sum[0];
		sum[2 * p->param + 1] += p->sum[1];
	}
	for (int i = 0; i < n; i++) {
		const double a = sqrt(sum[2 * i]), b = sqrt(sum[2 * i + 1]);

		r[i].trust = a > 0 && b > 0 ? (float)(a / b) : 1;
	}
	mem_free(sum);
}

void
update_on_host(
    const struct update *u, const struct update_host *p, struct pool *pool)
{
	float **no_grad = mem_array(float *, (size_t)u->n + 1);
	struct rule *r = mem_array(struct rule, (size_t)u->n + 1);
	struct work w = { .u = u, .rules = r };
	float scale;

	cut_blocks(&w, u, p, no_grad);
	scale = clip_scale(&w, pool, u->clip);
	for (int i = 0; i < u->n; i++) {
		r[i] = rule_of(u, &u->params[i]);
		r[i].scale = scale;
	}
	w.before = prepare;
	each_piece(&w, pool, rules[u->fn]);
	w.before = NULL;
	if (u->fn == UPDATE_LAMB) {
		set_trust(r, u->n, &w);
		each_piece(&w, pool, lamb_apply);
	}
	for (int i = 0; i < u->n; i++)
		mem_free(no_grad[i]);
	mem_free(no_grad);
	mem_free(r);
	mem_free(w.pieces);
}
