/* oneDNN's API in its version 3: layouts are handles, which live here for the
 * length of a call. */
#include "onednn/plan.h"

#if DNNL_VERSION_MAJOR >= 3

#include <string.h>

/* A handle for md; NULL for NULL. */
static dnnl_memory_desc_t
handle(const struct od_md *md)
{
	const void *blob = md != NULL ? md->native.blob : NULL;
	dnnl_memory_desc_t h = NULL;

	if (md != NULL)
		dnnl_memory_desc_create_with_blob(&h, blob);
	return h;
}

/* What h says into md; no axes where it cannot be kept. */
static bool
fill_md(struct od_md *md, const_dnnl_memory_desc_t h)
{
	dnnl_format_kind_t kind = dnnl_format_kind_undef;
	const dnnl_dims_t *dims, *padded;
	void *blob = md->native.blob;
	size_t size = 0;

	memset(md, 0, sizeof(*md));
	if (h == NULL ||
	    dnnl_memory_desc_get_blob(NULL, &size, h) != dnnl_success ||
	    size > sizeof(md->native.blob) ||
	    dnnl_memory_desc_get_blob(blob, &size, h) != dnnl_success ||
	    dnnl_memory_desc_query(h, dnnl_query_dims, &dims) ||
	    dnnl_memory_desc_query(h, dnnl_query_padded_dims, &padded) ||
	    dnnl_memory_desc_query(h, dnnl_query_data_type, &md->dt) ||
	    dnnl_memory_desc_query(h, dnnl_query_format_kind, &kind) ||
	    dnnl_memory_desc_query(h, dnnl_query_ndims_s32, &md->ndims))
		return false;
	md->blocked = kind == dnnl_blocked;
	memcpy(md->dims, dims, sizeof(md->dims[0]) * (size_t)md->ndims);
	memcpy(
	    md->padded_dims, padded, sizeof(md->dims[0]) * (size_t)md->ndims);
	return true;
}

/* As fill, of a handle that was made with status s and goes. */
static bool
keep_desc(struct od_md *md, dnnl_status_t s, dnnl_memory_desc_t h)
{
	bool ok = fill_md(md, s == dnnl_success ? h : NULL);

	if (s == dnnl_success)
		dnnl_memory_desc_destroy(h);
	return ok;
}

bool
od_md_strided(struct od_md *md, int n, const dnnl_dim_t *dims,
    dnnl_data_type_t dt, const dnnl_dim_t *strides)
{
	dnnl_memory_desc_t h = NULL;
	dnnl_status_t s =
	    dnnl_memory_desc_create_with_strides(&h, n, dims, dt, strides);

	return keep_desc(md, s, h);
}

bool
od_md_tag(struct od_md *md, int n, const dnnl_dim_t *dims, dnnl_data_type_t dt,
    dnnl_format_tag_t tag)
{
	dnnl_memory_desc_t h = NULL;
	dnnl_status_t s =
	    dnnl_memory_desc_create_with_tag(&h, n, dims, dt, tag);

	return keep_desc(md, s, h);
}

bool
od_md_box(struct od_md *md, const struct od_md *of, const dnnl_dim_t *size,
    const dnnl_dim_t *at)
{
	dnnl_memory_desc_t h = NULL, whole = handle(of);
	dnnl_status_t s =
	    dnnl_memory_desc_create_submemory(&h, whole, size, at);

	dnnl_memory_desc_destroy(whole);
	return keep_desc(md, s, h);
}

bool
od_md_permute(struct od_md *md, const struct od_md *of, const int *perm)
{
	dnnl_memory_desc_t h = NULL, whole = handle(of);
	dnnl_status_t s = dnnl_memory_desc_permute_axes(&h, whole, perm);

	dnnl_memory_desc_destroy(whole);
	return keep_desc(md, s, h);
}

bool
od_same(const struct od_md *a, const struct od_md *b)
{
	dnnl_memory_desc_t x, y;
	bool same;

	if (a->ndims != b->ndims || a->dt != b->dt || a->blocked != b->blocked)
		return false;
	x = handle(a);
	y = handle(b);
	same = dnnl_memory_desc_equal(x, y) != 0;
	dnnl_memory_desc_destroy(x);
	dnnl_memory_desc_destroy(y);
	return same;
}

size_t
od_size(const struct od_md *md)
{
	dnnl_memory_desc_t h;
	size_t size;

	if (md->ndims == 0)
		return 0;
	h = handle(md);
	size = dnnl_memory_desc_get_size(h);
	dnnl_memory_desc_destroy(h);
	return size;
}

