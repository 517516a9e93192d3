/*
 * Convolution and its gradients through oneDNN.
 *
 * A blocked input keeps its layout when oneDNN has a fast primitive for it;
 * otherwise oneDNN chooses and the input is reordered.  3x3 filters of many
 * channels go through Winograd.
 */
#include "onednn/plan.h"
#include "onednn/small.h"

#include <string.h>

enum {
	PICTURE = 3, /* channels */
	TILES = 8    /* for which Winograd pays */
};

struct conv {
	int nd;
	dnnl_memory_desc_t x, w, b, y; /* plain, of the plan's data type */
	dnnl_dims_t stride, dilate, pad_l, pad_r;
};

static int64_t
extent(const struct op_conv *c, int k)
{
	return (int64_t)c->dilation[k] * (c->kernel[k] - 1) + 1;
}

/* xs and ys: shapes on CONV's side, so of dx and dy for its gradients. */
static void
geometry(const struct od_plan *p, const struct op_conv *a,
    const struct shape *xs, const struct shape *ys, struct conv *c)
{
	int64_t w[6], o = ys->d[1];
	int k, n = 0;

	memset(c, 0, sizeof(*c));
	c->nd = a->nd;
	if (a->group > 1)
		w[n++] = a->group;
	w[n++] = o / a->group;
	w[n++] = xs->d[1] / a->group;
	for (k = 0; k < a->nd; k++) {
		w[n++] = a->kernel[k];
		c->stride[k] = a->stride[k];
		c->dilate[k] = a->dilation[k] - 1;
		c->pad_l[k] = a->pad[k];
		c->pad_r[k] = (ys->d[2 + k] - 1) * a->stride[k] + extent(a, k) -
		    xs->d[2 + k] - a->pad[k];
		if (c->pad_r[k] < 0)
			c->pad_r[k] =
			    a->pad[k]; /* rows that no window ends on */
	}
	c->x = od_plain(xs, p->dt);
	c->y = od_plain(ys, p->dt);
	c->w = od_plain_dims(n, w, p->dt);
	c->b = od_plain_dims(1, &o, dnnl_f32);
}

/* The home of t when it is blocked and of the plan's type, else "any". */
static int
liked(struct od_plan *p, int t, const dnnl_memory_desc_t *any,
    dnnl_memory_desc_t *md)
{
	struct od_view v;

	TRY(od_home(p, t, &v));
	*md = *any;
	if (v.md.data_type == any->data_type && v.md.ndims == any->ndims &&
	    !od_is_plain(&v.md))
		*md = v.md;
	return 0;
}

/* Squares of side a that the (two-dimensional) output is made of. */
static int64_t
tiles(const struct conv *c, int a)
{
	const dnnl_dim_t *y = c->y.dims;

	return y[0] * ((y[2] + a - 1) / a) * ((y[3] + a - 1) / a);
}

static int
forward_pd(struct od_plan *p, const struct conv *c, const dnnl_memory_desc_t *x,
    const dnnl_memory_desc_t *w, const dnnl_memory_desc_t *b,
    const dnnl_memory_desc_t *y, dnnl_alg_kind_t alg, const char *name,
    const_dnnl_post_ops_t post, dnnl_primitive_desc_t *pd)
{
	dnnl_convolution_desc_t d;
	dnnl_status_t s;

	*pd = NULL;
	s = dnnl_dilated_convolution_forward_desc_init(&d,
	    p->train ? dnnl_forward_training : dnnl_forward_inference, alg, x,
	    w, b, y, c->stride, c->dilate, c->pad_l, c->pad_r);
	return s != dnnl_success ? 0 : od_pd_named(p, pd, &d, post, NULL, name);
}

/*
 * Winograd's F(4x4, 3x3) multiplies a quarter as often, forward and in both
 * gradients; its transforms cost more than that on few channels, and with few
 * tiles its weights, four times as large (and, in training, transformed each
 * time), are read for too little.  For inference there is F(2x2, 3x3) too, for
 * outputs of fewer tiles.  Errors against double arithmetic are those of the
 * direct sums, near 1e-6 of the largest value (tests/onednn/plan.c holds them to
 * 1e-5).
 */
