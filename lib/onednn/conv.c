/*
 * Convolution through oneDNN.
 *
 * A blocked input keeps its layout when oneDNN has a fast primitive for it;
 * otherwise oneDNN chooses and the input is reordered.  3x3 filters of many
 * channels go through Winograd.
 */
#include "onednn/conv.h"
#include "onednn/kernels/small.h"

enum { PICTURE = 3 }; /* channels */

/* Left alone, a depthwise convolution takes blocks of 16 channels to NHWC by
 * way of a reorder. */
static bool
in_blocks(const struct od_md *md)
{
	struct od_md b;

	return md->ndims == 4 &&
	    od_md_tag(&b, 4, md->dims, md->dt, dnnl_nChw16c) && od_same(md, &b);
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
pick_forward(struct od_plan *p, const struct op *op, const struct od_conv *c,
    const struct od_post *post, struct od_conv_best *best)
{
	struct od_ask q = { .kind = od_forward(p), .post = post };
	const struct od_md *b = od_has(op, 2) ? &c->b : NULL;
	struct od_conv_ask any, like;
	int i;

	od_conv_any(c, q.kind, p->dt, b, &any);
	q.alg = dnnl_convolution_winograd;
	for (i = od_conv_tiles(c, 4) < OD_CONV_TILES;
	     i < 2 && od_conv_winograd(p, &op->a.conv, c); i++) {
		q.name = winograd[i];
		TRY(od_conv_try(p, c, &q, &any, best));
		if (best->pd != NULL)
			return 0;
	}
	q.name = NULL;
	q.alg = p->low.train ? dnnl_convolution_direct : dnnl_convolution_auto;
	like = any;
	TRY(od_conv_liked(p, op->in[0], &any.x, &like.x));
	if (!p->low.train && c->x.dims[1] <= PICTURE && before_depthwise(p, op))
		like.x = c->x;
	if (!p->low.train && op->a.conv.group == c->x.dims[1] &&
	    in_blocks(&like.x))
		od_md_tag(&like.y, 4, any.y.dims, any.y.dt, dnnl_nChw16c);
	TRY(od_conv_try(p, c, &q, &like, best));
	TRY(od_conv_try(p, c, &q, &any, best));
	return od_conv_rest(p, c, &q, b, best);
}

/* y, holding the summand first when there is one. */
static int
output(struct od_plan *p, int i, const struct od_md *md, struct od_view *y)
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
	const struct od_post post = { od_has(op, 3), op->a.conv.relu,
		op->a.conv.slope };
	struct od_conv_best best = { NULL, OD_CONV_NONE };
	dnnl_primitive_desc_t pd;
	struct od_conv c;
	int rc;

	rc = od_small_conv(p, i);
	if (rc != OD_REF)
		return rc;
	od_conv_geometry(p, &op->a.conv, od_shape(p, op->in[0]),
	    od_shape(p, op->out[0]), &c);
	rc = pick_forward(p, op, &c, &post, &best);
	pd = best.pd;
	if (rc == 0 && pd == NULL)
		rc = OD_REF;
	if (rc != 0)
		goto done;
	rc = od_want(p, op->in[0], od_pd_md(p, pd, dnnl_query_src_md), &x);
	if (rc == 0)
		rc = od_want(
		    p, op->in[1], od_pd_md(p, pd, dnnl_query_weights_md), &w);
	if (rc == 0 && od_has(op, 2))
		rc = od_want(p, op->in[2], &c.b, &b);
	if (rc == 0)
		rc = output(p, i, od_pd_md(p, pd, dnnl_query_dst_md), &y);
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
done:
	dnnl_primitive_desc_destroy(pd);
	return rc;
}
