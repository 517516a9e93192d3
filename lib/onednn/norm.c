/* Local response and batch normalisation through oneDNN. */
#include "onednn/plan.h"

#include <math.h>
#include <string.h>

static dnnl_alg_kind_t
lrn_alg(const struct op *op)
{
	return op->a.lrn.region == LRN_ACROSS ? dnnl_lrn_across_channels
					      : dnnl_lrn_within_channel;
}

/* Forward, or with a hint the gradient. */
static int
lrn_pd(struct od_plan *p, const struct op *op, const struct od_md *md,
    const_dnnl_primitive_desc_t hint, dnnl_primitive_desc_t *pd)
{
	const struct op_lrn *a = &op->a.lrn;
	const struct od_ask q = { .kind = hint != NULL ? dnnl_backward_data
						       : od_forward(p),
		.alg = lrn_alg(op),
		.hint = hint };

	return od_pd_lrn(p, pd, &q, md, a->size, a->alpha, a->beta,
	    a->region == LRN_WITHIN ? 1 : a->k);
}

/* Does oneDNN have more than its plain loops, both ways, in layout md? */
static bool
lrn_fast(struct od_plan *p, const struct op *op, const struct od_md *md)
{
	dnnl_primitive_desc_t pd = NULL, back = NULL;
	bool fast;

	fast =
	    lrn_pd(p, op, md, NULL, &pd) == 0 && pd != NULL && !od_pd_slow(pd);
	if (fast && p->low.train)
		fast = lrn_pd(p, op, md, pd, &back) == 0 && back != NULL &&
		    !od_pd_slow(back);
	dnnl_primitive_desc_destroy(back);
	dnnl_primitive_desc_destroy(pd);
	return fast;
}

/* x as it lies, or in a layout and a type that have fast loops. */
static int
lrn_input(struct od_plan *p, const struct op *op, struct od_view *x)
{
	static const dnnl_format_tag_t tags[] = { dnnl_nChw16c, dnnl_nChw8c,
		dnnl_nchw };
	const dnnl_data_type_t types[] = { p->dt, dnnl_f32 };
	struct od_md md;
	size_t k, n = LENGTH(tags) * (p->dt == dnnl_f32 ? 1 : 2);

	TRY(od_home(p, op->in[0], x));
	if (lrn_fast(p, op, &x->md))
		return 0;
	for (k = 0; k < n; k++)
		if (od_md_tag(&md, 4, x->md.dims, types[k / LENGTH(tags)],
			tags[k % LENGTH(tags)]) &&
		    lrn_fast(p, op, &md))
			return od_want(p, op->in[0], &md, x);
	return 0;
}

int
od_build_lrn(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct od_view x, y, ws;
	struct od_arg args[] = { { DNNL_ARG_SRC, &x }, { DNNL_ARG_DST, &y },
		{ DNNL_ARG_WORKSPACE, &ws }, { 0, NULL } };
	const struct od_md *wsmd;

	if (od_shape(p, op->in[0])->n != 4 ||
	    graph_tensor(p->base.graph, op->out[1])->keep)
		return OD_REF;
	/* Of narrower windows oneDNN 3.7 dies while it makes the gradient. */
	if (op->a.lrn.region == LRN_ACROSS && op->a.lrn.size < 3)
		return OD_REF;
	TRY(lrn_input(p, op, &x));
	TRY(lrn_pd(p, op, &x.md, NULL, &p->hints[i]));
	if (p->hints[i] == NULL)
		return OD_REF;
	TRY(od_out(p, op->out[0], &x.md, &y));
	wsmd = od_pd_md(p, p->hints[i], dnnl_query_workspace_md);
	if (p->low.train && od_size(wsmd) > 0)
		TRY(od_out(p, op->out[1], wsmd, &ws));
	else
		args[2].id = 0;
	return od_step_prim(p, p->hints[i], args);
}

int
od_build_lrn_grad(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	int fwd = graph_tensor(p->base.graph, op->in[3])->producer;
	dnnl_primitive_desc_t pd = NULL;
	struct od_view dy, x, ws, dx;
	struct od_arg args[] = { { DNNL_ARG_DIFF_DST, &dy },
		{ DNNL_ARG_SRC, &x }, { DNNL_ARG_DIFF_SRC, &dx },
		{ DNNL_ARG_WORKSPACE, &ws }, { 0, NULL } };
	int rc;

	if (fwd < 0 || p->hints[fwd] == NULL)
		return OD_REF;
	TRY(od_want(
	    p, op->in[1], od_pd_md(p, p->hints[fwd], dnnl_query_src_md), &x));
	TRY(od_want(p, op->in[0], &x.md, &dy));
	TRY(lrn_pd(p, op, &x.md, p->hints[fwd], &pd));
	if (pd == NULL)
		return err_set(ERR_UNSUPPORTED, "no gradient of this LRN");
	ws = p->vals[op->in[3]].home;
	rc = od_out(p, op->out[0], &x.md, &dx);
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
	dnnl_primitive_desc_destroy(pd);
	return rc;
}