dnnl_status_t
od_memory(dnnl_memory_t *m, const struct od_md *md, dnnl_engine_t e, void *ptr)
{
	dnnl_memory_desc_t h = handle(md);
	dnnl_status_t s = dnnl_memory_create(m, h, e, ptr);

	dnnl_memory_desc_destroy(h);
	return s;
}

dnnl_status_t
od_post_append(dnnl_post_ops_t ops, const struct od_post *post)
{
	dnnl_status_t s = dnnl_success;

	if (post->sum)
		s = dnnl_post_ops_append_sum(ops, 1, 0, dnnl_data_type_undef);
	if (s == dnnl_success && post->relu)
		s = dnnl_post_ops_append_eltwise(
		    ops, dnnl_eltwise_relu, post->slope, 0);
	return s;
}

/* The handles of one call, and its attributes. */
struct call {
	dnnl_primitive_attr_t attr;
	dnnl_memory_desc_t md[4];
};

static int
call_begin(struct call *c, const struct od_ask *q, const struct od_md *a,
    const struct od_md *b, const struct od_md *d, const struct od_md *e)
{
	*c = (struct call){ 0 };
	TRY(od_attr(&c->attr, q->post));
	c->md[0] = handle(a);
	c->md[1] = handle(b);
	c->md[2] = handle(d);
	c->md[3] = handle(e);
	return 0;
}

/* The call gave *pd with status s.  Of a name: *pd is walked on to it. */
static int
call_end(struct call *c, const struct od_ask *q, dnnl_primitive_desc_t *pd,
    dnnl_status_t s)
{
	int k;

	while (q->name != NULL && s == dnnl_success &&
	    strstr(od_pd_name(*pd), q->name) == NULL)
		s = dnnl_primitive_desc_next_impl(*pd);
	if (s == dnnl_last_impl_reached) {
		dnnl_primitive_desc_destroy(*pd);
		s = dnnl_unimplemented;
	}
	for (k = 0; k < 4; k++)
		dnnl_memory_desc_destroy(c->md[k]);
	dnnl_primitive_attr_destroy(c->attr);
	if (s != dnnl_success)
		*pd = NULL;
	return od_offered(s);
}

int
od_pd_conv(struct od_plan *p, dnnl_primitive_desc_t *pd, const struct od_ask *q,
    const struct od_window *g, const struct od_md *x, const struct od_md *w,
    const struct od_md *b, const struct od_md *y)
{
	dnnl_engine_t e = p->dev->engine;
	dnnl_status_t s;
	struct call c;

	TRY(call_begin(&c, q, x, w, b, y));
	if (q->kind == dnnl_backward_data)
		s = dnnl_convolution_backward_data_primitive_desc_create(pd, e,
		    q->alg, c.md[0], c.md[1], c.md[3], g->stride, g->dilate,
		    g->pad_l, g->pad_r, q->hint, c.attr);
	else if (q->kind == dnnl_backward_weights)
		s = dnnl_convolution_backward_weights_primitive_desc_create(pd,
		    e, q->alg, c.md[0], c.md[1], c.md[2], c.md[3], g->stride,
		    g->dilate, g->pad_l, g->pad_r, q->hint, c.attr);
	else
		s = dnnl_convolution_forward_primitive_desc_create(pd, e,
		    q->kind, q->alg, c.md[0], c.md[1], c.md[2], c.md[3],
		    g->stride, g->dilate, g->pad_l, g->pad_r, c.attr);
	return call_end(&c, q, pd, s);
}

int
od_pd_pool(struct od_plan *p, dnnl_primitive_desc_t *pd, const struct od_ask *q,
    const struct od_window *g, const struct od_md *x, const struct od_md *y)
{
	dnnl_engine_t e = p->dev->engine;
	dnnl_status_t s;
	struct call c;

	TRY(call_begin(&c, q, x, y, NULL, NULL));
	if (q->kind == dnnl_backward_data)
		s = dnnl_pooling_backward_primitive_desc_create(pd, e, q->alg,
		    c.md[0], c.md[1], g->stride, g->kernel, g->dilate, g->pad_l,
		    g->pad_r, q->hint, c.attr);
	else
		s = dnnl_pooling_forward_primitive_desc_create(pd, e, q->kind,
		    q->alg, c.md[0], c.md[1], g->stride, g->kernel, g->dilate,
		    g->pad_l, g->pad_r, c.attr);
	return call_end(&c, q, pd, s);
}

int
od_pd_matmul(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *x, const struct od_md *w,
    const struct od_md *b, const struct od_md *y)
{
	struct call c;

	TRY(call_begin(&c, q, x, w, b, y));
	return call_end(&c, q, pd,
	    dnnl_matmul_primitive_desc_create(pd, p->dev->engine, c.md[0],
		c.md[1], c.md[2], c.md[3], c.attr));
}

