/* Layouts: oneDNN's memory descriptors made, compared and converted. */
#include "onednn/plan.h"

#include <string.h>

struct od_md
od_plain_dims(int n, const int64_t *d, dnnl_data_type_t dt)
{
	struct od_md md;
	dnnl_dims_t dims = { 1 }, strides = { 1 };
	int k;

	for (k = 0; k < n; k++)
		dims[k] = d[k];
	if (n == 0)
		n = 1;
	strides[n - 1] = 1;
	for (k = n - 1; k > 0; k--)
		strides[k - 1] = strides[k] * (dims[k] > 0 ? dims[k] : 1);
	od_md_strided(&md, n, dims, dt, strides);
	return md;
}

struct od_md
od_plain(const struct shape *s, dnnl_data_type_t dt)
{
	return od_plain_dims(s->n, s->d, dt);
}

struct od_md
od_plain_of(const struct od_md *md, dnnl_data_type_t dt)
{
	return od_plain_dims(md->ndims, md->dims, dt);
}

struct od_md
od_any(const struct od_md *md, dnnl_data_type_t dt)
{
	struct od_md any;

	od_md_tag(&any, md->ndims, md->dims, dt, dnnl_format_tag_any);
	return any;
}

bool
od_is_plain(const struct od_md *md)
{
	struct od_md plain = od_plain_of(md, md->dt);

	return od_same(md, &plain);
}

bool
od_padded(const struct od_md *md)
{
	int k;

	for (k = 0; k < md->ndims; k++)
		if (md->padded_dims[k] != md->dims[k])
			return true;
	return false;
}

size_t
od_elems(const struct od_md *md)
{
	size_t n = 1;
	int k;

	for (k = 0; k < md->ndims; k++)
		n *= (size_t)md->padded_dims[k];
	return n;
}

/* nCsp8c, nCsp16c by number of axes. */
static const dnnl_format_tag_t blocked[3][2] = {
	{ dnnl_aBc8b, dnnl_aBc16b },
	{ dnnl_aBcd8b, dnnl_aBcd16b },
	{ dnnl_aBcde8b, dnnl_aBcde16b },
};

int
od_block(const struct od_md *md)
{
	struct od_md m;
	int k;

	if (od_is_plain(md))
		return 1;
	if (md->ndims < 3 || md->ndims > 5)
		return 0;
	for (k = 0; k < 2; k++) {
		if (od_md_tag(&m, md->ndims, md->dims, md->dt,
			blocked[md->ndims - 3][k]) &&
		    od_same(&m, md))
			return 8 << k;
	}
	return 0;
}

struct od_md
od_like(const struct od_md *md, const struct shape *s)
{
	struct od_md out, plain = od_plain(s, md->dt);
	int block = od_block(md);

	if (block < 8 || s->n != md->ndims)
		return plain;
	od_md_tag(
	    &out, s->n, plain.dims, md->dt, blocked[s->n - 3][block == 16]);
	return out;
}

int
od_buf_new(struct od_plan *p, size_t size, bool fixed)
{
	struct od_buf *b;

	mem_grow(&p->bufs, &p->capbufs, p->nbufs + 1);
	b = &p->bufs[p->nbufs];
	memset(b, 0, sizeof(*b));
	place_init(&b->at, size);
	b->at.fixed = fixed;
	return (int)p->nbufs++;
}

static bool
kept(const struct od_plan *p, int t)
{
	return p->low.v[p->low.v[t].root].kept;
}

static void
set_home(struct od_plan *p, int t, const struct od_md *md)
{
	struct od_val *v = &p->vals[t];
	const struct tensor *x = graph_tensor(p->base.graph, t);
	bool fixed = x->kind != TENSOR_VALUE || lower_once(&p->low, t);

	v->home.md = *md;
	v->home.buf = od_buf_new(p, od_size(md), fixed);
	if (kept(p, t))
		place_keep(&p->bufs[v->home.buf].at);
}

int
od_home(struct od_plan *p, int t, struct od_view *v)
{
	struct od_val *val = &p->vals[t];
	struct od_md md;
	struct od_view from;

	if (val->home.buf == OD_NONE && val->from >= 0) {
		TRY(od_home(p, val->from, &from));
		md = od_plain_of(&from.md, from.md.dt);
		TRY(od_want(p, val->from, &md, &from));
		val->home.buf = from.buf;
		val->home.md = od_plain(od_shape(p, t), md.dt);
		if (kept(p, t))
			place_keep(&p->bufs[from.buf].at);
	} else if (val->home.buf == OD_NONE) {
		if (graph_tensor(p->base.graph, t)->kind == TENSOR_VALUE)
			return err_set(ERR_UNSUPPORTED,
			    "tensor %d is read before it is made", t);
		md = od_plain(od_shape(p, t), dnnl_f32);
		set_home(p, t, &md);
	}
	*v = val->home;
	return 0;
}

int
od_reorder_step(
    struct od_plan *p, const struct od_view *from, const struct od_view *to)
{
	struct od_arg args[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to },
		{ 0, NULL } };
	dnnl_primitive_desc_t pd = NULL;
	dnnl_primitive_attr_t attr = NULL;
	int rc;

	rc = od_attr(&attr, NULL);
	if (rc == 0)
		rc = od_pd_reorder(
		    p->dev->engine, &pd, &from->md, &to->md, attr);
	if (rc == 0 && pd == NULL)
		rc = err_set(ERR_DEVICE, "oneDNN offers no such reorder");
	p->reorders++;
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
	dnnl_primitive_desc_destroy(pd);
	dnnl_primitive_attr_destroy(attr);
	return rc;
}

