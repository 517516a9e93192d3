/*
 * Running a plan: alone, or as a step of a training that notes its losses and
 * updates the parameters.
 *
 * The first run of a kind goes op by op; the second is captured; from then on the
 * whole run, update included, is one launch behind a small one (cu_begin) that
 * brings what is new: the iteration, which dropout reads, the slot of the notes
 * and the rates of the update.  Nothing here waits for the device but
 * cu_metrics_read.
 *
 * Where a run cannot be captured it goes op by op for good.
 *
 * A loss that is not finite is found on the device (cu_note), long before the
 * host hears of it: from then on updates and running means do nothing.
 */
#include "base/log.h"
#include "base/stop.h"
#include "cuda/plan.h"

#include <stddef.h>

static int
run_step(const struct cu_plan *p, struct cu_step *s)
{
	const double start = p->profile ? stop_clock() : 0;
	int rc = s->run(&s->call);

	if (rc >= 0 && p->profile) {
		rc = rt_sync(p->rt);
		s->seconds += stop_clock() - start;
	}
	if (rc < 0 && s->call.op != NULL)
		return err_in(rc, "layer %s", s->call.op->name);
	return rc;
}

/* All GRADs, one behind the other: put aside before a run that accumulates,
 * added after it. */
static int
grads(struct cu_plan *p, bool add)
{
	struct graph *g = p->base.graph;
	float *side = p->side;

	for (int t = 0; t < graph_tensors(g); t++) {
		const size_t n = shape_count(graph_shape(g, t));

		if (graph_tensor(g, t)->kind != TENSOR_GRAD)
			continue;
		if (add)
			TRY(cu_add(cu_where(p, t), side, n, rt_stream(p->rt)));
		else
			TRY(rt_copy(
			    p->rt, side, cu_where(p, t), n * sizeof(float)));
		side += n;
	}
	return 0;
}

static int
take_side(struct cu_plan *p)
{
	struct graph *g = p->base.graph;
	void *side;
	size_t n = 0;

	for (int t = 0; t < graph_tensors(g); t++)
		if (graph_tensor(g, t)->kind == TENSOR_GRAD)
			n += shape_count(graph_shape(g, t));
	TRY(rt_alloc(
	    p->rt, &side, (n + 1) * sizeof(float), "accumulated gradients"));
	p->side = side;
	return 0;
}

/* Everything of a run of kind k, in the order of the stream; where several
 * devices exchange gradients, all but the update. */
static int
run_steps(struct cu_plan *p, int k)
{
	if (k & CU_ADDS)
		TRY(grads(p, false));
	for (size_t i = 0; i < p->nsteps; i++) {
		struct cu_step *s = &p->steps[i];

		if (s->prologue || (s->backward && !(k & CU_BACKWARD)))
			continue;
		TRY(run_step(p, s));
		if (k & CU_REDUCES)
			TRY(cu_reduce_after(p, (int)i, (k & CU_ADDS) != 0));
	}
	if ((k & CU_ADDS) && !(k & CU_REDUCES))
		TRY(grads(p, true));
	if (k & CU_NOTES)
		TRY(cu_note(p->env, p->watched, p->nwatched, p->watched_most,
		    p->ring, rt_stream(p->rt)));
	if (k & CU_REDUCES)
		return cu_reduce_end(p, (k & CU_ADDS) != 0);
	return k & CU_UPDATES ? cu_update_all(&p->update, rt_stream(p->rt)) : 0;
}

/* The state of all params that this plan reads. */
static uint64_t
version(const struct cu_plan *p)
{
	uint64_t v = 0;

	for (; p != NULL; p = p->share)
		v += p->version;
	return v;
}

static int
prologue(struct cu_plan *p)
{
	if (p->ready && p->seen == version(p))
		return 0;
	for (size_t i = 0; i < p->nsteps; i++)
		if (p->steps[i].prologue)
			TRY(run_step(p, &p->steps[i]));
	p->seen = version(p);
	p->ready = true;
	return 0;
}

static int
record(struct cu_plan *p, int k)
{
	int rc;

