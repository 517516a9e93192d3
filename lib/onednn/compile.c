/* From a graph to steps: passes, who lives how long, then the builders. */
#include "onednn/plan.h"

#include <string.h>

#include "base/log.h"

/* Kinds left out run on ref. */
static od_build_fn *const builders[OP_KINDS] = {
	[OP_CONV] = od_build_conv,
	[OP_CONV_DATA] = od_build_conv_data,
	[OP_CONV_WEIGHT] = od_build_conv_weight,
	[OP_MATMUL] = od_build_matmul,
	[OP_POOL] = od_build_pool,
	[OP_POOL_GRAD] = od_build_pool_grad,
	[OP_WINDOWS] = od_build_windows,
	[OP_LRN] = od_build_lrn,
	[OP_LRN_GRAD] = od_build_lrn_grad,
	[OP_BATCHNORM] = od_build_batchnorm,
	[OP_BATCHNORM_GRAD] = od_build_batchnorm_grad,
	[OP_UNARY] = od_build_unary,
	[OP_UNARY_GRAD] = od_build_unary_grad,
	[OP_BINARY] = od_build_binary,
	[OP_SUM] = od_build_sum,
	[OP_REDUCE] = od_build_reduce,
	[OP_BROADCAST] = od_build_broadcast,
	[OP_SOFTMAX] = od_build_softmax,
	[OP_SOFTMAX_GRAD] = od_build_softmax_grad,
	[OP_LOSS] = od_build_loss,
	[OP_LOSS_GRAD] = od_build_loss_grad,
	[OP_ARGMAX] = od_build_argmax,
	[OP_CONCAT] = od_build_concat,
	[OP_SLICE] = od_build_slice,
	[OP_PAD] = od_build_pad,
	[OP_PERMUTE] = od_build_permute,
	[OP_RESHAPE] = od_build_reshape,
	[OP_DROPOUT] = od_build_dropout,
	[OP_DROPOUT_GRAD] = od_build_dropout,
	[OP_GATHER] = od_build_gather,
	[OP_GATHER_GRAD] = od_build_gather,
	[OP_INTERP] = od_build_interp,
	[OP_INTERP_GRAD] = od_build_interp,
	[OP_TAKE] = od_build_take,
	[OP_TAKE_GRAD] = od_build_take,
	[OP_RESIZE] = od_build_resize,
	[OP_RESIZE_GRAD] = od_build_resize,
	[OP_WHERE] = od_build_where,
};

int
od_build_reshape(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct od_view v;
	int t = op->out[0];

	if (p->vals[t].home.buf != OD_NONE)
		return 0; /* made by its input's op already */
	p->vals[t].from = op->in[0];
	/* What outlives the run or its place cannot wait for a reader. */
	if (graph_tensor(p->base.graph, t)->kind == TENSOR_VALUE &&
	    !p->low.v[p->low.v[t].root].kept)
		return 0;
	if (graph_tensor(p->base.graph, t)->kind == TENSOR_VALUE)
		return od_home(p, t, &v);
	return OD_REF;
}

struct ref_arg {
	int op;
};

static int
run_ref(struct od_plan *p, const struct od_step *s)
{
	const struct ref_arg *a = s->arg;
	const struct op *op = od_op(p, a->op);
	struct op_env env = { p->seed, p->iteration };
	const float *const *in = (const float *const *)(const void *)s->ptr;
	float *const *out = (float *const *)(void *)(s->ptr + op->nin);

	return p->base.device->fallback->op(p->base.graph, op, in, out, &env);
}

int
od_build_ref(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct ref_arg arg = { i };
	struct od_view *v =
	    arena_take(p->mem, sizeof(*v) * (size_t)(op->nin + op->nout + 1));
	int k;

	if (p->base.device->fallback == NULL ||
	    p->base.device->fallback->op == NULL)
		return err_set(ERR_UNSUPPORTED, "%s: no backend runs op %s",
		    op->name, op_defs[op->kind].name);
	if (op->kind != OP_RESHAPE && !p->reported[op->kind]) {
		p->reported[op->kind] = 1;
		log_info("cpu: op %s (layer %s) runs on ref",
		    op_defs[op->kind].name, op->name);
	}
	for (k = 0; k < op->nin; k++) {
		v[k].buf = OD_NONE;
		if (op->in[k] >= 0)
			TRY(od_want_plain(p, op->in[k], &v[k]));
	}
	for (k = 0; k < op->nout; k++)
		TRY(od_out_plain(p, op->out[k], &v[op->nin + k]));
	return od_step_own(
	    p, run_ref, &arg, sizeof(arg), 0, v, op->nin + op->nout);
}

