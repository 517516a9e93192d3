/* Gradients of a convolution through oneDNN: of its input and of its weights. */
#include "onednn/conv.h"
#include "onednn/small.h"

static int
data_pd(struct od_plan *p, const struct od_conv *c, const struct od_md *dx,
    const struct od_md *w, const struct od_md *dy,
    const_dnnl_primitive_desc_t hint, dnnl_alg_kind_t alg,
    dnnl_primitive_desc_t *pd)
{
	const struct od_ask q = {
		.kind = dnnl_backward_data, .alg = alg, .hint = hint
	};

	return od_pd_conv(p, pd, &q, &c->window, dx, w, NULL, dy);
}

/* With Winograd where that pays; else *pd stays NULL. */
static int
data_winograd(struct od_plan *p, const struct op *op, const struct od_conv *c,
    const struct od_md *dx, const struct od_md *w, const struct od_md *dy,
    dnnl_primitive_desc_t *pd)
{
	const dnnl_alg_kind_t alg = dnnl_convolution_winograd;
	dnnl_primitive_desc_t hint = NULL;
	int rc = 0;

	if (!od_conv_winograd(p, &op->a.conv, c))
		return 0;
	TRY(od_conv_hint(p, c, alg, &hint));
	if (hint != NULL)
		rc = data_pd(p, c, dx, w, dy, hint, alg, pd);
	dnnl_primitive_desc_destroy(hint);
	return rc;
}