static bool
winograd_pays(
    const struct od_plan *p, const struct op_conv *a, const struct conv *c)
{
	if (a->nd != 2)
		return false;
	return p->dt == dnnl_f32 && a->group == 1 && a->kernel[0] == 3 &&
	    a->kernel[1] == 3 && a->stride[0] == 1 && a->stride[1] == 1 &&
	    a->dilation[0] == 1 && a->dilation[1] == 1 && c->x.dims[1] >= 32 &&
	    c->y.dims[1] >= 32 &&
	    (tiles(c, 4) >= TILES || (!p->train && tiles(c, 2) >= 2 * TILES));
}

/* What the gradients' descriptors want to see: the forward one. */
static int
hint_pd(struct od_plan *p, const struct conv *c, dnnl_alg_kind_t alg,
    dnnl_primitive_desc_t *pd)
{
	dnnl_memory_desc_t x = od_any(&c->x), w = od_any(&c->w);
	dnnl_memory_desc_t y = od_any(&c->y);

	return forward_pd(p, c, &x, &w, NULL, &y, alg, NULL, NULL, pd);
}

static bool
on_tiles(const_dnnl_primitive_desc_t pd)
{
	const char *info = "";

	dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &info);
	return strstr(info, "amx") != NULL;
}

/* Good enough to look no further?  In bf16 AMX, where there is one, is worth a
 * reorder. */
static bool
fine(const struct od_plan *p, const_dnnl_primitive_desc_t pd)
{
	bool tiles = p->dt == dnnl_bf16 &&
	    dnnl_get_effective_cpu_isa() == dnnl_cpu_isa_avx512_core_amx;

	return pd != NULL && !od_pd_slow(pd) && (!tiles || on_tiles(pd));
}

/*
 * Of two descriptors the better one: the first unless it is absent, or not fine
 * and the second is.  The other is destroyed.
 */
static dnnl_primitive_desc_t
better(
    const struct od_plan *p, dnnl_primitive_desc_t a, dnnl_primitive_desc_t b)
{
	if (a == NULL ||
	    (b != NULL && !fine(p, a) &&
		(fine(p, b) || (od_pd_slow(a) && !od_pd_slow(b))))) {
		dnnl_primitive_desc_destroy(a);
		return b;
	}
	dnnl_primitive_desc_destroy(b);
	return a;
}

static int
post_ops(const struct op *op, dnnl_post_ops_t *post)
{
	*post = NULL;
	TRY(od_status(dnnl_post_ops_create(post), "post-ops"));
	if (od_has(op, 3))
		dnnl_post_ops_append_sum(*post, 1);
	if (op->a.conv.relu)
		dnnl_post_ops_append_eltwise(
		    *post, 1, dnnl_eltwise_relu, op->a.conv.slope, 0);
	return 0;
}

/* Left alone, a depthwise convolution takes blocks of 16 channels to NHWC by
 * way of a reorder. */
static bool
in_blocks(const dnnl_memory_desc_t *md)
{
	dnnl_memory_desc_t b;

	return md->ndims == 4 &&
	    dnnl_memory_desc_init_by_tag(
		&b, 4, md->dims, md->data_type, dnnl_nChw16c) == dnnl_success &&
	    dnnl_memory_desc_equal(md, &b);
}

/*
 * Depthwise convolutions are fastest in blocks, and a convolution of a picture
 * makes blocks of it without a reorder when it reads it as it lies.
 */
static bool
before_depthwise(const struct od_plan *p, const struct op *op)
{
	int i;

	for (i = 0; i < graph_ops(p->base.graph); i++) {
		const struct op *next = od_op(p, i);

		if (next->kind == OP_CONV && next->in[0] == op->out[0] &&
		    next->a.conv.group > 1 &&
		    next->a.conv.group == od_shape(p, op->out[0])->d[1])
			return true;
	}
	return false;
}

/* oneDNN's own order has the second first, which on small batches is slower. */
static const char *const winograd[] = { "wino_4x3", "wino_2x3" };

