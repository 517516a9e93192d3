/*
 * The ordered pipeline.  One mutex: items are coarse (a picture, a batch), so
 * the lock is never what costs.  The pool for loops is pool.c.
 */
#include "base/queue.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"

enum state { FREE, READY, DONE };

struct slot {
	enum state state;
	struct err_saved err; /* of work, when err.code < 0 */
};

/* Items [out, in) are in flight; [taken, in) wait for a worker. */
struct pipeline {
	const struct queue_job *job;
	size_t window, in, taken, out;
	struct slot *slots;
	char *items;
	bool quit;
	pthread_mutex_t lock;
	pthread_cond_t ready, done;
};

struct worker {
	struct pipeline *p;
	pthread_t thread;
	int index;
};

static void *
item(struct pipeline *p, size_t i)
{
	return p->items + i % p->window * p->job->item_size;
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct pipeline *p = w->p;
	struct slot *s;
	size_t i;
	int rc;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->quit && p->taken == p->in)
			pthread_cond_wait(&p->ready, &p->lock);
		if (p->quit)
			break;
		i = p->taken++;
		pthread_mutex_unlock(&p->lock);
		rc = p->job->work(p->job->ctx, item(p, i), w->index);
		pthread_mutex_lock(&p->lock);
		s = &p->slots[i % p->window];
		s->err.code = 0;
		if (rc < 0)
			err_save(&s->err, rc);
		s->state = DONE;
		if (i == p->out)
			pthread_cond_signal(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Consume item p->out, which is done.  Called without the lock. */
static int
consume(struct pipeline *p)
{
	struct slot *s = &p->slots[p->out % p->window];
	int rc;

	if (s->err.code < 0)
		return err_restore(&s->err);
	rc = p->job->consume(p->job->ctx, item(p, p->out), p->out);
	if (rc < 0)
		return rc;
	pthread_mutex_lock(&p->lock);
	s->state = FREE;
	p->out++;
	pthread_mutex_unlock(&p->lock);
	return 0;
}

/* Fill the slot of item p->in.  1, 0 at the end, < 0, or QUEUE_LATER. */
static int
produce(struct pipeline *p)
{
	int rc = p->job->produce(p->job->ctx, item(p, p->in), p->in);

	if (rc <= 0 || rc == QUEUE_LATER)
		return rc;
	pthread_mutex_lock(&p->lock);
	p->slots[p->in % p->window].state = READY;
	p->in++;
	pthread_cond_signal(&p->ready);
	pthread_mutex_unlock(&p->lock);
	return 1;
}

/* The calling thread: consume what is next, else produce, else wait. */
static int
drive(struct pipeline *p)
{
	struct err_saved end = { .code = 1 }; /* what produce ended with */
	bool next, later;
	int rc;

	for (;;) {
		pthread_mutex_lock(&p->lock);
		while (p->out < p->in &&
		    p->slots[p->out % p->window].state != DONE &&
		    (end.code != 1 || p->in - p->out == p->window))
			pthread_cond_wait(&p->done, &p->lock);
		next = p->out < p->in &&
		    p->slots[p->out % p->window].state == DONE;
		pthread_mutex_unlock(&p->lock);
		later = end.code == QUEUE_LATER;
		if (next) {
			rc = consume(p);
			if (rc < 0)
				return rc;
		} else if (end.code == 1) {
			err_save(&end, produce(p));
		} else if (later) {
			rc = p->job->idle != NULL ? p->job->idle(p->job->ctx)
						  : 0;
			if (rc < 0)
				return rc;
			end.code = 1;
		} else {
			return end.code < 0 ? err_restore(&end) : 0;
		}
	}
}

/* One thread: everything in turn, in one slot. */
static int
run_alone(const struct queue_job *job)
{
	void *slot = mem_calloc(1, job->item_size);
	size_t i = 0;
	int rc;

	for (;;) {
		rc = job->produce(job->ctx, slot, i);
		if (rc == QUEUE_LATER) {
			rc = job->idle != NULL ? job->idle(job->ctx) : 0;
			if (rc < 0)
				break;
			continue;
		}
		if (rc <= 0)
			break;
		rc = job->work(job->ctx, slot, 0);
		if (rc < 0)
			break;
		rc = job->consume(job->ctx, slot, i++);
		if (rc < 0)
			break;
	}
	if (job->clear != NULL)
		job->clear(job->ctx, slot);
	mem_free(slot);
	return rc;
}

static void
join(struct pipeline *p, struct worker *workers, int n)
{
	int i;

	pthread_mutex_lock(&p->lock);
	p->quit = true;
	pthread_cond_broadcast(&p->ready);
	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < n; i++)
		pthread_join(workers[i].thread, NULL);
}

int
queue_run(const struct queue_job *job)
{
	struct pipeline p = { .job = job };
	struct worker *workers;
	size_t i;
	int started, rc;

	if (job->threads <= 1)
		return run_alone(job);
	p.window = job->window > 0 ? job->window : 4 * (size_t)job->threads;
	p.slots = mem_array(struct slot, p.window);
	p.items = mem_calloc(p.window, job->item_size);
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.ready, NULL);
	pthread_cond_init(&p.done, NULL);
	workers = mem_array(struct worker, (size_t)job->threads);
	for (started = 0; started < job->threads; started++) {
		workers[started].p = &p;
		workers[started].index = started;
		if (pthread_create(&workers[started].thread, NULL, worker_main,
			&workers[started]) != 0)
			break;
	}
	/* Fewer threads than asked for will do; none will not. */
	rc = started > 0 ? drive(&p) : err_set(ERR_IO, "cannot start a thread");
	join(&p, workers, started);
	for (i = 0; job->clear != NULL && i < p.window; i++)
		job->clear(job->ctx, p.items + i * job->item_size);
	pthread_cond_destroy(&p.done);
	pthread_cond_destroy(&p.ready);
	pthread_mutex_destroy(&p.lock);
	mem_free(workers);
	mem_free(p.items);
	mem_free(p.slots);
	return rc;
}
