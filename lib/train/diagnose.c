/*
 * The loss is not a number: say where it began.  The same batch runs once more
 * through a plan that keeps every tensor, and the first layer whose output is
 * not finite is named, with its weights if those are to blame.
 */
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"
#include "train/session.h"

/* How long a rank whose own share is good waits for the sentence of another. */
#define PATIENCE 2.0 /* seconds */

static const char advice[] =
    "try a smaller learning rate (--lr), --warmup or clip_gradients";

/* 1: all of tensor t is finite, 0: not. */
static int
finite_tensor(struct plan *p, int t)
{
	size_t n = shape_count(graph_shape(p->graph, t));
	float *v = mem_array(float, n + 1);
	int rc = plan_read(p, t, v);
	int good = 1;

	for (size_t i = 0; rc >= 0 && i < n && good; i++)
		good = isfinite(v[i]) != 0;
	mem_free(v);
	return rc < 0 ? rc : good;
}

int
diagnose_weights(struct session *s)
{
	for (int i = 0; i < s->net->nparams; i++) {
		int good = finite_tensor(s->plan, s->net->params[i].tensor);

		if (good < 0)
			return good;
		if (good == 0)
			return err_set(ERR_FORMAT,
			    "iteration %lld: weights of layer %s are not finite: %s",
			    (long long)s->iter,
			    s->net->layers[s->net->params[i].layer].name,
			    advice);
	}
	return 0;
}

/* All is finite here: among ranks, another one knows better. */
static int
not_here(struct session *s)
{
	const struct timespec nap = { 0, 1000000 };
	const double until = stop_clock() + PATIENCE;
	struct exchange *x = s->job->exchange;

	if (x == NULL || x->ranks < 2)
		return err_set(ERR_FORMAT,
		    "iteration %lld: the loss is not a number: %s",
		    (long long)s->iter, advice);
	while (stop_clock() < until) {
		TRY(x->type->look(x, stop_signalled));
		nanosleep(&nap, NULL);
	}
	return err_set(ERR_FORMAT,
	    "iteration %lld: another rank's share of the batch gives a loss that is not a number, or has a label out of range",
	    (long long)s->iter);
}

/* The first op whose output is not finite, in a plan that keeps them all. */
static int
bad_op(struct session *s, struct plan *p)
{
	for (int i = 0; i < graph_ops(s->now.net->graph); i++) {
		const struct op *op = graph_op(s->now.net->graph, i);
		int good;

		if (op->stage != STAGE_FORWARD)
			continue;
		good = finite_tensor(p, op->out[0]);
		if (good < 0)
			return good;
		if (good == 0)
			return err_set(ERR_FORMAT,
			    "iteration %lld: layer %s gives values that are not finite: %s",
			    (long long)s->iter, op->name, advice);
	}
	return not_here(s);
}

int
diagnose_nan(struct session *s, uint64_t step)
{
	struct plan_opts po = { .precision = s->job->precision,
		.seed = s->job->seed,
		.share = s->plan };
	struct plan_run run = { .backward = false, .iteration = step };
	struct graph *g;
	struct plan *p = NULL;
	int rc = diagnose_weights(s);

	journal_note(&s->journal, s->iter, "the loss is not a number");
	if (rc < 0)
		return rc;
	g = graph_copy(s->now.net->graph);
	for (int i = 0; i < graph_ops(g); i++)
		if (graph_op(g, i)->stage == STAGE_FORWARD)
			graph_tensor(g, graph_op(g, i)->out[0])->keep = true;
	rc = device_plan(s->device, &p, g, &po);
	if (rc >= 0)
		rc = feeder_step(s->feeder, p, step);
	if (rc >= 0)
		rc = plan_run(p, &run);
	if (rc >= 0)
		rc = bad_op(s, p);
	plan_free(p);
	graph_free(g);
	return rc;
}
