/* What moves numbers and computes nothing: concat, slice, pad, permute. */
#include "onednn/plan.h"

#include <string.h>

#include "onednn/kern.h"

/*
 * Along the channels most layouts are runs: for each of `outer` items a part of
 * n[k] bytes of input k.  Plain NCHW and whole blocks of channels: outer is N; NHWC:
 * N H W.  The same numbers cut a gradient apart again.
 */
struct runs {
	size_t outer, n, step, at; /* of the whole: bytes of an item, where */
	bool into;                 /* parts into the whole, or out of it */
};

/* Is md dense with the channels last? */
static bool
channels_last(const struct od_md *md)
{
	static const dnnl_format_tag_t tags[] = { dnnl_acb, dnnl_acdb,
		dnnl_acdeb };
	struct od_md m;

	if (md->ndims < 3 || md->ndims > 5)
		return false;
	return od_md_tag(
		   &m, md->ndims, md->dims, md->dt, tags[md->ndims - 3]) &&
	    od_same(&m, md);
}

/* The runs of a part of c channels at `first` in the layout whole; false where it
 * is not made of runs. */
static bool
runs_of(const struct od_md *whole, int64_t first, int64_t c, struct runs *r)
{
	size_t size = whole->dt == dnnl_bf16 ? 2 : 4;
	size_t space = 1;
	int k, block = od_block(whole);

	for (k = 2; k < whole->ndims; k++)
		space *= (size_t)whole->dims[k];
	if (whole->ndims < 2 ||
	    (block > 1 &&
		(first % block != 0 || c % block != 0 ||
		    whole->dims[1] % block != 0)))
		return false;
	if (block > 0) {
		r->outer = (size_t)whole->dims[0];
		size *= space;
	} else if (channels_last(whole)) {
		r->outer = (size_t)whole->dims[0] * space;
	} else {
		return false;
	}
	r->n = (size_t)c * size;
	r->at = (size_t)first * size;
	r->step = (size_t)whole->dims[1] * size;
	return true;
}

static int
run_runs(struct od_plan *p, const struct od_step *s)
{
	const struct runs *r = s->arg;
	char *part = s->ptr[r->into ? 0 : 1], *whole = s->ptr[r->into ? 1 : 0];
	size_t o;

	(void)p;
#pragma omp parallel for schedule(static) if (r->outer * r->n > 4 * OD_GRAIN)
	for (o = 0; o < r->outer; o++) {
		if (r->into)
			memcpy(
			    whole + o * r->step + r->at, part + o * r->n, r->n);
		else
			memcpy(
			    part + o * r->n, whole + o * r->step + r->at, r->n);
	}
	return 0;
}

/* The layout of md with c channels. */
static bool
with_channels(const struct od_md *md, int64_t c, struct od_md *out)
{
	struct shape s = { .n = md->ndims };
	static const dnnl_format_tag_t tags[] = { dnnl_acb, dnnl_acdb,
		dnnl_acdeb };

	memcpy(s.d, md->dims, sizeof(s.d));
	s.d[1] = c;
	if (od_block(md) > 0) {
		*out = od_like(md, &s);
		return true;
	}
	if (!channels_last(md))
		return false;
	return od_md_tag(out, s.n, s.d, md->dt, tags[s.n - 3]);
}

/* One copy per input; the layout is that of the largest one. */
static int
concat_runs(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct shape *ys = od_shape(p, op->out[0]);
	struct od_view v[2];
	struct od_md md, part;
	struct runs r;
	int64_t c, most = 0, at = 0;
	int k, like = 0;

	if (op->a.axis != 1 || ys->n < 3)
		return OD_REF;
	for (k = 0; k < op->nin; k++) {
		c = od_shape(p, op->in[k])->d[1];
		if (c > most) {
			most = c;
			like = k;
		}
	}
	TRY(od_home(p, op->in[like], &v[0]));
	if (!with_channels(&v[0].md, ys->d[1], &md))
		return OD_REF;
	for (k = 0; k < op->nin; k++) {
		TRY(od_home(p, op->in[k], &v[1]));
		if (md.dt != p->dt && v[1].md.dt != md.dt)
			return OD_REF; /* it is made in the plan's type then */
		c = od_shape(p, op->in[k])->d[1];
		if (!runs_of(&md, at, c, &r))
			return OD_REF;
		at += c;
	}
	TRY(od_out(p, op->out[0], &md, &v[1]));
	for (k = 0, at = 0; k < op->nin; k++) {
		c = od_shape(p, op->in[k])->d[1];
		with_channels(&md, c, &part);
		TRY(od_want(p, op->in[k], &part, &v[0]));
		runs_of(&md, at, c, &r);
		r.into = true;
		TRY(od_step_own(p, run_runs, &r, sizeof(r), 0, v, 2));
		at += c;
	}
	return 0;
}