	TRY(rt_capture_begin(p->rt));
	rc = run_steps(p, k);
	if (rc < 0) {
		void *broken = NULL;
		struct err_saved saved;

		err_save(&saved, rc);
		rt_capture_end(p->rt, &broken);
		rt_graph_free(p->rt, broken);
		return err_restore(&saved);
	}
	return rt_capture_end(p->rt, &p->graph[k]);
}

/* What is wrong with more than the recording is found when the run then goes op
 * by op; but who waits for ranks that are gone must not begin. */
static int
capture(struct cu_plan *p, int k)
{
	const int rc = record(p, k);

	if (rc >= 0 || rc == ERR_STOPPED)
		return rc;
	p->refused = true;
	log_info("iterations run op by op, because they cannot be recorded: %s",
	    err_text());
	return 0;
}

void
cu_forget(struct cu_plan *p, int which)
{
	for (int k = 0; k < CU_VARIANTS; k++) {
		if (which != CU_ALL && (k & which) == 0)
			continue;
		rt_graph_free(p->rt, p->graph[k]);
		p->graph[k] = NULL;
		p->runs[k] = 0;
	}
}

static int
run_once(struct cu_plan *p, const struct plan_run *r, int k, struct cu_start *b)
{
	if (r->backward)
		k |= r->accumulate ? CU_BACKWARD | CU_ADDS : CU_BACKWARD;
	p->iteration = b->iteration = r->iteration;
	TRY(cu_begin(p->env, b, rt_stream(p->rt)));
	TRY(prologue(p));
	if ((k & CU_ADDS) && p->side == NULL)
		TRY(take_side(p));
	if (p->graph[k] == NULL && p->runs[k] == 1 && !p->host_ops &&
	    !p->refused && !p->profile && rt_captures(p->rt))
		TRY(capture(p, k));
	if (p->runs[k] < 2)
		p->runs[k]++;
	return p->graph[k] != NULL ? rt_replay(p->rt, p->graph[k])
				   : run_steps(p, k);
}

int
cu_profile(struct plan *base)
{
	struct cu_plan *p = (struct cu_plan *)base;

	TRY(rt_use(p->rt));
	TRY(rt_sync(p->rt));
	cu_forget(p, CU_ALL);
	p->profile = true;
	for (size_t i = 0; i < p->nsteps; i++)
		p->steps[i].seconds = 0;
	return 0;
}

int
cu_step_time(const struct plan *base, size_t i, struct plan_time *out)
{
	const struct cu_plan *p = (const struct cu_plan *)base;
	const struct cu_step *s;
	const struct op *op;

	if (i >= p->nsteps)
		return 0;
	s = &p->steps[i];
	op = s->call.op;
	*out = (struct plan_time){
		.layer = op != NULL && op->name != NULL ? op->name : "",
		.op = op != NULL ? op_defs[op->kind].name : "",
		.how = "",
		.backward = s->backward,
		.seconds = s->seconds
	};
	return 1;
}

int
cu_run(struct plan *base, const struct plan_run *r)
{
	struct cu_plan *p = (struct cu_plan *)base;
	struct cu_start b = { .slot = 0 };

	TRY(rt_use(p->rt));
	return run_once(p, r, 0, &b);
}

int
cu_step(struct plan *base, const struct plan_step *s)
{
	struct cu_plan *p = (struct cu_plan *)base;
	struct cu_start b = { .slot = p->noted };
	int k = 0, rc;

	TRY(rt_use(p->rt));
	if (p->ring != NULL && p->noted == CU_SLOTS)
		return err_set(ERR_RANGE, "no room to note this step");
	if (p->ring != NULL)
		k |= CU_NOTES;
	if (s->update != NULL && s->update->n > 0) {
		TRY(cu_update_prepare(p, s->update, &b.rates));
		k |= p->reducer != NULL ? CU_REDUCES : CU_UPDATES;
	}
	rc = run_once(p, &s->run, k, &b);
	if (k & CU_REDUCES) {
		rc = rc < 0 ? cu_reduce_fail(p, rc) : cu_reduce_wait(p);
		if (rc == 0)
			rc = cu_update_all(&p->update, rt_stream(p->rt));
	}
	TRY(rc);
	if (p->ring != NULL)
		p->noted++;
	return 0;
}