enum { BN_INPUTS = 6 }; /* of the gradient, with a scale and a shift */

struct bn_arg {
	size_t c;
	float fraction, m;
	bool average;
};

/* mean, var, factor -> mean and variance to use. */
static int
run_stats(struct od_plan *p, const struct od_step *s)
{
	const struct bn_arg *a = s->arg;
	const float *mean = s->ptr[0], *var = s->ptr[1], *factor = s->ptr[2];
	float *m = s->ptr[3], *v = s->ptr[4];
	float f = factor[0] == 0 ? 0 : 1 / factor[0];
	size_t k;

	(void)p;
	for (k = 0; k < a->c; k++) {
		m[k] = mean[k] * f;
		v[k] = var[k] * f;
	}
	return 0;
}

/* The batch's mean and variance into Caffe's running sums. */
static int
run_running(struct od_plan *p, const struct od_step *s)
{
	const struct bn_arg *a = s->arg;
	float *mean = s->ptr[0], *var = s->ptr[1], *factor = s->ptr[2];
	const float *m = s->ptr[3], *v = s->ptr[4];
	float unbias = a->m > 1 ? a->m / (a->m - 1) : 1;
	float part = a->average ? 1 - a->fraction : 1;
	size_t k;

	for (k = 0; k < a->c; k++) {
		mean[k] = mean[k] * a->fraction + part * m[k];
		var[k] = var[k] * a->fraction + part * unbias * v[k];
	}
	if (!a->average)
		factor[0] = factor[0] * a->fraction + 1;
	for (; p != NULL; p = p->share)
		p->version++;
	return 0;
}

static unsigned
bn_flags(const struct op *op, bool gamma, bool beta)
{
	unsigned f = 0;

	if (!op->a.batchnorm.train)
		f |= dnnl_use_global_stats;
	if (gamma)
		f |= dnnl_use_scale;
	if (beta)
		f |= dnnl_use_shift;
	return f;
}

static int
bn_forward_pd(struct od_plan *p, const struct op *op, const struct od_md *md,
    unsigned flags, dnnl_primitive_desc_t *pd)
{
	const struct od_ask q = { .kind = op->a.batchnorm.train
		    ? dnnl_forward_training
		    : od_forward(p) };

	return od_pd_batchnorm(p, pd, &q, md, op->a.batchnorm.eps, flags);
}

/* With the op's ReLU, if it has one; apart: that is left to a step of its own,
 * because with it oneDNN has plain loops alone. */
static int
bn_with_relu(struct od_plan *p, const struct op *op, const struct od_md *md,
    unsigned flags, bool *apart, dnnl_primitive_desc_t *pd)
{
	dnnl_primitive_desc_t bare = NULL;

	*apart = false;
	if (!op->a.batchnorm.relu)
		return bn_forward_pd(p, op, md, flags, pd);
	TRY(bn_forward_pd(p, op, md, flags | dnnl_fuse_norm_relu, pd));
	if (*pd != NULL && !od_pd_slow(*pd))
		return 0;
	TRY(bn_forward_pd(p, op, md, flags, &bare));
	if (bare != NULL && (*pd == NULL || !od_pd_slow(bare))) {
		dnnl_primitive_desc_destroy(*pd);
		*pd = bare;
		*apart = true;
		return 0;
	}
	dnnl_primitive_desc_destroy(bare);
	return 0;
}

/* The steps around: statistics before or running sums after. */
static int
bn_stats(struct od_plan *p, const struct op *op, const struct od_view mv[2],
    od_run_fn *run)
{
	const struct shape *xs = od_shape(p, op->in[0]);
	struct bn_arg arg = { .c = (size_t)xs->d[1],
		.fraction = op->a.batchnorm.fraction,
		.average = op->a.batchnorm.average };
	struct od_view v[5];
	int k;

	arg.m = (float)(shape_count(xs) / (size_t)xs->d[1]);
	for (k = 0; k < 3; k++)
		TRY(od_want_plain(p, op->in[1 + k], &v[k]));
	v[3] = mv[0];
	v[4] = mv[1];
	return od_step_own(p, run, &arg, sizeof(arg), 0, v, 5);
}

