/*
 * The solvers: graph/update.c, in the same order of float operations (built
 * without contraction of products and sums), all pieces of all parameters in
 * one launch.
 */
#include "cuda/each.cuh"

extern "C" {
#include "graph/backend.h"
}

extern "C" size_t
cu_update_scratch(size_t pieces, size_t params)
{
	return 2 * pieces + 2 * params + 2;
}

/* What one piece needs, as struct rule of graph/update.c. */
struct rule {
	float scale, decay, own_decay, rate;
};

DEVFN float
toward_zero(bool l1, float w)
{
	return l1 ? (float)((w > 0) - (w < 0)) : w;
}

DEVFN float
gradient(const struct cu_update &u, const struct rule &r,
    const struct cu_piece &p, size_t i)
{
	float g = p.g != NULL ? p.g[i] : 0;

	if (r.scale != 1)
		g *= r.scale;
	if (u.average != 1)
		g *= u.average;
	if (r.decay != 0)
		g += r.decay * toward_zero(u.l1, p.w[i]);
	return g;
}

DEVFN void
adam(const struct cu_update &u, const struct rule &r, const struct cu_piece &p,
    size_t i, float g)
{
	const float h0 = (1 - u.momentum) * g + u.momentum * p.h0[i];
	const float h1 =
	    (1 - u.momentum2) * (g * g) + u.momentum2 * p.h1[i];

	p.h0[i] = h0;
	p.h1[i] = h1;
	p.w[i] -= r.rate * u.correct * (h0 / (sqrtf(h1) + u.delta));
}

DEVFN void
adadelta(const struct cu_update &u, const struct rule &r,
    const struct cu_piece &p, size_t i, float g)
{
	const float rest = 1 - u.momentum;
	const float h0 = rest * (g * g) + u.momentum * p.h0[i];
	const float step = g * sqrtf((u.delta + p.h1[i]) / (u.delta + h0));

	p.h0[i] = h0;
	p.h1[i] = rest * (step * step) + u.momentum * p.h1[i];
	p.w[i] -= r.rate * step;
}

/* LAMB's step, from histories that have been brought up to date. */
DEVFN float
lamb_step(const struct cu_update &u, const struct rule &r,
    const struct cu_piece &p, size_t i)
{
	return p.h0[i] * u.correct1 /
	    (sqrtf(p.h1[i] * u.correct2) + u.delta) +
	    r.own_decay * toward_zero(u.l1, p.w[i]);
}

DEVFN void
step(const struct cu_update &u, const struct rule &r, const struct cu_piece &p,
    size_t i)
{
	const float g = gradient(u, r, p, i);
	const float shrink = r.rate * r.own_decay;
	float h;

	switch (u.fn) {
	case UPDATE_SGD:
		h = r.rate * g + u.momentum * p.h0[i];
		p.h0[i] = h;
		p.w[i] -= h;
		break;
	case UPDATE_NESTEROV:
		h = r.rate * g + u.momentum * p.h0[i];
		p.w[i] -= (1 + u.momentum) * h + -u.momentum * p.h0[i];
		p.h0[i] = h;
		break;
	case UPDATE_ADAGRAD:
		h = p.h0[i] + g * g;
		p.h0[i] = h;
		p.w[i] -= r.rate * (g / (sqrtf(h) + u.delta));
		break;
	case UPDATE_RMSPROP:
		h = (1 - u.rms_decay) * (g * g) + u.rms_decay * p.h0[i];
		p.h0[i] = h;
		p.w[i] -= r.rate * (g / (sqrtf(h) + u.delta));
		break;
	case UPDATE_ADADELTA: adadelta(u, r, p, i, g); break;
	case UPDATE_ADAMW:
		if (shrink != 0)
			p.w[i] -= shrink * toward_zero(u.l1, p.w[i]);
		adam(u, r, p, i, g);
		break;
	case UPDATE_ADAM: adam(u, r, p, i, g); break;
	default: /* LAMB: the histories; lamb_apply takes the step */
		p.h0[i] = (1 - u.momentum) * g + u.momentum * p.h0[i];
		p.h1[i] =
		    (1 - u.momentum2) * (g * g) + u.momentum2 * p.h1[i];
	}
}

