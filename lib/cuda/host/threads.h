/*
 * Groups of threads on this machine, as true as their order goes: every thread
 * of a group is a coroutine, which runs to the next collective (a barrier, a sum,
 * a maximum) before another goes on.  Groups, and threads from one collective to
 * the next, run in an order that is no order, so that what leans on one shows.
 *
 * Threads of a group that part ways (some wait where others have ended, or wait
 * elsewhere) are an error with a sentence.  Two threads that write one place
 * between two collectives are not found but by what comes of it.
 */
#ifndef CUDA_HOST_THREADS_H
#define CUDA_HOST_THREADS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cu_crew;

enum cu_meeting { CU_SYNC, CU_SUM, CU_MAX };

/* What thread tid of group i does. */
typedef void
cu_thread(const void *f, size_t i, size_t tid, struct cu_crew *crew);

/*
 * n groups of `threads` (a power of two), each with a room of `room` bytes, which
 * holds NaNs when a group begins.  0 or ERR_DEVICE.
 */
int cu_host_groups(
    size_t n, size_t threads, size_t room, cu_thread *run, const void *f);

/* Thread tid comes to a collective in `line` with v; what the group gets.  Sums
 * are made as on the device: lanes of 32 by halves, then warps in order. */
float cu_host_meet(
    struct cu_crew *crew, size_t tid, enum cu_meeting kind, int line, float v);
void *cu_host_room(struct cu_crew *crew);

/* Ends the program with a sentence unless so many bytes (16 counting as most) may
 * be taken at p at once. */
void cu_host_aligned(const void *p, size_t bytes);

/* The k-th of n in no particular order: which one, for k = 0..n-1. */
struct cu_order {
	size_t n, first, step;
};
struct cu_order cu_host_order(size_t n, size_t salt);

static inline size_t
cu_host_next(const struct cu_order *o, size_t at)
{
	return at >= o->n - o->step ? at - (o->n - o->step) : at + o->step;
}

#ifdef __cplusplus
}
#endif
#endif
