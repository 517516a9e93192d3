/*
 * Plans of ref: the graph's ops, one after the other, on one arena.
 *
 * The memory plan is the compiler's (graph_plan_memory), so that ref tests it
 * too.  PARAM, STATE, INPUT and GRAD live outside the arena, from run to run.
 */
#include "ref/ref.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/queue.h"
#include "base/stop.h"
#include "graph/lower.h"
#include "graph/update.h"
#include "ref/kernel.h"

#define ARENA_CAP ((size_t)64 << 30)

struct ref_device {
	struct device base;
	struct pool *pool; /* for updates; ops run on one thread */
};

struct ref_plan {
	struct plan base;
	uint64_t seed;
	float **at; /* bytes of each tensor, NULL: it has none */
	bool *own;  /* at[t] is freed with the plan */
	float *arena;
	float *spare; /* where an op writes the GRADs that are added to */
	struct plan_memory memory;
	bool measure;    /* takes no memory */
	double *seconds; /* of each op, when profiled; or NULL */
};

static void
close_device(struct device *d)
{
	struct ref_device *r = (struct ref_device *)d;

	pool_free(r->pool);
	mem_free(r);
}

static int
open_device(struct device **out, int index, const struct device_opts *o)
{
	struct ref_device *r;
	int threads = o != NULL ? o->threads : 0, rc;

	*out = NULL;
	if (index != 0)
		return err_set(ERR_DEVICE, "there is one device \"ref\"");
	r = mem_new(struct ref_device);
	r->base.backend = &backend_ref;
	r->base.fallback = &backend_ref;
	snprintf(r->base.name, sizeof(r->base.name), "ref (plain loops)");
	rc = pool_new(&r->pool, threads > 0 ? threads : queue_cpus());
	if (rc < 0) {
		mem_free(r);
		return rc;
	}
	*out = &r->base;
	return 0;
}

static void
free_plan(struct plan *plan)
{
	struct ref_plan *p = (struct ref_plan *)plan;

	for (int t = 0; p->own != NULL && t < graph_tensors(plan->graph); t++)
		if (p->own[t])
			mem_free(p->at[t]);
	mem_free(p->at);
	mem_free(p->own);
	mem_free(p->arena);
	mem_free(p->spare);
	mem_free(p->seconds);
	graph_free(plan->graph);
	mem_free(p);
}

static bool
lives_on(enum tensor_kind k)
{
	return k == TENSOR_INPUT || k == TENSOR_PARAM || k == TENSOR_STATE ||
	    k == TENSOR_GRAD;
}

/* Bytes for a tensor that lives from run to run: the sharing plan's, or new
 * and 0. */
static int
take_lasting(struct ref_plan *p, int t, struct plan *share)
{
	const struct tensor *x = graph_tensor(p->base.graph, t);
	const size_t n = shape_count(&x->shape);
	int other = -1;

	if (share != NULL)
		TRY(lower_shared(&other, p->base.graph, t, share->graph));
	if (other >= 0) {
		p->at[t] = ((struct ref_plan *)share)->at[other];
		return 0;
	}
	if (x->kind == TENSOR_PARAM || x->kind == TENSOR_STATE)
		p->memory.params += n * sizeof(float);
	else
		p->memory.values += n * sizeof(float);
	if (x->kind == TENSOR_STATE)
		p->memory.history += n * sizeof(float);
	if (x->kind == TENSOR_GRAD)
		p->memory.grads += n * sizeof(float);
	if (p->measure)
		return 0;
	TRY(mem_take((void **)&p->at[t], n > 0 ? n : 1, sizeof(float),
	    ARENA_CAP, x->name));
	memset(p->at[t], 0, (n > 0 ? n : 1) * sizeof(float));
	p->own[t] = true;
	return 0;
}

/* The most bytes of GRAD that one op makes. */
static size_t
spare_bytes(const struct graph *g)
{
	size_t most = 0;

	for (int i = 0; i < graph_ops(g); i++) {
		const struct op *op = graph_op(g, i);
		size_t bytes = 0;

		for (int k = 0; k < op->nout; k++)
			if (graph_tensor(g, op->out[k])->kind == TENSOR_GRAD)
				bytes +=
				    shape_count(graph_shape(g, op->out[k])) *
				    sizeof(float);
		most = bytes > most ? bytes : most;
	}
	return most;
}

