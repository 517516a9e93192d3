/*
 * Inputs on their way to a device that is this machine: copied, and what is done
 * with them spoiled, so that nobody reads them before or after.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"
#include "cuda/rt.h"

struct rt_ring {
	int depth;
	size_t bytes;
	void **slots;
	void *there;
	double marked, idle; /* 0: no mark */
};

/* One thread uses a device at a time; this is the copy between the two calls. */
static void *copied;

int
rt_feed(struct cu_rt *rt, const void *from, size_t bytes, void **there)
{
	(void)rt;
	TRY(mem_take(&copied, bytes + 1, 1, SIZE_MAX, "an input"));
	memcpy(copied, from, bytes);
	*there = copied;
	return 0;
}

int
rt_feed_done(struct cu_rt *rt)
{
	(void)rt;
	mem_free(copied);
	copied = NULL;
	return 0;
}

size_t
rt_feeding(const struct cu_rt *rt, size_t bytes)
{
	(void)rt;
	(void)bytes;
	return 0;
}

int
rt_ring_new(struct cu_rt *rt, struct rt_ring **out, int depth, size_t bytes)
{
	struct rt_ring *r = mem_new(struct rt_ring);
	int rc;

	(void)rt;
	*out = NULL;
	r->depth = depth;
	r->bytes = bytes;
	r->slots = mem_array(void *, (size_t)depth);
	rc = mem_take(&r->there, bytes + 1, 1, SIZE_MAX, "a step's inputs");
	for (int i = 0; i < depth && rc >= 0; i++) {
		rc = mem_take(
		    &r->slots[i], bytes + 1, 1, SIZE_MAX, "a step's inputs");
		if (rc >= 0)
			memset(r->slots[i], 0, bytes);
	}
	if (rc < 0) {
		rt_ring_free(r);
		return rc;
	}
	*out = r;
	return 0;
}

void
rt_ring_free(struct rt_ring *r)
{
	if (r == NULL)
		return;
	for (int i = 0; i < r->depth; i++)
		mem_free(r->slots[i]);
	mem_free(r->slots);
	mem_free(r->there);
	mem_free(r);
}

void *
rt_ring_slot(struct rt_ring *r, int slot)
{
	return r->slots[slot];
}

int
rt_ring_wait(struct rt_ring *r, int slot)
{
	(void)r;
	(void)slot;
	return 0;
}

int
rt_ring_send(struct rt_ring *r, int slot, const struct rt_span *spans, int n,
    void **there)
{
	memset(r->there, 0xff, r->bytes);
	for (int i = 0; i < n; i++)
		memcpy((char *)r->there + spans[i].at,
		    (char *)r->slots[slot] + spans[i].at, spans[i].bytes);
	if (r->marked > 0)
		r->idle += stop_clock() - r->marked;
	r->marked = 0;
	*there = r->there;
	return 0;
}

int
rt_ring_done(struct rt_ring *r)
{
	memset(r->there, 0xff, r->bytes);
	return 0;
}

int
rt_ring_mark(struct rt_ring *r)
{
	r->marked = stop_clock();
	return 0;
}

double
rt_ring_idle(struct rt_ring *r)
{
	return r->idle;
}
