/*
 * Gradients averaged by NCCL, for ranks/reducer.h.  A module: loaded when more
 * than one GPU takes part in a training, and NCCL with it.
 *
 * The communicator does not block: every call may answer "in progress", and then
 * the host asks it and the exchange in turn until one of them has an answer.  A
 * rank that died is so noticed wherever it is waited for, in NCCL's own threads
 * (when it is opened, when a first collective connects) and on the device (the
 * plan asks `look` until its stream is done).  ncclCommAbort then ends what is
 * on the stream, so that the device can be read once more for a snapshot.
 *
 * Captured runs hold a reference to the communicator, which only goes when they
 * are gone: plans free theirs before `abandon` and before the end.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nccl.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"
#include "ranks/reducer.h"

extern const struct reducer_type reducer_nccl;

_Static_assert(sizeof(ncclUniqueId) == REDUCER_ADDRESS, "NCCL's unique id");

/* How long the exchange gets to say of which rank NCCL lost the connection. */
#define PATIENCE 2.0 /* seconds */

struct nccl {
	struct reducer r;
	ncclComm_t comm;
	struct exchange *x;
	int (*stop)(void);
};

static void
nap(void)
{
	const struct timespec t = { 0, 50000 };

	nanosleep(&t, NULL);
}

static int
nccl_failed(const struct nccl *n, ncclResult_t rc, const char *what)
{
	const double until = stop_clock() + PATIENCE;
	const char *more;

	/* Who is gone is not seen from here. */
	while ((rc == ncclRemoteError || rc == ncclSystemError) &&
	    stop_clock() < until) {
		TRY(n->x->type->look(n->x, n->stop));
		nap();
	}
	more = ncclGetLastError(n->comm);
	return err_set(ERR_DEVICE, "NCCL, %s: %s%s%s", what,
	    ncclGetErrorString(rc), more != NULL && *more != '\0' ? ": " : "",
	    more != NULL ? more : "");
}

/* Until what a call began is done. */
static int
wait_done(struct nccl *n, ncclResult_t rc, const char *what)
{
	while (rc == ncclInProgress) {
		ncclResult_t asked;

		TRY(n->x->type->look(n->x, n->stop));
		nap();
		asked = ncclCommGetAsyncError(n->comm, &rc);
		if (asked != ncclSuccess)
			rc = asked;
	}
	return rc == ncclSuccess ? 0 : nccl_failed(n, rc, what);
}

static int
nccl_address(char out[REDUCER_ADDRESS])
{
	ncclUniqueId id;
	const ncclResult_t rc = ncclGetUniqueId(&id);

	if (rc != ncclSuccess)
		return err_set(ERR_DEVICE, "NCCL cannot start: %s",
		    ncclGetErrorString(rc));
	memcpy(out, &id, sizeof(id));
	return 0;
}

/* In place; each rank's part is divided before it is added. */
static int
nccl_mean(struct plan_reducer *r, float *v, size_t count, void *stream)
{
	struct nccl *n = (struct nccl *)r;

	return wait_done(n,
	    ncclAllReduce(
		v, v, count, ncclFloat, ncclAvg, n->comm, (cudaStream_t)stream),
	    "adding gradients");
}

static int
nccl_look(struct plan_reducer *r)
{
	struct nccl *n = (struct nccl *)r;
	ncclResult_t rc = ncclSuccess, asked;

	TRY(n->x->type->look(n->x, n->stop));
	asked = ncclCommGetAsyncError(n->comm, &rc);
	if (asked != ncclSuccess)
		rc = asked;
	if (rc == ncclSuccess || rc == ncclInProgress)
		return 0;
	return nccl_failed(n, rc, "waiting for gradients");
}

static void
nccl_abandon(struct plan_reducer *r)
{
	struct nccl *n = (struct nccl *)r;

	if (n->comm != NULL)
		ncclCommAbort(n->comm);
	n->comm = NULL;
}

/* Others may still read this device's memory: nobody leaves before all are
 * done. */
static void
nccl_close(struct reducer *r, bool whole)
{
	struct nccl *n = (struct nccl *)r;

	if (whole && n->comm != NULL &&
	    wait_done(n, ncclCommFinalize(n->comm), "ending") == 0) {
		ncclCommDestroy(n->comm);
		n->comm = NULL;
	}
	nccl_abandon(&r->plan);
	mem_free(n);
}

/* Rings and trees add in an order that only the number of ranks and the wiring
 * decide; switches that add (NVLS) do not say in which. */
static int
nccl_open(struct reducer **out, const struct reducer_opts *o)
{
	ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
	struct nccl *n = mem_new(struct nccl);
	ncclUniqueId id;
	int rc;

	if (o->deterministic)
		setenv("NCCL_ALGO", "Ring,Tree", 0);
	n->r.plan.mean = nccl_mean;
	n->r.plan.look = nccl_look;
	n->r.plan.abandon = nccl_abandon;
	n->x = o->exchange;
	n->stop = o->stop;
	memcpy(&id, o->address, sizeof(id));
	config.blocking = 0;
	rc = wait_done(n,
	    ncclCommInitRankConfig(
		&n->comm, n->x->ranks, id, n->x->rank, &config),
	    "meeting the other ranks");
	if (rc < 0) {
		nccl_close(&n->r, false);
		return rc;
	}
	*out = &n->r;
	return 0;
}

const struct reducer_type reducer_nccl = {
	.abi = REDUCER_ABI,
	.name = "nccl",
	.address = nccl_address,
	.open = nccl_open,
	.close = nccl_close,
};
