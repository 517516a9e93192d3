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
		    !p->low.train && graph_is_prologue(p->base.graph, p->now);
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
	const struct od_md *scratch = od_pd_md(p, pd, dnnl_query_scratchpad_md);
	int k, n;

	for (n = 0; args[n].id != 0; n++)
		;
	uses(p, s, n);
	s->impl = arena_strdup(p->mem, od_pd_name(pd));
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

const char *
od_pd_name(const_dnnl_primitive_desc_t pd)
{
	const char *info = "";

	dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &info);
	return info;
}

int
od_attr(dnnl_primitive_attr_t *attr, const struct od_post *post)
{
	dnnl_post_ops_t ops = NULL;
	dnnl_status_t s = dnnl_primitive_attr_create(attr);

	if (s == dnnl_success)
		s = dnnl_primitive_attr_set_scratchpad_mode(
		    *attr, dnnl_scratchpad_mode_user);
	if (s == dnnl_success && post != NULL)
		s = dnnl_post_ops_create(&ops);
	if (s == dnnl_success && post != NULL)
		s = od_post_append(ops, post);
	if (s == dnnl_success && post != NULL)
		s = dnnl_primitive_attr_set_post_ops(*attr, ops);
	dnnl_post_ops_destroy(ops);
	return od_status(s, "attributes");
}

int
od_offered(dnnl_status_t s)
{
	if (s == dnnl_unimplemented || s == dnnl_invalid_arguments)
		return 0;
	return od_status(s, "primitive descriptor");
}

bool
od_pd_slow(const_dnnl_primitive_desc_t pd)
{
	const char *info = od_pd_name(pd);

	return strstr(info, "ref") != NULL || strstr(info, "gemm:") != NULL ||
	    strstr(info, "gemm_") == info || strcmp(info, "gemm") == 0;
}