/* Give every tensor its place. */
static int
lay_out(struct ref_plan *p, struct plan *share)
{
	struct graph *g = p->base.graph;
	const size_t nt = (size_t)graph_tensors(g);
	size_t *size = mem_array(size_t, nt + 1);
	size_t *offset = mem_array(size_t, nt + 1);
	const size_t spare = spare_bytes(g);
	size_t total;
	int rc = 0;

	for (size_t t = 0; t < nt && rc == 0; t++) {
		const struct tensor *x = graph_tensor(g, (int)t);
		const size_t bytes = shape_count(&x->shape) * sizeof(float);

		if (x->kind == TENSOR_CONST)
			p->at[t] = (float *)x->data; /* never written to */
		else if (lives_on(x->kind))
			rc = take_lasting(p, (int)t, share);
		else if (x->producer >= 0)
			size[t] = bytes > 0 ? bytes : 1;
	}
	if (rc < 0)
		goto done;
	graph_plan_memory(g, size, 64, offset, &total);
	p->memory.values += total;
	p->memory.workspace = spare;
	if (p->measure)
		goto done;
	rc = mem_take(
	    (void **)&p->arena, total + 64, 1, ARENA_CAP, "values of the net");
	if (rc == 0)
		rc = mem_take((void **)&p->spare, spare + 64, 1, ARENA_CAP,
		    "a gradient of the net");
	for (size_t t = 0; t < nt && rc == 0; t++)
		if (offset[t] != SIZE_MAX)
			p->at[t] = p->arena + offset[t] / sizeof(float);
	for (int i = 0; i < graph_ops(g) && rc == 0; i++) {
		const struct op *op = graph_op(g, i);

		if (op->kind == OP_RESHAPE && p->at[op->out[0]] == NULL)
			p->at[op->out[0]] = p->at[op->in[0]];
	}
done:
	mem_free(size);
	mem_free(offset);
	return rc;
}

static int
make_plan(struct plan **out, struct device *d, const struct graph *g,
    const struct plan_opts *o)
{
	struct ref_plan *p = mem_new(struct ref_plan);
	size_t nt;
	int rc;

	p->base.backend = &backend_ref;
	p->base.device = d;
	p->base.graph = graph_copy(g);
	p->seed = o->seed;
	p->measure = o->measure;
	graph_prune(p->base.graph);
	nt = (size_t)graph_tensors(p->base.graph);
	p->at = mem_array(float *, nt + 1);
	p->own = mem_array(bool, nt + 1);
	rc = lay_out(p, o->share);
	if (rc < 0) {
		free_plan(&p->base);
		return err_in(rc, "plan");
	}
	*out = &p->base;
	return 0;
}

/* to += from, for each GRAD that the op wrote into the spare room. */
static void
add_grads(struct ref_plan *p, const struct op *op, float *const *out)
{
	for (int i = 0; i < op->nout; i++) {
		float *to = p->at[op->out[i]];
		const size_t n =
		    shape_count(graph_shape(p->base.graph, op->out[i]));

		for (size_t k = 0; k < n && to != out[i]; k++)
			to[k] += out[i][k];
	}
}

static int
run_op(struct ref_plan *p, const struct op *op, const struct plan_run *r)
{
	const struct op_env env = { p->seed, r->iteration };
	struct graph *g = p->base.graph;
	const float *in[OP_IN_MAX] = { NULL };
	float *out[OP_OUT_MAX] = { NULL }, *spare = p->spare;

	for (int i = 0; i < op->nin; i++)
		if (op->in[i] >= 0)
			in[i] = p->at[op->in[i]];
	for (int i = 0; i < op->nout; i++) {
		out[i] = p->at[op->out[i]];
		if (r->accumulate &&
		    graph_tensor(g, op->out[i])->kind == TENSOR_GRAD) {
			out[i] = spare;
			spare += shape_count(graph_shape(g, op->out[i]));
		}
	}
	TRY(backend_ref.op(g, op, in, out, &env));
	add_grads(p, op, out);
	return 0;
}

