/*
 * Inputs on their way to the device.
 *
 * They go from pinned memory on a stream of their own into one of few stages on
 * the device, from where the main stream takes them; so the copy over the bus
 * passes beside the run before.  Three events order that: a copy begins when the
 * main stream is done with the stage, the main stream goes on when the copy is
 * there, pinned memory is written again when it has been copied.  The host waits
 * for the last alone.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cuda/rt_int.h"

enum { STAGES = 2, MARKS = 16 };

/* Where inputs arrive; used: the main stream has taken them. */
struct stage {
	void *there;
	cudaEvent_t used;
	bool busy;
};

struct slot {
	void *pinned;
	cudaEvent_t copied;
	bool sent;
};

/* The main stream came to the end of its work, and could go on. */
struct mark {
	cudaEvent_t end, go;
	bool open, closed;
};

struct rt_ring {
	struct cu_rt *rt;
	int depth;
	struct slot *slots;
	struct stage stage[STAGES];
	int now; /* the stage of the latest send */
	struct mark mark[MARKS];
	int at; /* the latest mark */
	double idle;
};

static int
event(cudaEvent_t *e, unsigned flags)
{
	return cu_failed((int)cudaEventCreateWithFlags(e, flags), "event");
}

static void
drop_event(cudaEvent_t e)
{
	if (e != NULL)
		cudaEventDestroy(e);
}

static int
record(cudaEvent_t e, cudaStream_t s)
{
	return cu_failed((int)cudaEventRecord(e, s), "copy");
}

static int
follow(cudaStream_t s, cudaEvent_t e)
{
	return cu_failed((int)cudaStreamWaitEvent(s, e, 0), "copy");
}

static int
copy_ahead(struct cu_rt *rt, void *to, const void *from, size_t bytes)
{
	return cu_failed((int)cudaMemcpyAsync(to, from, bytes,
			     cudaMemcpyHostToDevice, rt->copies),
	    "copy to the device");
}

int
rt_feeds_open(struct cu_rt *rt)
{
	for (int i = 0; i < FEED_SLOTS; i++) {
		TRY(event(&rt->feed[i].copied, cudaEventDisableTiming));
		TRY(event(&rt->feed[i].used, cudaEventDisableTiming));
	}
	return 0;
}

void
rt_feeds_close(struct cu_rt *rt)
{
	for (int i = 0; i < FEED_SLOTS; i++) {
		struct feed *f = &rt->feed[i];

		cudaFreeHost(f->pinned);
		cudaFree(f->there);
		drop_event(f->copied);
		drop_event(f->used);
	}
}

static int
widen_buffers(struct feed *f, size_t bytes)
{
	if (f->size >= bytes)
		return 0;
	if (f->busy)
		TRY(cu_failed((int)cudaEventSynchronize(f->used), "copy"));
	cudaFreeHost(f->pinned);
	cudaFree(f->there);
	f->pinned = f->there = NULL;
	f->size = 0;
	f->busy = false;
	TRY(cu_failed((int)cudaMallocHost(&f->pinned, bytes),
	    "pinned memory for inputs"));
	TRY(cu_failed((int)cudaMalloc(&f->there, bytes), "memory for inputs"));
	f->size = bytes;
	return 0;
}

int
rt_feed(struct cu_rt *rt, const void *from, size_t bytes, void **there)
{
	struct feed *f;

	rt->next = (rt->next + 1) % FEED_SLOTS;
	f = &rt->feed[rt->next];
	TRY(widen_buffers(f, bytes));
	if (f->busy) {
		TRY(cu_failed((int)cudaEventSynchronize(f->copied), "copy"));
		TRY(follow(rt->copies, f->used));
	}
	memcpy(f->pinned, from, bytes);
	TRY(copy_ahead(rt, f->there, f->pinned, bytes));
	TRY(record(f->copied, rt->copies));
	TRY(follow(rt->stream, f->copied));
	*there = f->there;
	return 0;
}

int
rt_feed_done(struct cu_rt *rt)
{
	struct feed *f = &rt->feed[rt->next];

	f->busy = true;
	return record(f->used, rt->stream);
}

size_t
rt_feeding(const struct cu_rt *rt, size_t bytes)
{
	(void)rt;
	return STAGES * bytes;
}

