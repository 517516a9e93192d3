/*
 * Plans: made, run, read, written, freed.
 *
 * The first run of a kind (forward, with backward, accumulating) goes step by
 * step; the second is captured; from then on the whole run is one launch.  What
 * changes between runs is on the device before it starts: the iteration, which
 * dropout reads, and the inputs.
 */
#include "cuda/plan.h"

#include <string.h>

#include "base/log.h"
#include "cuda/cuda.h"

static void
cuda_free(struct plan *base)
{
	struct cu_plan *p = (struct cu_plan *)base;

	if (p == NULL)
		return;
	rt_use(p->rt);
	rt_sync(p->rt);
	for (int i = 0; i < CU_VARIANTS; i++)
		rt_graph_free(p->rt, p->graph[i]);
	for (size_t i = 0; i < p->nsteps; i++)
		if (p->steps[i].drop != NULL)
			p->steps[i].drop(p->steps[i].call.extra);
	rt_free(p->rt, p->fixed);
	rt_free(p->rt, p->block);
	rt_free(p->rt, p->scratch);
	rt_free(p->rt, p->env);
	rt_free(p->rt, p->side);
	rt_free(p->rt, p->reading);
	rt_free(p->rt, p->pieces_there);
	rt_free(p->rt, p->update_scratch);
	mem_free(p->pieces);
	mem_free(p->steps);
	mem_free(p->bufs);
	mem_free(p->vals);
	mem_free(p->reported);
	graph_free(p->base.graph);
	arena_free(p->mem);
	mem_free(p);
}

static int
begin(struct cu_plan *p)
{
	const struct cu_env env = { .seed = p->seed };

	return rt_upload(p->rt, p->env, &env, sizeof(env));
}

static int
cuda_plan(struct plan **out, struct device *d, const struct graph *g,
    const struct plan_opts *o)
{
	static const enum cu_type types[] = {
		[PRECISION_FP32] = CU_F32,
		[PRECISION_TF32] = CU_F32,
		[PRECISION_BF16] = CU_BF16,
		[PRECISION_FP16] = CU_F16,
	};
	struct cu_plan *p = mem_new(struct cu_plan);
	int rc;

	*out = NULL;
	p->base.backend = &backend_cuda;
	p->base.device = d;
	p->dev = (struct cu_device *)d;
	p->rt = p->dev->rt;
	p->mem = arena_new();
	p->type = types[o->precision];
	p->tf32 = o->precision != PRECISION_FP32;
	p->seed = o->seed;
	p->share = (struct cu_plan *)o->share;
	p->measure = o->measure;
	rc = rt_use(p->rt);
	if (rc == 0)
		rc = cu_compile(p, g, o->share);
	if (rc == 0 && !p->measure)
		rc = begin(p);
	if (rc < 0) {
		cuda_free(&p->base);
		return rc;
	}
	log_debug("%s: %zu steps, %.1f MiB of values, %.1f MiB of work space",
	    d->name, p->nsteps, (double)p->block_size / 1048576,
	    (double)p->scratch_size / 1048576);
	*out = &p->base;
	return 0;
}

