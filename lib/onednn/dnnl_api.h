/*
 * oneDNN's API as the backend uses it: layouts as values, and one call for each
 * kind of primitive's descriptor.  Between its versions 2 and 3 descriptors of
 * operations went away and layouts became handles; this header, dnnl_v2.c and
 * dnnl_v3.c are all that knows.
 */
#ifndef ONEDNN_DNNL_API_H
#define ONEDNN_DNNL_API_H

#include <dnnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct od_plan;

#if DNNL_VERSION_MAJOR < 3
typedef dnnl_memory_desc_t od_native;
#else
typedef struct {
	uint64_t blob[128]; /* oneDNN's own serialised form, and room */
} od_native;
#endif

/* A layout.  ndims 0: none.  The fields are for reading. */
struct od_md {
	int ndims;
	bool blocked; /* not one of oneDNN's secret forms, nor "any" */
	dnnl_data_type_t dt;
	dnnl_dims_t dims, padded_dims;
	od_native native;
};

/* Each is false, and *md of no axes, where oneDNN has no such layout. */
bool od_md_strided(struct od_md *md, int n, const dnnl_dim_t *dims,
    dnnl_data_type_t dt, const dnnl_dim_t *strides);
bool od_md_tag(struct od_md *md, int n, const dnnl_dim_t *dims,
    dnnl_data_type_t dt, dnnl_format_tag_t tag);
/* The box of that size at `at` inside of. */
bool od_md_box(struct od_md *md, const struct od_md *of, const dnnl_dim_t *size,
    const dnnl_dim_t *at);
bool od_md_permute(struct od_md *md, const struct od_md *of, const int *perm);

bool od_same(const struct od_md *a, const struct od_md *b);
size_t od_size(const struct od_md *md); /* bytes */

dnnl_status_t
od_memory(dnnl_memory_t *m, const struct od_md *md, dnnl_engine_t e, void *ptr);

/* What a primitive adds to, or does with, its result before it writes it. */
struct od_post {
	bool sum; /* to what is there */
	bool relu;
	float slope;
};

/* What is common to all: kind says which way; a gradient's hint is the forward
 * descriptor. */
struct od_ask {
	dnnl_prop_kind_t kind;
	dnnl_alg_kind_t alg;
	const struct od_post *post;
	const_dnnl_primitive_desc_t hint;
	const char *name; /* only implementations with this in their name */
};

struct od_window {
	dnnl_dims_t kernel, stride, dilate, pad_l, pad_r;
};

/*
 * Descriptors, with the scratchpad ours.  *pd is NULL, and 0 returned, where
 * oneDNN does not offer it.  x, w, b and y stand for their gradients in the
 * gradients' kinds.
 */
int od_pd_conv(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_window *g, const struct od_md *x,
    const struct od_md *w, const struct od_md *b, const struct od_md *y);
int
od_pd_pool(struct od_plan *p, dnnl_primitive_desc_t *pd, const struct od_ask *q,
    const struct od_window *g, const struct od_md *x, const struct od_md *y);
int od_pd_matmul(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *x, const struct od_md *w,
    const struct od_md *b, const struct od_md *y);
int
od_pd_lrn(struct od_plan *p, dnnl_primitive_desc_t *pd, const struct od_ask *q,
    const struct od_md *md, int64_t size, float alpha, float beta, float k);
int od_pd_batchnorm(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *md, float eps, unsigned flags);
int od_pd_eltwise(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *md, float alpha);
int od_pd_binary(struct od_plan *p, dnnl_primitive_desc_t *pd,
    const struct od_ask *q, const struct od_md *a, const struct od_md *b,
    const struct od_md *y);
int od_pd_concat(struct od_plan *p, dnnl_primitive_desc_t *pd, int n, int axis,
    const struct od_md *md);
/* With attr's scratchpad; oneDNN's own where that is NULL. */
int od_pd_reorder(dnnl_engine_t e, dnnl_primitive_desc_t *pd,
    const struct od_md *from, const struct od_md *to,
    const_dnnl_primitive_attr_t attr);

/* One of its layouts, which lives as long as the plan. */
const struct od_md *
od_pd_md(struct od_plan *p, const_dnnl_primitive_desc_t pd, dnnl_query_t what);

/* -- step.c: what both versions share -- */

/* oneDNN's status as one of our codes. */
int od_status(dnnl_status_t s, const char *what);
/* Scratchpad and post (or NULL) as attributes; append is the version's own. */
int od_attr(dnnl_primitive_attr_t *attr, const struct od_post *post);
dnnl_status_t od_post_append(dnnl_post_ops_t ops, const struct od_post *post);
/* 0 where it was made, or is not offered; an error otherwise. */
int od_offered(dnnl_status_t s);
/* The implementation's name. */
const char *od_pd_name(const_dnnl_primitive_desc_t pd);

#endif
