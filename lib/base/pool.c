/*
 * A pool of threads for loops, and how many CPUs there are.  The caller works
 * too, as thread 0; the others sleep on a condition between loops.
 */
#include "base/queue.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"

struct pool {
	int threads; /* including the caller */
	int started; /* made so far, without the caller */
	pthread_t *ids;
	pthread_mutex_t lock;
	pthread_cond_t go, idle;
	unsigned long turn; /* one more with each loop */
	int busy;           /* threads still in this loop */
	bool quit;
	size_t n;
	void (*fn)(void *ctx, size_t i, int thread);
	void *ctx;
};

struct seat {
	struct pool *pool;
	int thread;
};

static void
run_range(struct pool *p, int thread)
{
	size_t n = p->n, t = (size_t)p->threads, k = (size_t)thread;
	size_t share = n / t, more = n % t;
	size_t i = k * share + (k < more ? k : more);
	size_t end = i + share + (k < more);

	for (; i < end; i++)
		p->fn(p->ctx, i, thread);
}

static void *
seat_main(void *arg)
{
	struct seat *s = arg;
	struct pool *p = s->pool;
	int thread = s->thread;
	unsigned long seen = 0;

	mem_free(s);
	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->quit && p->turn == seen)
			pthread_cond_wait(&p->go, &p->lock);
		if (p->quit)
			break;
		seen = p->turn;
		pthread_mutex_unlock(&p->lock);
		run_range(p, thread);
		pthread_mutex_lock(&p->lock);
		if (--p->busy == 0)
			pthread_cond_signal(&p->idle);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int
pool_new(struct pool **out, int threads)
{
	struct pool *p = mem_new(struct pool);
	struct seat *s;

	p->threads = threads < 1 ? 1 : threads;
	p->ids = mem_array(pthread_t, (size_t)p->threads);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->go, NULL);
	pthread_cond_init(&p->idle, NULL);
	while (p->started < p->threads - 1) {
		s = mem_new(struct seat);
		s->pool = p;
		s->thread = p->started + 1;
		if (pthread_create(&p->ids[p->started], NULL, seat_main, s)) {
			mem_free(s);
			pool_free(p);
			return err_set(
			    ERR_IO, "cannot start %d threads", threads);
		}
		p->started++;
	}
	*out = p;
	return 0;
}

void
pool_free(struct pool *p)
{
	int i;

	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->quit = true;
	pthread_cond_broadcast(&p->go);
	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < p->started; i++)
		pthread_join(p->ids[i], NULL);
	pthread_cond_destroy(&p->idle);
	pthread_cond_destroy(&p->go);
	pthread_mutex_destroy(&p->lock);
	mem_free(p->ids);
	mem_free(p);
}

int
pool_threads(const struct pool *p)
{
	return p->threads;
}

void
pool_for(struct pool *p, size_t n, void (*fn)(void *ctx, size_t i, int thread),
    void *ctx)
{
	if (n == 0)
		return;
	pthread_mutex_lock(&p->lock);
	p->n = n;
	p->fn = fn;
	p->ctx = ctx;
	/* One item is the caller's own; nobody else need wake. */
	if (n > 1 && p->threads > 1) {
		p->busy = p->threads - 1;
		p->turn++;
		pthread_cond_broadcast(&p->go);
	}
	pthread_mutex_unlock(&p->lock);
	run_range(p, 0);
	pthread_mutex_lock(&p->lock);
	while (p->busy > 0)
		pthread_cond_wait(&p->idle, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

/* The quota of cgroup v2 or v1 in whole CPUs, rounded up; 0: none. */
static int
cgroup_cpus(void)
{
	long long quota = -1, period = 0;
	FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");

	if (f != NULL) {
		if (fscanf(f, "%lld %lld", &quota, &period) != 2)
			quota = -1;
		fclose(f);
	} else {
		f = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re");
		if (f != NULL && fscanf(f, "%lld", &quota) != 1)
			quota = -1;
		if (f != NULL)
			fclose(f);
		f = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re");
		if (f != NULL && fscanf(f, "%lld", &period) != 1)
			period = 0;
		if (f != NULL)
			fclose(f);
	}
	if (quota <= 0 || period <= 0)
		return 0;
	return (int)((quota + period - 1) / period);
}

int
queue_cpus(void)
{
	cpu_set_t set;
	int n = 1, quota = cgroup_cpus();

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	if (quota > 0 && quota < n)
		n = quota;
	return n > 0 ? n : 1;
}