static int
open_ring(struct rt_ring *r, size_t bytes)
{
	for (int i = 0; i < MARKS; i++) {
		TRY(event(&r->mark[i].end, cudaEventDefault));
		TRY(event(&r->mark[i].go, cudaEventDefault));
	}
	for (int i = 0; i < STAGES; i++) {
		TRY(event(&r->stage[i].used, cudaEventDisableTiming));
		TRY(rt_alloc(
		    r->rt, &r->stage[i].there, bytes, "a step's inputs"));
	}
	for (int i = 0; i < r->depth; i++) {
		struct slot *s = &r->slots[i];

		/* Who waits for a copy has nothing better to do: asleep. */
		TRY(event(&s->copied,
		    cudaEventDisableTiming | cudaEventBlockingSync));
		TRY(cu_failed((int)cudaMallocHost(&s->pinned, bytes),
		    "pinned memory for a step's inputs"));
		memset(s->pinned, 0, bytes);
	}
	/* The zeros that rt_alloc writes must not meet the first copy. */
	return rt_sync(r->rt);
}

int
rt_ring_new(struct cu_rt *rt, struct rt_ring **out, int depth, size_t bytes)
{
	struct rt_ring *r = mem_new(struct rt_ring);
	int rc;

	*out = NULL;
	r->rt = rt;
	r->depth = depth;
	r->slots = mem_array(struct slot, (size_t)depth);
	rc = open_ring(r, bytes > 0 ? bytes : 1);
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
	cudaStreamSynchronize(r->rt->copies);
	cudaStreamSynchronize(r->rt->stream);
	for (int i = 0; i < r->depth; i++) {
		cudaFreeHost(r->slots[i].pinned);
		drop_event(r->slots[i].copied);
	}
	for (int i = 0; i < STAGES; i++) {
		cudaFree(r->stage[i].there);
		drop_event(r->stage[i].used);
	}
	for (int i = 0; i < MARKS; i++) {
		drop_event(r->mark[i].end);
		drop_event(r->mark[i].go);
	}
	mem_free(r->slots);
	mem_free(r);
}

void *
rt_ring_slot(struct rt_ring *r, int slot)
{
	return r->slots[slot].pinned;
}

int
rt_ring_wait(struct rt_ring *r, int slot)
{
	struct slot *s = &r->slots[slot];

	if (!s->sent)
		return 0;
	s->sent = false;
	return cu_failed((int)cudaEventSynchronize(s->copied), "copy");
}

/* Closed long enough ago, or its copy was there before the stream was: 0. */
static void
count_mark(struct rt_ring *r, struct mark *m)
{
	float ms = 0;

	if (m->closed &&
	    cudaEventElapsedTime(&ms, m->end, m->go) == cudaSuccess)
		r->idle += (double)ms / 1000;
	else
		cudaGetLastError(); /* not yet: no failure */
	m->open = m->closed = false;
}

int
rt_ring_mark(struct rt_ring *r)
{
	struct mark *m;

	r->at = (r->at + 1) % MARKS;
	m = &r->mark[r->at];
	count_mark(r, m);
	m->open = true;
	return record(m->end, r->rt->stream);
}

double
rt_ring_idle(struct rt_ring *r)
{
	for (int i = 0; i < MARKS; i++) {
		struct mark *m = &r->mark[i];

		if (m->closed && cudaEventQuery(m->go) == cudaSuccess)
			count_mark(r, m);
	}
	cudaGetLastError();
	return r->idle;
}

int
rt_ring_send(struct rt_ring *r, int slot, const struct rt_span *spans, int n,
    void **there)
{
	struct slot *s = &r->slots[slot];
	struct mark *m = &r->mark[r->at];
	struct stage *g;

	r->now = (r->now + 1) % STAGES;
	g = &r->stage[r->now];
	if (g->busy)
		TRY(follow(r->rt->copies, g->used));
	for (int i = 0; i < n; i++)
		if (spans[i].bytes > 0)
			TRY(copy_ahead(r->rt, (char *)g->there + spans[i].at,
			    (const char *)s->pinned + spans[i].at,
			    spans[i].bytes));
	TRY(record(s->copied, r->rt->copies));
	s->sent = true;
	TRY(follow(r->rt->stream, s->copied));
	*there = g->there;
	if (!m->open)
		return 0;
	m->open = false;
	m->closed = true;
	return record(m->go, r->rt->stream);
}

int
rt_ring_done(struct rt_ring *r)
{
	struct stage *g = &r->stage[r->now];

	g->busy = true;
	return record(g->used, r->rt->stream);
}