static int
pick_forward(struct od_plan *p, const struct op *op, const struct conv *c,
    const_dnnl_post_ops_t post, dnnl_primitive_desc_t *pd)
{
	dnnl_memory_desc_t x = od_any(&c->x), w = od_any(&c->w), like;
	dnnl_memory_desc_t y = od_any(&c->y), like_y;
	const dnnl_memory_desc_t *b = od_has(op, 2) ? &c->b : NULL;
	dnnl_alg_kind_t alg =
	    p->train ? dnnl_convolution_direct : dnnl_convolution_auto;
	dnnl_primitive_desc_t free_pd = NULL;
	int i;

	*pd = NULL;
	for (i = tiles(c, 4) < TILES; i < 2 && winograd_pays(p, &op->a.conv, c);
	     i++) {
		TRY(forward_pd(p, c, &x, &w, b, &y, dnnl_convolution_winograd,
		    winograd[i], post, pd));
		if (*pd != NULL)
			return 0;
	}
	TRY(liked(p, op->in[0], &x, &like));
	if (!p->train && c->x.dims[1] <= PICTURE && before_depthwise(p, op))
		like = c->x;
	like_y = y;
	if (!p->train && op->a.conv.group == c->x.dims[1] && in_blocks(&like))
		dnnl_memory_desc_init_by_tag(
		    &like_y, 4, y.dims, y.data_type, dnnl_nChw16c);
	TRY(forward_pd(p, c, &like, &w, b, &like_y, alg, NULL, post, pd));
	if (fine(p, *pd))
		return 0;
	TRY(forward_pd(p, c, &x, &w, b, &y, alg, NULL, post, &free_pd));
	*pd = better(p, *pd, free_pd);
	return 0;
}

/* y, holding the summand first when there is one. */
static int
output(
    struct od_plan *p, int i, const dnnl_memory_desc_t *md, struct od_view *y)
{
	const struct op *op = od_op(p, i);
	struct od_view s;

	if (!od_has(op, 3))
		return od_out(p, op->out[0], md, y);
	TRY(od_want(p, op->in[3], md, &s));
	if (od_dies(p, i, op->in[3], &s)) {
		od_take(p, op->out[0], &s);
		*y = s;
		return 0;
	}
	TRY(od_out(p, op->out[0], md, y));
	return od_reorder_step(p, &s, y);
}

int
od_build_conv(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct od_view x, w, b = { OD_NONE, { 0 } }, y;
	struct od_arg args[] = { { DNNL_ARG_SRC, &x }, { DNNL_ARG_WEIGHTS, &w },
		{ DNNL_ARG_BIAS, &b }, { DNNL_ARG_DST, &y }, { 0, NULL } };
	dnnl_post_ops_t post = NULL;
	dnnl_primitive_desc_t pd = NULL;
	struct conv c;
	int rc;

	rc = od_small_conv(p, i);
	if (rc != OD_REF)
		return rc;
	geometry(p, &op->a.conv, od_shape(p, op->in[0]),
	    od_shape(p, op->out[0]), &c);
	rc = post_ops(op, &post);
	if (rc == 0)
		rc = pick_forward(p, op, &c, post, &pd);
	if (rc == 0 && pd == NULL)
		rc = OD_REF;
	if (rc != 0)
		goto done;
	rc = od_want(p, op->in[0], od_pd_md(pd, dnnl_query_src_md), &x);
	if (rc == 0)
		rc = od_want(
		    p, op->in[1], od_pd_md(pd, dnnl_query_weights_md), &w);
	if (rc == 0 && od_has(op, 2))
		rc = od_want(p, op->in[2], &c.b, &b);
	if (rc == 0)
		rc = output(p, i, od_pd_md(pd, dnnl_query_dst_md), &y);
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
done:
	dnnl_post_ops_destroy(post);
	dnnl_primitive_desc_destroy(pd);
	return rc;
}

static int
data_pd(struct od_plan *p, const struct conv *c, const dnnl_memory_desc_t *dx,
    const dnnl_memory_desc_t *w, const dnnl_memory_desc_t *dy,
    const_dnnl_primitive_desc_t hint, dnnl_alg_kind_t alg,
    dnnl_primitive_desc_t *pd)
{
	dnnl_convolution_desc_t d;
	dnnl_status_t s;

	*pd = NULL;
	s = dnnl_dilated_convolution_backward_data_desc_init(
	    &d, alg, dx, w, dy, c->stride, c->dilate, c->pad_l, c->pad_r);
	return s != dnnl_success ? 0 : od_pd(p, pd, &d, NULL, hint);
}

