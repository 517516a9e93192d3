/*
 * The exchange of ranks on one machine: processes forked off rank 0, with memory
 * that all of them share; for ranks/exchange.h.
 *
 * A sum goes by chunks.  Every rank lays its chunk down; they meet; rank r adds
 * piece r of all chunks in the order of ranks; they meet again; every rank takes
 * the result.  So all have the same bits whoever was first.
 *
 * To meet is to raise one's own counter and wait for the others'.  Meanwhile rank
 * 0 looks whether its children live, and writes into the shared state what became
 * of one that does not; rank 0's own end ends them (PR_SET_PDEATHSIG).  So nobody
 * waits for the dead.  Signals are not looked at here: a stop is agreed upon
 * between two iterations, and the others are alive to hear of it.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/stop.h"
#include "file/deps.h"
#include "ranks/exchange.h"

/* 256 KiB: chunks of a few ranks stay in a core's cache. */
enum { CHUNK = 1 << 16 };
enum { ALIVE = -1, LOST = -2 }; /* else the rank that failed */

#define PATIENCE 10.0 /* seconds that ranks get to end by themselves */

struct seat {
	_Alignas(64) _Atomic uint64_t turn;
};

struct shared {
	_Atomic int claimed, state;
	struct err_saved why; /* of the rank that failed */
	struct seat seat[EXCHANGE_FORKED_MAX];
	float result[CHUNK];
	float from[]; /* (ranks, CHUNK) */
};

struct local {
	struct exchange x;
	struct shared *shared;
	size_t size;
	uint64_t turn;
	pid_t child[EXCHANGE_FORKED_MAX]; /* of rank 0; 0: none, or reaped */
};

static void
nap(void)
{
	const struct timespec t = { 0, 50000 };

	nanosleep(&t, NULL);
}

/* What this rank fails with, for the others; the first one counts. */
static void
say_failed(struct local *l, int rc)
{
	int none = 0;

	if (!atomic_compare_exchange_strong(&l->shared->claimed, &none, 1))
		return;
	err_save(&l->shared->why, rc);
	atomic_store(&l->shared->state, l->x.rank);
}

static void
lose(struct local *l)
{
	int alive = ALIVE;

	atomic_compare_exchange_strong(&l->shared->state, &alive, LOST);
}

/* Rank 0: a child that ended well has left, which is an end as good as any unless
 * it is waited for; any other is lost, unless one says what it failed with. */
static void
count_children(struct local *l)
{
	for (int r = 1; r < l->x.ranks; r++) {
		int status;

		if (l->child[r] <= 0 ||
		    waitpid(l->child[r], &status, WNOHANG) != l->child[r])
			continue;
		l->child[r] = 0;
		if ((!WIFEXITED(status) || WEXITSTATUS(status) != 0) &&
		    atomic_load(&l->shared->claimed) == 0)
			lose(l);
	}
}

static int
local_look(struct exchange *x, int (*stop)(void))
{
	struct local *l = (struct local *)x;
	int state;

	(void)stop;
	if (x->rank == 0)
		count_children(l);
	state = atomic_load(&l->shared->state);
	if (state == ALIVE)
		return 0;
	if (state == LOST)
		return err_set(
		    ERR_STOPPED, "stopped because another rank is gone");
	return err_set(
	    l->shared->why.code, "rank %d: %s", state, l->shared->why.text);
}

static int
local_meet(struct local *l)
{
	struct seat *seat = l->shared->seat;
	const uint64_t turn = ++l->turn;

	atomic_store(&seat[l->x.rank].turn, turn);
	for (int q = 0; q < l->x.ranks; q++) {
		unsigned tries = 0;

		while (atomic_load(&seat[q].turn) < turn) {
			TRY(local_look(&l->x, NULL));
			if (l->x.rank == 0 && q > 0 && l->child[q] == 0 &&
			    atomic_load(&seat[q].turn) < turn)
				lose(l);
			if (tries++ > 200)
				nap();
		}
	}
	return 0;
}

