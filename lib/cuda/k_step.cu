/*
 * Around the ops of a step: what is new for it goes into cu_env, and the losses
 * that it made are noted where the host finds them later.
 */
#include "cuda/each.cuh"
#include "cuda/vote.h"

#include <float.h>
#include <math.h>

extern "C" int
cu_begin(struct cu_env *env, const struct cu_start *start, void *stream)
{
	const struct cu_start q = *start;

	return each(stream, 1, [=] DEV(size_t i) {
		env[i].iteration = q.iteration;
		env[i].slot = q.slot;
		env[i].rates = q.rates;
	});
}

DEVFN float
value_at(const struct cu_metric &w, size_t i)
{
	if (w.type == CU_F32)
		return load((const float *)w.p, i);
	if (w.type == CU_BF16)
		return load((const bf16_t *)w.p, i);
	return load((const f16_t *)w.p, i);
}

/* A group for each tensor.  That several may halt the plan at once does no
 * harm: they all write the same. */
extern "C" int
cu_note(struct cu_env *env, const struct cu_metric *v, int n, size_t largest,
    struct cu_ring *ring, void *stream)
{
	float *sums = (float *)(ring + 1);
	const size_t tensors = (size_t)n;

	return groups(
	    stream, tensors, largest, [=] DEV(size_t k, const struct group &b) {
		    const struct cu_metric w = v[k];
		    float sum = 0;

		    for (size_t i = b.tid; i < w.n; i += b.size)
			    sum += value_at(w, i);
		    sum = b.sum(sum);
		    if (b.tid != 0)
			    return;
		    sums[(size_t)env->slot * tensors + k] = sum;
		    if ((w.halts && !(fabsf(sum) <= FLT_MAX)) ||
			env->bad_op != 0)
			    env->halted = 1;
		    ring->bad_op = env->bad_op;
		    ring->value = env->value;
	    });
}

extern "C" int
cu_vote(const struct cu_env *env, float *vote, void *stream)
{
	return each(stream, 1,
	    [=] DEV(size_t i) { vote[i] = env->halted != 0 ? 1.0F : 0.0F; });
}

extern "C" int
cu_heed(struct cu_env *env, const float *vote, const struct cu_metric *v,
    int n, struct cu_ring *ring, void *stream)
{
	float *sums = (float *)(ring + 1);

	return each(stream, 1, [=] DEV(size_t i) {
		if (vote[i] == 0)
			return;
		env->halted = 1;
		for (int k = 0; ring != NULL && k < n; k++)
			if (v[k].halts)
				sums[env->slot * n + k] = NAN;
	});
}