DEVFN struct rule
rule_of(const struct cu_update &u, const struct cu_piece &p, const float *clip)
{
	const float decay = u.weight_decay * p.decay_mult;
	struct rule r;

	r.scale = u.clip > 0 ? *clip : 1;
	r.decay = u.own ? 0 : decay;
	r.own_decay = u.own ? decay : 0;
	r.rate = u.rate * p.lr_mult;
	return r;
}

/* The factor that clips all gradients, into *factor. */
static int
clip(const struct cu_update &u, float *factor, void *stream)
{
	float *part = u.scratch + 2;

	TRY(groups(stream, (size_t)u.n, CU_PIECE,
	    [=] DEV(size_t k, const struct group &b) {
		    const struct cu_piece p = u.pieces[k];
		    float sum = 0;

		    for (size_t i = b.tid; i < (size_t)p.n && p.g != NULL;
			 i += b.size)
			    sum += p.g[i] * p.g[i];
		    sum = b.sum(sum);
		    if (b.tid == 0)
			    part[k] = sum;
	    }));
	return groups(stream, 1, (size_t)u.n,
	    [=] DEV(size_t o, const struct group &b) {
		    float sum = 0, norm;

		    for (size_t k = b.tid; k < (size_t)u.n; k += b.size)
			    sum += part[k];
		    norm = sqrtf(b.sum(sum));
		    if (b.tid == 0)
			    factor[o] = norm > u.clip ? u.clip / norm : 1;
	    });
}

/* LAMB's second half: norms of weights and steps, their ratio, the step. */
static int
lamb_apply(const struct cu_update &u, const float *factor, void *stream)
{
	float *part = u.scratch + 2;
	float *trust = part + 2 * (size_t)u.n;

	TRY(groups(stream, (size_t)u.n, CU_PIECE,
	    [=] DEV(size_t k, const struct group &b) {
		    const struct cu_piece p = u.pieces[k];
		    const struct rule r = rule_of(u, p, factor);
		    float w = 0, s = 0;

		    for (size_t i = b.tid; i < (size_t)p.n; i += b.size) {
			    const float v = lamb_step(u, r, p, i);

			    w += p.w[i] * p.w[i];
			    s += v * v;
		    }
		    w = b.sum(w);
		    s = b.sum(s);
		    if (b.tid == 0) {
			    part[2 * k] = w;
			    part[2 * k + 1] = s;
		    }
	    }));
	TRY(each(stream, (size_t)u.params, [=] DEV(size_t q) {
		float w = 0, s = 0;

		for (size_t k = 0; k < (size_t)u.n; k++) {
			if (u.pieces[k].param != (int)q)
				continue;
			w += part[2 * k];
			s += part[2 * k + 1];
		}
		trust[q] = w > 0 && s > 0 ? sqrtf(w) / sqrtf(s) : 1;
	}));
	return groups(stream, (size_t)u.n, CU_PIECE,
	    [=] DEV(size_t k, const struct group &b) {
		    const struct cu_piece p = u.pieces[k];
		    const struct rule r = rule_of(u, p, factor);
		    const float by = r.rate * trust[p.param];

		    for (size_t i = b.tid; i < (size_t)p.n; i += b.size)
			    p.w[i] -= by * lamb_step(u, r, p, i);
	    });
}

extern "C" int
cu_update_all(const struct cu_update *update, void *stream)
{
	const struct cu_update u = *update;
	float *factor = u.scratch;

	if (u.clip > 0)
		TRY(clip(u, factor, stream));
	TRY(groups(stream, (size_t)u.n, CU_PIECE,
	    [=] DEV(size_t k, const struct group &b) {
		    const struct cu_piece p = u.pieces[k];
		    const struct rule r = rule_of(u, p, factor);

		    for (size_t i = b.tid; i < (size_t)p.n; i += b.size)
			    step(u, r, p, i);
	    }));
	return u.fn == UPDATE_LAMB ? lamb_apply(u, factor, stream) : 0;
}
