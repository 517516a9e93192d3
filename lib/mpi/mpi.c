/*
 * The exchange of a training's ranks over MPI, for ranks/exchange.h.  A module:
 * only model-train --mpi loads it, and with it the MPI library.
 *
 * A sum is a reduce-scatter and an allgather made by hand, so that terms are
 * added in the order of ranks: rank r receives piece r of everybody, adds, and
 * hands the result out.  Each value crosses the network twice, as in a ring.
 *
 * Nothing blocks: while others are waited for, signals are looked at, because
 * mpirun tells the living of a dead rank by SIGTERM (and gives them a second,
 * or --mca odls_base_sigkill_timeout N).  Where OpenMPI itself sees the dead
 * rank first, as its tcp transport may, it ends the process at once; then the
 * newest snapshot is what training goes on from.
 */
#include <limits.h>
#include <string.h>
#include <time.h>

#include <mpi.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "ranks/exchange.h"

extern const struct exchange_type exchange_mpi;

struct mpi {
	struct exchange x;
	bool broken; /* a request was left behind: no clean end */
	float *pieces, *sum;
	size_t cap; /* floats of a piece that there is room for */
	int *count, *place, *one, *at;
};

/* Which of the ranks on this machine is this one? */
static void
find_local(struct exchange *x)
{
	MPI_Comm here;

	x->local = x->rank;
	x->locals = x->ranks;
	if (MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0,
		MPI_INFO_NULL, &here) != MPI_SUCCESS)
		return;
	MPI_Comm_rank(here, &x->local);
	MPI_Comm_size(here, &x->locals);
	MPI_Comm_free(&here);
}

static int
mpi_open(struct exchange **out)
{
	struct mpi *m;
	int given = 0, rank, ranks;

	if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given) !=
	    MPI_SUCCESS)
		return err_set(ERR_DEVICE, "MPI cannot start");
	MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	m = mem_new(struct mpi);
	m->x.rank = rank;
	m->x.ranks = ranks;
	m->count = mem_array(int, (size_t)ranks);
	m->place = mem_array(int, (size_t)ranks);
	m->one = mem_array(int, (size_t)ranks);
	m->at = mem_array(int, (size_t)ranks);
	find_local(&m->x);
	*out = &m->x;
	return 0;
}

/* What this rank has is good: it is a stop like that by a signal. */
static int
gone(struct mpi *m)
{
	m->broken = true;
	return err_set(ERR_STOPPED, "stopped because another rank is gone");
}

/* mpirun tells of a dead rank by a signal. */
static int
mpi_look(struct exchange *x, int (*stop)(void))
{
	struct mpi *m = (struct mpi *)x;

	if (m->broken)
		return gone(m);
	if (stop == NULL || !stop())
		return 0;
	m->broken = true;
	return err_set(ERR_STOPPED,
	    "stopped while rank %d waited for the others", x->rank);
}

/* Wait for a request, looking at signals; short naps once it takes longer. */
static int
wait_for(struct mpi *m, MPI_Request *request, int (*stop)(void))
{
	const struct timespec nap = { 0, 50000 };
	int done = 0;

	for (unsigned tries = 0;; tries++) {
		if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
			return gone(m);
		if (done)
			return 0;
		TRY(mpi_look(&m->x, stop));
		if (tries > 1000)
			nanosleep(&nap, NULL);
	}
}

/* Piece r of n floats: count[r] from place[r] on; mine is received from all. */
static void
share_out(struct mpi *m, size_t n)
{
	size_t ranks = (size_t)m->x.ranks;

	for (size_t r = 0; r < ranks; r++) {
		size_t from = n * r / ranks, to = n * (r + 1) / ranks;

		m->count[r] = (int)(to - from);
		m->place[r] = (int)from;
	}
	for (size_t r = 0; r < ranks; r++) {
		m->one[r] = m->count[m->x.rank];
		m->at[r] = m->one[r] * (int)r;
	}
	if ((size_t)m->one[0] > m->cap) {
		m->cap = (size_t)m->one[0];
		m->pieces =
		    mem_realloc(m->pieces, m->cap * ranks, sizeof(*m->pieces));
		m->sum = mem_realloc(m->sum, m->cap, sizeof(*m->sum));
	}
}

static int
sum_some(struct mpi *m, float *v, size_t n, int (*stop)(void))
{
	MPI_Request request;
	size_t mine;

	share_out(m, n);
	mine = (size_t)m->one[0];
	if (MPI_Ialltoallv(v, m->count, m->place, MPI_FLOAT, m->pieces, m->one,
		m->at, MPI_FLOAT, MPI_COMM_WORLD, &request) != MPI_SUCCESS)
		return gone(m);
	TRY(wait_for(m, &request, stop));
	if (mine > 0)
		memcpy(m->sum, m->pieces, mine * sizeof(*m->sum));
	for (int r = 1; r < m->x.ranks; r++)
		for (size_t i = 0; i < mine; i++)
			m->sum[i] += m->pieces[(size_t)r * mine + i];
	if (MPI_Iallgatherv(m->sum, m->one[0], MPI_FLOAT, v, m->count, m->place,
		MPI_FLOAT, MPI_COMM_WORLD, &request) != MPI_SUCCESS)
		return gone(m);
	return wait_for(m, &request, stop);
}

static int
mpi_sum(struct exchange *x, float *v, size_t n, int (*stop)(void))
{
	struct mpi *m = (struct mpi *)x;
	/* Counts and places of MPI are ints. */
	size_t most = (size_t)INT_MAX / (size_t)x->ranks;

	if (m->broken)
		return gone(m);
	for (size_t i = 0; i < n; i += most)
		TRY(sum_some(m, v + i, n - i < most ? n - i : most, stop));
	return 0;
}

static void
mpi_close(struct exchange *x, int rc)
{
	struct mpi *m = (struct mpi *)x;

	if (rc < 0) {
		log_error("rank %d: %s", x->rank, err_text());
		MPI_Abort(MPI_COMM_WORLD, err_exit(rc));
	} else if (!m->broken)
		MPI_Finalize();
	mem_free(m->pieces);
	mem_free(m->sum);
	mem_free(m->count);
	mem_free(m->place);
	mem_free(m->one);
	mem_free(m->at);
	mem_free(m);
}

const struct exchange_type exchange_mpi = {
	.abi = EXCHANGE_ABI,
	.name = "mpi",
	.open = mpi_open,
	.sum = mpi_sum,
	.look = mpi_look,
	.close = mpi_close,
};
