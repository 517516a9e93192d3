/* Plans: made, run, read, written, freed. */
#include "onednn/plan.h"

#include <omp.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "onednn/onednn.h"

/* What oneDNN keeps of a primitive, mostly code: seen with 2.6.3, a mean over the
 * standard nets. */
enum { CODE_SIZE = 80 << 10 };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
report_steps(const struct od_plan *p)
{
	size_t i;

	log_debug("cpu: %zu steps, %zu reorders, %zu bytes of values",
	    p->nsteps, p->reorders, p->block_size);
	for (i = 0; i < p->nsteps; i++) {
		const struct od_step *s = &p->steps[i];
		const struct op *op = s->op < 0 ? NULL : od_op(p, s->op);
		log_debug("cpu: %9.3f ms %-12s %-14s %s", s->seconds * 1e3,
		    op != NULL ? op_defs[op->kind].name : "",
		    s->impl != NULL ? s->impl : "own",
		    op != NULL && op->name != NULL ? op->name : "");
	}
}

static void
onednn_free(struct plan *base)
{
	struct od_plan *p = (struct od_plan *)base;
	size_t i;
	int k;

	if (p == NULL)
		return;
	if (p->profile)
		report_steps(p);
	for (i = 0; i < p->nsteps; i++) {
		for (k = 0; k < p->steps[i].nargs; k++)
			dnnl_memory_destroy(p->steps[i].args[k].memory);
		dnnl_primitive_destroy(p->steps[i].prim);
	}
	for (i = 0; i < p->nbufs; i++)
		if (p->bufs[i].own)
			mem_free(p->bufs[i].ptr);
	for (k = 0; p->base.graph != NULL && k < graph_ops(p->base.graph); k++)
		if (p->hints != NULL)
			dnnl_primitive_desc_destroy(p->hints[k]);
	for (k = 0; p->accum != NULL && k < graph_tensors(p->base.graph); k++)
		mem_free(p->accum[k]);
	mem_free(p->accum);
	mem_free(p->hints);
	mem_free(p->ws);
	mem_free(p->reported);
	lower_clear(&p->low);
	mem_free(p->vals);
	mem_free(p->bufs);
	mem_free(p->steps);
	mem_free(p->block);
	mem_free(p->fixed);
	mem_free(p->scratch);
	arena_free(p->mem);
	graph_free(p->base.graph);
	mem_free(p);
}

static int
onednn_plan(struct plan **out, struct device *d, const struct graph *g,
    const struct plan_opts *o)
{
	struct od_plan *p = mem_new(struct od_plan);
	int rc;

	*out = NULL;
	p->dev = (struct od_device *)d;
	p->base.backend = &backend_onednn;
	p->base.device = d;
	p->mem = arena_new();
	p->seed = o->seed;
	p->share = (struct od_plan *)o->share;
	p->measure = o->measure;
	p->dt = dnnl_f32;
	p->profile = !o->measure && log_enabled(LOG_DEBUG) != 0;
	if (o->precision == PRECISION_BF16 && p->dev->bf16 && !p->dev->slow)
		p->dt = dnnl_bf16;
	if (o->precision == PRECISION_BF16 && p->dev->slow && !o->measure)
		log_info(
		    "cpu: bf16 is slower than fp32 on this CPU; fp32 is used");
	omp_set_num_threads(p->dev->threads);
	if (o->precision == PRECISION_FP16)
		rc = err_set(ERR_UNSUPPORTED,
		    "the CPU does not compute in fp16, only in fp32%s",
		    p->dev->bf16 ? " and bf16" : "");
	else if (o->precision == PRECISION_BF16 && !p->dev->bf16)
		rc = err_set(ERR_UNSUPPORTED,
		    "this CPU does not compute in bf16 (no avx512_bf16)");
	else
		rc = od_compile(p, g, o->share);
	if (rc < 0)
		onednn_free(&p->base);
	else
		*out = &p->base;
	return rc;
}

/* The state of all params that this plan reads. */
static uint64_t
version(const struct od_plan *p)
{
	uint64_t v = 0;

	for (; p != NULL; p = p->share)
		v += p->version;
	return v;
}

static int
run_step(struct od_plan *p, struct od_step *s)
{
	double t = 0;
	int rc;

	if (p->profile)
		t = now();
	rc = s->run(p, s);
	if (p->profile)
		s->seconds += now() - t;
	if (rc < 0 && s->op >= 0)
		return err_in(rc, "%s", od_op(p, s->op)->name);
	return rc;
}

/* Before a run that accumulates: put the gradients aside; after it: add them. */
static void
accumulate(struct od_plan *p, bool before)
{
	int t, n = graph_tensors(p->base.graph);

	if (p->accum == NULL)
		p->accum = mem_array(float *, (size_t)n);
	for (t = 0; t < n; t++) {
		const struct od_view *v = &p->vals[t].home;
		size_t size, i;
		float *g;

		if (graph_tensor(p->base.graph, t)->kind != TENSOR_GRAD)
			continue;
		size = od_size(&v->md);
		g = p->bufs[v->buf].ptr;
		if (before) {
			if (p->accum[t] == NULL)
				p->accum[t] = mem_calloc(size, 1);
			memcpy(p->accum[t], g, size);
			continue;
		}
#pragma omp parallel for simd
		for (i = 0; i < size / sizeof(float); i++)
			g[i] += p->accum[t][i];
	}
}