/* With Winograd where that pays; else *pd stays NULL. */
static int
data_winograd(struct od_plan *p, const struct op *op, const struct conv *c,
    const dnnl_memory_desc_t *dx, const dnnl_memory_desc_t *w,
    const dnnl_memory_desc_t *dy, dnnl_primitive_desc_t *pd)
{
	const dnnl_alg_kind_t alg = dnnl_convolution_winograd;
	dnnl_primitive_desc_t hint = NULL;
	int rc = 0;

	if (!winograd_pays(p, &op->a.conv, c))
		return 0;
	TRY(hint_pd(p, c, alg, &hint));
	if (hint != NULL)
		rc = data_pd(p, c, dx, w, dy, hint, alg, pd);
	dnnl_primitive_desc_destroy(hint);
	return rc;
}

static int
pick_data(struct od_plan *p, const struct op *op, const struct conv *c,
    dnnl_primitive_desc_t *pd)
{
	dnnl_memory_desc_t dx = od_any(&c->x), w = od_any(&c->w), like;
	dnnl_memory_desc_t dy = od_any(&c->y);
	dnnl_primitive_desc_t hint = NULL, free_pd = NULL;
	int rc;

	*pd = NULL;
	TRY(data_winograd(p, op, c, &dx, &w, &dy, pd));
	if (*pd != NULL)
		return 0;
	TRY(liked(p, op->in[0], &dy, &like));
	rc = hint_pd(p, c, dnnl_convolution_direct, &hint);
	if (rc < 0 || hint == NULL)
		return rc;
	rc = data_pd(p, c, &dx, &w, &like, hint, dnnl_convolution_direct, pd);
	if (rc == 0 && !fine(p, *pd)) {
		rc = data_pd(p, c, &dx, &w, &dy, hint, dnnl_convolution_direct,
		    &free_pd);
		*pd = better(p, *pd, free_pd);
	}
	dnnl_primitive_desc_destroy(hint);
	return rc;
}

int
od_build_conv_data(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct od_view dy, w, dx;
	struct od_arg args[] = { { DNNL_ARG_DIFF_DST, &dy },
		{ DNNL_ARG_WEIGHTS, &w }, { DNNL_ARG_DIFF_SRC, &dx },
		{ 0, NULL } };
	dnnl_primitive_desc_t pd = NULL;
	struct conv c;
	int rc;

	rc = od_small_data(p, i);
	if (rc != OD_REF)
		return rc;
	geometry(p, &op->a.conv, od_shape(p, op->out[0]),
	    od_shape(p, op->in[0]), &c);
	rc = pick_data(p, op, &c, &pd);
	if (rc == 0 && pd == NULL)
		rc = OD_REF;
	if (rc != 0)
		goto done;
	rc = od_want(p, op->in[0], od_pd_md(pd, dnnl_query_diff_dst_md), &dy);
	if (rc == 0)
		rc = od_want(
		    p, op->in[1], od_pd_md(pd, dnnl_query_weights_md), &w);
	if (rc == 0)
		rc = od_out(
		    p, op->out[0], od_pd_md(pd, dnnl_query_diff_src_md), &dx);
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
	if (rc == 0 && od_has(op, 2))
		rc = od_add_bias(p, op->in[2], &dx);
done:
	dnnl_primitive_desc_destroy(pd);
	return rc;
}

static int
weight_pd(struct od_plan *p, const struct conv *c, const dnnl_memory_desc_t *x,
    const dnnl_memory_desc_t *dw, const dnnl_memory_desc_t *db,
    const dnnl_memory_desc_t *dy, const_dnnl_primitive_desc_t hint,
    dnnl_alg_kind_t alg, dnnl_primitive_desc_t *pd)
{
	dnnl_convolution_desc_t d;
	dnnl_status_t s;

	*pd = NULL;
	s = dnnl_dilated_convolution_backward_weights_desc_init(
	    &d, alg, x, dw, db, dy, c->stride, c->dilate, c->pad_l, c->pad_r);
	return s != dnnl_success ? 0 : od_pd(p, pd, &d, NULL, hint);
}