static int
pick_data(struct od_plan *p, const struct op *op, const struct od_conv *c,
    dnnl_primitive_desc_t *pd)
{
	struct od_md dx = od_any(&c->x, p->dt), w = od_any(&c->w, p->dt), like;
	struct od_md dy = od_any(&c->y, p->dt);
	dnnl_primitive_desc_t hint = NULL, free_pd = NULL;
	int rc;

	*pd = NULL;
	TRY(data_winograd(p, op, c, &dx, &w, &dy, pd));
	if (*pd != NULL)
		return 0;
	TRY(od_conv_liked(p, op->in[0], &dy, &like));
	rc = od_conv_hint(p, c, dnnl_convolution_direct, &hint);
	if (rc < 0 || hint == NULL)
		return rc;
	rc = data_pd(p, c, &dx, &w, &like, hint, dnnl_convolution_direct, pd);
	if (rc == 0 && !od_conv_fine(p, *pd)) {
		rc = data_pd(p, c, &dx, &w, &dy, hint, dnnl_convolution_direct,
		    &free_pd);
		*pd = od_conv_better(p, *pd, free_pd);
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
	struct od_conv c;
	int rc;

	rc = od_small_data(p, i);
	if (rc != OD_REF)
		return rc;
	od_conv_geometry(p, &op->a.conv, od_shape(p, op->out[0]),
	    od_shape(p, op->in[0]), &c);
	rc = pick_data(p, op, &c, &pd);
	if (rc == 0 && pd == NULL)
		rc = OD_REF;
	if (rc != 0)
		goto done;
	rc =
	    od_want(p, op->in[0], od_pd_md(p, pd, dnnl_query_diff_dst_md), &dy);
	if (rc == 0)
		rc = od_want(
		    p, op->in[1], od_pd_md(p, pd, dnnl_query_weights_md), &w);
	if (rc == 0)
		rc = od_out(p, op->out[0],
		    od_pd_md(p, pd, dnnl_query_diff_src_md), &dx);
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
	if (rc == 0 && od_has(op, 2))
		rc = od_add_bias(p, op->in[2], &dx);
done:
	dnnl_primitive_desc_destroy(pd);
	return rc;
}

static int
weight_pd(struct od_plan *p, const struct od_conv *c, const struct od_md *x,
    const struct od_md *dw, const struct od_md *db, const struct od_md *dy,
    const_dnnl_primitive_desc_t hint, dnnl_alg_kind_t alg,
    dnnl_primitive_desc_t *pd)
{
	const struct od_ask q = {
		.kind = dnnl_backward_weights, .alg = alg, .hint = hint
	};

	return od_pd_conv(p, pd, &q, &c->window, x, dw, db, dy);
}

static int
weight_winograd(struct od_plan *p, const struct op *op, const struct od_conv *c,
    const struct od_md *x, const struct od_md *dw, const struct od_md *db,
    const struct od_md *dy, dnnl_primitive_desc_t *pd)
{
	const dnnl_alg_kind_t alg = dnnl_convolution_winograd;
	dnnl_primitive_desc_t hint = NULL;
	int rc = 0;

	if (!od_conv_winograd(p, &op->a.conv, c))
		return 0;
	TRY(od_conv_hint(p, c, alg, &hint));
	if (hint != NULL)
		rc = weight_pd(p, c, x, dw, db, dy, hint, alg, pd);
	dnnl_primitive_desc_destroy(hint);
	return rc;
}

static int
pick_weight(struct od_plan *p, const struct op *op, const struct od_conv *c,
    dnnl_primitive_desc_t *pd)
{
	struct od_md x = od_any(&c->x, p->dt), dy = od_any(&c->y, p->dt), lx,
		     ly;
	/* Gradients of parameters are float32. */
	struct od_md dw = od_any(&c->w, dnnl_f32), lw;
	const struct od_md *db = op->nout > 1 ? &c->b : NULL;
	dnnl_primitive_desc_t hint = NULL, free_pd = NULL;
	int param = p->low.v[op->out[0]].param;
	int rc;

	*pd = NULL;
	TRY(weight_winograd(p, op, c, &x, &dw, db, &dy, pd));
	if (*pd != NULL)
		return 0;
	TRY(od_conv_liked(p, op->in[0], &x, &lx));
	TRY(od_conv_liked(p, op->in[1], &dy, &ly));
	lw = dw;
	if (param >= 0 && p->vals[param].home.buf != OD_NONE &&
	    p->vals[param].home.md.ndims == dw.ndims &&
	    !od_is_plain(&p->vals[param].home.md))
		lw = p->vals[param].home.md;
	rc = od_conv_hint(p, c, dnnl_convolution_direct, &hint);
	if (rc < 0 || hint == NULL)
		return rc;
	rc = weight_pd(
	    p, c, &lx, &lw, db, &ly, hint, dnnl_convolution_direct, pd);
	if (rc == 0 && !od_conv_fine(p, *pd)) {
		rc = weight_pd(p, c, &lx, &dw, db, &ly, hint,
		    dnnl_convolution_direct, &free_pd);
		*pd = od_conv_better(p, *pd, free_pd);
	}
	if (rc == 0 && !od_conv_fine(p, *pd)) {
		rc = weight_pd(p, c, &x, &dw, db, &dy, hint,
		    dnnl_convolution_direct, &free_pd);
		*pd = od_conv_better(p, *pd, free_pd);
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
	struct od_conv c;
	int rc;

	rc = od_small_weight(p, i);
	if (rc != OD_REF)
		return rc;
	od_conv_geometry(
	    p, &op->a.conv, od_shape(p, op->in[0]), od_shape(p, op->in[1]), &c);
	rc = pick_weight(p, op, &c, &pd);
	if (rc == 0 && pd == NULL)
		rc = OD_REF;
	if (rc != 0)
		goto done;
	rc = od_want(p, op->in[0], od_pd_md(p, pd, dnnl_query_src_md), &x);
	if (rc == 0)
		rc = od_want(
		    p, op->in[1], od_pd_md(p, pd, dnnl_query_diff_dst_md), &dy);
	if (rc == 0)
		rc = od_out(p, op->out[0],
		    od_pd_md(p, pd, dnnl_query_diff_weights_md), &dw);
	if (rc == 0 && op->nout > 1)
		rc = od_out(p, op->out[1], &c.b, &db);
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
done:
	dnnl_primitive_desc_destroy(pd);
	return rc;
}
