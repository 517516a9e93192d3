/*
 * The solvers: graph/update.c, in the same order of float operations (built
 * without contraction of products and sums), all pieces of all parameters in
 * one launch; and the moving average of parameters.
 */
#include "cuda/wide.cuh"

#include <float.h>

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
	int fn;
	bool l1;
	float scale, average, decay, own_decay, rate;
	float momentum, momentum2, delta, rms_decay;
	float correct, correct1, correct2;
};

DEVFN struct rule
rule_of(const struct cu_update &u, const struct cu_piece &p)
{
	const struct cu_rates q = u.env->rates;
	const float decay = q.weight_decay * p.decay_mult;
	struct rule r;

	r.fn = u.fn;
	r.l1 = u.l1;
	r.scale = u.clips ? u.scratch[0] : 1;
	r.average = q.average;
	r.decay = u.own ? 0 : decay;
	r.own_decay = u.own ? decay : 0;
	r.rate = q.rate * p.lr_mult;
	r.momentum = q.momentum;
	r.momentum2 = q.momentum2;
	r.delta = q.delta;
	r.rms_decay = q.rms_decay;
	r.correct = q.correct;
	r.correct1 = q.correct1;
	r.correct2 = q.correct2;
	return r;
}

/* Is this update left out?  The same for all threads. */
DEVFN bool
left_out(const struct cu_update &u)
{
	return u.env->halted != 0 || u.env->overflow != 0;
}

DEVFN float
toward_zero(bool l1, float w)
{
	return l1 ? (float)((w > 0) - (w < 0)) : w;
}

DEVFN float
gradient(const struct rule &r, const struct cu_piece &p, size_t i)
{
	float g = p.g != NULL ? p.g[i] : 0;

	if (r.scale != 1)
		g *= r.scale;
	if (r.average != 1)
		g *= r.average;
	if (r.decay != 0)
		g += r.decay * toward_zero(r.l1, p.w[i]);
	return g;
}

DEVFN void
adam(const struct rule &r, const struct cu_piece &p, size_t i, float g)
{
	const float h0 = (1 - r.momentum) * g + r.momentum * p.h0[i];
	const float h1 = (1 - r.momentum2) * (g * g) + r.momentum2 * p.h1[i];

	p.h0[i] = h0;
	p.h1[i] = h1;
	p.w[i] -= r.rate * r.correct * (h0 / (sqrtf(h1) + r.delta));
}

DEVFN void
adadelta(const struct rule &r, const struct cu_piece &p, size_t i, float g)
{
	const float rest = 1 - r.momentum;
	const float h0 = rest * (g * g) + r.momentum * p.h0[i];
	const float step = g * sqrtf((r.delta + p.h1[i]) / (r.delta + h0));

	p.h0[i] = h0;
	p.h1[i] = rest * (step * step) + r.momentum * p.h1[i];
	p.w[i] -= r.rate * step;
}

/* LAMB's step, from histories that have been brought up to date. */
DEVFN float
lamb_step(const struct rule &r, const struct cu_piece &p, size_t i)
{
	return p.h0[i] * r.correct1 / (sqrtf(p.h1[i] * r.correct2) + r.delta) +
	    r.own_decay * toward_zero(r.l1, p.w[i]);
}

DEVFN void
step(const struct rule &r, const struct cu_piece &p, size_t i)
{
	const float g = gradient(r, p, i);
	const float shrink = r.rate * r.own_decay;
	float h;

	switch (r.fn) {
	case UPDATE_SGD:
		h = r.rate * g + r.momentum * p.h0[i];
		p.h0[i] = h;
		p.w[i] -= h;
		break;
	case UPDATE_NESTEROV:
		h = r.rate * g + r.momentum * p.h0[i];
		p.w[i] -= (1 + r.momentum) * h + -r.momentum * p.h0[i];
		p.h0[i] = h;
		break;
	case UPDATE_ADAGRAD:
		h = p.h0[i] + g * g;
		p.h0[i] = h;
		p.w[i] -= r.rate * (g / (sqrtf(h) + r.delta));
		break;
	case UPDATE_RMSPROP:
		h = (1 - r.rms_decay) * (g * g) + r.rms_decay * p.h0[i];
		p.h0[i] = h;
		p.w[i] -= r.rate * (g / (sqrtf(h) + r.delta));
		break;
	case UPDATE_ADADELTA: adadelta(r, p, i, g); break;
	case UPDATE_ADAMW:
		if (shrink != 0)
			p.w[i] -= shrink * toward_zero(r.l1, p.w[i]);
		adam(r, p, i, g);
		break;
	case UPDATE_ADAM: adam(r, p, i, g); break;
	default: /* LAMB: the histories; lamb_apply takes the step */
		p.h0[i] = (1 - r.momentum) * g + r.momentum * p.h0[i];
		p.h1[i] = (1 - r.momentum2) * (g * g) + r.momentum2 * p.h1[i];
	}
}

