/* oneDNN's API in its version 2: operations have descriptors, of which those of
 * primitives are made. */
#include "onednn/plan.h"

#if DNNL_VERSION_MAJOR < 3

#include <string.h>

static bool
fill_md(struct od_md *md, dnnl_status_t s)
{
	const dnnl_memory_desc_t *n = &md->native;

	if (s != dnnl_success) {
		memset(md, 0, sizeof(*md));
		return false;
	}
	md->ndims = n->ndims;
	md->blocked = n->format_kind == dnnl_blocked;
	md->dt = n->data_type;
	memcpy(md->dims, n->dims, sizeof(md->dims));
	memcpy(md->padded_dims, n->padded_dims, sizeof(md->padded_dims));
	return true;
}

bool
od_md_strided(struct od_md *md, int n, const dnnl_dim_t *dims,
    dnnl_data_type_t dt, const dnnl_dim_t *strides)
{
	memset(md, 0, sizeof(*md));
	return fill_md(md,
	    dnnl_memory_desc_init_by_strides(
		&md->native, n, dims, dt, strides));
}

bool
od_md_tag(struct od_md *md, int n, const dnnl_dim_t *dims, dnnl_data_type_t dt,
    dnnl_format_tag_t tag)
{
	memset(md, 0, sizeof(*md));
	return fill_md(
	    md, dnnl_memory_desc_init_by_tag(&md->native, n, dims, dt, tag));
}

bool
od_md_box(struct od_md *md, const struct od_md *of, const dnnl_dim_t *size,
    const dnnl_dim_t *at)
{
	memset(md, 0, sizeof(*md));
	return fill_md(md,
	    dnnl_memory_desc_init_submemory(
		&md->native, &of->native, size, at));
}

bool
od_md_permute(struct od_md *md, const struct od_md *of, const int *perm)
{
	memset(md, 0, sizeof(*md));
	return fill_md(
	    md, dnnl_memory_desc_permute_axes(&md->native, &of->native, perm));
}

bool
od_same(const struct od_md *a, const struct od_md *b)
{
	return dnnl_memory_desc_equal(&a->native, &b->native) != 0;
}

size_t
od_size(const struct od_md *md)
{
	return dnnl_memory_desc_get_size(&md->native);
}

dnnl_status_t
od_memory(dnnl_memory_t *m, const struct od_md *md, dnnl_engine_t e, void *ptr)
{
	return dnnl_memory_create(m, &md->native, e, ptr);
}

dnnl_status_t
od_post_append(dnnl_post_ops_t ops, const struct od_post *post)
{
	dnnl_status_t s = dnnl_success;

	if (post->sum)
		s = dnnl_post_ops_append_sum(ops, 1);
	if (s == dnnl_success && post->relu)
		s = dnnl_post_ops_append_eltwise(
		    ops, 1, dnnl_eltwise_relu, post->slope, 0);
	return s;
}

static dnnl_status_t
named(dnnl_primitive_desc_t *pd, const void *desc,
    const_dnnl_primitive_attr_t attr, dnnl_engine_t engine,
    const struct od_ask *q)
{
	dnnl_primitive_desc_iterator_t it = NULL;
	dnnl_primitive_desc_t found = NULL;
	dnnl_status_t s;

	s = dnnl_primitive_desc_iterator_create(
	    &it, desc, attr, engine, q->hint);
	while (s == dnnl_success) {
		found = dnnl_primitive_desc_iterator_fetch(it);
		if (strstr(od_pd_name(found), q->name) != NULL)
			break;
		dnnl_primitive_desc_destroy(found);
		found = NULL;
		s = dnnl_primitive_desc_iterator_next(it);
	}
	dnnl_primitive_desc_iterator_destroy(it);
	*pd = found;
	return s == dnnl_iterator_ends ? dnnl_unimplemented : s;
}

/* The descriptor of a primitive that was described with status s. */
static int
make_primitive(struct od_plan *p, dnnl_primitive_desc_t *pd, dnnl_status_t s,
    const void *desc, const struct od_ask *q)
{
	dnnl_primitive_attr_t attr = NULL;

	*pd = NULL;
	if (s != dnnl_success)
		return 0;
	TRY(od_attr(&attr, q->post));
	s = q->name != NULL ? named(pd, desc, attr, p->dev->engine, q)
			    : dnnl_primitive_desc_create(
				  pd, desc, attr, p->dev->engine, q->hint);
	dnnl_primitive_attr_destroy(attr);
	return od_offered(s);
}

static const dnnl_memory_desc_t *
native(const struct od_md *md)
{
	return md != NULL ? &md->native : NULL;
}

