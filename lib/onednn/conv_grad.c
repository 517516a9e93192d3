/* Gradients of a convolution through oneDNN: of its input and of its weights. */
#include "onednn/conv.h"
#include "onednn/kernels/deep.h"
#include "onednn/kernels/small.h"

static int
pick_data(struct od_plan *p, const struct op *op, const struct od_conv *c,
    struct od_conv_best *best)
{
	struct od_ask q = { .kind = dnnl_backward_data,
		.alg = dnnl_convolution_direct };
	dnnl_primitive_desc_t hint = NULL;
	struct od_conv_ask any, like;
	int rc;

	TRY(od_conv_try_winograd(p, op, c, &q, NULL, best));
	if (best->pd != NULL)
		return 0;
	od_conv_any(c, q.kind, p->dt, NULL, &any);
	like = any;
	TRY(od_conv_liked(p, op->in[0], &any.y, &like.y));
	rc = od_conv_hint(p, c, q.alg, p->dt, &hint);
	if (rc < 0 || hint == NULL)
		return rc;
	q.hint = hint;
	rc = od_conv_try(p, c, &q, &like, best);
	if (rc == 0)
		rc = od_conv_try(p, c, &q, &any, best);
	if (rc == 0)
		rc = od_conv_rest(p, c, &q, NULL, best);
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
	struct od_conv_best best = { NULL, OD_CONV_NONE };
	dnnl_primitive_desc_t pd;
	struct od_conv c;
	int rc;

	rc = od_small_data(p, i);
	if (rc != OD_REF)
		return rc;
	od_conv_geometry(p, &op->a.conv, od_shape(p, op->out[0]),
	    od_shape(p, op->in[0]), &c);
	rc = pick_data(p, op, &c, &best);
	pd = best.pd;
	if (rc == 0 && best.rank < OD_CONV_LOOPS) {
		rc = od_deep_data(p, i);
		if (rc != OD_REF)
			goto done;
		rc = 0;
	}
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
pick_weight(struct od_plan *p, const struct op *op, const struct od_conv *c,
    struct od_conv_best *best)
{
	struct od_ask q = { .kind = dnnl_backward_weights,
		.alg = dnnl_convolution_direct };
	const struct od_md *b = op->nout > 1 ? &c->b : NULL;
	dnnl_primitive_desc_t hint = NULL;
	struct od_conv_ask any, like;
	int param = p->low.v[op->out[0]].param;
	int rc;

	TRY(od_conv_try_winograd(p, op, c, &q, b, best));
	if (best->pd != NULL)
		return 0;
	od_conv_any(c, q.kind, p->dt, b, &any);
	like = any;
	TRY(od_conv_liked(p, op->in[0], &any.x, &like.x));
	TRY(od_conv_liked(p, op->in[1], &any.y, &like.y));
	if (param >= 0 && p->vals[param].home.buf != OD_NONE &&
	    p->vals[param].home.md.ndims == any.w.ndims &&
	    !od_is_plain(&p->vals[param].home.md))
		like.w = p->vals[param].home.md;
	rc = od_conv_hint(p, c, q.alg, p->dt, &hint);
	if (rc < 0 || hint == NULL)
		return rc;
	q.hint = hint;
	rc = od_conv_try(p, c, &q, &like, best);
	like.w = any.w;
	if (rc == 0)
		rc = od_conv_try(p, c, &q, &like, best);
	if (rc == 0)
		rc = od_conv_try(p, c, &q, &any, best);
	if (rc == 0)
		rc = od_conv_rest(p, c, &q, b, best);
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
	struct od_conv_best best = { NULL, OD_CONV_NONE };
	dnnl_primitive_desc_t pd;
	struct od_conv c;
	int rc;

	rc = od_small_weight(p, i);
	if (rc != OD_REF)
		return rc;
	od_conv_geometry(
	    p, &op->a.conv, od_shape(p, op->in[0]), od_shape(p, op->in[1]), &c);
	rc = pick_weight(p, op, &c, &best);
	pd = best.pd;
	if (rc == 0 && best.rank < OD_CONV_LOOPS) {
		rc = od_deep_weight(p, i);
		if (rc != OD_REF)
			goto done;
		rc = 0;
	}
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