/* Four neighbours, 16 bytes of each of what a piece has. */
DEVFN void
four_steps(const struct rule &r, const struct cu_piece &p, size_t i)
{
	const floats<4> none = same_for_all<4>(0);
	floats<4> w = take<4>(p.w, i), g = p.g != NULL ? take<4>(p.g, i) : none;
	floats<4> h0 = p.h0 != NULL ? take<4>(p.h0, i) : none;
	floats<4> h1 = p.h1 != NULL ? take<4>(p.h1, i) : none;
	struct cu_piece q = p;

	q.w = w.v;
	q.g = g.v;
	q.h0 = h0.v;
	q.h1 = h1.v;
	for (size_t k = 0; k < 4; k++)
		step(r, q, k);
	put(p.w, i, w);
	if (p.h0 != NULL)
		put(p.h0, i, h0);
	if (p.h1 != NULL)
		put(p.h1, i, h1);
}

DEVFN bool
in_fours(const struct cu_piece &p)
{
	return (((uintptr_t)p.w | (uintptr_t)p.g | (uintptr_t)p.h0 |
		    (uintptr_t)p.h1) &
		   15) == 0;
}

/* Whether the update is left out, and the scale of the gradients after it. */
DEVFN void
weigh(struct cu_env *env, float squares)
{
	env->overflow = squares <= FLT_MAX ? 0 : 1;
	if (env->halted)
		return;
	if (env->overflow) {
		env->scale = env->scale > 2 ? env->scale / 2 : 1;
		env->good = 0;
		env->skipped++;
	} else if (++env->good == PLAN_SCALE_DOUBLES) {
		if (env->scale < PLAN_SCALE_MAX)
			env->scale *= 2;
		env->good = 0;
	}
}

/*
 * One look at all gradients, as they come from other ranks too, so that all
 * decide alike: the factor that clips them, into scratch[0], and whether fp16's
 * are finite.
 */
static int
measure(const struct cu_update &u, void *stream)
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
	return groups(
	    stream, 1, (size_t)u.n, [=] DEV(size_t o, const struct group &b) {
		    const float most = u.env->rates.clip;
		    float sum = 0, norm;

		    for (size_t k = b.tid; k < (size_t)u.n; k += b.size)
			    sum += part[k];
		    sum = b.sum(sum);
		    norm = sqrtf(sum);
		    if (b.tid != 0)
			    return;
		    u.scratch[o] = norm > most ? most / norm : 1;
		    if (u.scaled)
			    weigh(u.env, sum);
	    });
}

/* LAMB's second half: norms of weights and steps, their ratio, the step. */
static int
lamb_apply(const struct cu_update &u, void *stream)
{
	float *part = u.scratch + 2;
	float *trust = part + 2 * (size_t)u.n;

	TRY(groups(stream, (size_t)u.n, CU_PIECE,
	    [=] DEV(size_t k, const struct group &b) {
		    const struct cu_piece p = u.pieces[k];
		    const struct rule r = rule_of(u, p);
		    float w = 0, s = 0;

		    for (size_t i = b.tid; i < (size_t)p.n; i += b.size) {
			    const float v = lamb_step(r, p, i);

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
		    const struct rule r = rule_of(u, p);
		    const float by = r.rate * trust[p.param];

		    if (left_out(u))
			    return;
		    for (size_t i = b.tid; i < (size_t)p.n; i += b.size)
			    p.w[i] -= by * lamb_step(r, p, i);
	    });
}

extern "C" int
cu_update_all(const struct cu_update *update, void *stream)
{
	const struct cu_update u = *update;

	if (u.n == 0)
		return 0;
	if (u.clips || u.scaled)
		TRY(measure(u, stream));
	TRY(groups(stream, (size_t)u.n, CU_PIECE,
	    [=] DEV(size_t k, const struct group &b) {
		    const struct cu_piece p = u.pieces[k];
		    const struct rule r = rule_of(u, p);

		    if (left_out(u))
			    return;
		    const size_t n = (size_t)p.n,
				 fours = in_fours(p) ? n / 4 : 0;

		    for (size_t i = b.tid; i < fours; i += b.size)
			    four_steps(r, p, 4 * i);
		    for (size_t i = 4 * fours + b.tid; i < n; i += b.size)
			    step(r, p, i);
	    }));
	return u.fn == UPDATE_LAMB ? lamb_apply(u, stream) : 0;
}

extern "C" int
cu_mix(const struct cu_env *env, float *to, const float *from, size_t n,
    float keep, void *stream)
{
	const float rest = 1 - keep;

	return each(stream, n, [=] DEV(size_t i) {
		if (env->halted)
			return;
		to[i] = keep == 0 ? from[i] : keep * to[i] + rest * from[i];
	});
}

extern "C" int
cu_swap(float *a, float *b, size_t n, void *stream)
{
	return each(stream, n, [=] DEV(size_t i) {
		const float v = a[i];

		a[i] = b[i];
		b[i] = v;
	});
}