int
od_reorder_now(struct od_plan *p, const struct od_md *fmd, const void *from,
    const struct od_md *tmd, void *to)
{
	dnnl_engine_t e = p->dev->engine;
	dnnl_primitive_desc_t pd = NULL;
	dnnl_primitive_t prim = NULL;
	dnnl_memory_t src = NULL, dst = NULL;
	union {
		const void *c;
		void *v;
	} u = { from }; /* oneDNN's handles are not const */
	int rc = 0;

	if (od_same(fmd, tmd)) {
		memcpy(to, from, od_size(fmd));
		return 0;
	}
	if (od_pd_reorder(e, &pd, fmd, tmd, NULL) < 0 || pd == NULL ||
	    dnnl_primitive_create(&prim, pd) || od_memory(&src, fmd, e, u.v) ||
	    od_memory(&dst, tmd, e, to)) {
		rc = err_set(ERR_DEVICE, "oneDNN offers no such reorder");
	} else {
		dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, src },
			{ DNNL_ARG_TO, dst } };

		rc = od_status(
		    dnnl_primitive_execute(prim, p->dev->stream, 2, args),
		    "reorder");
	}
	dnnl_memory_destroy(src);
	dnnl_memory_destroy(dst);
	dnnl_primitive_destroy(prim);
	dnnl_primitive_desc_destroy(pd);
	return rc;
}

static bool
same_dims(const struct od_md *a, const struct od_md *b)
{
	return a->ndims == b->ndims &&
	    memcmp(a->dims, b->dims, sizeof(a->dims[0]) * (size_t)a->ndims) ==
	    0;
}

/* A copy of `from` in layout md, remembered as a copy of tensor t. */
static int
copy_view(struct od_plan *p, int t, const struct od_view *from,
    const struct od_md *md, struct od_view *v)
{
	struct od_val *val = &p->vals[t];
	struct od_step *s;
	bool fixed = lower_once(&p->low, t);

	if (val->nalt == OD_ALT_MAX)
		return err_set(ERR_UNSUPPORTED,
		    "tensor %d is wanted in too many layouts", t);
	v->md = *md;
	v->buf = od_buf_new(p, od_size(md), fixed);
	TRY(od_reorder_step(p, from, v));
	s = &p->steps[p->nsteps - 1];
	s->prologue = fixed;
	p->vals[t].alt[p->vals[t].nalt++] = *v;
	return 0;
}

int
od_want(struct od_plan *p, int t, const struct od_md *md, struct od_view *v)
{
	struct od_val *val = &p->vals[t];
	struct od_view home;
	struct od_md plain;
	int k;

	if (val->home.buf == OD_NONE && val->owner == NULL &&
	    graph_tensor(p->base.graph, t)->kind == TENSOR_PARAM &&
	    md->dt == dnnl_f32 && md->blocked)
		set_home(p, t, md);
	TRY(od_home(p, t, &home));
	*v = home;
	if (od_same(&home.md, md))
		return 0;
	for (k = 0; k < val->nalt; k++) {
		*v = val->alt[k];
		if (od_same(&v->md, md))
			return 0;
	}
	if (!same_dims(&home.md, md) || !md->blocked) {
		/* The same numbers under other dims, or in a form of oneDNN's own
		 * that it makes of plain ones alone. */
		plain = od_plain_of(&home.md, home.md.dt);
		TRY(od_want(p, t, &plain, &home));
		home.md = od_plain_of(md, home.md.dt);
		*v = home;
		if (od_same(&home.md, md))
			return 0;
	}
	return copy_view(p, t, &home, md, v);
}

int
od_want_plain(struct od_plan *p, int t, struct od_view *v)
{
	struct od_md md = od_plain(od_shape(p, t), dnnl_f32);

	return od_want(p, t, &md, v);
}

int
od_out(struct od_plan *p, int t, const struct od_md *md, struct od_view *v)
{
	struct od_val *val = &p->vals[t];
	struct od_view w;

	if (p->low.v[t].param >= 0) {
		TRY(od_home(p, p->low.v[t].param, &w));
		if (!od_same(&w.md, md)) {
			v->md = *md;
			v->buf = od_buf_new(p, od_size(md), false);
			val->alt[0] = *v;
			val->nalt = 1;
			set_home(p, t, &w.md);
			return 0;
		}
	}
	set_home(p, t, md);
	*v = val->home;
	return 0;
}

int
od_out_plain(struct od_plan *p, int t, struct od_view *v)
{
	struct od_md md = od_plain(od_shape(p, t), dnnl_f32);

	return od_out(p, t, &md, v);
}

int
od_finish(struct od_plan *p, int t)
{
	struct od_val *val = &p->vals[t];
	struct od_view from, to;

	if (p->low.v[t].param < 0 || val->nalt == 0)
		return 0;
	from = val->alt[0];
	to = val->home;
	val->nalt = 0;
	if (!same_dims(&from.md, &to.md)) {
		/* One of the two is plain, or goes through plain. */
		struct od_view mid = { OD_NONE, { 0 } };

		if (!od_is_plain(&from.md)) {
			mid.md = od_plain_of(&from.md, dnnl_f32);
			mid.buf = od_buf_new(p, od_size(&mid.md), false);
			TRY(od_reorder_step(p, &from, &mid));
			from = mid;
		}
		from.md = od_plain_of(&to.md, from.md.dt);
	}
	return od_reorder_step(p, &from, &to);
}

bool
od_dies(const struct od_plan *p, int i, int t, const struct od_view *v)
{
	const struct place_block *b = &p->bufs[v->buf].at;

	return lower_dies(&p->low, i, t) && !b->fixed && !place_kept(b);
}

void
od_take(struct od_plan *p, int t, const struct od_view *v)
{
	p->vals[t].home = *v;
	if (kept(p, t))
		place_keep(&p->bufs[v->buf].at);
}