static int
onednn_run(struct plan *base, const struct plan_run *r)
{
	struct od_plan *p = (struct od_plan *)base;
	size_t i;

	omp_set_num_threads(p->dev->threads);
	p->iteration = r->iteration;
	od_wait_look(&p->wait);
	if (!p->ready || p->seen != version(p)) {
		for (i = 0; i < p->nsteps; i++)
			if (p->steps[i].prologue)
				TRY(run_step(p, &p->steps[i]));
		p->seen = version(p);
		p->ready = true;
	}
	if (r->accumulate && r->backward)
		accumulate(p, true);
	for (i = 0; i < p->nsteps; i++) {
		struct od_step *s = &p->steps[i];

		if (!s->prologue && (r->backward || !s->backward))
			TRY(run_step(p, s));
	}
	if (r->accumulate && r->backward)
		accumulate(p, false);
	return 0;
}

/* Where tensor t lies, here or in the plan that shares it. */
static struct od_plan *
owner_of(struct od_plan *p, int *t)
{
	struct od_plan *owner = p->vals[*t].owner;

	if (owner == NULL)
		return p;
	*t = p->vals[*t].owner_id;
	return owner;
}

static int
onednn_write(struct plan *base, int t, const float *src)
{
	struct od_plan *p = owner_of((struct od_plan *)base, &t);
	const struct tensor *x = graph_tensor(p->base.graph, t);
	const struct od_view *v = &p->vals[t].home;
	struct od_md plain;

	if (x->kind == TENSOR_VALUE || x->kind == TENSOR_CONST)
		return err_set(ERR_USAGE,
		    "tensor %s is not written from outside",
		    x->name != NULL ? x->name : "");
	if (x->kind == TENSOR_PARAM)
		p->version++;
	plain = od_plain_of(&v->md, dnnl_f32);
	return od_reorder_now(p, &plain, src, &v->md, p->bufs[v->buf].ptr);
}

static int
onednn_read(struct plan *base, int t, float *dst)
{
	struct od_plan *p = owner_of((struct od_plan *)base, &t);
	const struct tensor *x = graph_tensor(p->base.graph, t);
	const struct od_view *v = &p->vals[t].home;
	struct od_md plain;

	if (v->buf == OD_NONE || p->bufs[v->buf].ptr == NULL ||
	    (x->kind == TENSOR_VALUE && !x->keep))
		return err_set(ERR_USAGE, "tensor %s is not kept",
		    x->name != NULL ? x->name : "");
	plain = od_plain_of(&v->md, dnnl_f32);
	return od_reorder_now(p, &v->md, p->bufs[v->buf].ptr, &plain, dst);
}

static void
onednn_memory(const struct plan *base, struct plan_memory *m)
{
	const struct od_plan *p = (const struct od_plan *)base;
	size_t i;
	int t;

	for (t = 0; t < graph_tensors(p->base.graph); t++) {
		enum tensor_kind k = graph_tensor(p->base.graph, t)->kind;
		const struct od_view *v = &p->vals[t].home;

		if (v->buf == OD_NONE || p->bufs[v->buf].borrowed)
			continue;
		if (k == TENSOR_PARAM || k == TENSOR_STATE)
			m->params += p->bufs[v->buf].at.size;
		if (k == TENSOR_STATE)
			m->history += p->bufs[v->buf].at.size;
		if (k == TENSOR_GRAD)
			m->grads += p->bufs[v->buf].at.size;
	}
	m->values = p->block_size + p->fixed_size - m->params;
	m->workspace = p->scratch_size;
	m->later = m->grads;
	for (i = 0; i < p->nsteps; i++)
		m->code += p->steps[i].args != NULL ? CODE_SIZE : 0;
}

static int
onednn_profile(struct plan *base)
{
	struct od_plan *p = (struct od_plan *)base;

	p->profile = true;
	for (size_t i = 0; i < p->nsteps; i++)
		p->steps[i].seconds = 0;
	return 0;
}

static int
onednn_step_time(const struct plan *base, size_t i, struct plan_time *out)
{
	const struct od_plan *p = (const struct od_plan *)base;
	const struct od_step *s;
	const struct op *op;

	if (i >= p->nsteps)
		return 0;
	s = &p->steps[i];
	op = s->op < 0 ? NULL : od_op(p, s->op);
	*out = (struct plan_time){
		.layer = op != NULL && op->name != NULL ? op->name : "",
		.op = op != NULL ? op_defs[op->kind].name : "",
		.how = s->impl != NULL ? s->impl : "",
		.backward = s->backward,
		.seconds = s->seconds
	};
	return 1;
}

const struct backend backend_onednn = {
	.abi = BACKEND_ABI,
	.name = "onednn",
	.open = od_device_open,
	.close = od_device_close,
	.info = od_device_info,
	.plan = onednn_plan,
	.run = onednn_run,
	.write = onednn_write,
	.read = onednn_read,
	.update = od_update,
	.memory = onednn_memory,
	.profile = onednn_profile,
	.step_time = onednn_step_time,
	.free = onednn_free,
};
