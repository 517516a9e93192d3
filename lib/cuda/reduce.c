/*
 * Gradients averaged over ranks while backward still runs.
 *
 * GRADs lie one behind the other in the order in which backward is done with
 * them, and are cut into buckets.  When the last of a bucket is written, its mean
 * is put on a second stream, where it passes beside the rest of backward; the
 * main stream waits for the last bucket.  All of that is captured with the run.
 *
 * The update is not: it waits, on the host, until the means are there.  When a
 * rank dies they never will be, and then the parameters are still those of the
 * iteration before, from which a snapshot is made.  That wait costs a launch's
 * time in an iteration.
 *
 * Behind the last bucket goes whether this rank is halted: either all ranks
 * update or none does.
 */
#include "cuda/plan.h"
#include "cuda/vote.h"

#include <stdlib.h>
#include <time.h>

/*
 * A collective has some 20 us of its own, in which NVLink moves as many MiB as
 * this has: larger buckets gain little, and what the last one takes is not hidden
 * behind anything.
 */
#define BUCKET ((size_t)8 << 20)

/* A GRAD, and the step after which it is done. */
struct cu_grad {
	int t, done;
	size_t side; /* place in p->side, in floats */
};

struct cu_bucket {
	int first, n, done; /* of p->grads; the step of the last */
	float *v;
	size_t count;
};

static int
sooner(const void *a, const void *b)
{
	const struct cu_grad *x = a, *y = b;

	if (x->done != y->done)
		return x->done < y->done ? -1 : 1;
	return (x->t > y->t) - (x->t < y->t);
}

static int
last_writer(const struct cu_plan *p, int buf)
{
	for (int i = (int)p->nsteps - 1; i >= 0; i--)
		for (int k = 0; k < p->steps[i].call.nout; k++)
			if (p->steps[i].out[k] == buf)
				return i;
	return -1;
}

void
cu_reduce_order(struct cu_plan *p)
{
	struct graph *g = p->base.graph;
	size_t side = 0;

	if (p->reducer == NULL)
		return;
	p->grads =
	    arena_take(p->mem, sizeof(*p->grads) * (size_t)graph_tensors(g));
	for (int t = 0; t < graph_tensors(g); t++) {
		const int buf = p->vals[t].home.buf;

		if (graph_tensor(g, t)->kind != TENSOR_GRAD)
			continue;
		p->grads[p->ngrads++] =
		    (struct cu_grad){ t, last_writer(p, buf), side };
		side += shape_count(graph_shape(g, t));
	}
	qsort(p->grads, (size_t)p->ngrads, sizeof(*p->grads), sooner);
	p->vote = cu_buf_new(p, sizeof(float), true);
}

int
cu_reduce_buf(const struct cu_plan *p, int i)
{
	return i < p->ngrads ? p->vals[p->grads[i].t].home.buf : p->vote;
}

static void
stretch_bucket(struct cu_bucket *b, const struct cu_buf *to)
{
	b->count =
	    (size_t)((char *)to->ptr - (char *)b->v + (ptrdiff_t)to->at.size) /
	    sizeof(float);
}

void
cu_reduce_cut(struct cu_plan *p)
{
	struct cu_bucket *b = NULL;

	if (p->ngrads == 0)
		return;
	p->buckets =
	    arena_take(p->mem, sizeof(*p->buckets) * (size_t)p->ngrads);
	for (int i = 0; i < p->ngrads; i++) {
		const struct cu_buf *buf = &p->bufs[cu_reduce_buf(p, i)];

		if (b == NULL || b->count * sizeof(float) >= BUCKET) {
			b = &p->buckets[p->nbuckets++];
			*b = (struct cu_bucket){ .first = i, .v = buf->ptr };
		}
		b->n++;
		b->done = p->grads[i].done;
		stretch_bucket(b, buf);
	}
	stretch_bucket(b, &p->bufs[p->vote]);
}

/* Bucket b as it is: with what earlier runs gave, then over ranks. */
static int
reduce_bucket(struct cu_plan *p, const struct cu_bucket *b, bool adds)
{
	void *stream;

	for (int i = b->first; adds && i < b->first + b->n; i++)
		TRY(cu_add(cu_where(p, p->grads[i].t),
		    p->side + p->grads[i].side,
		    shape_count(cu_shape(p, p->grads[i].t)), rt_stream(p->rt)));
	TRY(rt_side(p->rt, &stream));
	return rt_mean(p->reducer, b->v, b->count, stream);
}

int
cu_reduce_after(struct cu_plan *p, int step, bool adds)
{
	for (int i = 0; i < p->nbuckets - 1; i++)
		if (p->buckets[i].done == step)
			TRY(reduce_bucket(p, &p->buckets[i], adds));
	return 0;
}

int
cu_reduce_end(struct cu_plan *p, bool adds)
{
	void *const stream = rt_stream(p->rt);
	const struct cu_bucket *last;
	float *vote;

	if (p->nbuckets == 0)
		return 0;
	/* Those that no step writes. */
	TRY(cu_reduce_after(p, -1, false));
	last = &p->buckets[p->nbuckets - 1];
	vote = p->bufs[p->vote].ptr;
	TRY(cu_vote(p->env, vote, stream));
	TRY(reduce_bucket(p, last, adds && last->done >= 0));
	TRY(rt_join(p->rt));
	return cu_heed(p->env, vote, p->watched, p->nwatched, p->ring, stream);
}

/* What is captured holds on to the reducer; what runs of it ends with it.  Before
 * that nothing of the device can be waited for or given back. */
int
cu_reduce_fail(struct cu_plan *p, int rc)
{
	struct err_saved why;

	err_save(&why, rc);
	cu_forget(p, CU_REDUCES);
	p->reducer->abandon(p->reducer);
	rt_sync(p->rt);
	return err_restore(&why);
}

int
cu_reduce_wait(struct cu_plan *p)
{
	const struct timespec nap = { 0, 20000 };
	int done, rc;

	for (unsigned tries = 0; (done = rt_done(p->rt)) == 0; tries++) {
		rc = p->reducer->look(p->reducer);
		if (rc < 0)
			return cu_reduce_fail(p, rc);
		if (tries > 100)
			nanosleep(&nap, NULL);
	}
	return done < 0 ? cu_reduce_fail(p, done) : 0;
}
