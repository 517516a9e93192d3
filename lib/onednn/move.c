/* What moves numbers and computes nothing: concat, slice, pad, permute. */
#include "onednn/plan.h"

#include <string.h>

int
od_build_concat(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	size_t n = (size_t)op->nin;
	struct od_view *v = arena_take(p->mem, sizeof(*v) * (n + 1));
	dnnl_memory_desc_t *md = arena_take(p->mem, sizeof(*md) * (n + 1));
	struct od_arg *args = arena_take(p->mem, sizeof(*args) * (n + 2));
	dnnl_primitive_attr_t attr = NULL;
	dnnl_primitive_desc_t pd = NULL;
	dnnl_memory_desc_t want;
	int k, rc;

	for (k = 0; k < op->nin; k++) {
		TRY(od_home(p, op->in[k], &v[k]));
		if (v[k].md.data_type != p->dt) {
			want = od_plain(od_shape(p, op->in[k]), p->dt);
			TRY(od_want(p, op->in[k], &want, &v[k]));
		}
		md[k] = v[k].md;
		args[k] = (struct od_arg){ DNNL_ARG_MULTIPLE_SRC + k, &v[k] };
	}
	TRY(od_status(dnnl_primitive_attr_create(&attr), "attributes"));
	dnnl_primitive_attr_set_scratchpad_mode(
	    attr, dnnl_scratchpad_mode_user);
	if (dnnl_concat_primitive_desc_create(&pd, NULL, op->nin, op->a.axis,
		md, attr, p->dev->engine) != dnnl_success)
		pd = NULL;
	dnnl_primitive_attr_destroy(attr);
	if (pd == NULL)
		return OD_REF;
	rc = od_out(p, op->out[0], od_pd_md(pd, dnnl_query_dst_md), &v[n]);
	args[n] = (struct od_arg){ DNNL_ARG_DST, &v[n] };
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
	dnnl_primitive_desc_destroy(pd);
	return rc;
}

/* The box of size s at start in v, as a view of the same bytes; false where the
 * layout does not allow it. */
static bool
box(const struct od_view *v, const int64_t *start, const struct shape *s,
    struct od_view *out)
{
	dnnl_memory_desc_t md;
	dnnl_dims_t size = { 0 }, at = { 0 };

	memcpy(size, s->d, sizeof(s->d));
	memcpy(at, start, sizeof(s->d));
	memset(&md, 0, sizeof(md));
	if (v->md.ndims != s->n ||
	    dnnl_memory_desc_init_submemory(&md, &v->md, size, at) !=
		dnnl_success)
		return false;
	out->buf = v->buf;
	out->md = md;
	return true;
}

int
od_build_slice(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_slice *a = &op->a.slice;
	struct od_view x, sub, y;
	dnnl_memory_desc_t md;

	if (a->size.n == 0)
		return OD_REF;
	TRY(od_home(p, op->in[0], &x));
	if (!box(&x, a->start, &a->size, &sub)) {
		md = od_plain_of(&x.md, x.md.data_type);
		TRY(od_want(p, op->in[0], &md, &x));
		if (!box(&x, a->start, &a->size, &sub))
			return OD_REF;
	}
	md = od_like(&x.md, &a->size);
	TRY(od_out(p, op->out[0], &md, &y));
	return od_reorder_step(p, &sub, &y);
}

static int
run_zero(struct od_plan *p, const struct od_step *s)
{
	(void)p;
	memset(s->ptr[0], 0, *(const size_t *)s->arg);
	return 0;
}

int
od_build_pad(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_slice *a = &op->a.slice;
	struct od_view x, y, sub;
	dnnl_memory_desc_t md;
	size_t size;

	if (a->size.n == 0)
		return OD_REF;
	TRY(od_home(p, op->in[0], &x));
	md = od_like(&x.md, &a->size);
	/* Only a layout that has the box can be filled. */
	y.md = md;
	y.buf = OD_NONE;
	if (!box(&y, a->start, od_shape(p, op->in[0]), &sub))
		md = od_plain(&a->size, x.md.data_type);
	y.md = md;
	if (!box(&y, a->start, od_shape(p, op->in[0]), &sub))
		return OD_REF;
	TRY(od_out(p, op->out[0], &md, &y));
	sub.buf = y.buf;
	size = od_size(&md);
	TRY(od_step_own(p, run_zero, &size, sizeof(size), 0, &y, 1));
	return od_reorder_step(p, &x, &sub);
}

int
od_build_permute(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	int perm[SHAPE_MAX], k, n = od_shape(p, op->in[0])->n;
	dnnl_memory_desc_t md, plain;
	struct od_view x, y;

	if (n == 0)
		return OD_REF;
	for (k = 0; k < n; k++)
		perm[op->a.permute.order[k]] = k;
	TRY(od_home(p, op->in[0], &x));
	plain = od_plain_of(&x.md, x.md.data_type);
	TRY(od_want(p, op->in[0], &plain, &x));
	memset(&md, 0, sizeof(md));
	if (dnnl_memory_desc_permute_axes(&md, &x.md, perm) != dnnl_success)
		return OD_REF;
	x.md = md;
	plain = od_plain(od_shape(p, op->out[0]), md.data_type);
	TRY(od_out(p, op->out[0], &plain, &y));
	return od_reorder_step(p, &x, &y);
}
