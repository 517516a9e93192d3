/*
 * Ranks halt together: kernels of k_step.cu for reduce.c.  Each rank gives whether
 * it is halted, 0 or 1; of the mean over ranks it is told whether any is.  Then it
 * is halted as well, and what halts was noted as not a number, at the same step on
 * all of them.  0 or an error sentence; nothing waits.
 */
#ifndef CUDA_VOTE_H
#define CUDA_VOTE_H

#include "cuda/kern.h"

#ifdef __cplusplus
extern "C" {
#endif

int cu_vote(const struct cu_env *env, float *vote, void *stream);
/* v, n: what is watched; ring: its notes, or NULL */
int cu_heed(struct cu_env *env, const float *vote, const struct cu_metric *v,
    int n, struct cu_ring *ring, void *stream);

#ifdef __cplusplus
}
#endif
#endif
