/*
 * How long idle threads wait awake.
 *
 * libgomp's threads spin 300,000 times before they sleep, which is a dozen
 * milliseconds: beside a busy neighbour each barrier then takes a time slice of
 * the scheduler, and two threads are several times slower than one.  It spins
 * 1,000 times, some 50 microseconds, when it manages more threads than there
 * are CPUs ("GOMP_SPINCOUNT" in its manual); what it reads from the environment
 * it reads before main.  So, once others are seen to want the CPUs too, a second
 * team is made, which never works: asleep, it costs nothing but makes the
 * threads too many.  Alone on a machine spinning long is worth a few percent.
 * Whoever sets OMP_WAIT_POLICY or GOMP_SPINCOUNT has what they set.
 */
#include <omp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "onednn/plan.h"

enum {
	LOOK_MS = 50, /* between two looks */
	BUSY = 4      /* looks in a row that make sure */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int team_size;

/* A team lives as long as the thread that made it. */
static void *
sleep_as_team(void *ctx)
{
	(void)ctx;
#pragma omp parallel num_threads(team_size)
	(void)omp_get_thread_num();
	for (;;)
		pause();
	return NULL;
}

/* Signals go to the threads that work. */
static void
team_make(void)
{
	sigset_t all, before;
	pthread_t t;

	team_size = omp_get_num_procs() - omp_get_max_threads() + 2;
	if (team_size < 2)
		team_size = 2;
	log_debug(
	    "cpu: other programs want it too; waiting threads now sleep sooner");
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&t, NULL, sleep_as_team, NULL) == 0)
		pthread_detach(t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Threads that run or could, ours among them; 0: not known. */
static int
runnable(void)
{
	FILE *f = fopen("/proc/loadavg", "re");
	int n = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%*f %*f %*f %d/", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

void
od_wait_look(struct od_wait *w)
{
	struct timespec t;
	int64_t ms;

	if (w->settled)
		return;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
	if (ms < w->next)
		return;
	w->next = ms + LOOK_MS;
	w->busy = runnable() > omp_get_num_procs() ? w->busy + 1 : 0;
	w->settled = omp_get_max_threads() == 1 ||
	    getenv("OMP_WAIT_POLICY") != NULL ||
	    getenv("GOMP_SPINCOUNT") != NULL;
	if (w->settled || w->busy < BUSY)
		return;
	pthread_once(&once, team_make);
	w->settled = true;
}