/* POOL_GRAD needs the shapes alone of what it is the gradient of. */
static bool
reads(const struct op *op, int k)
{
	return op->kind != OP_POOL_GRAD || k == 0;
}

static int
share_tensor(struct od_plan *p, int t, struct od_plan *from)
{
	struct od_val *v = &p->vals[t];
	int u;

	TRY(lower_shared(&u, p->base.graph, t, from->base.graph));
	if (u < 0)
		return 0;
	v->owner = from;
	v->owner_id = u;
	if (from->vals[u].owner != NULL) {
		v->owner = from->vals[u].owner;
		v->owner_id = from->vals[u].owner_id;
	}
	v->home.md = v->owner->vals[v->owner_id].home.md;
	v->home.buf = od_buf_new(p, od_size(&v->home.md), true);
	p->bufs[v->home.buf].borrowed = true;
	p->bufs[v->home.buf].ptr =
	    v->owner->bufs[v->owner->vals[v->owner_id].home.buf].ptr;
	return 0;
}

static int
values(struct od_plan *p, struct plan *from)
{
	int t, n = graph_tensors(p->base.graph);

	p->vals = mem_array(struct od_val, (size_t)n + 1);
	for (t = 0; t < n; t++) {
		struct od_val *v = &p->vals[t];

		v->home.buf = OD_NONE;
		v->from = -1;
		if (from != NULL)
			TRY(share_tensor(p, t, (struct od_plan *)from));
	}
	return 0;
}

static int
compile_op(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	int k, rc = OD_REF;

	p->now = i;
	if (builders[op->kind] != NULL && !lower_empty(p->base.graph, op))
		rc = builders[op->kind](p, i);
	if (rc == OD_REF)
		rc = od_build_ref(p, i);
	for (k = 0; k < op->nout && rc == 0; k++)
		rc = od_finish(p, op->out[k]);
	return rc < 0 ? err_in(rc, "%s", op->name != NULL ? op->name : "op")
		      : 0;
}

/* Tensors from outside that no op asked for, and the numbers of CONSTs. */
static int
outside(struct od_plan *p)
{
	struct od_view v;
	int t;

	for (t = 0; t < graph_tensors(p->base.graph); t++)
		if (graph_tensor(p->base.graph, t)->kind != TENSOR_VALUE)
			TRY(od_home(p, t, &v));
	return 0;
}

static int
constants(struct od_plan *p)
{
	int t;

	for (t = 0; t < graph_tensors(p->base.graph); t++) {
		const struct tensor *x = graph_tensor(p->base.graph, t);
		const struct od_view *v = &p->vals[t].home;
		struct od_md plain;

		if (x->kind != TENSOR_CONST || x->data == NULL)
			continue;
		plain = od_plain_of(&v->md, dnnl_f32);
		TRY(od_reorder_now(
		    p, &plain, x->data, &v->md, p->bufs[v->buf].ptr));
	}
	return 0;
}

int
od_compile(struct od_plan *p, const struct graph *g, struct plan *from)
{
	int i;

	bool train;

	TRY(lower_passes(&p->base.graph, &train, g));
	lower_init(&p->low, p->base.graph, train, reads);
	TRY(values(p, from));
	p->hints = mem_array(
	    dnnl_primitive_desc_t, (size_t)graph_ops(p->base.graph) + 1);
	p->ws = mem_array(struct od_view, (size_t)graph_ops(p->base.graph) + 1);
	p->reported = mem_array(int, OP_KINDS);
	for (i = 0; i < graph_ops(p->base.graph); i++)
		TRY(compile_op(p, i));
	p->now = -1;
	TRY(outside(p));
	TRY(od_place(p));
	return p->measure ? 0 : constants(p);
}