/* Where the inputs have layouts that oneDNN has only plain loops for: brought to
 * NCHW, runs of any number of channels can be copied. */
static int
concat_plain(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct od_md md = od_plain(od_shape(p, op->out[0]), p->dt);
	struct od_view v[2];
	struct od_md part;
	struct runs r;
	int64_t at = 0;

	if (op->a.axis != 1)
		return OD_REF;
	TRY(od_out(p, op->out[0], &md, &v[1]));
	for (int k = 0; k < op->nin; k++) {
		const int64_t c = od_shape(p, op->in[k])->d[1];

		part = od_plain(od_shape(p, op->in[k]), p->dt);
		TRY(od_want(p, op->in[k], &part, &v[0]));
		if (!runs_of(&md, at, c, &r))
			return OD_REF;
		r.into = true;
		TRY(od_step_own(p, run_runs, &r, sizeof(r), 0, v, 2));
		at += c;
	}
	return 0;
}

/* A slice of channels alone. */
static int
slice_runs(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_slice *a = &op->a.slice;
	const struct shape *xs = od_shape(p, op->in[0]);
	struct od_view v[2];
	struct od_md md;
	struct runs r;
	int k;

	if (xs->n < 3)
		return OD_REF;
	for (k = 0; k < xs->n; k++)
		if (k != 1 && a->size.d[k] != xs->d[k])
			return OD_REF;
	TRY(od_home(p, op->in[0], &v[0]));
	if (!runs_of(&v[0].md, a->start[1], a->size.d[1], &r) ||
	    !with_channels(&v[0].md, a->size.d[1], &md))
		return OD_REF;
	r.into = false;
	TRY(od_out(p, op->out[0], &md, &v[1]));
	return od_step_own(p, run_runs, &r, sizeof(r), 0, v, 2);
}

int
od_build_concat(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	size_t n = (size_t)op->nin;
	struct od_view *v = arena_take(p->mem, sizeof(*v) * (n + 1));
	struct od_md *md = arena_take(p->mem, sizeof(*md) * (n + 1));
	struct od_arg *args = arena_take(p->mem, sizeof(*args) * (n + 2));
	dnnl_primitive_desc_t pd = NULL;
	struct od_md want;
	int k, rc;

	rc = concat_runs(p, i);
	if (rc != OD_REF)
		return rc;
	for (k = 0; k < op->nin; k++) {
		TRY(od_home(p, op->in[k], &v[k]));
		if (v[k].md.dt != p->dt) {
			want = od_plain(od_shape(p, op->in[k]), p->dt);
			TRY(od_want(p, op->in[k], &want, &v[k]));
		}
		md[k] = v[k].md;
		args[k] = (struct od_arg){ DNNL_ARG_MULTIPLE_SRC + k, &v[k] };
	}
	TRY(od_pd_concat(p, &pd, op->nin, op->a.axis, md));
	if (pd == NULL)
		return OD_REF;
	if (op->a.axis == 1 && strstr(od_pd_name(pd), "ref") != NULL) {
		dnnl_primitive_desc_destroy(pd);
		return concat_plain(p, i);
	}
	rc = od_out(p, op->out[0], od_pd_md(p, pd, dnnl_query_dst_md), &v[n]);
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
	struct od_md md;
	dnnl_dims_t size = { 0 }, at = { 0 };

	memcpy(size, s->d, sizeof(s->d));
	memcpy(at, start, sizeof(s->d));
	if (v->md.ndims != s->n || !od_md_box(&md, &v->md, size, at))
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
	struct od_md md;
	int rc;

	if (a->size.n == 0)
		return OD_REF;
	rc = slice_runs(p, i);
	if (rc != OD_REF)
		return rc;
	TRY(od_home(p, op->in[0], &x));
	if (!box(&x, a->start, &a->size, &sub)) {
		md = od_plain_of(&x.md, x.md.dt);
		TRY(od_want(p, op->in[0], &md, &x));
		if (!box(&x, a->start, &a->size, &sub))
			return OD_REF;
	}
	md = od_like(&x.md, &a->size);
	TRY(od_out(p, op->out[0], &md, &y));
	return od_reorder_step(p, &sub, &y);
}

int
od_build_permute(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	int perm[SHAPE_MAX], k, n = od_shape(p, op->in[0])->n;
	struct od_md md, plain;
	struct od_view x, y;

	if (n == 0)
		return OD_REF;
	for (k = 0; k < n; k++)
		perm[op->a.permute.order[k]] = k;
	TRY(od_home(p, op->in[0], &x));
	plain = od_plain_of(&x.md, x.md.dt);
	TRY(od_want(p, op->in[0], &plain, &x));
	if (!od_md_permute(&md, &x.md, perm))
		return OD_REF;
	x.md = md;
	plain = od_plain(od_shape(p, op->out[0]), md.dt);
	TRY(od_out(p, op->out[0], &plain, &y));
	return od_reorder_step(p, &x, &y);
}