int
od_pd_conv(struct od_plan *p, dnnl_primitive_desc_t *pd, const struct od_ask *q,
    const struct od_window *g, const struct od_md *x, const struct od_md *w,
    const struct od_md *b, const struct od_md *y)
{
	dnnl_convolution_desc_t d;
	dnnl_status_t s;

	if (q->kind == dnnl_backward_data)
		s = dnnl_dilated_convolution_backward_data_desc_init(&d, q->alg,
		    native(x), native(w), native(y), g->stride, g->dilate,
		    g->pad_l, g->pad_r);
	else if (q->kind == dnnl_backward_weights)
		s = dnnl_dilated_convolution_backward_weights_desc_init(&d,
		    q->alg, native(x), native(w), native(b), native(y),
		    g->stride, g->dilate, g->pad_l, g->pad_r);
	else
		s = dnnl_dilated_convolution_forward_desc_init(&d, q->kind,
		    q->alg, native(x), native(w), native(b), native(y),
		    g->stride, g->dilate, g->pad_l, g->pad_r);
	return make_primitive(p, pd, s, &d, q);
}

int
od_pd_pool(struct od_plan *p, dnnl_primitive_desc_t *pd, const struct od_ask *q,
    const struct od_window *g, const struct od_md *x, const struct od_md *y)
{
	dnnl_pooling_desc_t d;
	dnnl_status_t s;

	if (q->kind == dnnl_backward_data)
		s = dnnl_pooling_backward_desc_init(&d, q->alg, native(x),
		    native(y), g->stride, g->kernel, g->pad_l, g->pad_r);
	else
		s = dnnl_pooling_forward_desc_init(&d, q->kind, q->alg,
		    native(x), native(y), g->stride, g->kernel, g->pad_l,
		    g->pad_r);
	return make_primitive(p, pd, s, &d, q);
}

int
od_pd_matmul(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *x, const struct od_md *w,
    const struct od_md *b, const struct od_md *y)
{
	dnnl_matmul_desc_t d;

	return make_primitive(p, pd,
	    dnnl_matmul_desc_init(
		&d, native(x), native(w), native(b), native(y)),
	    &d, q);
}

int
od_pd_lrn(struct od_plan *p, dnnl_primitive_desc_t *pd, const struct od_ask *q,
    const struct od_md *md, int64_t size, float alpha, float beta, float k)
{
	const dnnl_memory_desc_t *m = native(md);
	dnnl_lrn_desc_t d;

	return make_primitive(p, pd,
	    q->kind == dnnl_backward_data
		? dnnl_lrn_backward_desc_init(
		      &d, q->alg, m, m, size, alpha, beta, k)
		: dnnl_lrn_forward_desc_init(
		      &d, q->kind, q->alg, m, size, alpha, beta, k),
	    &d, q);
}

int
od_pd_batchnorm(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *md, float eps, unsigned flags)
{
	const dnnl_memory_desc_t *m = native(md);
	dnnl_batch_normalization_desc_t d;

	return make_primitive(p, pd,
	    q->hint != NULL ? dnnl_batch_normalization_backward_desc_init(
				  &d, q->kind, m, m, eps, flags)
			    : dnnl_batch_normalization_forward_desc_init(
				  &d, q->kind, m, eps, flags),
	    &d, q);
}

int
od_pd_eltwise(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *md, float alpha)
{
	const dnnl_memory_desc_t *m = native(md);
	dnnl_eltwise_desc_t d;

	return make_primitive(p, pd,
	    q->hint != NULL
		? dnnl_eltwise_backward_desc_init(&d, q->alg, m, m, alpha, 0)
		: dnnl_eltwise_forward_desc_init(
		      &d, q->kind, q->alg, m, alpha, 0),
	    &d, q);
}

int
od_pd_binary(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *a, const struct od_md *b,
    const struct od_md *y)
{
	dnnl_binary_desc_t d;

	return make_primitive(p, pd,
	    dnnl_binary_desc_init(&d, q->alg, native(a), native(b), native(y)),
	    &d, q);
}

int
od_pd_concat(struct od_plan *p, dnnl_primitive_desc_t *pd, int n, int axis,
    const struct od_md *md)
{
	dnnl_memory_desc_t *in =
	    arena_take(p->mem, sizeof(*in) * ((size_t)n + 1));
	dnnl_primitive_attr_t attr = NULL;
	dnnl_status_t s;
	int k;

	*pd = NULL;
	for (k = 0; k < n; k++)
		in[k] = md[k].native;
	TRY(od_attr(&attr, NULL));
	s = dnnl_concat_primitive_desc_create(
	    pd, NULL, n, axis, in, attr, p->dev->engine);
	dnnl_primitive_attr_destroy(attr);
	return od_offered(s);
}

int
od_pd_reorder(dnnl_engine_t e, dnnl_primitive_desc_t *pd,
    const struct od_md *from, const struct od_md *to,
    const_dnnl_primitive_attr_t attr)
{
	*pd = NULL;
	return od_offered(dnnl_reorder_primitive_desc_create(
	    pd, &from->native, e, &to->native, e, attr));
}

const struct od_md *
od_pd_md(struct od_plan *p, const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	const dnnl_memory_desc_t *n = dnnl_primitive_desc_query_md(pd, what, 0);
	struct od_md *md = arena_take(p->mem, sizeof(*md));

	memset(md, 0, sizeof(*md));
	if (n != NULL) {
		md->native = *n;
		fill_md(md, dnnl_success);
	}
	return md;
}

#endif