int
od_build_batchnorm(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	bool train = op->a.batchnorm.train;
	struct od_view x, y, mv[2], g = { OD_NONE, { 0 } };
	struct od_view b = { OD_NONE, { 0 } }, ws = { OD_NONE, { 0 } };
	struct od_arg args[] = { { DNNL_ARG_SRC, &x }, { DNNL_ARG_DST, &y },
		{ DNNL_ARG_MEAN, &mv[0] }, { DNNL_ARG_VARIANCE, &mv[1] },
		{ DNNL_ARG_SCALE, &g }, { DNNL_ARG_SHIFT, &b },
		{ DNNL_ARG_WORKSPACE, &ws }, { 0, NULL } };
	unsigned flags = bn_flags(op, od_has(op, 4), od_has(op, 5));
	bool apart = false;

	if (od_shape(p, op->in[0])->n < 2 || od_shape(p, op->in[0])->n > 5)
		return OD_REF;
	TRY(od_home(p, op->in[0], &x));
	TRY(bn_with_relu(p, op, &x.md, flags, &apart, &p->hints[i]));
	if (p->hints[i] == NULL)
		return OD_REF;
	TRY(od_out_plain(p, op->out[1], &mv[0]));
	TRY(od_out_plain(p, op->out[2], &mv[1]));
	if (od_has(op, 4))
		TRY(od_want_plain(p, op->in[4], &g));
	if (od_has(op, 5))
		TRY(od_want_plain(p, op->in[5], &b));
	if (!train)
		TRY(bn_stats(p, op, mv, run_stats));
	ws.md = *od_pd_md(p, p->hints[i], dnnl_query_workspace_md);
	if (od_size(&ws.md) > 0)
		ws.buf = od_buf_new(p, od_size(&ws.md), false);
	if (od_dies(p, i, op->in[0], &x)) {
		od_take(p, op->out[0], &x);
		y = x;
	} else {
		TRY(od_out(p, op->out[0], &x.md, &y));
	}
	TRY(od_step_prim(p, p->hints[i], args));
	if (apart)
		TRY(od_relu_step(p, &y));
	return train ? bn_stats(p, op, mv, run_running) : 0;
}

int
od_build_batchnorm_grad(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	int fwd = graph_tensor(p->base.graph, op->in[2])->producer;
	bool gamma = od_has(op, 4);
	unsigned flags = bn_flags(op, gamma, gamma);
	dnnl_primitive_desc_t pd = NULL, hint = NULL;
	struct od_ask q = { .kind =
				gamma ? dnnl_backward : dnnl_backward_data };
	struct od_view dy, x, dx, mv[2], g = { OD_NONE, { 0 } };
	struct od_view dg = { OD_NONE, { 0 } }, db = { OD_NONE, { 0 } };
	struct od_arg args[] = { { DNNL_ARG_SRC, &x },
		{ DNNL_ARG_DIFF_DST, &dy }, { DNNL_ARG_MEAN, &mv[0] },
		{ DNNL_ARG_VARIANCE, &mv[1] }, { DNNL_ARG_SCALE, &g },
		{ DNNL_ARG_SHIFT, &g }, /* counted by oneDNN 2, not read */
		{ DNNL_ARG_DIFF_SRC, &dx }, { DNNL_ARG_DIFF_SCALE, &dg },
		{ DNNL_ARG_DIFF_SHIFT, &db }, { 0, NULL } };
	int rc;

	if (fwd < 0 || p->hints[fwd] == NULL)
		return OD_REF;
	TRY(od_want(
	    p, op->in[1], od_pd_md(p, p->hints[fwd], dnnl_query_src_md), &x));
	TRY(od_want(p, op->in[0], &x.md, &dy));
	TRY(od_home(p, op->in[2], &mv[0]));
	TRY(od_home(p, op->in[3], &mv[1]));
	TRY(bn_forward_pd(p, op, &x.md, flags, &hint));
	q.hint = hint;
	rc = 0;
	if (hint != NULL)
		rc = od_pd_batchnorm(
		    p, &pd, &q, &x.md, op->a.batchnorm.eps, flags);
	if (rc == 0 && pd == NULL)
		rc = err_set(
		    ERR_UNSUPPORTED, "no gradient of this normalisation");
	if (rc == 0 && gamma &&
	    dnnl_primitive_desc_query_s32(pd, dnnl_query_num_of_inputs_s32, 0) <
		BN_INPUTS)
		args[5].v = NULL;
	if (rc == 0 && gamma)
		rc = od_want_plain(p, op->in[4], &g);
	if (rc == 0 && gamma)
		rc = od_out_plain(p, op->out[1], &dg);
	if (rc == 0 && gamma)
		rc = od_out_plain(p, op->out[2], &db);
	if (rc == 0 && od_dies(p, i, op->in[0], &dy)) {
		od_take(p, op->out[0], &dy);
		dx = dy;
	} else if (rc == 0) {
		rc = od_out(p, op->out[0], &x.md, &dx);
	}
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
	dnnl_primitive_desc_destroy(pd);
	dnnl_primitive_desc_destroy(hint);
	return rc;
}
