/* Test nets that share the weights of a training plan: see eval.h. */
#include "train/eval.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/stop.h"
#include "train/metrics.h"
#include "train/tallies.h"

/* A net of one batch size. */
struct part {
	struct feeds feeds;
	struct net *net;
	struct plan *plan;
	struct feeder *feeder;
	struct metrics *metrics;
	int64_t steps;
	double weight; /* of one step in the average */
};

struct eval {
	struct part part[2]; /* whole batches; the rest */
	int nparts;
	size_t items;
	struct journal *journal;
	struct tallies *tallies;
};

int
net_state(struct net_opts *o, const char *stages[NET_STAGES],
    const Caffe__NetParameter *net, const Caffe__NetState *extra)
{
	const Caffe__NetState *from[2] = { net->state, extra };
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		if (from[i] == NULL)
			continue;
		if (from[i]->has_level)
			o->level = from[i]->level;
		for (size_t k = 0; k < from[i]->n_stage; k++) {
			if (n + 1 >= NET_STAGES)
				return err_set(ERR_RANGE, "more than %d stages",
				    NET_STAGES - 1);
			stages[n++] = from[i]->stage[k];
		}
	}
	stages[n] = NULL;
	o->stages = n > 0 ? stages : NULL;
	return 0;
}

static void
part_close(struct part *p)
{
	feeder_free(p->feeder);
	metrics_free(p->metrics);
	plan_free(p->plan);
	net_free(p->net);
	feeds_clear(&p->feeds);
}

/* batch 0: the layer's own. */
static int
part_open(struct part *p, const struct eval_opts *o, int batch, uint64_t base)
{
	struct feed_opts fo = *o->feeds;
	struct plan_opts po = *o->plan;
	const char *stages[NET_STAGES];
	struct net_opts no = { .phase = CAFFE__PHASE__TEST,
		.feed_shape = feeds_shape,
		.feed_ctx = &p->feeds,
		.classes = o->classes };
	int rc;

	TRY(net_state(&no, stages, o->net, o->state));
	fo.train = false;
	fo.base = base;
	if (batch > 0)
		fo.batch = batch;
	feeds_init(&p->feeds, &fo);
	po.share = o->share;
	rc = net_new(&p->net, o->net, &no);
	if (rc < 0)
		return o->net_name != NULL ? err_in(rc, "%s", o->net_name) : rc;
	TRY(device_plan(o->device, &p->plan, p->net->graph, &po));
	if (po.measure)
		return 0;
	return metrics_new(&p->metrics, p->net, p->plan, true);
}

/* Items of a step. */
static size_t
part_batch(const struct part *p)
{
	return p->feeds.n > 0 ? (size_t)p->feeds.v[0]->batch : 1;
}

static int
open_parts(struct eval *e, const struct eval_opts *o)
{
	size_t batch, rest;

	e->nparts = 1;
	TRY(part_open(&e->part[0], o, 0, 0));
	e->part[0].steps = o->test_iter;
	e->part[0].weight = 1;
	batch = part_batch(&e->part[0]);
	e->items = o->items > 0 ? o->items : batch * (size_t)o->test_iter;
	if (o->items == 0 || e->part[0].feeds.n == 0)
		return 0;
	rest = o->items % batch;
	e->part[0].steps = (int64_t)(o->items / batch);
	if (rest == 0)
		return 0;
	e->nparts = 2;
	e->part[1].steps = 1;
	e->part[1].weight = (double)rest / (double)batch;
	return part_open(&e->part[1], o, (int)rest, o->items - rest);
}

/* What takes several steps is held on the device where it fits. */
static int
open_feeders(struct eval *e, const struct eval_opts *o)
{
	for (int i = 0; i < e->nparts && !o->plan->measure; i++) {
		struct part *p = &e->part[i];
		const struct feeder_opts fo = { .device = o->device,
			.hold = p->steps > 1,
			.steps = (uint64_t)p->steps };

		TRY(feeder_new(&p->feeder, p->net, &p->feeds, &fo));
	}
	return 0;
}

int
eval_new(struct eval **out, const struct eval_opts *o)
{
	struct eval *e = mem_new(struct eval);
	int rc = open_parts(e, o);

	if (rc >= 0)
		rc = tallies_new(
		    &e->tallies, e->part[0].net, o->names, o->nnames);
	if (rc >= 0)
		rc = open_feeders(e, o);
	e->journal = o->journal;
	if (rc < 0) {
		eval_free(e);
		return err_in(rc, "test net");
	}
	*out = e;
	return 0;
}

void
eval_free(struct eval *e)
{
	if (e == NULL)
		return;
	for (int i = 0; i < e->nparts; i++)
		part_close(&e->part[i]);
	tallies_free(e->tallies);
	mem_free(e);
}

/* What the steps since the last time gave, into m. */
static int
add_metrics(struct part *p, struct measurement *m)
{
	int steps;

	TRY(metrics_fetch(p->metrics, &steps));
	for (int i = 0; i < steps; i++)
		metrics_add(p->metrics, i, p->weight, m);
	return 0;
}

static int
run_part(struct part *p, const struct eval *e, struct measurement *m,
    double *total, int (*stop)(void))
{
	const struct plan_step step = { .run = { .backward = false } };
	bool full = false;

	for (int64_t i = 0; i < p->steps; i++) {
		if (stop())
			return err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
		TRY(feeder_step(p->feeder, p->plan, (uint64_t)i));
		TRY(metrics_step(p->metrics, &step, &full));
		TRY(tallies_add(e->tallies, p->net, p->plan));
		progress_add(part_batch(p));
		if (full)
			TRY(add_metrics(p, m));
		*total += p->weight;
		if (e->journal != NULL)
			journal_tick(e->journal, -1);
	}
	return add_metrics(p, m);
}

int
eval_run(struct eval *e, struct measurement *m, int (*stop)(void))
{
	double total = 0;
	int rc = 0;

	memset(m->v, 0, sizeof(m->v));
	m->n = 0;
	tallies_reset(e->tallies);
	progress_inner_begin("val", e->items, "img");
	for (int i = 0; i < e->nparts && rc >= 0; i++)
		rc = run_part(&e->part[i], e, m, &total, stop);
	progress_inner_end();
	TRY(rc);
	for (size_t i = 0; i < m->n; i++)
		m->v[i].value /= total > 0 ? total : 1;
	tallies_figures(e->tallies, m);
	return 0;
}

void
eval_names(const struct eval *e, struct measurement *m)
{
	metrics_names(e->part[0].net, m);
	tallies_figures(e->tallies, m);
}

void
eval_need(const struct eval *e, struct need *n)
{
	for (int i = 0; i < e->nparts; i++)
		need_add_plan(n, e->part[i].plan);
}

size_t
eval_items(const struct eval *e)
{
	return e->items;
}
