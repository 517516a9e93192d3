/* Steps: own kernels and oneDNN's primitives, made and run. */
#include "onednn/plan.h"

#include <string.h>

int
od_status(dnnl_status_t s, const char *what)
{
	if (s == dnnl_success)
		return 0;
	if (s == dnnl_out_of_memory)
		return err_set(ERR_IO, "oneDNN %s: out of memory", what);
	return err_set(ERR_DEVICE, "oneDNN %s: status %d", what, (int)s);
}

struct od_step *
od_step_new(struct od_plan *p, od_run_fn *run)
{
	struct od_step *s;

	mem_grow(&p->steps, &p->capsteps, p->nsteps + 1);
	s = &p->steps[p->nsteps++];
	memset(s, 0, sizeof(*s));
	s->run = run;
	s->op = p->now;
	if (p->now >= 0) {
		s->backward = od_op(p, p->now)->stage == STAGE_BACKWARD;
		s->prologue =
		    !p->train && graph_is_prologue(p->base.graph, p->now);
	}
	return s;
}

static void
uses(struct od_plan *p, struct od_step *s, int n)
{
	s->nuse = n;
	s->use = arena_take(p->mem, sizeof(*s->use) * (size_t)(n + 1));
	s->ptr = arena_take(p->mem, sizeof(*s->ptr) * (size_t)(n + 1));
}

int
od_step_own(struct od_plan *p, od_run_fn *run, const void *arg, size_t argsize,
    size_t scratch, const struct od_view *views, int n)
{
	struct od_step *s = od_step_new(p, run);
	int k;

	uses(p, s, n);
	for (k = 0; k < n; k++)
		s->use[k] = views[k].buf;
	s->scratch = scratch;
	if (argsize > 0) {
		s->arg = arena_take(p->mem, argsize);
		memcpy(s->arg, arg, argsize);
	}
	return 0;
}

int
od_step_prim(
    struct od_plan *p, dnnl_primitive_desc_t pd, const struct od_arg *args)
{
	struct od_step *s = od_step_new(p, od_run_prim);
	const dnnl_memory_desc_t *scratch;
	int k, n;

	for (n = 0; args[n].id != 0; n++)
		;
	uses(p, s, n);
	s->args = arena_take(p->mem, sizeof(*s->args) * (size_t)(n + 1));
	s->md = arena_take(p->mem, sizeof(*s->md) * (size_t)(n + 1));
	for (k = 0, s->nuse = 0; k < n; k++) {
		if (args[k].v == NULL || args[k].v->buf == OD_NONE)
			continue;
		s->use[s->nuse] = args[k].v->buf;
		s->args[s->nuse].arg = args[k].id;
		s->md[s->nuse] = args[k].v->md;
		s->nuse++;
	}
	s->nargs = s->nuse;
	scratch = od_pd_md(pd, dnnl_query_scratchpad_md);
	if (od_size(scratch) > 0) {
		s->scratch = od_size(scratch);
		s->args[s->nargs].arg = DNNL_ARG_SCRATCHPAD;
		s->md[s->nargs] = *scratch;
		s->nargs++;
	}
	if (p->measure)
		return 0;
	return od_status(dnnl_primitive_create(&s->prim, pd), "primitive");
}

int
od_run_prim(struct od_plan *p, const struct od_step *s)
{
	return od_status(
	    dnnl_primitive_execute(s->prim, p->dev->stream, s->nargs, s->args),
	    "execution");
}

/* The first of oneDNN's implementations whose name has this part. */
static dnnl_status_t
named(dnnl_primitive_desc_t *pd, const void *desc,
    const_dnnl_primitive_attr_t attr, dnnl_engine_t engine,
    const_dnnl_primitive_desc_t hint, const char *name)
{
	dnnl_primitive_desc_iterator_t it = NULL;
	dnnl_primitive_desc_t found = NULL;
	const char *info = "";
	dnnl_status_t s;

	s = dnnl_primitive_desc_iterator_create(&it, desc, attr, engine, hint);
	while (s == dnnl_success) {
		found = dnnl_primitive_desc_iterator_fetch(it);
		dnnl_primitive_desc_query(
		    found, dnnl_query_impl_info_str, 0, &info);
		if (strstr(info, name) != NULL)
			break;
		dnnl_primitive_desc_destroy(found);
		found = NULL;
		s = dnnl_primitive_desc_iterator_next(it);
	}
	dnnl_primitive_desc_iterator_destroy(it);
	*pd = found;
	return s == dnnl_iterator_ends ? dnnl_unimplemented : s;
}

int
od_pd(struct od_plan *p, dnnl_primitive_desc_t *pd, const void *desc,
    const_dnnl_post_ops_t post, const_dnnl_primitive_desc_t hint)
{
	return od_pd_named(p, pd, desc, post, hint, NULL);
}

int
od_pd_named(struct od_plan *p, dnnl_primitive_desc_t *pd, const void *desc,
    const_dnnl_post_ops_t post, const_dnnl_primitive_desc_t hint,
    const char *name)
{
	dnnl_primitive_attr_t attr = NULL;
	dnnl_status_t s;

	*pd = NULL;
	TRY(od_status(dnnl_primitive_attr_create(&attr), "attributes"));
	dnnl_primitive_attr_set_scratchpad_mode(
	    attr, dnnl_scratchpad_mode_user);
	if (post != NULL)
		dnnl_primitive_attr_set_post_ops(attr, post);
	s = name != NULL
	    ? named(pd, desc, attr, p->dev->engine, hint, name)
	    : dnnl_primitive_desc_create(pd, desc, attr, p->dev->engine, hint);
	dnnl_primitive_attr_destroy(attr);
	if (s == dnnl_unimplemented || s == dnnl_invalid_arguments)
		return 0;
	return od_status(s, "primitive descriptor");
}

const dnnl_memory_desc_t *
od_pd_md(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	return dnnl_primitive_desc_query_md(pd, what, 0);
}

bool
od_pd_slow(const_dnnl_primitive_desc_t pd)
{
	const char *info = "";

	dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &info);
	return strstr(info, "ref") != NULL || strstr(info, "gemm:") != NULL ||
	    strstr(info, "gemm_") == info || strcmp(info, "gemm") == 0;
}