static int
sum_chunk(struct local *l, float *v, size_t n)
{
	struct shared *s = l->shared;
	const size_t rank = (size_t)l->x.rank, ranks = (size_t)l->x.ranks;
	const size_t from = n * rank / ranks, to = n * (rank + 1) / ranks;

	memcpy(s->from + rank * CHUNK, v, n * sizeof(*v));
	TRY(local_meet(l));
	memcpy(s->result + from, s->from + from, (to - from) * sizeof(*v));
	for (size_t r = 1; r < ranks; r++)
		for (size_t i = from; i < to; i++)
			s->result[i] += s->from[r * CHUNK + i];
	TRY(local_meet(l));
	memcpy(v, s->result, n * sizeof(*v));
	return 0;
}

static int
local_sum(struct exchange *x, float *v, size_t n, int (*stop)(void))
{
	struct local *l = (struct local *)x;

	TRY(local_look(x, stop));
	for (size_t i = 0; i < n; i += CHUNK)
		TRY(sum_chunk(l, v + i, n - i < CHUNK ? n - i : CHUNK));
	return 0;
}

/* Forked ranks write nothing anywhere: to kill one harms nothing. */
static void
end_children(struct local *l, double patience)
{
	const double until = stop_clock() + patience;

	for (int r = 1; r < l->x.ranks; r++) {
		while (l->child[r] > 0 && stop_clock() < until) {
			count_children(l);
			nap();
		}
		if (l->child[r] <= 0)
			continue;
		kill(l->child[r], SIGKILL);
		waitpid(l->child[r], NULL, 0);
		l->child[r] = 0;
	}
}

static void
local_free(struct local *l)
{
	munmap(l->shared, l->size);
	mem_free(l);
}

static void
local_close(struct exchange *x, int rc)
{
	struct local *l = (struct local *)x;

	if (rc < 0)
		say_failed(l, rc);
	if (x->rank > 0)
		_exit(err_exit(rc));
	end_children(l, rc < 0 ? 0 : PATIENCE);
	local_free(l);
}

static const struct exchange_type exchange_local = {
	.name = "local",
	.sum = local_sum,
	.look = local_look,
	.close = local_close,
};

/* A new rank is silent, and does not outlive rank 0. */
static void
begin_child(struct local *l, int rank, pid_t parent)
{
	l->x.rank = l->x.local = rank;
	memset(l->child, 0, sizeof(l->child));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(err_exit(ERR_STOPPED));
	log_events_close();
	deps_stop();
	log_init(log_program(), LOG_ERROR);
	progress_mode(PROGRESS_OFF);
}

int
exchange_fork(struct exchange **out, int ranks)
{
	const pid_t parent = getpid();
	struct local *l;

	*out = NULL;
	if (ranks < 1 || ranks > EXCHANGE_FORKED_MAX)
		return err_set(ERR_USAGE, "%d ranks: 1 to %d can be forked",
		    ranks, EXCHANGE_FORKED_MAX);
	l = mem_new(struct local);
	l->x.type = &exchange_local;
	l->x.ranks = l->x.locals = ranks;
	l->size = sizeof(*l->shared) + (size_t)ranks * CHUNK * sizeof(float);
	l->shared = mmap(NULL, l->size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l->shared == MAP_FAILED) {
		mem_free(l);
		return err_sys("memory shared by %d ranks", ranks);
	}
	atomic_init(&l->shared->state, ALIVE);
	fflush(NULL);
	for (int r = 1; r < ranks; r++) {
		l->child[r] = fork();
		if (l->child[r] == 0) {
			begin_child(l, r, parent);
			break;
		}
		if (l->child[r] < 0) {
			const int rc = err_sys("fork rank %d", r);

			l->child[r] = 0;
			end_children(l, 0);
			local_free(l);
			return rc;
		}
	}
	*out = &l->x;
	return 0;
}