static int
watched(struct cu_plan *p, struct cu_metric *out, const struct plan_metric *w)
{
	const struct cu_view *v = &p->vals[w->tensor].home;
	const size_t n = shape_count(cu_shape(p, w->tensor));

	if (v->buf == CU_NONE && n > 0)
		return err_set(ERR_USAGE, "tensor %d was dropped", w->tensor);
	*out = (struct cu_metric){
		.p = n > 0 ? p->bufs[v->buf].ptr : NULL,
		.n = n,
		.type = v->form.type,
		.halts = w->halts,
	};
	if (p->watched_most < n)
		p->watched_most = n;
	return 0;
}

/* Room for the notes of n tensors, here and there. */
static int
take_ring(struct cu_plan *p, int n, const struct cu_metric *list)
{
	const size_t floats = (size_t)CU_SLOTS * (size_t)n;
	const size_t size = sizeof(struct cu_ring) + floats * sizeof(float);
	void *v;

	TRY(rt_alloc(p->rt, &v, size, "the losses"));
	p->ring = v;
	p->notes = (struct cu_ring *)mem_array(char, size);
	TRY(rt_alloc(
	    p->rt, &v, ((size_t)n + 1) * sizeof(*list), "what is watched"));
	p->watched = v;
	p->nwatched = n;
	if (n == 0)
		return 0;
	return rt_upload(p->rt, v, list, (size_t)n * sizeof(*list));
}

int
cu_metrics_set(struct plan *base, const struct plan_metric *w, int n, int *room)
{
	struct cu_plan *p = (struct cu_plan *)base;
	struct cu_metric *list = mem_array(struct cu_metric, (size_t)n + 1);
	const int zero = 0;
	int rc;

	*room = CU_SLOTS;
	rc = rt_use(p->rt);
	if (rc == 0)
		rc = rt_sync(p->rt);
	cu_forget(p, CU_NOTES);
	rt_free(p->rt, p->ring);
	rt_free(p->rt, p->watched);
	mem_free(p->notes);
	p->ring = p->notes = NULL;
	p->watched = NULL;
	p->noted = 0;
	p->watched_most = 0;
	for (int i = 0; rc == 0 && i < n; i++)
		rc = watched(p, &list[i], &w[i]);
	if (rc == 0)
		rc = take_ring(p, n, list);
	if (rc == 0)
		rc = rt_upload(
		    p->rt, &p->env->halted, &zero, sizeof(p->env->halted));
	mem_free(list);
	return rc;
}

int
cu_bad_op(struct cu_plan *p, int bad_op, float value)
{
	const int none = 0;

	if (bad_op == 0)
		return 0;
	TRY(rt_upload(p->rt, &p->env->bad_op, &none, sizeof(none)));
	return err_set(ERR_FORMAT,
	    "layer %s: label or index %g is out of range",
	    graph_op(p->base.graph, bad_op - 1)->name, (double)value);
}

int
cu_metrics_read(struct plan *base, double *sums, int *steps)
{
	struct cu_plan *p = (struct cu_plan *)base;
	const size_t n = (size_t)p->noted * (size_t)p->nwatched;
	const float *from = (const float *)(p->notes + 1);

	*steps = p->noted;
	p->noted = 0;
	if (*steps == 0)
		return 0;
	TRY(rt_use(p->rt));
	TRY(rt_download(
	    p->rt, p->notes, p->ring, sizeof(*p->ring) + n * sizeof(*from)));
	for (size_t i = 0; i < n; i++)
		sums[i] = (double)from[i];
	return cu_bad_op(p, p->notes->bad_op, p->notes->value);
}

int
cu_scale(struct plan *base, struct plan_scale *s, bool set)
{
	struct cu_plan *p = (struct cu_plan *)base;
	struct cu_env env;

	s->used = p->scaled;
	if (!p->scaled)
		return 0;
	TRY(rt_use(p->rt));
	TRY(rt_download(p->rt, &env, p->env, sizeof(env)));
	if (!set) {
		s->scale = env.scale;
		s->good = env.good;
		s->skipped = env.skipped;
		return 0;
	}
	env.scale = s->scale;
	env.good = s->good;
	env.skipped = s->skipped;
	return rt_upload(p->rt, p->env, &env, sizeof(env));
}
