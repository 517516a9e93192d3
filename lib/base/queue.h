/*
 * Worker threads and an ordered pipeline.
 *
 * queue_run is what data-set creation and inference are made of: items 0,1,2…
 * are produced in order, worked on by all threads, and consumed in order by
 * the calling thread; at most `window` items are in flight, so memory stays
 * bounded whatever the number of items.
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stddef.h>

enum { QUEUE_LATER = 2 };

struct queue_job {
	void *ctx;
	/* bytes of an item's slot, zeroed before first use; slots are reused:
	 * keep buffers in them */
	size_t item_size;
	size_t window; /* slots; 0 = 4 per thread */
	int threads;   /* >= 1 */
	/* Calling thread, in order: fill the slot for item i.
	 * 1 = there is one, 0 = no more, < 0 = error, QUEUE_LATER = none just
	 * now: all items in flight are consumed, idle is called, and produce is
	 * asked again, when it may wait as long as it likes. */
	int (*produce)(void *ctx, void *slot, size_t i);
	/* Any worker thread; < 0 stops everything after the items before it
	 * were consumed. */
	int (*work)(void *ctx, void *slot, int thread);
	/* Calling thread, in order.  < 0 stops. */
	int (*consume)(void *ctx, void *slot, size_t i);
	int (*idle)(
	    void *ctx); /* calling thread, see produce; < 0 stops; or NULL */
	/* Release a slot's buffers, once; or NULL. */
	void (*clear)(void *ctx, void *slot);
};

/* 0, or the first error in item order, with its sentence. */
int queue_run(const struct queue_job *job);

/*
 * A pool for loops: fn(ctx, i, thread) for every i in 0..n-1, spread over the
 * threads of the pool; returns when all are done.  The split of i over threads
 * is static (contiguous ranges), so reductions can be made reproducible.
 */
struct pool;
int pool_new(struct pool **out, int threads);
void pool_free(struct pool *p); /* accepts NULL */
int pool_threads(const struct pool *p);
void pool_for(struct pool *p, size_t n,
    void (*fn)(void *ctx, size_t i, int thread), void *ctx);

int queue_cpus(void); /* CPUs this process may run on (affinity, cgroup) */

#endif