static int
run_plan(struct plan *plan, const struct plan_run *r)
{
	struct ref_plan *p = (struct ref_plan *)plan;

	for (int i = 0; i < graph_ops(plan->graph); i++) {
		const struct op *op = graph_op(plan->graph, i);

		const double start = p->seconds != NULL ? stop_clock() : 0;

		if (op->stage != STAGE_FORWARD && !r->backward)
			continue;
		TRY(run_op(p, op, r));
		if (p->seconds != NULL)
			p->seconds[i] += stop_clock() - start;
	}
	return 0;
}

static int
run_kernel(const struct graph *g, const struct op *op, const float *const *in,
    float *const *out, const struct op_env *env)
{
	int rc = ref_kernels[op->kind](g, op, in, out, env);

	return rc < 0 ? err_in(rc, "layer %s", op->name) : 0;
}

static int
write_tensor(struct plan *plan, int t, const float *src)
{
	const size_t n = shape_count(graph_shape(plan->graph, t));

	if (n > 0)
		memcpy(((struct ref_plan *)plan)->at[t], src, n * sizeof(*src));
	return 0;
}

static int
read_tensor(struct plan *plan, int t, float *dst)
{
	const struct ref_plan *p = (const struct ref_plan *)plan;
	const size_t n = shape_count(graph_shape(plan->graph, t));

	if (n > 0)
		memcpy(dst, p->at[t], n * sizeof(*dst));
	return 0;
}

static int
update(struct plan *plan, const struct update *u)
{
	struct ref_plan *p = (struct ref_plan *)plan;
	struct update_host *h = mem_array(struct update_host, (size_t)u->n + 1);

	for (int i = 0; i < u->n; i++) {
		const struct update_param *q = &u->params[i];

		h[i].w = p->at[q->param];
		h[i].g = q->grad >= 0 ? p->at[q->grad] : NULL;
		for (int k = 0; k < 2; k++)
			h[i].h[k] =
			    q->history[k] >= 0 ? p->at[q->history[k]] : NULL;
		h[i].n = shape_count(graph_shape(plan->graph, q->param));
	}
	update_on_host(u, h, ((struct ref_device *)plan->device)->pool);
	mem_free(h);
	return 0;
}

static void
memory_of(const struct plan *plan, struct plan_memory *m)
{
	*m = ((const struct ref_plan *)plan)->memory;
}

static int
profile(struct plan *plan)
{
	struct ref_plan *p = (struct ref_plan *)plan;

	mem_free(p->seconds);
	p->seconds = mem_array(double, (size_t)graph_ops(plan->graph) + 1);
	return 0;
}

static int
step_time(const struct plan *plan, size_t i, struct plan_time *out)
{
	const struct ref_plan *p = (const struct ref_plan *)plan;
	const struct op *op;

	if (i >= (size_t)graph_ops(plan->graph))
		return 0;
	op = graph_op(plan->graph, (int)i);
	*out = (struct plan_time){ .layer = op->name != NULL ? op->name : "",
		.op = op_defs[op->kind].name,
		.how = "",
		.backward = op->stage == STAGE_BACKWARD,
		.seconds = p->seconds != NULL ? p->seconds[i] : 0 };
	return 1;
}

static int
info(struct device_info *out, int index)
{
	memset(out, 0, sizeof(*out));
	if (index > 0)
		return err_set(ERR_DEVICE, "there is one device \"ref\"");
	snprintf(out->name, sizeof(out->name), "plain loops");
	out->units = 1;
	return 0;
}

const struct backend backend_ref = {
	.abi = BACKEND_ABI,
	.name = "ref",
	.open = open_device,
	.close = close_device,
	.info = info,
	.plan = make_plan,
	.run = run_plan,
	.write = write_tensor,
	.read = read_tensor,
	.update = update,
	.memory = memory_of,
	.profile = profile,
	.step_time = step_time,
	.free = free_plan,
	.op = run_kernel,
};