int
od_pd_lrn(struct od_plan *p, dnnl_primitive_desc_t *pd, const struct od_ask *q,
    const struct od_md *md, int64_t size, float alpha, float beta, float k)
{
	dnnl_engine_t e = p->dev->engine;
	dnnl_status_t s;
	struct call c;

	TRY(call_begin(&c, q, md, NULL, NULL, NULL));
	if (q->kind == dnnl_backward_data)
		s = dnnl_lrn_backward_primitive_desc_create(pd, e, q->alg,
		    c.md[0], c.md[0], c.md[0], size, alpha, beta, k, q->hint,
		    c.attr);
	else
		s = dnnl_lrn_forward_primitive_desc_create(pd, e, q->kind,
		    q->alg, c.md[0], c.md[0], size, alpha, beta, k, c.attr);
	return call_end(&c, q, pd, s);
}

int
od_pd_batchnorm(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *md, float eps, unsigned flags)
{
	dnnl_engine_t e = p->dev->engine;
	dnnl_status_t s;
	struct call c;

	TRY(call_begin(&c, q, md, NULL, NULL, NULL));
	if (q->hint != NULL)
		s = dnnl_batch_normalization_backward_primitive_desc_create(pd,
		    e, q->kind, c.md[0], c.md[0], c.md[0], eps, flags, q->hint,
		    c.attr);
	else
		s = dnnl_batch_normalization_forward_primitive_desc_create(
		    pd, e, q->kind, c.md[0], c.md[0], eps, flags, c.attr);
	return call_end(&c, q, pd, s);
}

int
od_pd_eltwise(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *md, float alpha)
{
	/* The slope and the middle of hardswish were constants in version 2. */
	bool hard = q->alg == dnnl_eltwise_hardswish;
	float a = hard ? 1.0f / 6 : alpha, b = hard ? 0.5f : 0;
	dnnl_engine_t e = p->dev->engine;
	dnnl_status_t s;
	struct call c;

	TRY(call_begin(&c, q, md, NULL, NULL, NULL));
	if (q->hint != NULL)
		s = dnnl_eltwise_backward_primitive_desc_create(pd, e, q->alg,
		    c.md[0], c.md[0], c.md[0], a, b, q->hint, c.attr);
	else
		s = dnnl_eltwise_forward_primitive_desc_create(
		    pd, e, q->kind, q->alg, c.md[0], c.md[0], a, b, c.attr);
	return call_end(&c, q, pd, s);
}

int
od_pd_binary(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *a, const struct od_md *b,
    const struct od_md *y)
{
	struct call c;

	TRY(call_begin(&c, q, a, b, y, NULL));
	return call_end(&c, q, pd,
	    dnnl_binary_primitive_desc_create(
		pd, p->dev->engine, q->alg, c.md[0], c.md[1], c.md[2], c.attr));
}

int
od_pd_concat(struct od_plan *p, dnnl_primitive_desc_t *pd, int n, int axis,
    const struct od_md *md)
{
	dnnl_memory_desc_t *in = mem_array(dnnl_memory_desc_t, (size_t)n + 1);
	const struct od_ask q = { 0 };
	struct call c;
	int k, rc;

	for (k = 0; k < n; k++)
		in[k] = handle(&md[k]);
	rc = call_begin(&c, &q, NULL, NULL, NULL, NULL);
	if (rc == 0)
		rc = call_end(&c, &q, pd,
		    dnnl_concat_primitive_desc_create(pd, p->dev->engine, NULL,
			n, axis, (const_dnnl_memory_desc_t *)in, c.attr));
	for (k = 0; k < n; k++)
		dnnl_memory_desc_destroy(in[k]);
	mem_free(in);
	return rc;
}

int
od_pd_reorder(dnnl_engine_t e, dnnl_primitive_desc_t *pd,
    const struct od_md *from, const struct od_md *to,
    const_dnnl_primitive_attr_t attr)
{
	dnnl_memory_desc_t f = handle(from), t = handle(to);
	dnnl_status_t s;

	s = dnnl_reorder_primitive_desc_create(pd, f, e, t, e, attr);
	dnnl_memory_desc_destroy(f);
	dnnl_memory_desc_destroy(t);
	if (s != dnnl_success)
		*pd = NULL;
	return od_offered(s);
}

const struct od_md *
od_pd_md(struct od_plan *p, const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	struct od_md *md = arena_take(p->mem, sizeof(*md));

	fill_md(md, dnnl_primitive_desc_query_md(pd, what, 0));
	return md;
}

#endif