static int
weight_winograd(struct od_plan *p, const struct op *op, const struct conv *c,
    const dnnl_memory_desc_t *x, const dnnl_memory_desc_t *dw,
    const dnnl_memory_desc_t *db, const dnnl_memory_desc_t *dy,
    dnnl_primitive_desc_t *pd)
{
	const dnnl_alg_kind_t alg = dnnl_convolution_winograd;
	dnnl_primitive_desc_t hint = NULL;
	int rc = 0;

	if (!winograd_pays(p, &op->a.conv, c))
		return 0;
	TRY(hint_pd(p, c, alg, &hint));
	if (hint != NULL)
		rc = weight_pd(p, c, x, dw, db, dy, hint, alg, pd);
	dnnl_primitive_desc_destroy(hint);
	return rc;
}

static int
pick_weight(struct od_plan *p, const struct op *op, const struct conv *c,
    dnnl_primitive_desc_t *pd)
{
	dnnl_memory_desc_t x = od_any(&c->x), dy = od_any(&c->y), lx, ly;
	dnnl_memory_desc_t dw = od_any(&c->w), lw;
	const dnnl_memory_desc_t *db = op->nout > 1 ? &c->b : NULL;
	dnnl_primitive_desc_t hint = NULL, free_pd = NULL;
	int param = p->vals[op->out[0]].param;
	int rc;

	*pd = NULL;
	dw.data_type = dnnl_f32; /* gradients of parameters are float32 */
	TRY(weight_winograd(p, op, c, &x, &dw, db, &dy, pd));
	if (*pd != NULL)
		return 0;
	TRY(liked(p, op->in[0], &x, &lx));
	TRY(liked(p, op->in[1], &dy, &ly));
	lw = dw;
	if (param >= 0 && p->vals[param].home.buf != OD_NONE &&
	    p->vals[param].home.md.ndims == dw.ndims &&
	    !od_is_plain(&p->vals[param].home.md))
		lw = p->vals[param].home.md;
	rc = hint_pd(p, c, dnnl_convolution_direct, &hint);
	if (rc < 0 || hint == NULL)
		return rc;
	rc = weight_pd(
	    p, c, &lx, &lw, db, &ly, hint, dnnl_convolution_direct, pd);
	if (rc == 0 && !fine(p, *pd)) {
		rc = weight_pd(p, c, &lx, &dw, db, &ly, hint,
		    dnnl_convolution_direct, &free_pd);
		*pd = better(p, *pd, free_pd);
	}
	if (rc == 0 && !fine(p, *pd)) {
		rc = weight_pd(p, c, &x, &dw, db, &dy, hint,
		    dnnl_convolution_direct, &free_pd);
		*pd = better(p, *pd, free_pd);
	}
	dnnl_primitive_desc_destroy(hint);
	return rc;
}

int
od_build_conv_weight(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct od_view x, dy, dw, db = { OD_NONE, { 0 } };
	struct od_arg args[] = { { DNNL_ARG_SRC, &x },
		{ DNNL_ARG_DIFF_DST, &dy }, { DNNL_ARG_DIFF_WEIGHTS, &dw },
		{ DNNL_ARG_DIFF_BIAS, &db }, { 0, NULL } };
	dnnl_primitive_desc_t pd = NULL;
	struct conv c;
	int rc;

	rc = od_small_weight(p, i);
	if (rc != OD_REF)
		return rc;
	geometry(
	    p, &op->a.conv, od_shape(p, op->in[0]), od_shape(p, op->in[1]), &c);
	rc = pick_weight(p, op, &c, &pd);
	if (rc == 0 && pd == NULL)
		rc = OD_REF;
	if (rc != 0)
		goto done;
	rc = od_want(p, op->in[0], od_pd_md(pd, dnnl_query_src_md), &x);
	if (rc == 0)
		rc = od_want(
		    p, op->in[1], od_pd_md(pd, dnnl_query_diff_dst_md), &dy);
	if (rc == 0)
		rc = od_out(p, op->out[0],
		    od_pd_md(pd, dnnl_query_diff_weights_md), &dw);
	if (rc == 0 && op->nout > 1)
		rc = od_out(p, op->out[1], &c.b, &db);
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
done:
	dnnl_primitive_desc_destroy(pd);
	return rc;
}