static int
run_step(struct cu_plan *p, const struct cu_step *s)
{
	const int rc = s->run(&s->call);

	if (rc < 0 && s->call.op != NULL)
		return err_in(rc, "layer %s", s->call.op->name);
	(void)p;
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

static int
run_steps(struct cu_plan *p, bool backward, bool accumulate)
{
	if (accumulate)
		TRY(grads(p, false));
	for (size_t i = 0; i < p->nsteps; i++) {
		const struct cu_step *s = &p->steps[i];

		if (!s->prologue && (backward || !s->backward))
			TRY(run_step(p, s));
	}
	return accumulate ? grads(p, true) : 0;
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
capture(struct cu_plan *p, bool backward, bool accumulate, void **graph)
{
	int rc;

	TRY(rt_capture_begin(p->rt));
	rc = run_steps(p, backward, accumulate);
	if (rc < 0) {
		void *broken = NULL;
		struct err_saved saved;

		err_save(&saved, rc);
		rt_capture_end(p->rt, &broken);
		rt_graph_free(p->rt, broken);
		return err_restore(&saved);
	}
	return rt_capture_end(p->rt, graph);
}

static int
cuda_run(struct plan *base, const struct plan_run *r)
{
	struct cu_plan *p = (struct cu_plan *)base;
	const bool accumulate = r->accumulate && r->backward;
	const int k = accumulate ? 2 : r->backward ? 1 : 0;

	TRY(rt_use(p->rt));
	p->iteration = r->iteration;
	TRY(cu_set_iteration(p->env, r->iteration, rt_stream(p->rt)));
	TRY(prologue(p));
	if (accumulate && p->side == NULL)
		TRY(take_side(p));
	if (p->graph[k] == NULL && p->runs[k] == 1 && !p->host_ops &&
	    rt_captures(p->rt))
		TRY(capture(p, r->backward, accumulate, &p->graph[k]));
	if (p->runs[k] < 2)
		p->runs[k]++;
	if (p->graph[k] != NULL)
		return rt_replay(p->rt, p->graph[k]);
	return run_steps(p, r->backward, accumulate);
}

static int
cuda_write(struct plan *base, int t, const float *src)
{
	struct cu_plan *p = (struct cu_plan *)base;
	const struct tensor *x = graph_tensor(p->base.graph, t);
	const size_t bytes = shape_count(&x->shape) * sizeof(float);

	TRY(rt_use(p->rt));
	if (bytes == 0)
		return 0;
	if (x->kind == TENSOR_INPUT)
		return rt_feed(p->rt, cu_where(p, t), src, bytes);
	for (struct cu_plan *q = p; q != NULL; q = q->share)
		q->version++;
	return rt_upload(p->rt, cu_where(p, t), src, bytes);
}

/* A label or index that was out of range somewhere since the last look. */
static int
check_env(struct cu_plan *p)
{
	const struct cu_env clean = { .seed = p->seed,
		.iteration = p->iteration };
	struct cu_env env;

	TRY(rt_download(p->rt, &env, p->env, sizeof(env)));
	if (env.bad_op == 0)
		return 0;
	TRY(rt_upload(p->rt, p->env, &clean, sizeof(clean)));
	return err_set(ERR_FORMAT,
	    "layer %s: label or index %g is out of range",
	    graph_op(p->base.graph, env.bad_op - 1)->name, (double)env.value);
}

/* A tensor in another form than plain float is converted first. */
static int
read_converted(struct cu_plan *p, int t, float *dst, size_t bytes)
{
	const struct cu_view *v = &p->vals[t].home;
	const struct shape *s = cu_shape(p, t);
	struct cu_arg in = { p->bufs[v->buf].ptr, s, v->form };
	struct cu_arg out = { NULL, s, { CU_F32, false } };
	struct cu_call c = { .nin = 1,
		.nout = 1,
		.in = &in,
		.out = &out,
		.scale = 1,
		.stream = rt_stream(p->rt) };

	if (p->reading_size < bytes) {
		rt_free(p->rt, p->reading);
		p->reading = NULL;
		p->reading_size = 0;
		TRY(rt_alloc(p->rt, &p->reading, bytes, "a tensor to read"));
		p->reading_size = bytes;
	}
	out.p = p->reading;
	TRY(cu_convert(&c));
	return rt_download(p->rt, dst, p->reading, bytes);
}

static int
cuda_read(struct plan *base, int t, float *dst)
{
	struct cu_plan *p = (struct cu_plan *)base;
	const struct cu_view *v = &p->vals[t].home;
	const size_t bytes = shape_count(cu_shape(p, t)) * sizeof(float);

	TRY(rt_use(p->rt));
	TRY(check_env(p));
	if (bytes == 0)
		return 0;
	if (v->buf == CU_NONE)
		return err_set(ERR_USAGE, "tensor %d was dropped", t);
	if (v->form.type != CU_F32 || v->form.nhwc)
		return read_converted(p, t, dst, bytes);
	return rt_download(p->rt, dst, p->bufs[v->buf].ptr, bytes);
}

static void
cuda_memory(const struct plan *base, struct plan_memory *m)
{
	const struct cu_plan *p = (const struct cu_plan *)base;

	for (int t = 0; t < graph_tensors(p->base.graph); t++) {
		const enum tensor_kind k = graph_tensor(p->base.graph, t)->kind;
		const int b = p->vals[t].home.buf;

		if (b == CU_NONE || p->bufs[b].borrowed)
			continue;
		if (k == TENSOR_STATE)
			m->history += p->bufs[b].size;
		if (k == TENSOR_GRAD)
			m->grads += p->bufs[b].size;
		if (k == TENSOR_INPUT)
			m->feeding += rt_feeding(p->rt, p->bufs[b].size);
	}
	m->params = p->params_size;
	m->values = p->block_size + p->fixed_size - p->params_size;
	m->workspace = p->scratch_size;
	m->later = m->grads;
}

static void
cuda_room(struct device *d, uint64_t *available, uint64_t *total)
{
	struct cu_device *q = (struct cu_device *)d;
	size_t left = 0, all = 0;

	rt_use(q->rt);
	rt_memory(q->rt, &left, &all);
	*available = left;
	*total = all;
}

static void
cuda_close(struct device *d)
{
	struct cu_device *q = (struct cu_device *)d;

	rt_close(q->rt);
	mem_free(q);
}

static int
cuda_open(struct device **out, int index, const struct device_opts *o)
{
	struct cu_device *q = mem_new(struct cu_device);
	int rc;

	*out = NULL;
	q->base.backend = &backend_cuda;
	q->deterministic = o != NULL && o->deterministic;
	rc = rt_open(&q->rt, index, q->base.name);
	if (rc < 0) {
		mem_free(q);
		return rc;
	}
	rt_bus(q->rt, q->base.bus);
	*out = &q->base;
	return 0;
}

const struct backend backend_cuda = {
	.name = "cuda",
	.open = cuda_open,
	.close = cuda_close,
	.info = rt_info,
	.plan = cuda_plan,
	.run = cuda_run,
	.write = cuda_write,
	.read = cuda_read,
	.update = cu_update_plan,
	.memory = cuda_memory,
	.room = cuda_room,
	.free = cuda_free,
};
