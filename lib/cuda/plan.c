/* Plans: made, read, written, freed.  Running them is iterate.c's. */
#include "cuda/plan.h"

#include <string.h>

#include "base/log.h"
#include "cuda/cuda.h"

/* Of fp16's gradients; it finds its place by itself. */
#define SCALE_FIRST 1024

static void
cuda_free(struct plan *base)
{
	struct cu_plan *p = (struct cu_plan *)base;

	if (p == NULL)
		return;
	rt_use(p->rt);
	rt_sync(p->rt);
	cu_forget(p, CU_ALL);
	for (size_t i = 0; i < p->nsteps; i++)
		if (p->steps[i].drop != NULL)
			p->steps[i].drop(p->steps[i].call.extra);
	rt_free(p->rt, p->fixed);
	rt_free(p->rt, p->block);
	rt_free(p->rt, p->scratch);
	rt_free(p->rt, p->env);
	rt_free(p->rt, p->side);
	rt_free(p->rt, p->reading);
	rt_free(p->rt, p->watched);
	rt_free(p->rt, p->ring);
	mem_free(p->notes);
	cu_update_free(p);
	mem_free(p->steps);
	mem_free(p->param_casts.v);
	mem_free(p->grad_casts.v);
	mem_free(p->bufs);
	lower_clear(&p->low);
	mem_free(p->vals);
	mem_free(p->reported);
	graph_free(p->base.graph);
	arena_free(p->mem);
	mem_free(p);
}

static int
begin_run(struct cu_plan *p)
{
	const struct cu_env env = { .seed = p->seed, .scale = SCALE_FIRST };

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
	p->reducer = o->measure ? NULL : o->reducer;
	rc = rt_use(p->rt);
	if (rc == 0)
		rc = cu_compile(p, g, o->share);
	if (rc == 0 && !p->measure)
		rc = begin_run(p);
	if (rc < 0) {
		cuda_free(&p->base);
		return rc;
	}
	log_debug("%s: %zu steps, %.1f MiB of values, %.1f MiB of work space",
	    d->name, p->nsteps, (double)p->block_size / 1048576,
	    (double)p->scratch_size / 1048576);
	cu_say_traffic(p);
	*out = &p->base;
	return 0;
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
		return cu_feed_floats(p, t, src);
	for (struct cu_plan *q = p; q != NULL; q = q->share)
		q->version++;
	return rt_upload(p->rt, cu_where(p, t), src, bytes);
}

/* A tensor in another form than plain float is converted first. */
static int
read_converted(struct cu_plan *p, int t, const struct cu_view *v,
    const struct shape *s, float *dst, size_t bytes)
{
	struct cu_arg in = { p->bufs[v->buf].ptr, s, v->form };
	struct cu_arg out = { NULL, cu_shape(p, t), { CU_F32, false } };
	struct cu_call c = { .nin = 1,
		.nout = 1,
		.in = &in,
		.out = &out,
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
	struct cu_view v = p->vals[t].home;
	struct shape s = *cu_shape(p, t);
	const size_t bytes = shape_count(&s) * sizeof(float);
	struct cu_env env;

	TRY(rt_use(p->rt));
	TRY(rt_download(p->rt, &env, p->env, sizeof(env)));
	TRY(cu_bad_op(p, env.bad_op, env.value));
	if (bytes == 0)
		return 0;
	if (v.buf == CU_NONE &&
	    graph_tensor(p->base.graph, t)->kind == TENSOR_INPUT)
		cu_fed(p, t, &v, &s);
	if (v.buf == CU_NONE)
		return err_set(ERR_USAGE, "tensor %d was dropped", t);
	if (v.form.type != CU_F32 || v.form.nhwc)
		return read_converted(p, t, &v, &s, dst, bytes);
	return rt_download(p->rt, dst, p->bufs[v.buf].ptr, bytes);
}

static void
cuda_memory(const struct plan *base, struct plan_memory *m)
{
	const struct cu_plan *p = (const struct cu_plan *)base;

	for (int t = 0; t < graph_tensors(p->base.graph); t++) {
		const enum tensor_kind k = graph_tensor(p->base.graph, t)->kind;
		const int b = p->vals[t].home.buf;

		if (k == TENSOR_INPUT)
			m->feeding += rt_feeding(
			    p->rt, shape_count(cu_shape(p, t)) * sizeof(float));
		if (b == CU_NONE || p->bufs[b].borrowed)
			continue;
		if (k == TENSOR_STATE)
			m->history += p->bufs[b].at.size;
		if (k == TENSOR_GRAD)
			m->grads += p->bufs[b].at.size;
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

static uint64_t
cuda_waits(const struct device *d)
{
	return rt_waits(((const struct cu_device *)d)->rt);
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
	q->autotune = o != NULL && o->autotune;
	rc = o != NULL && o->like != NULL
	    ? rt_open_like(&q->rt, o->like, q->base.name)
	    : rt_open(&q->rt, index, q->base.name);
	if (rc < 0) {
		mem_free(q);
		return rc;
	}
	rt_bus(q->rt, q->base.bus);
	*out = &q->base;
	return 0;
}

static const struct iterate_ops iterate = {
	.metrics_set = cu_metrics_set,
	.step = cu_step,
	.metrics_read = cu_metrics_read,
	.scale = cu_scale,
	.mix = cu_mix_plan,
	.swap = cu_swap_plan,
	.waits = cuda_waits,
};

const struct backend backend_cuda = {
	.abi = BACKEND_ABI,
	.name = "cuda",
	.training = PRECISION_TF32,
	.reduces = true,
	.tunes = true,
	.count = rt_count,
	.open = cuda_open,
	.close = cuda_close,
	.info = rt_info,
	.plan = cuda_plan,
	.run = cu_run,
	.write = cuda_write,
	.read = cuda_read,
	.update = cu_update_plan,
	.iterate = &iterate,
	.memory = cuda_memory,
	.profile = cu_profile,
	.step_time = cu_step_time,
	.room = cuda_room,
	.free = cuda_free,
	.ring = &cu_ring_ops,
};
